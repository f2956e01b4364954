import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Property values as a provider sees them. The wire format is a protobuf Struct in which secrets,
 * unknowns, assets and archives are objects with a signature under one magic key; the constants are
 * those of Pulumi's provider protocol (sdk/go/common/resource, `sig` package).
 */
export type Value = null | boolean | number | string | Secret | Unknown | Value[] | { [key: string]: Value };

/** A map of property values: the inputs or outputs of one resource. */
export type PropertyMap = { [key: string]: Value };

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";
const ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7";
const UNKNOWN_SENTINELS = new Set([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // unknown string, and what everything unknown is written as
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
    "030794c1-ac77-496b-92df-f27374a8bd58", // asset
    "e48ece36-62e2-4504-bad9-02848725956a", // archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that the engine encrypts in state and masks in its display. */
export class Secret {
    public constructor(public readonly element: Value) {}
}

/** A value that is not known yet: only in previews. */
export class Unknown {
    public readonly unknown = true;
}

/** The one unknown value. */
export const UNKNOWN = new Unknown();

/** True for a plain object of values: not a list, a secret or an unknown. */
export function isObject(value: Value | undefined): value is { [key: string]: Value } {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret)
        && !(value instanceof Unknown);
}

/** True for an asset (`StringAsset`, `FileAsset`), which is an object with a signature. */
export function isAsset(value: Value | undefined): value is { [key: string]: Value } {
    return isObject(value) && value[SIGNATURE_KEY] === ASSET_SIGNATURE;
}

/** True for an archive (`FileArchive`). */
export function isArchive(value: Value | undefined): value is { [key: string]: Value } {
    return isObject(value) && value[SIGNATURE_KEY] === ARCHIVE_SIGNATURE;
}

function decodeValue(wire: JavaScriptValue): Value {
    if (typeof wire === "string") {
        return UNKNOWN_SENTINELS.has(wire) ? UNKNOWN : wire;
    }
    if (Array.isArray(wire)) {
        return wire.map(decodeValue);
    }
    if (typeof wire !== "object" || wire === null) {
        return wire;
    }
    const fields = wire as { [key: string]: JavaScriptValue };
    switch (fields[SIGNATURE_KEY]) {
        case SECRET_SIGNATURE:
            return asSecret(decodeValue(fields["value"] ?? null));
        case OUTPUT_SIGNATURE: {
            const element = "value" in fields ? decodeValue(fields["value"] ?? null) : UNKNOWN;
            return fields["secret"] === true ? asSecret(element) : element;
        }
        case RESOURCE_SIGNATURE:
            return decodeValue(fields["id"] ?? fields["urn"] ?? null);
        default:
            return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, decodeValue(value)]));
    }
}

function encodeValue(value: Value): JavaScriptValue {
    if (value instanceof Unknown) {
        return UNKNOWN_STRING;
    }
    if (value instanceof Secret) {
        // An unknown secret can only be said as an output value: the sentinel inside a secret would read as known.
        return value.element instanceof Unknown
            ? { [SIGNATURE_KEY]: OUTPUT_SIGNATURE, secret: true }
            : { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: encodeValue(value.element) };
    }
    if (Array.isArray(value)) {
        return value.map(encodeValue);
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encodeValue(inner)]));
    }
    return value;
}

/** Reads a request's Struct; an absent one is an empty map. */
export function decodeStruct(struct: Struct | undefined): PropertyMap {
    const value = struct === undefined ? {} : decodeValue(struct.toJavaScript());
    return isObject(value) ? value : {};
}

/** Writes a map as the Struct of a response. */
export function encodeStruct(map: PropertyMap): Struct {
    return Struct.fromJavaScript(encodeValue(map) as { [key: string]: JavaScriptValue });
}

/** The value made secret, once. */
export function asSecret(value: Value): Secret {
    return value instanceof Secret ? value : new Secret(value);
}

/** The value without a secret around it; secrets further inside stay. */
export function unwrap(value: Value): Value {
    return value instanceof Secret ? unwrap(value.element) : value;
}

/** The value with every secret in it opened: what a provider works with. Unknowns stay. */
export function reveal(value: Value): Value {
    if (value instanceof Secret) {
        return reveal(value.element);
    }
    if (Array.isArray(value)) {
        return value.map(reveal);
    }
    if (isObject(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
    }
    return value;
}

/** True when the value, or anything in it, satisfies the predicate. */
function some(value: Value, predicate: (value: Value) => boolean): boolean {
    if (predicate(value)) {
        return true;
    }
    if (value instanceof Secret) {
        return some(value.element, predicate);
    }
    if (Array.isArray(value)) {
        return value.some((inner) => some(inner, predicate));
    }
    return isObject(value) && Object.values(value).some((inner) => some(inner, predicate));
}

/** True when the value is or contains an unknown. */
export function containsUnknowns(value: Value): boolean {
    return some(value, (inner) => inner instanceof Unknown);
}

/** True when the value is or contains a secret. */
export function containsSecrets(value: Value): boolean {
    return some(value, (inner) => inner instanceof Secret);
}

/** Deep equality; a secret equals only a secret, an unknown equals nothing. */
export function deepEquals(left: Value, right: Value): boolean {
    if (left instanceof Secret || right instanceof Secret) {
        return left instanceof Secret && right instanceof Secret && deepEquals(left.element, right.element);
    }
    if (left instanceof Unknown || right instanceof Unknown) {
        return false;
    }
    if (Array.isArray(left) || Array.isArray(right)) {
        return Array.isArray(left) && Array.isArray(right) && left.length === right.length
            && left.every((inner, index) => deepEquals(inner, right[index] ?? null));
    }
    if (isObject(left) && isObject(right)) {
        const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
        return [...keys].every((key) => key in left && key in right
            && deepEquals(left[key] ?? null, right[key] ?? null));
    }
    return left === right;
}
