import type { CallContext } from "../provider/resource";
import { ProviderError, messageOf } from "../provider/errors";
import type { PropertyMap } from "../provider/values";
import type { DockerApi, JsonObject } from "./api";
import type { Driver, Found } from "./bridged";
import { IMAGE_FIELDS } from "./other-specs";
import { flagOf, stringOf, textAt } from "./values";

/** An image name taken apart as `docker pull` does: `docker.io` and `library` filled in, tag `latest` without one. */
export function pullReference(name: string): { fromImage: string; tag: string } {
    const [repository = "", digest] = name.split("@");
    const colon = repository.lastIndexOf(":");
    const tagged = colon > repository.lastIndexOf("/");
    const path = tagged ? repository.slice(0, colon) : repository;
    const tag = digest ?? (tagged ? repository.slice(colon + 1) : "latest");
    const [first = "", ...rest] = path.split("/");
    const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
    const fromImage = hasRegistry ? path : `docker.io/${rest.length === 0 ? "library/" : ""}${path}`;
    return { fromImage, tag };
}

async function inspect(api: DockerApi, name: string): Promise<JsonObject | undefined> {
    // Slashes are part of the path here: encoding them makes older engines answer 404.
    return api.find(`/images/${name.split("/").map(encodeURIComponent).join("/")}/json`);
}

/**
 * The image of a name or id, pulled when the engine does not have it.
 * @throws ProviderError when it is not there afterwards.
 */
export async function ensureImage(context: CallContext, api: DockerApi, name: string): Promise<JsonObject> {
    if (name === "") {
        throw new ProviderError("empty image name is not allowed");
    }
    const local = await inspect(api, name);
    if (local !== undefined) {
        return local;
    }
    try {
        await api.call("POST", "/images/create", { query: pullReference(name), signal: context.signal });
    } catch (error) {
        context.throwIfCancelled();
        throw new ProviderError(`unable to pull image ${name}: error pulling image ${name}: ${messageOf(error)}`);
    }
    const pulled = await inspect(api, name);
    if (pulled === undefined) {
        throw new ProviderError(`unable to find or pull image ${name}`);
    }
    return pulled;
}

function repoDigest(name: string, image: JsonObject): string {
    const digests = Array.isArray(image["RepoDigests"]) ? image["RepoDigests"].map(String) : [];
    const repository = name.split("@")[0]?.replace(/:[^/:]*$/, "") ?? "";
    return digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0] ?? "";
}

function foundOf(image: JsonObject, state: PropertyMap): Found {
    const name = stringOf(state, "name");
    const imageId = textAt(image, "Id");
    return { id: imageId + name, state: { ...state, imageId, repoDigest: repoDigest(name, image) } };
}

/** `docker:index/remoteImage:RemoteImage`: an image that is there or pulled; removed again unless `keepLocally`. */
export const imageDriver: Driver = {
    fields: IMAGE_FIELDS,
    schemaVersion: undefined,
    hasTimeouts: true,
    alwaysDeleteFirst: false,

    async create(context: CallContext, api: DockerApi, planned: PropertyMap): Promise<Found> {
        try {
            return foundOf(await ensureImage(context, api, stringOf(planned, "name")), planned);
        } catch (error) {
            context.throwIfCancelled();
            throw new ProviderError(`Unable to read Docker image into resource: ${messageOf(error)}`);
        }
    },

    async read(_context: CallContext, api: DockerApi, _id: string, state: PropertyMap): Promise<Found | undefined> {
        const image = await inspect(api, stringOf(state, "name"));
        return image === undefined ? undefined : foundOf(image, state);
    },

    async update(
        context: CallContext, api: DockerApi, _id: string, _state: PropertyMap, planned: PropertyMap,
    ): Promise<PropertyMap> {
        return (await imageDriver.create(context, api, planned)).state;
    },

    async delete(_context: CallContext, api: DockerApi, _id: string, state: PropertyMap): Promise<void> {
        const name = stringOf(state, "name");
        if (flagOf(state, "keepLocally") || await inspect(api, name) === undefined) {
            return;
        }
        const query = { noprune: "1", ...(flagOf(state, "forceRemove") ? { force: "1" } : {}) };
        await api.call("DELETE", `/images/${name.split("/").map(encodeURIComponent).join("/")}`, { query })
            .catch((error: unknown) => {
                throw new ProviderError(`Unable to remove Docker image: ${messageOf(error)}`);
            });
    },
};
