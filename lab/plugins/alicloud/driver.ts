import type { DockerApi } from "../docker/api";
import { BridgedHandler, type Driver, type Found } from "../docker/bridged";
import type { CallContext, ResourceHandler } from "../provider/resource";
import type { PropertyMap } from "../provider/values";
import type { Fields } from "../docker/spec";
import { stackOf, type Cloud } from "./cloud";

/** What a resource type does to the simulated account; see the docker stand-in's `Driver`. */
export interface CloudDriver {
    fields: Fields;
    create(cloud: Cloud, planned: PropertyMap, context: CallContext): Promise<Found>;
    read(cloud: Cloud, id: string, state: PropertyMap): Promise<Found | undefined>;
    /** Absent: changes that replace nothing are the state's alone. */
    update?(cloud: Cloud, id: string, state: PropertyMap, planned: PropertyMap, context: CallContext): Promise<PropertyMap>;
    delete(cloud: Cloud, id: string, state: PropertyMap): Promise<void>;
}

/** A Pulumi resource of a driver, as the Terraform bridge makes it; the account is that of the call's stack. */
export function handlerOf(driver: CloudDriver, cloudOf: (stack: string) => Cloud): ResourceHandler {
    const bridged: Driver = {
        fields: driver.fields,
        schemaVersion: undefined,
        hasTimeouts: false,
        alwaysDeleteFirst: false,
        create: async (context, _api, planned) => driver.create(cloudOf(stackOf(context)), planned, context),
        read: async (context, _api, id, state) => driver.read(cloudOf(stackOf(context)), id, state),
        update: async (context, _api, id, state, planned) =>
            driver.update ? driver.update(cloudOf(stackOf(context)), id, state, planned, context) : planned,
        delete: async (context, _api, id, state) => driver.delete(cloudOf(stackOf(context)), id, state),
    };
    // The bridge hands an engine's interface through, and the account brings its own.
    return new BridgedHandler(bridged, () => undefined as unknown as DockerApi);
}

/** The time in the API's form. */
export const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");
