/** A stack's settings: the tracked ones and over them this user's, in the file that the engine reads. */
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { parse, stringify } from "yaml";

import { namespace, projectKeys, withDefaults } from "../../config/defaults";
import { ConfigError, faultLine } from "../../config/faults";
import { writeWhole } from "../lib/files";
import { Problem } from "../lib/say";
import type { Context } from "./context";
import { fallbacksOf, withFallbacks } from "./fallbacks";
import { withKeys } from "./fetched-keys";
import { merge, type Value } from "./merge";

/** What stands in a stack's settings file besides its `config`. */
export interface Settings {
    config?: Record<string, Value>;
    /** Checks the passphrase. */
    encryptionsalt?: string;
    secretsprovider?: string;
    [key: string]: Value | undefined;
}

const heading = `# Written by make: Pulumi.<stack>.yaml of the checkout, and over it what 'pulumi config set' changed here.
# Belongs to this user and stays out of the checkout, since it holds the passphrase's salt and encrypted secrets.
`;

/** By text: a verb reads the same settings several times, and YAML takes longer than a copy of what was in it. */
const parsed = new Map<string, Settings>();

function read(path: string): Settings {
    try {
        const text = readFileSync(path, "utf8");
        const found = parsed.get(text) ?? ((parse(text) ?? {}) as Settings);
        parsed.set(text, found);
        return structuredClone(found);
    } catch (error) {
        throw new Problem(`cannot read ${path}: ${(error as Error).message.split("\n")[0]}`, "correct the file's YAML");
    }
}

/** This user's settings as they stand. */
export const settingsNow = ({ settings }: Pick<Context, "settings">): Settings => read(settings);

/** The same; empty for a stack that has none yet. */
export const settingsIfAny = (context: Pick<Context, "settings">): Settings => (existsSync(context.settings) ? settingsNow(context) : {});

/** By JSON, for the same reason. */
const written = new Map<string, string>();

function textOf(settings: Settings): string {
    const key = JSON.stringify(settings);
    const text = written.get(key) ?? heading + stringify(settings, { lineWidth: 0 });
    written.set(key, text);
    return text;
}

function write(path: string, settings: Settings): void {
    const text = textOf(settings);
    if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
        writeWhole(path, text);
    }
    chmodSync(path, 0o600);
}

const hasSecrets = (settings: Settings): boolean => JSON.stringify(settings).includes('"secure":');

/** A salt in the tracked settings counts, since the secrets beside it were encrypted with it. */
function saltOf(context: Pick<Context, "tracked" | "settings">, mine: Settings | undefined, theirs: Settings): Settings {
    const salt = theirs.encryptionsalt;
    if (salt === undefined) {
        return {};
    }
    const old = mine?.encryptionsalt;
    if (mine && old !== undefined && old !== salt && hasSecrets(mine) && !hasSecrets({ ...theirs })) {
        throw new Problem(
            `${context.tracked} and ${context.settings} have secrets or salts of two different passphrases`,
            "remove the line encryptionsalt from the tracked file, or set the secrets there again and remove the other file",
        );
    }
    return { encryptionsalt: salt };
}

/** Tracked settings with what they extend and fall back to, and keys that were fetched, so that `pulumi config` shows and changes the whole. */
function expanded(tracked: Settings, places: Pick<Context, "tracked" | "settings">): Settings {
    const { config = {} } = tracked;
    try {
        const own = withDefaults(projectKeys(config), "", dirname(places.tracked));
        const whole = withKeys(withFallbacks(own, places, fallbacksOf(config)), places) as Record<string, Value>;
        const others = Object.entries(config).filter(([key]) => !key.startsWith(namespace));
        return { ...tracked, config: Object.fromEntries([...others, ...Object.entries(whole).map(([key, value]): [string, Value] => [`${namespace}${key}`, value])]) };
    } catch (thrown) {
        if (thrown instanceof ConfigError) {
            throw new Problem(`what the stack extends cannot be used; nothing was touched:\n  ${thrown.faults.map(faultLine).join("\n  ")}`, "correct the description");
        }
        throw thrown;
    }
}

/** On simulated instances, what those have in place of the internet is added, under what the stack says itself. */
function simulated(tracked: Settings): Settings {
    const file = join(__dirname, "../..", "lab", "plugins", "alicloud", "settings.yaml");
    return process.env.DATACENTRE_SIMULATE ? (merge({}, tracked as Value, read(file) as Value) as Settings) : tracked;
}

/**
 * Brings this user's settings up to date with the tracked ones and keeps what this user set. Beside them lies the
 * tracked file as it was the last time, to tell one side's changes from the other's.
 *
 * @param add settings that this call learnt, such as the salt
 */
export function syncSettings(context: Pick<Context, "tracked" | "settings">, add: Settings = {}): Settings {
    const theirs = simulated(expanded(read(context.tracked), context));
    const base = `${context.settings}.base`;
    const mine = existsSync(context.settings) ? read(context.settings) : undefined;
    const merged = {
        ...(mine ? (merge((existsSync(base) ? read(base) : {}) as Value, mine as Value, theirs as Value) as Settings) : theirs),
        ...saltOf(context, mine, theirs),
        ...add,
    };
    write(context.settings, merged);
    // In this order: a run that is killed in between merges the same changes again.
    write(base, theirs);
    return merged;
}

/** The node provider as the settings name it, before anything was validated; `kind` is empty when it is not there. */
export function providerOf(settings: Settings): { kind: string; prefix: string; engine: string } {
    const { kind = "", prefix = "", engine, socket = "/var/run/docker.sock" } = (settings.config?.["datacentre:provider"] ?? {}) as Readonly<Record<string, string | undefined>>;
    return { kind, prefix, engine: engine ?? `unix://${socket}` };
}

/** Names of described nodes that have a role, before anything was validated. */
export function describedNodes(settings: Settings): string[] {
    const nodes: unknown = settings.config?.["datacentre:nodes"];
    return (Array.isArray(nodes) ? nodes : []).flatMap((node: unknown) => {
        const { name, roles } = (node ?? {}) as { name?: unknown; roles?: unknown };
        return typeof name === "string" && Array.isArray(roles) && roles.length > 0 ? [name] : [];
    });
}
