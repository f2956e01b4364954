import type { CallContext } from "../provider/resource";
import { ProviderError, messageOf } from "../provider/errors";
import type { PropertyMap } from "../provider/values";
import type { DockerApi, JsonObject } from "./api";
import { makeAndRead } from "./bridged";
import type { Driver, Found } from "./bridged";
import { VOLUME_FIELDS } from "./other-specs";
import { retryWhile } from "./retry";
import { labelPairs, labelsOf, settle, stringMapOf, stringOf, textAt } from "./values";

function creation(state: PropertyMap): JsonObject {
    const entries = { Name: stringOf(state, "name"), Driver: stringOf(state, "driver") };
    const maps = { DriverOpts: stringMapOf(state, "driverOpts"), Labels: labelsOf(state) };
    return {
        ...Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== "")),
        ...Object.fromEntries(Object.entries(maps).filter(([, value]) => Object.keys(value).length > 0)),
    };
}

/**
 * `docker:index/volume:Volume`. Creation takes over a volume of the same name with what is in it, and does not change its
 * labels, which a refresh then finds (and the next `up` replaces the volume for); deletion destroys the data.
 */
export const volumeDriver: Driver = {
    fields: VOLUME_FIELDS,
    schemaVersion: "1",
    hasTimeouts: false,
    alwaysDeleteFirst: false,

    async create(context: CallContext, api: DockerApi, planned: PropertyMap): Promise<Found> {
        return makeAndRead(
            "volume",
            async () => textAt(await api.object("POST", "/volumes/create", { body: creation(planned) }), "Name"),
            (id) => volumeDriver.read(context, api, id, planned),
        );
    },

    async read(_context: CallContext, api: DockerApi, id: string, state: PropertyMap): Promise<Found | undefined> {
        const volume = await api.find(`/volumes/${encodeURIComponent(id)}`).catch((error: unknown) => {
            throw new ProviderError(`Unable to inspect volume: ${messageOf(error)}`);
        });
        return volume === undefined ? undefined : {
            id,
            state: {
                ...state,
                name: textAt(volume, "Name"),
                labels: labelPairs(volume["Labels"]),
                driver: textAt(volume, "Driver"),
                driverOpts: settle(state["driverOpts"], volume["Options"]),
                mountpoint: textAt(volume, "Mountpoint"),
            },
        };
    },

    async update(
        _context: CallContext, _api: DockerApi, _id: string, _state: PropertyMap, planned: PropertyMap,
    ): Promise<PropertyMap> {
        return planned;
    },

    async delete(context: CallContext, api: DockerApi, id: string): Promise<void> {
        await retryWhile(context, "volume is in use", async () => {
            await api.call("DELETE", `/volumes/${encodeURIComponent(id)}`, { query: { force: "1" } });
        });
    },
};
