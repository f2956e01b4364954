import { UNKNOWN, isObject, reveal } from "../provider/values";
import type { PropertyMap, Value } from "../provider/values";
import { ProviderError } from "../provider/errors";

/** One SSH endpoint with the defaults that Check filled in. Timeouts in seconds; -1 dials without limit. */
export interface Endpoint {
    host: string;
    port: number;
    user: string;
    password: string | undefined;
    privateKey: string | undefined;
    privateKeyPassword: string | undefined;
    agentSocketPath: string | undefined;
    dialErrorLimit: number;
    perDialTimeout: number;
    hostKey: string | undefined;
}

/** Where a command runs, perhaps through a bastion. */
export interface Connection extends Endpoint {
    proxy: Endpoint | undefined;
}

function text(map: PropertyMap, key: string): string | undefined {
    const value = map[key];
    return typeof value === "string" ? value : undefined;
}

function endpoint(map: PropertyMap): Endpoint {
    const number = (key: string, fallback: number): number => {
        const value = map[key];
        return typeof value === "number" ? value : fallback;
    };
    return {
        host: text(map, "host") ?? "",
        port: Math.trunc(number("port", 22)),
        user: text(map, "user") ?? "root",
        password: text(map, "password"),
        privateKey: text(map, "privateKey"),
        privateKeyPassword: text(map, "privateKeyPassword"),
        agentSocketPath: text(map, "agentSocketPath"),
        dialErrorLimit: Math.trunc(number("dialErrorLimit", 10)),
        perDialTimeout: Math.trunc(number("perDialTimeout", 15)),
        hostKey: text(map, "hostKey"),
    };
}

/** The connection of checked inputs; throws when it is not there or not known. */
export function connectionOf(inputs: PropertyMap): Connection {
    const value: Value = reveal(inputs["connection"] ?? null);
    if (!isObject(value) || Object.values(value).includes(UNKNOWN)) {
        throw new ProviderError("connection is missing or not known");
    }
    return { ...endpoint(value), proxy: isObject(value["proxy"]) ? endpoint(value["proxy"]) : undefined };
}

/** The opened string value of an input; undefined when it is absent. */
export function textOf(inputs: PropertyMap, key: string): string | undefined {
    const value = reveal(inputs[key] ?? null);
    return typeof value === "string" ? value : undefined;
}
