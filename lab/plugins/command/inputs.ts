import { UNKNOWN, Secret, Unknown, asSecret, isArchive, isAsset, isObject, unwrap } from "../provider/values";
import type { PropertyMap, Value } from "../provider/values";
import type { CheckFailure } from "../provider/resource";

/** The form of an input: what the genuine provider's Go type accepts, and the name of that type in its messages. */
export type Shape =
    | { kind: "string"; goType?: string }
    | { kind: "bool" }
    | { kind: "number" }
    | { kind: "int" }
    | { kind: "list"; element?: "string" }
    | { kind: "stringMap" }
    | { kind: "asset" }
    | { kind: "object"; goType: string; fields: Record<string, Field> };

/** One input: its form, and whether it is required, secret, or has a default when absent. */
export interface Field {
    shape: Shape;
    required?: boolean;
    secret?: boolean;
    fallback?: Value;
    replaceOnChanges?: boolean;
    /** In the schema, but not done by the stand-in: refused. */
    unsupported?: boolean;
}

function goTypeOf(shape: Shape): string {
    switch (shape.kind) {
        case "number": return "float64";
        case "list": return shape.element === undefined ? "[]interface {}" : `[]${shape.element}`;
        case "stringMap": return "map[string]string";
        case "asset": return "types.AssetOrArchive";
        case "string": return shape.goType ?? "string";
        case "object": return `remote.${shape.goType}`;
        default: return shape.kind;
    }
}

function goTypeOfValue(value: Value): string {
    switch (typeof value) {
        case "string": return "string";
        case "number": return "float64";
        case "boolean": return "bool";
        default: return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
    }
}

/** A fault at a property, in the words of the genuine provider's decoder. */
class Fault {
    public constructor(public readonly field: string, public readonly reason: string) {}
}

/** The Go type without its package. */
function typeName(owner: string): string {
    return owner.slice(owner.indexOf(".") + 1);
}

function wrongType(owner: string, name: string, shape: Shape, value: Value): Fault {
    if (isObject(value) && (shape.kind !== "stringMap")) {
        return new Fault(name, `An error occurred decoding '${typeName(owner)}.${name}': Cannot decode Object{} to type `
            + `${goTypeOf(shape)}; it isn't a struct, and no custom decoder exists`);
    }
    return new Fault(name, `Field '${name}' on '${owner}' must be a '${goTypeOf(shape)}'; `
        + `got '${goTypeOfValue(value)}' instead`);
}

/** Reads one value into its form; secrets and unknowns pass through where they stand. */
function readValue(owner: string, name: string, shape: Shape, value: Value, faults: Fault[]): Value {
    if (value instanceof Secret) {
        return asSecret(readValue(owner, name, shape, value.element, faults));
    }
    if (value instanceof Unknown) {
        return UNKNOWN;
    }
    switch (shape.kind) {
        case "string":
            break;
        case "bool":
            if (typeof value === "boolean") {
                return value;
            }
            break;
        case "number":
        case "int":
            if (typeof value === "number") {
                return shape.kind === "int" ? Math.trunc(value) : value;
            }
            break;
        case "list":
            if (Array.isArray(value)) {
                const { element } = shape;
                return element === undefined ? value : value.map((inner, index) =>
                    readValue(owner, `${name}[${index}]`, { kind: element }, inner, faults));
            }
            break;
        case "asset":
            if (isAsset(value) || isArchive(value)) {
                return value;
            }
            break;
        case "stringMap":
            if (isObject(value)) {
                return Object.fromEntries(Object.entries(value).map(([key, element]) =>
                    [key, readValue(owner, `${name}[${key}] value`, { kind: "string" }, element, faults)]));
            }
            break;
        case "object":
            if (isObject(value)) {
                const inner: Fault[] = [];
                const result = readObject(`remote.${shape.goType}`, shape.fields, value, inner);
                if (inner.length > 0) {
                    const lines = inner.map((fault) => `\n\t${fault.field}: ${fault.reason}`).join("");
                    faults.push(new Fault(name, `An error occurred decoding '${typeName(owner)}.${name}': `
                        + `${inner.length} failures decoding:${lines}`));
                }
                return result;
            }
            faults.push(new Fault(name, `Field '${name}' on '${owner}' must be a '${goTypeOf(shape)}'; `
                + `got '${goTypeOfValue(value)}' instead`));
            return value;
    }
    if (shape.kind === "string" && typeof value === "string") {
        return value;
    }
    faults.push(wrongType(owner, name, shape, value));
    return value;
}

function readObject(owner: string, fields: Record<string, Field>, value: PropertyMap, faults: Fault[]): PropertyMap {
    const result: PropertyMap = {};
    for (const [name, field] of Object.entries(fields)) {
        const given = value[name];
        if (given === undefined || given === null) {
            if (field.required === true) {
                faults.push(new Fault(name, `Missing required field '${name}' on '${owner}'`));
            }
            if (field.fallback !== undefined) {
                result[name] = field.fallback;
            }
            continue;
        }
        if (field.unsupported === true) {
            faults.push(new Fault(name, `${name} is not implemented by the stand-in of the command provider: leave it out, or `
                + "install the genuine plugin 1.2.1"));
        }
        const read = readValue(owner, name, field.shape, given, faults);
        result[name] = read;
    }
    for (const name of Object.keys(value)) {
        if (!Object.hasOwn(fields, name)) {
            faults.push(new Fault(name, `Unrecognized field '${name}' on '${owner}'`));
        }
    }
    return result;
}

/** Marks what the schema says is secret, whatever its form: it must not show even in faulty inputs. */
function markSecrets(fields: Record<string, Field>, value: PropertyMap): PropertyMap {
    return Object.fromEntries(Object.entries(value).map(([name, given]) => {
        const field = fields[name];
        if (field === undefined) {
            return [name, given];
        }
        const open = unwrap(given);
        let marked = given;
        if (field.shape.kind === "object" && isObject(open)) {
            const inner = markSecrets(field.shape.fields, open);
            marked = given instanceof Secret ? new Secret(inner) : inner;
        }
        return [name, field.secret === true ? asSecret(marked) : marked];
    }));
}

/**
 * Checks inputs as pulumi-go-provider 1.3.0 does: unknown fields (inside connection too) and wrong types are refused
 * with its words, defaults are filled in, schema secrets are marked. With failures the inputs come back as given. `owner`
 * is the Go type of the inputs, with its package.
 */
export function checkInputs(
    owner: string, fields: Record<string, Field>, news: PropertyMap,
): { inputs: PropertyMap; failures: CheckFailure[] } {
    const faults: Fault[] = [];
    const read = readObject(owner, fields, news, faults);
    const failures = faults.map((fault) => ({ property: fault.field, reason: fault.reason }));
    return { inputs: markSecrets(fields, failures.length > 0 ? news : read), failures };
}
