import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { ConfigError, error, type Fault } from "./faults";

type Group = Record<string, unknown>;

export const isGroup = (value: unknown): value is Group => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value in a stack file is encrypted: how Pulumi writes one. */
export const isSecure = (value: unknown): boolean => isGroup(value) && Object.keys(value).length === 1 && typeof value.secure === "string";

/** A value with each encrypted part as the text `[secret]`: not needed to know what a stack is made of. */
export function mask(value: unknown): unknown {
    if (isSecure(value)) {
        return "[secret]";
    }
    if (Array.isArray(value)) {
        return value.map(mask);
    }
    return isGroup(value) ? Object.fromEntries(Object.entries(value).map(([key, below]) => [key, mask(below)])) : value;
}

/** Before each of the project's keys in a stack file; the project's name in Pulumi.yaml. */
export const namespace = "datacentre:";

/** By which `make` says where longer values are, without the namespace: never a key of a description (ops/stack/engine-settings.ts). */
export const elsewhereKey = "elsewhere";

/** The project's keys of a `config` section, without the namespace. */
export const projectKeys = (config: unknown): Group =>
    Object.fromEntries(
        Object.entries(isGroup(config) ? config : {})
            .filter(([key]) => key.startsWith(namespace))
            .map(([key, value]) => [key.slice(namespace.length), value]),
    );

/**
 * `own` over `defaults`: groups key by key, all else whole. A null takes the default away. Groups of two kinds (a provider
 * `docker` over a provider `alicloud`) are two things, of which the own one stays as it is.
 */
export function over(own: unknown, defaults: unknown): unknown {
    if (own === null) {
        return undefined;
    }
    if (own === undefined) {
        return defaults;
    }
    if (!isGroup(own) || isSecure(own)) {
        return own;
    }
    const below = isGroup(defaults) && (own.kind === undefined || defaults.kind === undefined || own.kind === defaults.kind) ? defaults : {};
    const keys = [...new Set([...Object.keys(below), ...Object.keys(own)])];
    return Object.fromEntries(keys.map((key) => [key, over(own[key], below[key])] as const).filter(([, value]) => value !== undefined));
}

/** What stacks have in common as Pulumi itself knows it: `config` of Pulumi.yaml, of which a stack replaces whole keys. */
function ofProject(directory: string): Group {
    let document: unknown;
    try {
        document = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8"));
    } catch {
        return {};
    }
    const config = projectKeys(isGroup(document) ? document.config : {});
    return Object.fromEntries(Object.entries(config).map(([key, entry]) => [key, isGroup(entry) ? (entry.value ?? entry.default) : entry]));
}

/** One file of defaults, laid out as a stack file. */
function read(file: string, index: number, directory: string): { config: Group; faults: Fault[] } {
    const at = ["extends", index];
    const wrong = (problem: string, remedy: string) => ({ config: {}, faults: [error(at, problem, remedy)] });
    let document: unknown;
    try {
        document = parse(readFileSync(join(directory, file), "utf8"));
    } catch (failure) {
        const { code, linePos } = failure as { code?: string; linePos?: { line: number }[] };
        return linePos
            ? wrong(`${file} is no YAML from line ${linePos[0]?.line ?? "?"} on`, "check quotes and indentation there")
            : wrong(`${file} cannot be read (${code ?? "?"})`, "give the path of a file in the checkout, from its top, such as config/defaults/four-nodes.yaml");
    }
    if (!isGroup(document) || !isGroup(document.config)) {
        return wrong(`${file} has no 'config'`, "lay it out as a stack file, with the keys below 'config:'");
    }
    const config = projectKeys(document.config);
    const secret = Object.entries(config).filter(([, value]) => JSON.stringify(value ?? null).includes('"secure":'));
    const faults = secret.map(([key]) =>
        error(at, `${file} has a secret in ${namespace}${key}, which only the stack that it was made for can decrypt`, "set it in each stack (pulumi config set --secret --path)"),
    );
    return "extends" in config
        ? { config, faults: [...faults, error(at, `${file} extends further files`, "name those in the stack's own list, before this one")] }
        : { config, faults };
}

/**
 * A stack's own keys with what it extends beneath them: the files of `datacentre:extends`, a later one over those before it.
 *
 * @param own the project's keys of a stack, without the namespace; the result lacks `extends`
 * @throws ConfigError with all that is wrong with those files, since the rest cannot be judged without them
 */
export function withDefaults(own: Group, stack: string, directory: string): Group {
    const { extends: list = [], ...rest } = { ...ofProject(directory), ...own };
    if (!Array.isArray(list) || !list.every((file) => typeof file === "string")) {
        throw new ConfigError([error(["extends"], "this is no list of files", "write [config/defaults/four-nodes.yaml], for one")], stack);
    }
    const files = list.map((file, index) => read(file, index, directory));
    const faults = files.flatMap((file) => file.faults);
    if (faults.length > 0) {
        throw new ConfigError(faults, stack);
    }
    return over(rest, files.reduce<unknown>((below, { config }) => over(config, below), {})) as Group;
}
