import type { Path } from "./faults";

/**
 * The places of secret values that a description really has; `raw` may be of any form.
 *
 * @param secretKeys keys with `*` for any index, as the systems' leaves say them
 */
export function secretPaths(secretKeys: readonly string[], raw: unknown): Path[] {
    return secretKeys.flatMap((key) => match(raw, key.split("."), []));
}

function match(value: unknown, [part, ...rest]: string[], path: Path): Path[] {
    if (part === undefined) {
        return value === undefined || value === null ? [] : [path];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    if (part === "*") {
        return Array.isArray(value) ? value.flatMap((item, index) => match(item, rest, [...path, index])) : [];
    }
    return match((value as Record<string, unknown>)[part], rest, [...path, part]);
}

/** The value at a place, or undefined where there is none. */
export function valueAt(raw: unknown, path: Path): unknown {
    return path.reduce<unknown>(
        (value, part) =>
            typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[part] : undefined,
        raw,
    );
}

/** The secret values themselves, for those who must keep them out of texts. */
export const secretValues = (secretKeys: readonly string[], raw: unknown): string[] =>
    secretPaths(secretKeys, raw)
        .map((path) => valueAt(raw, path))
        .filter((value) => typeof value === "string" || typeof value === "number")
        .map(String);

/** Whether a value below `path` is secret, or something that may hold one. */
export function maySee(secretKeys: readonly string[], path: Path): boolean {
    const tops = secretKeys.map((key) => key.split("*")[0]?.replace(/\.$/, "") ?? key);
    const dotted = path.join(".");
    return !tops.some((top) => dotted === top || dotted.startsWith(`${top}.`) || top.startsWith(`${dotted}.`));
}

/** A description without its secrets: each is the empty text, and what stands beside it stays, since it says how many there are of whom. */
export function withoutSecrets<Raw extends object>(secretKeys: readonly string[], raw: Raw): Raw {
    const copy = structuredClone(raw);
    for (const path of secretPaths(secretKeys, copy)) {
        const holder = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
        holder[path.at(-1) ?? ""] = "";
    }
    return copy;
}
