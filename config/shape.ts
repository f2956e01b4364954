import type { z } from "zod";

import { archiveComponents } from "./catalogue";
import { error, keyOf, nearest, type Fault, type Path } from "./faults";
import { maySee, valueAt } from "./secrets";
import { keysAt } from "./walk";

type Issue = z.core.$ZodIssue;

/** What keys were called in the old documents, or elsewhere, and what they are called here. */
const oldKeys: Readonly<Record<string, string>> = {
    "docker.graph": "docker.dataRoot",
    "docker.data-root": "docker.dataRoot",
    "glusterfs.volumes.path": "mount",
    "nodes.ip": "address",
    "nodes.hostname": "name",
    "nodes.role": "roles",
};

const packagedOnly = `archives can be given for ${archiveComponents.join(" and ")} only; this comes as the host's packages`;

/** Keys that somebody will look for, and why they are not there. */
const missingKeys: Readonly<Record<string, string>> = {
    "docker.clusterstore": "a cluster store is not part of this version yet; take it out",
    "docker.clusteradvertise": "a cluster store is not part of this version yet; take it out",
    "sources.docker": packagedOnly,
    "sources.glusterfs": packagedOnly,
};

/** Values of the old documents, and what they are called now. */
const oldValues: Readonly<Record<string, string>> = {
    overlay: "overlay2",
    replicate: "replicated",
    replica: "replicated",
    hash: "distributed",
};

/** zod's issues in our words, keyed as the stack file has them. No value is quoted that could be secret, or long. */
export function shapeFaults(raw: unknown, issues: readonly Issue[]): Fault[] {
    return issues.flatMap((issue) => faultsOf(raw, issue));
}

export const pathOf = (issue: Issue): Path => issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));

function faultsOf(raw: unknown, issue: Issue): Fault[] {
    const path = pathOf(issue);
    const value = valueAt(raw, path);
    switch (issue.code) {
        case "unrecognized_keys":
            return issue.keys.map((key) => unknownKey(raw, path, key));
        case "invalid_value":
            return [notOneOf(path, value, issue.values.map(String))];
        case "invalid_union":
            return [notOneOf(path, value, (issue as { options?: readonly unknown[] }).options?.map(String) ?? [])];
        case "invalid_type":
            return [wrongType(path, value, issue)];
        case "too_small":
            return [error(path, outOfRange(value, path), size("at least", Number(issue.minimum), issue.origin))];
        case "too_big":
            return [error(path, outOfRange(value, path), size("at most", Number(issue.maximum), issue.origin))];
        default:
            return [error(path, `${shown(value, path)} is not in a form that is allowed here`, issue.message)];
    }
}

function unknownKey(raw: unknown, path: Path, key: string): Fault {
    const full = [...path, key];
    const plain = full.filter((part) => typeof part === "string").join(".");
    const problem = path.length === 0 ? `${key} is no part of a description` : `there is no key ${key} here`;
    const why = missingKeys[plain.replaceAll(/[-_]/g, "").toLowerCase()];
    if (why !== undefined) {
        return error(full, problem, why);
    }
    const known = keysAt(path, raw);
    const near = oldKeys[plain]?.split(".").at(-1) ?? nearest(key, known);
    const all = known.map((name) => (path.length === 0 ? keyOf(name) : name)).join(", ");
    const remedy =
        near === undefined
            ? `known here: ${all}`
            : `use ${path.length === 0 ? keyOf(near) : near}, if you meant that; known here: ${all}`;
    return error(full, problem, remedy);
}

function notOneOf(path: Path, value: unknown, allowed: readonly string[]): Fault {
    const near = typeof value === "string" ? (oldValues[value] ?? nearest(value, allowed)) : undefined;
    const list = `use one of: ${allowed.join(", ")}`;
    const problem = value === undefined ? "this is missing" : `${shown(value, path)} is not known here`;
    return error(
        path,
        problem,
        near !== undefined && allowed.includes(near) ? `use ${near}, if you meant that; else ${list}` : list,
    );
}

function wrongType(path: Path, value: unknown, issue: Extract<Issue, { code: "invalid_type" }>): Fault {
    const wanted = kinds[issue.expected] ?? issue.expected;
    const own = issue.message.startsWith("Invalid input") ? undefined : issue.message;
    if (value === undefined || value === null) {
        return error(path, "this is missing", own ?? `give ${wanted}`);
    }
    return error(
        path,
        `this is ${kindOf(value)} and should be ${wanted}`,
        own ?? `write ${wanted}${hints[issue.expected] ?? ""}`,
    );
}

const kinds: Readonly<Record<string, string>> = {
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a group of keys",
};

const hints: Readonly<Record<string, string>> = {
    string: ", in quotes if it looks like a number",
    number: " without quotes",
    int: " without quotes",
};

function kindOf(value: unknown): string {
    if (typeof value === "number" && !Number.isInteger(value)) {
        return "a number with a fraction";
    }
    return kinds[Array.isArray(value) ? "array" : typeof value] ?? typeof value;
}

const outOfRange = (value: unknown, path: Path): string =>
    Array.isArray(value) || typeof value === "string" ? "this is too short or too long" : `${shown(value, path)} is out of range`;

const size = (how: string, limit: number, origin: string): string =>
    `use ${how} ${limit}${origin === "string" ? " characters" : origin === "array" ? (limit === 1 ? " entry" : " entries") : ""}`;

/** A value as it may be quoted: short plain texts and numbers outside of what may hold a secret. */
function shown(value: unknown, path: Path): string {
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    // A URL with a user in it holds a password, wherever it stands.
    const fit = typeof text === "string" && text.length <= 80 && !text.includes("@") && maySee(path);
    return fit ? JSON.stringify(value) : "this";
}
