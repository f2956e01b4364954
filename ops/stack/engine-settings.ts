/**
 * Settings that are too long for the engine's language host, which gives the program all of its configuration in one variable of its
 * environment: the engine reads them from a file of its own then, and the program takes the longest keys from another.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { stringify } from "yaml";

import { elsewhereKey, namespace } from "../../config/defaults";
import { writeWhole } from "../lib/files";
import type { Context } from "./context";
import type { Value } from "./merge";
import { settingsIfAny } from "./settings";

/**
 * How many bytes of configuration go by the environment. Linux allows 131,072 a variable, its name included (MAX_ARG_STRLEN, execve(2)), and
 * about 700 described hosts are more than that: the program could not be started ("spawn E2BIG").
 */
const limit = 100_000;

/** As the language host writes it: values that are no texts as JSON, in JSON. Source: pulumi 3.255, sdk/nodejs/runtime/config.ts. */
const sizeOf = (config: Record<string, Value>): number =>
    Buffer.byteLength(JSON.stringify(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]))));

const hasSecret = (value: Value): boolean => JSON.stringify(value ?? null).includes('"secure":');

/** Which keys the program takes elsewhere, the longest first, until the rest is short. Secrets are the engine's to decrypt, and stay. */
function longest(config: Record<string, Value>): string[] {
    const mine = Object.keys(config).filter((key) => key.startsWith(namespace) && !hasSecret(config[key] as Value));
    const bySize = mine.map((key) => [key, sizeOf({ [key]: config[key] as Value })] as const).sort(([, a], [, b]) => b - a);
    let rest = sizeOf(config);
    return bySize.flatMap(([key, size]) => {
        const isOut = rest > limit;
        rest -= isOut ? size : 0;
        return isOut ? [key] : [];
    });
}

function writeChanged(path: string, text: string): void {
    if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
        writeWhole(path, text);
    }
}

/**
 * Writes the engine's own settings file, where the stack's is too long for it; takes one of before away where it is not.
 *
 * @returns what the engine is told by its environment besides
 */
export function engineSettingsOf(context: Pick<Context, "settings">): NodeJS.ProcessEnv {
    const folder = dirname(context.settings);
    const [file, values] = ["engine-settings.yaml", "engine-settings.json"].map((name) => join(folder, name)) as [string, string];
    const settings = settingsIfAny(context);
    const config = settings.config ?? {};
    const out = longest(config);
    if (out.length === 0) {
        [file, values].forEach((path) => rmSync(path, { force: true }));
        return {};
    }
    const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !out.includes(key)));
    writeChanged(values, JSON.stringify(Object.fromEntries(out.map((key) => [key.slice(namespace.length), config[key]]))));
    writeChanged(file, stringify({ ...settings, config: { ...rest, [`${namespace}${elsewhereKey}`]: values } }, { lineWidth: 0 }));
    return { PULUMI_OPTION_CONFIG_FILE: file };
}
