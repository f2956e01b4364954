import { readFile } from "node:fs/promises";
import type { CallContext } from "../provider/resource";
import { ProviderError, messageOf } from "../provider/errors";
import type { PropertyMap } from "../provider/values";
import { isJsonObject, objectAt } from "./api";
import type { DockerApi, JsonObject } from "./api";
import { HalfMadeError } from "./bridged";
import type { Driver, Found } from "./bridged";
import { containerBody, resourcesOf, restartPolicyOf } from "./container-body";
import { containerState } from "./container-read";
import { CONTAINER_FIELDS } from "./container-spec";
import { ensureImage } from "./image";
import { isSame } from "./plan";
import { tarOf } from "./tar";
import { flagOf, numberOf, objectsOf, stringOf, stringsOf, textAt } from "./values";

/** Properties that an update carries to the running container. */
const LIVE = ["restart", "maxRetryCount", "cpuShares", "memory", "memoryReservation", "cpuSet", "memorySwap"];

async function connectNetworks(api: DockerApi, id: string, state: PropertyMap): Promise<void> {
    const networks = objectsOf(state, "networksAdvanced");
    if (networks.length === 0) {
        return;
    }
    await api.call("POST", "/networks/bridge/disconnect", { body: { Container: id, Force: false } }).catch((error: unknown) => {
        if (!messageOf(error).includes("is not connected to the network bridge")) {
            throw new ProviderError(`Unable to disconnect the default network: ${messageOf(error)}`);
        }
    });
    for (const network of networks) {
        const name = stringOf(network, "name");
        const addresses = {
            IPv4Address: stringOf(network, "ipv4Address"),
            IPv6Address: stringOf(network, "ipv6Address"),
            LinkLocalIPs: stringsOf(network, "linkLocalIps"),
        };
        const options = stringsOf(network, "driverOpts").map((option) => option.split("=", 2));
        const endpoint: JsonObject = {
            Aliases: stringsOf(network, "aliases"),
            IPAMConfig: Object.fromEntries(Object.entries(addresses).filter(([, value]) => value.length > 0)),
            MacAddress: stringOf(network, "macAddress"),
            DriverOpts: Object.fromEntries(options.map(([key = "", value = ""]) => [key, value])),
            GwPriority: numberOf(network, "gwPriority"),
        };
        await api.call("POST", `/networks/${encodeURIComponent(name)}/connect`, {
            body: { Container: id, EndpointConfig: endpoint },
        }).catch((error: unknown) => {
            throw new ProviderError(`Unable to connect to network '${name}': ${messageOf(error)}`);
        });
    }
}

async function contentOf(upload: PropertyMap): Promise<Buffer> {
    const [content, base64, source] = ["content", "contentBase64", "source"].map((key) => stringOf(upload, key));
    const given = [content, base64, source].filter((value) => value !== "");
    if (given.length !== 1) {
        throw new ProviderError(given.length === 0
            ? "error with upload content: one of 'content', 'content_base64', or 'source' must be set"
            : "error with upload content: only one of 'content', 'content_base64', or 'source' can be set");
    }
    if (source !== undefined && source !== "") {
        return readFile(source).catch((error: unknown) => {
            throw new ProviderError(`could not read file: ${messageOf(error)}`);
        });
    }
    return base64 !== undefined && base64 !== "" ? Buffer.from(base64, "base64") : Buffer.from(content ?? "");
}

async function upload(api: DockerApi, id: string, state: PropertyMap): Promise<void> {
    for (const entry of objectsOf(state, "uploads")) {
        const permissions = stringOf(entry, "permissions");
        const mode = permissions !== "" ? Number.parseInt(permissions, 8) : flagOf(entry, "executable") ? 0o744 : 0o644;
        const tar = tarOf(stringOf(entry, "file").replace(/^\/+/, ""), mode, await contentOf(entry));
        const query = { path: "/", noOverwriteDirNonDir: "true" };
        await api.call("PUT", `/containers/${id}/archive`, { query, tar }).catch((error: unknown) => {
            throw new ProviderError(`Unable to upload volume content: ${messageOf(error)}`);
        });
    }
}

async function waitHealthy(context: CallContext, api: DockerApi, id: string, seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        const health = objectAt(await api.object("GET", `/containers/${id}/json`), "State")["Health"];
        if (!isJsonObject(health)) {
            throw new ProviderError("you have supplied a 'wait' argument, but the container does not have a healthcheck "
                + "defined. Please remove the 'wait' argument or add a 'healthcheck' attribute");
        }
        if (textAt(health, "Status") === "healthy") {
            return;
        }
        if (Date.now() >= deadline) {
            throw new ProviderError("container failed to be in healthy state");
        }
        await context.sleep(1000);
    }
}

async function start(api: DockerApi, id: string): Promise<void> {
    await api.call("POST", `/containers/${id}/start`).catch((error: unknown) => {
        throw new ProviderError(`Unable to start container: ${messageOf(error)}`);
    });
}

async function finish(context: CallContext, api: DockerApi, id: string, state: PropertyMap): Promise<Found> {
    await connectNetworks(api, id, state);
    await upload(api, id, state);
    if (flagOf(state, "start")) {
        await start(api, id);
        if (flagOf(state, "wait")) {
            await waitHealthy(context, api, id, numberOf(state, "waitTimeout"));
        }
    }
    const found = await containerDriver.read(context, api, id, state);
    if (found === undefined) {
        throw new ProviderError(`container ${id} vanished while it was created`);
    }
    return found;
}

async function ignoring(texts: string[], what: string, call: Promise<unknown>): Promise<void> {
    await call.catch((error: unknown) => {
        if (!texts.some((text) => messageOf(error).includes(text))) {
            throw new ProviderError(`${what}: ${messageOf(error)}`);
        }
    });
}

/** `docker:index/container:Container`. A fault after creation leaves the container in state, not started. */
export const containerDriver: Driver = {
    fields: CONTAINER_FIELDS,
    schemaVersion: "2",
    hasTimeouts: true,
    alwaysDeleteFirst: true,

    async create(context: CallContext, api: DockerApi, planned: PropertyMap): Promise<Found> {
        const image = stringOf(planned, "image");
        await ensureImage(context, api, image).catch((error: unknown) => {
            context.throwIfCancelled();
            throw new ProviderError(`Unable to create container with image ${image}: ${messageOf(error)}`);
        });
        const body = containerBody(planned);
        let id: string;
        try {
            const query = { name: stringOf(planned, "name") };
            id = textAt(await api.object("POST", "/containers/create", { query, body }), "Id");
        } catch (error) {
            throw new ProviderError(`Unable to create container: ${messageOf(error)}`);
        }
        try {
            return await finish(context, api, id, planned);
        } catch (error) {
            throw new HalfMadeError(id, error);
        }
    },

    async read(_context: CallContext, api: DockerApi, id: string, state: PropertyMap): Promise<Found | undefined> {
        const container = await api.find(`/containers/${id}/json`);
        return container === undefined ? undefined : { id: textAt(container, "Id"), state: containerState(container, state) };
    },

    async update(
        _context: CallContext, api: DockerApi, id: string, state: PropertyMap, planned: PropertyMap,
    ): Promise<PropertyMap> {
        if (!flagOf(state, "mustRun") && flagOf(planned, "mustRun") && flagOf(planned, "start")) {
            await start(api, id);
        }
        const changed = LIVE.some((key) => {
            const kind = CONTAINER_FIELDS[key]?.kind ?? { type: "string" };
            return !isSame(kind, state[key] ?? null, planned[key] ?? null);
        });
        if (changed) {
            const body = { ...resourcesOf(planned), RestartPolicy: restartPolicyOf(planned) };
            await api.call("POST", `/containers/${id}/update`, { body }).catch((error: unknown) => {
                throw new ProviderError(`Unable to update a container: ${messageOf(error)}`);
            });
        }
        return planned;
    },

    async delete(_context: CallContext, api: DockerApi, id: string, state: PropertyMap): Promise<void> {
        const grace = Math.max(0, numberOf(state, "destroyGraceSeconds"));
        const path = `/containers/${id}`;
        await ignoring(["No such container"], `Error stopping container ${id}`,
            api.call("POST", `${path}/stop`, { query: { t: String(grace) } }));
        const query = { force: "1", ...(flagOf(state, "removeVolumes") ? { v: "1" } : {}) };
        await ignoring(["No such container", "is already in progress"], `Error deleting container ${id}`,
            api.call("DELETE", path, { query }));
        const condition = flagOf(state, "rm") ? "removed" : "not-running";
        await ignoring(["No such container", "is already in progress"], `Error waiting for container removal '${id}'`,
            api.call("POST", `${path}/wait`, { query: { condition } }));
    },
};
