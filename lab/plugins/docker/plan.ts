import { diffMaps } from "../provider/object-diff";
import type { DetailedDiff, DiffKind } from "../provider/object-diff";
import { UNKNOWN, Unknown, containsUnknowns, isObject } from "../provider/values";
import type { PropertyMap, Value } from "../provider/values";
import { withoutBookkeeping } from "./check";
import type { Field, Fields, Kind } from "./spec";

/** True for what Terraform's SDK does not tell from "not set"; a map with keys is set, whatever they hold. */
function isZero(kind: Kind, value: Value): boolean {
    if (isObject(value)) {
        return kind.type === "block"
            ? Object.entries(kind.fields).every(([name, field]) => isZero(field.kind, value[name] ?? null))
            : Object.keys(value).length === 0;
    }
    return value === null || value === "" || value === false || value === 0 || (Array.isArray(value) && value.length === 0);
}

function isEmpty(value: Value): boolean {
    return value === null || (Array.isArray(value) && value.length === 0)
        || (isObject(value) && Object.keys(value).length === 0);
}

/** A string that is the same for values that Terraform holds equal; sets are ordered. */
function canonical(kind: Kind, value: Value): string {
    if (value instanceof Unknown) {
        return "unknown";
    }
    if (isZero(kind, value)) {
        return "";
    }
    if (Array.isArray(value) && (kind.type === "list" || kind.type === "set")) {
        const element: Kind = kind.element === "string" ? { type: "string" } : { type: "block", fields: kind.element };
        const elements = value.map((inner) => canonical(element, inner));
        return JSON.stringify(kind.type === "set" ? elements.sort() : elements);
    }
    if (isObject(value) && kind.type === "block") {
        return JSON.stringify(Object.entries(kind.fields).map(([name, field]) =>
            canonical(field.kind, value[name] ?? field.fallback ?? null)));
    }
    if (isObject(value)) {
        return JSON.stringify(Object.entries(value).sort(([left], [right]) => left < right ? -1 : 1));
    }
    return JSON.stringify(value);
}

/** True when Terraform would see no difference: null, zero and empty are alike, and a set has no order. */
export function isSame(kind: Kind, left: Value, right: Value): boolean {
    const [before, after] = [canonical(kind, left), canonical(kind, right)];
    return before === after && !after.includes("unknown");
}

/** A nested object with every field there, as states have them. */
function complete(fields: Fields, value: Value): Value {
    if (!isObject(value)) {
        return value;
    }
    return Object.fromEntries(Object.entries(fields).map(([name, field]) =>
        [name, value[name] ?? field.fallback ?? emptyOf(field.kind)]));
}

function emptyOf(kind: Kind): Value {
    return kind.type === "string" ? "" : kind.type === "bool" ? false : kind.type === "set" || kind.type === "list" ? [] : null;
}

function stateForm(kind: Kind, value: Value): Value {
    if ((kind.type === "list" || kind.type === "set") && Array.isArray(value) && kind.element !== "string") {
        const { element } = kind;
        return value.map((inner) => complete(element, inner));
    }
    return kind.type === "block" ? complete(kind.fields, value) : value;
}

/** List elements with what the provider computed for them before, such as a port that the engine chose. */
function withComputed(kind: Kind, wanted: Value, prior: Value | undefined): Value {
    if (kind.type !== "list" || kind.element === "string" || !Array.isArray(wanted) || !Array.isArray(prior)) {
        return wanted;
    }
    const computed = Object.entries(kind.element).filter(([, field]) => field.computed === true).map(([name]) => name);
    return wanted.map((element, index) => {
        const before = prior[index];
        if (!isObject(element) || !isObject(before)) {
            return element;
        }
        const known = computed.filter((name) => element[name] === undefined && before[name] !== undefined);
        return { ...element, ...Object.fromEntries(known.map((name) => [name, before[name] ?? null])) };
    });
}

function isUnchanged(field: Field, before: Value, after: Value): boolean {
    return field.isUnchanged !== undefined && Array.isArray(before) && Array.isArray(after)
        && !containsUnknowns(after) && field.isUnchanged(before.filter(isObject), after.filter(isObject));
}

function plannedValue(field: Field, wanted: Value, prior: Value | undefined): Value {
    const { kind } = field;
    const set = wanted !== null && !(field.computed === true && (wanted === "" || isEmpty(wanted)
        || (wanted instanceof Unknown && prior !== undefined)));
    if (set) {
        wanted = stateForm(kind, withComputed(kind, wanted, prior));
        return prior !== undefined && (isSame(kind, prior, wanted) || isUnchanged(field, prior, wanted)) ? prior : wanted;
    }
    if (field.fallback !== undefined) {
        return field.fallback;
    }
    if (field.computed === true) {
        return prior === undefined ? UNKNOWN : prior;
    }
    if (prior !== undefined && isZero(kind, prior)) {
        return prior;
    }
    return (kind.type === "set" || kind.type === "list") && kind.element !== "string" ? [] : null;
}

/**
 * The state that a resource is to have: what the program sets, defaults, and of what the provider computes the prior
 * value, or unknown when there is none.
 */
export function planState(fields: Fields, inputs: PropertyMap, prior: PropertyMap | undefined): PropertyMap {
    return Object.fromEntries(Object.entries(fields).map(([name, field]) => {
        const wanted = withoutBookkeeping(inputs[name] ?? null);
        return [name, plannedValue(field, wanted, prior === undefined ? undefined : prior[name] ?? null)];
    }));
}

function pathsOf(name: string, kind: Kind, before: Value, after: Value): DetailedDiff {
    const whole = (diff: DiffKind): DetailedDiff => new Map([[name, diff]]);
    if (isEmpty(before)) {
        return whole("add");
    }
    if (isEmpty(after)) {
        const keys = kind.type === "map" && isObject(before) ? diffMaps({ [name]: before }, { [name]: {} }) : undefined;
        return keys !== undefined && keys.size > 0 ? keys : whole("delete");
    }
    const ordered = kind.type === "map" || kind.type === "list" || (kind.type === "set" && kind.element === "string");
    const sort = (value: Value): Value => kind.type === "set" && Array.isArray(value) ? [...value].sort() : value;
    return ordered ? diffMaps({ [name]: sort(before) }, { [name]: sort(after) }) : whole("update");
}

/** Differences between a state and its plan; `-replace` where the property forces a new resource. */
export function diffStates(fields: Fields, prior: PropertyMap, planned: PropertyMap): DetailedDiff {
    const result: DetailedDiff = new Map();
    for (const [name, field] of Object.entries(fields)) {
        const before = prior[name] ?? null;
        const after = planned[name] ?? null;
        if (field.outputOnly === true || isSame(field.kind, before, after)) {
            continue;
        }
        for (const [path, kind] of pathsOf(name, field.kind, before, after)) {
            result.set(path, field.forceNew === true ? `${kind}-replace` as DiffKind : kind);
        }
    }
    return result;
}
