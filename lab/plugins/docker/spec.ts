import type { PropertyMap, Value } from "../provider/values";

/** Form of a property: `list` keeps its order, `set` does not, `block` is one nested object. */
export type Kind =
    | { type: "string" }
    | { type: "bool" }
    | { type: "int" }
    | { type: "map" }
    | { type: "list" | "set"; element: "string" | Fields }
    | { type: "block"; fields: Fields };

/** Properties by their Pulumi name. */
export type Fields = Readonly<Record<string, Field>>;

/** One property of a bridged Terraform resource, as terraform-provider-docker 4.5.0 declares it. */
export interface Field {
    kind: Kind;
    /** The name in Terraform, where messages use it. */
    tf?: string;
    required?: boolean;
    /** The provider fills it in when the program does not set it. */
    computed?: boolean;
    /** A change replaces the resource. */
    forceNew?: boolean;
    fallback?: Value;
    /** Returns what is wrong with a value, or undefined. */
    validate?: (value: Value) => string | undefined;
    /** True when another value than before is no change. */
    isUnchanged?: (before: PropertyMap[], after: PropertyMap[]) => boolean;
    /** In the schema, but not done by the stand-in: refused. */
    unsupported?: boolean;
    /** Never an input. */
    outputOnly?: boolean;
    /** Made from the resource's name when not set. */
    autonamed?: boolean;
}

export const text: Kind = { type: "string" };
export const bool: Kind = { type: "bool" };
export const int: Kind = { type: "int" };
export const map: Kind = { type: "map" };
export const texts: Kind = { type: "list", element: "string" };
export const textSet: Kind = { type: "set", element: "string" };

/** A list or set of nested objects. */
export function many(type: "list" | "set", element: Fields): Kind {
    return { type, element };
}

/** A validator for a regular expression, with Terraform's message. */
export function matches(pattern: string): (value: Value) => string | undefined {
    return (value) => typeof value === "string" && !new RegExp(pattern).test(value)
        ? `'${value}' doesn't match the pattern '${pattern}'`
        : undefined;
}

/** A validator for a least integer. */
export function atLeast(least: number): (value: Value) => string | undefined {
    return (value) => typeof value === "number" && value < least ? `'${value}' must be greater than or equal to ${least}`
        : undefined;
}

/** `labels` of every resource: a set of `{label, value}`. */
export const LABELS: Kind = many("set", {
    label: { kind: text, required: true },
    value: { kind: text, required: true },
});
