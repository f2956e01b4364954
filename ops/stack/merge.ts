/** Merges settings that were changed on two sides. */

/** What YAML and JSON hold. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

type Mapping = Record<string, Value>;

const isMapping = (value: Value | undefined): value is Mapping =>
    typeof value === "object" && value !== null && !Array.isArray(value) && !("secure" in value);

const same = (a: Value | undefined, b: Value | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What an element of a list is called, so that it stays itself when the list is reordered. */
const identity = (value: Value): string | undefined => {
    const name = isMapping(value) ? (value.name ?? value.registry) : undefined;
    return typeof name === "string" ? name : undefined;
};

function byIdentity(list: Value | undefined): Mapping | undefined {
    if (!Array.isArray(list)) {
        return undefined;
    }
    const entries = list.map((element) => [identity(element), element] as const);
    const names = new Set(entries.map(([name]) => name));
    return names.has(undefined) || names.size !== list.length ? undefined : (Object.fromEntries(entries) as Mapping);
}

/**
 * Merges two sets of settings that started from the same one: what each side changed since `base` holds; where both
 * changed the same thing, `mine` does. Lists are merged element by element where all elements have a name, and an
 * element that `theirs` no longer has is gone, so that a password never moves to another registry.
 */
export function merge(base: Value | undefined, mine: Value | undefined, theirs: Value | undefined): Value | undefined {
    if (same(mine, base) || same(mine, theirs)) {
        return theirs;
    }
    if (same(theirs, base)) {
        return mine;
    }
    if (isMapping(mine) && isMapping(theirs)) {
        return mergeMappings(isMapping(base) ? base : {}, mine, theirs);
    }
    const [ours, others] = [byIdentity(mine), byIdentity(theirs)];
    if (ours && others) {
        const before = byIdentity(base) ?? {};
        const alive = Object.fromEntries(Object.entries(ours).filter(([name]) => name in others || !(name in before)));
        return Object.values(mergeMappings(before, alive, others));
    }
    return mine;
}

function mergeMappings(base: Mapping, mine: Mapping, theirs: Mapping): Mapping {
    const merged: Mapping = {};
    for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
        const value = merge(base[key], mine[key], theirs[key]);
        if (value !== undefined) {
            merged[key] = value;
        }
    }
    return merged;
}
