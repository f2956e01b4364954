import { readFileSync } from "node:fs";

import type * as pulumiModule from "@pulumi/pulumi";

import type { Context } from "./context";
import { elsewhereKey, namespace, withDefaults } from "./defaults";
import { ConfigError, error, faultLine, type Fault } from "./faults";
import { contextOf, isSecretIn, projectDirectory, readStackFile, standsIn } from "./files";
import { parseDataCentre } from "./parse";
import type { DataCentre } from "./schema";
import { secretValues } from "./secrets";
import type { Systems } from "./systems";

// Loaded when it is used: the SDK takes longer to load than all of config/, which programs outside of Pulumi use too.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const sdk = (): typeof pulumiModule => require("@pulumi/pulumi") as typeof pulumiModule;

/** Pulumi's own question whether a key is secret; it is exported, and only its type is left out as internal. */
const secretKeyOf = (pulumi: typeof pulumiModule): ((key: string) => boolean) =>
    (pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret;

/** What stands in a stack's configuration, checked. */
export interface Description {
    readonly dataCentre: DataCentre;
    readonly stack: string;
    readonly warnings: readonly Fault[];
    /** Every secret in it as plain text: to be kept out of what is printed or stored. */
    readonly secretValues: readonly string[];
}

/**
 * Reads and checks the running Pulumi program's configuration.
 *
 * @param around what the rules know besides, over what the files around the stack file say
 * @throws ConfigError with every fault, before anything is made
 */
export function loadDescription(systems: Systems, around: Partial<Context> = {}): Description {
    const pulumi = sdk();
    const stack = pulumi.getStack();
    const raw = withDefaults(withLonger(decode(pulumi.runtime.allConfig()), stack), stack, projectDirectory);
    const file = readStackFile(stack)?.config ?? {};
    const context: Context = {
        ...contextOf(stack, file),
        ...around,
        // Pulumi knows of secrets by top-level key only. The tracked file tells of those values that stand in it; others
        // were set in this user's settings.
        isSecret: (path) => secretKeyOf(pulumi)(`${namespace}${String(path[0])}`) && (!standsIn(file, path) || isSecretIn(file, path)),
    };
    const { dataCentre, faults, warnings } = parseDataCentre(systems, raw, context);
    if (!dataCentre) {
        throw new ConfigError(faults, stack);
    }
    return { dataCentre, stack, warnings, secretValues: secretValues(systems.form.secretKeys, raw) };
}

/** As `loadDescription`, with its warnings told to the person at the engine. */
export function loadDataCentre(systems: Systems, around: Partial<Context> = {}): DataCentre {
    const { dataCentre, warnings } = loadDescription(systems, around);
    warnings.forEach((fault) => void sdk().log.warn(faultLine(fault)));
    return dataCentre;
}

/** Pulumi hands over groups and lists as JSON, and plain texts as they are. */
export function decode(config: Record<string, string>): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(config)
            .filter(([key]) => key.startsWith(namespace))
            .map(([key, text]) => [key.slice(namespace.length), decodeValue(text)]),
    );
}

/** With the values that were too long for the environment, which `make` has put into a file. */
function withLonger({ [elsewhereKey]: path, ...config }: Record<string, unknown>, stack: string): Record<string, unknown> {
    if (typeof path !== "string") {
        return config;
    }
    try {
        return { ...(JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>), ...config };
    } catch (failure) {
        const why = (failure as NodeJS.ErrnoException).code ?? "it is no JSON";
        throw new ConfigError([error([elsewhereKey], `${path}, which make writes, cannot be read (${why})`, "run 'make preview', which writes it anew")], stack);
    }
}

function decodeValue(text: string): unknown {
    if (!/^\s*[[{]/.test(text)) {
        return text;
    }
    try {
        return JSON.parse(text) as unknown;
    } catch {
        // Left as it is, the schema will say that this is a text where a group should be, without quoting it.
        return text;
    }
}
