import { Secret, Unknown, deepEquals, isArchive, isAsset, isObject } from "./values";
import type { PropertyMap, Value } from "./values";

/** What happened to one property; names as in the provider protocol, `-replace` when it forces a replacement. */
export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

/** Differences by property path, such as `environment.A` or `triggers[0]`. */
export type DetailedDiff = Map<string, DiffKind>;

const SIMPLE_KEY = /^[a-zA-Z_$][a-zA-Z0-9_$]*$/;

/** Appends a key or an index to a property path, quoting keys that are no identifiers. */
export function joinPath(prefix: string, key: string | number): string {
    if (typeof key === "number") {
        return `${prefix}[${key}]`;
    }
    if (SIMPLE_KEY.test(key)) {
        return prefix === "" ? key : `${prefix}.${key}`;
    }
    return `${prefix}[${JSON.stringify(key)}]`;
}

/** The name of the property that a path starts in. */
export function rootOf(path: string): string {
    return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function diffValues(path: string, left: Value, right: Value, into: DetailedDiff): void {
    const opaque = isAsset(left) || isAsset(right) || isArchive(left) || isArchive(right);
    if (Array.isArray(left) && Array.isArray(right)) {
        for (let index = 0; index < Math.max(left.length, right.length); index++) {
            diffEntry(joinPath(path, index), left[index], right[index], into);
        }
    } else if (!opaque && isObject(left) && isObject(right)) {
        for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
            diffEntry(joinPath(path, key), left[key], right[key], into);
        }
    } else if (!deepEquals(left, right)) {
        into.set(path, left === null ? "add" : right === null ? "delete" : "update");
    }
}

function diffEntry(path: string, left: Value | undefined, right: Value | undefined, into: DetailedDiff): void {
    if (left !== undefined && right !== undefined) {
        diffValues(path, left, right, into);
    } else if (right !== undefined) {
        into.set(path, "add");
    } else if (left !== undefined) {
        into.set(path, "delete");
    }
}

/**
 * Compares two property maps the way Pulumi's Go SDK compares old and new inputs: lists by index, objects by key,
 * secrets whole (a changed field of a secret object is a change of the object), and a property whose new value is an
 * unknown secret counts as unchanged.
 */
export function diffMaps(left: PropertyMap, right: PropertyMap): DetailedDiff {
    const result: DetailedDiff = new Map();
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
        const after = right[key];
        const unknownSecret = after instanceof Secret && after.element instanceof Unknown;
        if (!(unknownSecret && left[key] !== undefined)) {
            diffEntry(joinPath("", key), left[key], after, result);
        }
    }
    return result;
}
