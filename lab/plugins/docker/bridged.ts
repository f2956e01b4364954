import { InitFailedError, ProviderError, messageOf } from "../provider/errors";
import type { CallContext, CheckResult, DiffResult, ReadResult, ResourceHandler } from "../provider/resource";
import { UNKNOWN, Unknown } from "../provider/values";
import type { PropertyMap, Value } from "../provider/values";
import type { DockerApi } from "./api";
import { checkFields, isAutonamed, withoutBookkeeping } from "./check";
import { diffStates, planState } from "./plan";
import type { Fields } from "./spec";

/** A resource that exists, and its state. */
export interface Found {
    id: string;
    state: PropertyMap;
}

/** A fault after the resource came to be: it stays in state, to be mended or replaced. */
export class HalfMadeError extends Error {
    public constructor(public readonly id: string, cause: unknown) {
        super(messageOf(cause));
        this.name = "HalfMadeError";
    }
}

/** Makes a thing that Docker makes at once, and reads it back. */
export async function makeAndRead(
    kind: string, make: () => Promise<string>, read: (id: string) => Promise<Found | undefined>,
): Promise<Found> {
    const id = await make().catch((error: unknown) => {
        throw new ProviderError(`Unable to create ${kind}: ${messageOf(error)}`);
    });
    const found = await read(id).catch((error: unknown) => {
        throw new HalfMadeError(id, error);
    });
    if (found === undefined) {
        throw new ProviderError(`${kind} ${id} vanished while it was created`);
    }
    return found;
}

/** What a resource type does to the engine. States are plain values: no secrets, no unknowns but where computed. */
export interface Driver {
    fields: Fields;
    /** Version of the Terraform schema, written to state for the genuine plugin. */
    schemaVersion: string | undefined;
    /** Whether Terraform declares timeouts, likewise. */
    hasTimeouts: boolean;
    /** Deletes before it creates on every replacement; otherwise only when the name is the program's own. */
    alwaysDeleteFirst: boolean;
    create(context: CallContext, api: DockerApi, planned: PropertyMap): Promise<Found>;
    /** Undefined when the thing is gone. */
    read(context: CallContext, api: DockerApi, id: string, state: PropertyMap): Promise<Found | undefined>;
    update(context: CallContext, api: DockerApi, id: string, state: PropertyMap, planned: PropertyMap): Promise<PropertyMap>;
    delete(context: CallContext, api: DockerApi, id: string, state: PropertyMap): Promise<void>;
}

const TIMEOUTS_KEY = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0";
const TWENTY_MINUTES_NS = 1_200_000_000_000;

/** What was unknown before creation and still is: an empty list or null, as Terraform leaves it. */
function settled(fields: Fields, state: PropertyMap): PropertyMap {
    return Object.fromEntries(Object.entries(state).map(([key, value]) => {
        const type = fields[key]?.kind.type;
        return [key, value instanceof Unknown ? (type === "list" || type === "set" ? [] : null) : value];
    }));
}

function wrapped(error: unknown): ProviderError {
    return error instanceof ProviderError && error.name === "CancelledError"
        ? error
        : new ProviderError(`1 error occurred:\n\t* ${messageOf(error)}\n\n`);
}

/**
 * The state after creation: what was read, but sets that the program filled stay as planned, whatever the engine made of
 * them. That is how Terraform's SDK stores them; a refresh then brings what the engine has.
 */
function withPlannedSets(fields: Fields, planned: PropertyMap, read: PropertyMap): PropertyMap {
    const kept = Object.entries(fields).filter(([name, { kind }]) => {
        const value = planned[name] ?? null;
        return (kind.type === "set" && Array.isArray(value) && value.length > 0) || (kind.type === "block" && value !== null);
    });
    return { ...read, ...Object.fromEntries(kept.map(([name]): [string, Value] => [name, planned[name] ?? null])) };
}

/** Makes a Pulumi resource of a driver, the way the Terraform bridge does. `api` is what the driver is to call, when it can be. */
export class BridgedHandler implements ResourceHandler {
    public constructor(private readonly driver: Driver, private readonly api: (context: CallContext) => DockerApi | Promise<DockerApi>) {}

    private async asked<T>(context: CallContext, work: (api: DockerApi) => Promise<T>): Promise<T> {
        try {
            return await work(await this.api(context));
        } catch (error) {
            throw wrapped(error);
        }
    }

    private outputs(found: Found): PropertyMap {
        const { hasTimeouts, schemaVersion } = this.driver;
        const timeouts = { create: TWENTY_MINUTES_NS, delete: TWENTY_MINUTES_NS, update: TWENTY_MINUTES_NS };
        const meta = {
            ...(hasTimeouts ? { [TIMEOUTS_KEY]: timeouts } : {}),
            ...(schemaVersion === undefined ? {} : { schema_version: schemaVersion }),
        };
        return { ...found.state, id: found.id, __meta: JSON.stringify(meta) };
    }

    private withIgnored(news: PropertyMap, state: PropertyMap, ignoreChanges: string[]): PropertyMap {
        const kept = ignoreChanges.filter((property) => state[property] !== undefined);
        return { ...news, ...Object.fromEntries(kept.map((property): [string, Value] => [property, state[property] ?? null])) };
    }

    public async check(
        context: CallContext, olds: PropertyMap, news: PropertyMap, randomSeed: Uint8Array,
    ): Promise<CheckResult> {
        return checkFields(context.name, this.driver.fields, olds, news, randomSeed);
    }

    public async diff(
        _context: CallContext, _id: string, _oldInputs: PropertyMap, olds: PropertyMap, news: PropertyMap,
        ignoreChanges: string[],
    ): Promise<DiffResult> {
        const planned = planState(this.driver.fields, this.withIgnored(news, olds, ignoreChanges), olds);
        const detailed = diffStates(this.driver.fields, olds, planned);
        const named = "name" in this.driver.fields && this.driver.fields["name"]?.autonamed === true && !isAutonamed(news);
        return { detailed, deleteBeforeReplace: this.driver.alwaysDeleteFirst || named };
    }

    public async create(
        context: CallContext, inputs: PropertyMap, preview: boolean,
    ): Promise<{ id: string; properties: PropertyMap }> {
        const planned = planState(this.driver.fields, inputs, undefined);
        if (preview) {
            return { id: "", properties: { ...planned, id: UNKNOWN } };
        }
        try {
            const wanted = settled(this.driver.fields, planned);
            const { id, state } = await this.driver.create(context, await this.api(context), wanted);
            return { id, properties: this.outputs({ id, state: withPlannedSets(this.driver.fields, wanted, state) }) };
        } catch (error) {
            if (error instanceof HalfMadeError) {
                const { id } = error;
                const message = `creating ${context.urn}: ${wrapped(error).message}`;
                const state = settled(this.driver.fields, planned);
                throw new InitFailedError(message, id, this.outputs({ id, state }));
            }
            throw wrapped(error);
        }
    }

    public async read(
        context: CallContext, id: string, properties: PropertyMap, inputs: PropertyMap,
    ): Promise<ReadResult> {
        const state = planlessState(this.driver.fields, properties);
        const found = await this.asked(context, async (api) => this.driver.read(context, api, id, state));
        if (found === undefined) {
            return { id: "", properties: {}, inputs: {} };
        }
        return { id: found.id, properties: this.outputs(found), inputs: this.refreshedInputs(inputs, properties, found.state) };
    }

    /** Inputs with the values that turned out to be others: the engine compares the program's with these. */
    private refreshedInputs(inputs: PropertyMap, before: PropertyMap, after: PropertyMap): PropertyMap {
        const changed = diffStates(this.driver.fields, before, after);
        const refreshed = Object.keys(inputs).filter((name) => changed.has(name));
        return { ...inputs, ...Object.fromEntries(refreshed.map((name): [string, Value] => [name, after[name] ?? null])) };
    }

    public async update(
        context: CallContext, id: string, olds: PropertyMap, news: PropertyMap, ignoreChanges: string[], preview: boolean,
    ): Promise<PropertyMap> {
        const planned = planState(this.driver.fields, this.withIgnored(news, olds, ignoreChanges), olds);
        if (preview) {
            return { ...planned, id };
        }
        const { fields } = this.driver;
        const state = await this.asked(context, async (api) =>
            this.driver.update(context, api, id, planlessState(fields, olds), settled(fields, planned)));
        return this.outputs({ id, state });
    }

    public async delete(context: CallContext, id: string, properties: PropertyMap): Promise<void> {
        await this.asked(context, async (api) => this.driver.delete(context, api, id, planlessState(this.driver.fields, properties)));
    }
}

/** The state's own properties: no id, no bookkeeping. */
function planlessState(fields: Fields, properties: PropertyMap): PropertyMap {
    return Object.fromEntries(Object.keys(fields).map((name): [string, Value] =>
        [name, withoutBookkeeping(properties[name] ?? null)]));
}
