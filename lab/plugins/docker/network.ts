import type { CallContext } from "../provider/resource";
import type { PropertyMap, Value } from "../provider/values";
import { objectAt } from "./api";
import type { DockerApi, Json, JsonObject } from "./api";
import { makeAndRead } from "./bridged";
import type { Driver, Found } from "./bridged";
import { NETWORK_FIELDS } from "./other-specs";
import { retryWhile } from "./retry";
import { flagOf, labelPairs, labelsOf, objectsOf, settle, stringMapOf, stringOf, textAt } from "./values";

function orUndefined(value: Record<string, string>): JsonObject | null {
    return Object.keys(value).length > 0 ? value : null;
}

function creation(state: PropertyMap): JsonObject {
    const configs = objectsOf(state, "ipamConfigs").map((config): JsonObject => {
        const known = {
            Subnet: stringOf(config, "subnet"), IPRange: stringOf(config, "ipRange"), Gateway: stringOf(config, "gateway"),
        };
        const auxiliary = stringMapOf(config, "auxAddress");
        const set = Object.entries(known).filter(([, value]) => value !== "");
        return { ...Object.fromEntries(set), ...(Object.keys(auxiliary).length > 0 ? { AuxiliaryAddresses: auxiliary } : {}) };
    });
    return {
        Name: stringOf(state, "name"),
        CheckDuplicate: true,
        Driver: stringOf(state, "driver"),
        Internal: flagOf(state, "internal"),
        Attachable: flagOf(state, "attachable"),
        Ingress: flagOf(state, "ingress"),
        ...(flagOf(state, "ipv6") ? { EnableIPv6: true } : {}),
        IPAM: {
            Driver: stringOf(state, "ipamDriver"),
            Options: orUndefined(stringMapOf(state, "ipamOptions")),
            Config: configs.length > 0 ? configs : null,
        },
        Options: orUndefined(stringMapOf(state, "options")),
        Labels: orUndefined(labelsOf(state)),
    };
}

function readConfigs(configs: Json | undefined): Value {
    return !Array.isArray(configs) ? [] : configs.map((config): Value => {
        const given = config as JsonObject;
        return {
            subnet: textAt(given, "Subnet"), ipRange: textAt(given, "IPRange"), gateway: textAt(given, "Gateway"),
            auxAddress: settle(null, given["AuxiliaryAddresses"]),
        };
    });
}

function stateOf(network: JsonObject, before: PropertyMap): PropertyMap {
    const ipam = objectAt(network, "IPAM");
    return {
        ...before,
        name: textAt(network, "Name"),
        labels: labelPairs(network["Labels"]),
        driver: textAt(network, "Driver"),
        internal: network["Internal"] === true,
        attachable: network["Attachable"] === true,
        ingress: network["Ingress"] === true,
        ipv6: network["EnableIPv6"] === true,
        ipamDriver: textAt(ipam, "Driver"),
        ipamOptions: settle(before["ipamOptions"], ipam["Options"]),
        ipamConfigs: readConfigs(ipam["Config"]),
        options: objectAt(network, "Options") as Value,
        scope: textAt(network, "Scope"),
    };
}

/** `docker:index/network:Network`. Its deletion waits, 30 s at most, for containers to be gone. */
export const networkDriver: Driver = {
    fields: NETWORK_FIELDS,
    schemaVersion: "1",
    hasTimeouts: false,
    alwaysDeleteFirst: false,

    async create(context: CallContext, api: DockerApi, planned: PropertyMap): Promise<Found> {
        return makeAndRead(
            "network",
            async () => textAt(await api.object("POST", "/networks/create", { body: creation(planned) }), "Id"),
            (id) => networkDriver.read(context, api, id, planned),
        );
    },

    async read(_context: CallContext, api: DockerApi, id: string, state: PropertyMap): Promise<Found | undefined> {
        const network = await api.find(`/networks/${id}`);
        return network === undefined ? undefined : { id, state: stateOf(network, state) };
    },

    async update(
        _context: CallContext, _api: DockerApi, _id: string, _state: PropertyMap, planned: PropertyMap,
    ): Promise<PropertyMap> {
        return planned;
    },

    async delete(context: CallContext, api: DockerApi, id: string): Promise<void> {
        await retryWhile(context, "has active endpoints", async () => {
            if (await api.find(`/networks/${id}`) !== undefined) {
                await api.call("DELETE", `/networks/${id}`);
            }
        });
    },
};
