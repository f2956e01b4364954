import type { Field } from "./inputs";
import { diffMaps } from "../provider/object-diff";
import type { DiffKind } from "../provider/object-diff";
import type { DiffResult } from "../provider/resource";
import { UNKNOWN, Secret, Unknown, containsUnknowns, deepEquals } from "../provider/values";
import type { PropertyMap, Value } from "../provider/values";

/** New inputs with the ignored properties as they are in state. */
export function withIgnored(news: PropertyMap, state: PropertyMap, ignoreChanges: string[]): PropertyMap {
    const result = { ...news };
    for (const property of ignoreChanges) {
        const value = state[property];
        if (value !== undefined) {
            result[property] = value;
        }
    }
    return result;
}

/**
 * Compares old and new inputs. A property of the schema's `replaceOnChanges` replaces only when it is added, removed or
 * changed as a whole: a changed element of `triggers` is an update to the genuine provider too; it is the SDK that adds
 * `replaceOnChanges: ["triggers[*]"]` to every resource. Created first, deleted after, unless the program says else.
 */
export function diffInputs(
    fields: Record<string, Field>, oldInputs: PropertyMap, state: PropertyMap, news: PropertyMap, ignoreChanges: string[],
): DiffResult {
    const wanted = Object.fromEntries(Object.entries(withIgnored(news, state, ignoreChanges))
        .filter(([key]) => key !== "version" && !key.startsWith("__")));
    const detailed = diffMaps(oldInputs, wanted);
    for (const [path, kind] of detailed) {
        if (fields[path]?.replaceOnChanges === true && !kind.endsWith("-replace")) {
            detailed.set(path, `${kind}-replace` as DiffKind);
        }
    }
    return { detailed, deleteBeforeReplace: false };
}

/** True when any input differs, as seen from an update's preview: outputs may then change. */
function mayChange(fields: Record<string, Field>, state: PropertyMap, news: PropertyMap): boolean {
    return Object.keys(fields).some((name) => {
        const before: Value = state[name] ?? null;
        const after: Value = news[name] ?? null;
        return after instanceof Unknown || (after instanceof Secret && after.element instanceof Unknown)
            || containsUnknowns(after) || (name in state && !deepEquals(before, after));
    });
}

/** The outputs that a preview shows: unknown on creation and when an input changed, else as they were. */
export function previewOutputs(
    fields: Record<string, Field>, news: PropertyMap, outputs: string[], state?: PropertyMap,
): PropertyMap {
    const unknown = state === undefined || mayChange(fields, state, news);
    const computed = outputs.map((name): [string, Value] => [name, unknown ? UNKNOWN : state[name] ?? ""]);
    return { ...news, ...Object.fromEntries(computed) };
}
