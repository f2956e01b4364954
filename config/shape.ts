import { archiveComponents } from "./catalogue";
import { error, keyOf, nearest, type Fault, type Path } from "./faults";
import { maySee, valueAt } from "./secrets";
import { fittingForms, hintFor, kindNamed, notKnown, outOfRange, pathOf, wantedForms, wrongType, type Issue, type Words } from "./shape-words";
import { keysAt } from "./walk";

/** What keys were called in the old documents, or elsewhere, and what they are called here. */
const oldKeys: Readonly<Record<string, string>> = {
    "docker.graph": "docker.dataRoot",
    "docker.data-root": "docker.dataRoot",
    "glusterfs.volumes.path": "mount",
    "nodes.ip": "address",
    "nodes.hostname": "name",
    "nodes.role": "roles",
    "calico.ipPools": "calico.pools",
    "calico.pools.subnet": "cidr",
    "calico.pools.ipip": "encapsulation",
    "calico.pools.ipipMode": "encapsulation",
    "calico.pools.vxlanMode": "encapsulation",
    "calico.dockerNetworks.subnet": "pool",
};

const packagedOnly = `archives can be given for ${archiveComponents.join(", ")} and calico only; this comes as the host's packages`;
const storeWhy = "engines are given a cluster store where datacentre:calico.dockerNetworks need it; take it out";

/** Keys that somebody will look for, and why they are not there. */
const missingKeys: Readonly<Record<string, string>> = {
    "docker.clusterstore": storeWhy,
    "docker.clusteradvertise": storeWhy,
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

const told = (path: Path, { problem, remedy }: Words): Fault => error(path, problem, remedy);

function faultsOf(raw: unknown, issue: Issue): Fault[] {
    const path = pathOf(issue);
    const value = valueAt(raw, path);
    switch (issue.code) {
        case "unrecognized_keys":
            return issue.keys.map((key) => unknownKey(raw, path, key));
        case "invalid_value":
            return [notOneOf(path, value, issue.values.map(String))];
        case "invalid_union":
            return [issue.errors.length === 0 ? notOneOf(path, value, optionsOf(issue)) : ofNoForm(path, value, issue.errors)];
        case "invalid_type":
            return [ofWrongType(path, value, issue)];
        case "invalid_key":
            return [error(path, "this key is not in a form that is allowed here", issue.issues[0]?.message ?? "use another name")];
        case "too_small":
        case "too_big":
            return [told(path, outOfRange(value, shown(value, path), issue))];
        default:
            return [error(path, `${shown(value, path)} is not in a form that is allowed here`, issue.message)];
    }
}

/** What a kind may be, where the kind is none of those that there are. */
const optionsOf = (issue: Issue): string[] => (issue as { options?: readonly unknown[] }).options?.map(String) ?? [];

/** A value that may have several forms, and has none of them. */
function ofNoForm(path: Path, value: unknown, forms: readonly (readonly Issue[])[]): Fault {
    const messages = fittingForms(forms).flatMap((issues) => issues.map(({ message }) => message));
    return messages.length > 0
        ? error(path, `${shown(value, path)} is not in a form that is allowed here`, messages.join("; or "))
        : told(path, { ...wrongType(value ?? undefined, wantedForms(forms).join(" or ")), problem: notKnown(value ?? undefined, shown(value, path)) });
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
    const remedy = near !== undefined && allowed.includes(near) ? `use ${near}, if you meant that; else ${list}` : list;
    return error(path, notKnown(value, shown(value, path)), remedy);
}

function ofWrongType(path: Path, value: unknown, issue: Extract<Issue, { code: "invalid_type" }>): Fault {
    // What stands there without a value is missing as much as what does not stand there.
    const words = wrongType(value ?? undefined, kindNamed(issue.expected), hintFor(issue.expected));
    const own = issue.message.startsWith("Invalid input") ? words.remedy : issue.message;
    return error(path, words.problem, own);
}

/** A value as it may be quoted: short plain texts and numbers outside of what may hold a secret. */
function shown(value: unknown, path: Path): string {
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    // A URL with a user in it holds a password, wherever it stands.
    const fit = typeof text === "string" && text.length <= 80 && !text.includes("@") && maySee(path);
    return fit ? JSON.stringify(value) : "this";
}
