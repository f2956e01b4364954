import { isObject } from "../provider/values";
import type { PropertyMap, Value } from "../provider/values";
import type { Json, JsonObject } from "./api";
import { isJsonObject } from "./api";

/** A string property; empty when it is not set. */
export function stringOf(state: PropertyMap, key: string): string {
    const value = state[key];
    return typeof value === "string" ? value : "";
}

/** A number property; 0 when it is not set. */
export function numberOf(state: PropertyMap, key: string): number {
    const value = state[key];
    return typeof value === "number" ? value : 0;
}

/** A boolean property; false when it is not set. */
export function flagOf(state: PropertyMap, key: string): boolean {
    return state[key] === true;
}

/** A list of strings; empty when it is not set. */
export function stringsOf(state: PropertyMap, key: string): string[] {
    const value = state[key];
    return Array.isArray(value) ? value.map(String) : [];
}

/** A map of strings; empty when it is not set. */
export function stringMapOf(state: PropertyMap, key: string): Record<string, string> {
    const value = state[key];
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, String(inner)])) : {};
}

/** A list of nested objects; empty when it is not set. */
export function objectsOf(state: PropertyMap, key: string): PropertyMap[] {
    const value = state[key];
    return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Labels of the API from `{label, value}` pairs. */
export function labelsOf(state: PropertyMap): Record<string, string> {
    return Object.fromEntries(objectsOf(state, "labels").map((pair) => [stringOf(pair, "label"), stringOf(pair, "value")]));
}

/** `{label, value}` pairs from labels of the API. */
export function labelPairs(labels: Json | undefined): Value {
    return isJsonObject(labels) ? Object.entries(labels).map(([label, value]) => ({ label, value: String(value) })) : [];
}

/** A value of the API as it goes into state; an absent or empty one keeps a null that was there. */
export function settle(before: Value | undefined, after: Json | undefined): Value {
    const empty = after === undefined || after === null || (Array.isArray(after) && after.length === 0)
        || (isJsonObject(after) && Object.keys(after).length === 0);
    return empty ? (Array.isArray(before) ? [] : null) : after as Value;
}

/** A string of an API object. */
export function textAt(value: JsonObject, key: string): string {
    const inner = value[key];
    return typeof inner === "string" ? inner : "";
}
