import { createHash, randomBytes } from "node:crypto";
import type { CheckFailure, CheckResult } from "../provider/resource";
import { Secret, Unknown, isObject } from "../provider/values";
import type { PropertyMap, Value } from "../provider/values";
import type { Field, Fields, Kind } from "./spec";

const DEFAULTS = "__defaults";

/** Collects faults in the bridge's form: no property, but the place at the end of the reason. */
class Faults {
    public readonly list: CheckFailure[] = [];

    public constructor(private readonly resource: string) {}

    public add(root: string, reason: string): void {
        this.list.push({ property: "", reason: `${reason}. Examine values at '${this.resource}.${root}'.` });
    }
}

/** A scalar in its form: strings of numbers and the other way round are converted, as the bridge does. */
function readScalar(kind: Kind, value: Value, root: string, faults: Faults): Value {
    switch (kind.type) {
        case "string":
            if (typeof value === "number" || typeof value === "boolean") {
                return String(value);
            }
            if (typeof value !== "string") {
                faults.add(root, "Attribute must be a single value, not a map");
            }
            return value;
        case "int": {
            const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
            if (typeof number !== "number" || Number.isNaN(number)) {
                faults.add(root, `expected a whole number, got ${JSON.stringify(value)}`);
                return value;
            }
            return Math.trunc(number);
        }
        default:
            if (typeof value === "boolean") {
                return value;
            }
            if (value !== "true" && value !== "false") {
                faults.add(root, `cannot parse '' as bool: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
            }
            return value === "true" ? true : value === "false" ? false : value;
    }
}

function readValue(kind: Kind, value: Value, path: string, root: string, faults: Faults): Value {
    const open = value instanceof Secret ? value.element : value;
    if (open instanceof Unknown) {
        return open;
    }
    switch (kind.type) {
        case "map":
            if (!isObject(open)) {
                faults.add(root, "Attribute must be a map");
                return open;
            }
            return Object.fromEntries(Object.entries(open).map(([key, element]) =>
                [key, readValue({ type: "string" }, element, `${path}.${key}`, root, faults)]));
        case "list":
        case "set":
            if (!Array.isArray(open)) {
                faults.add(root, "Attribute must be a list");
                return open;
            }
            return open.map((element, index) => kind.element === "string"
                ? readValue({ type: "string" }, element, `${path}.${index}`, root, faults)
                : readBlock(kind.element, element, `${path}.${index}`, root, faults));
        case "block":
            return readBlock(kind.fields, open, `${path}.0`, root, faults);
        default:
            return readScalar(kind, open, root, faults);
    }
}

function readBlock(fields: Fields, value: Value, path: string, root: string, faults: Faults): Value {
    if (value instanceof Unknown) {
        return value;
    }
    if (!isObject(value)) {
        faults.add(root, "Attribute must be an object");
        return value;
    }
    return readFields(fields, value, path, root, faults);
}

function missing(path: string, root: string, faults: Faults): void {
    faults.add(root, `Missing required argument. The argument "${path}" is required, but no definition was found.`);
}

function readFields(fields: Fields, value: PropertyMap, path: string, root: string | undefined, faults: Faults): PropertyMap {
    const result: PropertyMap = {};
    const defaulted: string[] = [];
    for (const [name, field] of Object.entries(fields)) {
        const given = value[name] ?? null;
        const place = root ?? name;
        const full = path === "" ? field.tf ?? name : `${path}.${field.tf ?? name}`;
        if (given === null) {
            // Defaults that are zero values stay out of the inputs, as in the bridge; the state has them.
            if (field.fallback !== undefined && field.fallback !== false && field.fallback !== 0) {
                result[name] = field.fallback;
                defaulted.push(name);
            } else if (field.required === true && field.autonamed !== true) {
                missing(full, place, faults);
            }
            continue;
        }
        result[name] = readGiven(field, given, full, place, name, faults);
    }
    for (const [name, given] of Object.entries(value)) {
        if (name !== DEFAULTS && !Object.hasOwn(fields, name)) {
            faults.add(root ?? name, "Invalid or unknown key");
            result[name] = given;
        }
    }
    result[DEFAULTS] = defaulted.sort();
    return result;
}

function readGiven(field: Field, given: Value, full: string, place: string, name: string, faults: Faults): Value {
    if (field.outputOnly === true) {
        faults.add(place, `Value for unconfigurable attribute. Can't configure a value for "${full}": its value will be `
            + "decided automatically based on the result of applying this configuration.");
        return given;
    }
    if (field.unsupported === true) {
        faults.add(place, `${name} is not implemented by the stand-in of the docker provider: leave it out, or install the `
            + "genuine plugin");
        return given;
    }
    const value = readValue(field.kind, given, full, place, faults);
    const reason = value instanceof Unknown ? undefined : field.validate?.(value);
    if (reason !== undefined) {
        faults.add(place, `${reason}. ${reason}`);
    }
    return value;
}

function autoname(resource: string, olds: PropertyMap, seed: Uint8Array): Value {
    const defaults = olds[DEFAULTS];
    if (Array.isArray(defaults) && defaults.includes("name") && typeof olds["name"] === "string") {
        return olds["name"];
    }
    const random = seed.length > 0
        ? createHash("sha256").update(resource).update(seed).digest("hex")
        : randomBytes(8).toString("hex");
    return `${resource}-${random.slice(0, 7)}`;
}

/**
 * Checks inputs as the Terraform bridge does: unknown names, missing and badly formed values are refused; defaults and a
 * generated name are filled in and listed under `__defaults`, nested objects likewise.
 */
export function checkFields(
    resource: string, fields: Fields, olds: PropertyMap, news: PropertyMap, seed: Uint8Array,
): CheckResult {
    const faults = new Faults(resource);
    const inputs = readFields(fields, news, "", undefined, faults);
    const named = Object.entries(fields).find(([, field]) => field.autonamed === true);
    if (named !== undefined && (news["name"] ?? null) === null) {
        inputs["name"] = autoname(resource, olds, seed);
        inputs[DEFAULTS] = [...(inputs[DEFAULTS] as string[]), "name"].sort();
    }
    return { inputs, failures: faults.list };
}

/** Whether the resource's name was generated: then a replacement can be made before the old one is deleted. */
export function isAutonamed(inputs: PropertyMap): boolean {
    const defaults = inputs[DEFAULTS];
    return Array.isArray(defaults) && defaults.includes("name");
}

/** A value without the bridge's `__defaults` bookkeeping. */
export function withoutBookkeeping(value: Value): Value {
    if (Array.isArray(value)) {
        return value.map(withoutBookkeeping);
    }
    if (isObject(value)) {
        return Object.fromEntries(Object.entries(value).filter(([key]) => key !== DEFAULTS)
            .map(([key, inner]) => [key, withoutBookkeeping(inner)]));
    }
    return value;
}
