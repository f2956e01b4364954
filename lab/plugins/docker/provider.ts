import { ProviderError, messageOf } from "../provider/errors";
import type { CallContext, CheckFailure, Provider, ResourceHandler } from "../provider/resource";
import { diffMaps } from "../provider/object-diff";
import { Unknown } from "../provider/values";
import type { PropertyMap, Value } from "../provider/values";
import { DockerApi, UNREACHABLE, isReachable, isSsh } from "./api";
import { BridgedHandler } from "./bridged";
import { containerDriver } from "./container";
import { imageDriver } from "./image";
import { networkDriver } from "./network";
import { volumeDriver } from "./volume";

const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "parameterization"]);

/** Provider configuration that the schema has and the stand-in does not do. */
export const UNSUPPORTED_CONFIG = [
    "caMaterial", "certMaterial", "certPath", "context", "disableDockerDaemonCheck", "keyMaterial", "registryAuth",
];

const DONE = ["host", "sshOpts"];

/** A list of strings, which the SDK writes as JSON into a provider's configuration. */
function listOf(value: Value | undefined): string[] | undefined {
    let list: unknown = value;
    try {
        list = typeof value === "string" ? JSON.parse(value) : value;
    } catch {
        return undefined;
    }
    return Array.isArray(list) && list.every((element) => typeof element === "string") ? list : undefined;
}

function checkConfig(news: PropertyMap): CheckFailure[] {
    return Object.entries(news).flatMap(([key, value]): CheckFailure[] => {
        if (ENGINE_KEYS.has(key) || key.startsWith("__") || value === null) {
            return [];
        }
        if (UNSUPPORTED_CONFIG.includes(key)) {
            return [{ property: key, reason: `${key} is not implemented by the stand-in of the docker provider: leave it out, `
                + "or install the genuine plugin" }];
        }
        if (!DONE.includes(key)) {
            return [{ property: "", reason: `could not validate provider configuration: Invalid or unknown key. `
                + `Examine values at '${key}'.` }];
        }
        if (value instanceof Unknown) {
            return [];
        }
        if (key === "host" && typeof value === "string" && !isReachable(value)) {
            return [{ property: "host", reason: `docker host ${value}: ${UNREACHABLE}` }];
        }
        if (key === "sshOpts" && listOf(value) === undefined) {
            return [{ property: "sshOpts", reason: "sshOpts must be a list of texts" }];
        }
        return [];
    });
}

function sshApi(address: string, options: string[] | undefined): DockerApi {
    const fallback = (process.env["DOCKER_SSH_OPTS"] ?? "").split(/\s+/).filter((option) => option !== "");
    try {
        return new DockerApi(address, options ?? fallback);
    } catch (error) {
        throw new ProviderError(`docker native provider returned an unexpected error from Configure: ${messageOf(error)}`);
    }
}

/** Stand-in of the `docker` provider 5.2.0: containers, networks, volumes and images, on a unix socket or over ssh. */
export function dockerProvider(): Provider {
    let api: DockerApi | undefined;
    const connected = async (context: CallContext): Promise<DockerApi> => {
        if (api === undefined) {
            throw new ProviderError("the docker provider is not configured yet");
        }
        const { host } = api;
        // Over ssh this is the first call; on a socket the answer is known.
        await context.unlessCancelled(api.ping()).catch((error: unknown) => {
            context.throwIfCancelled();
            throw new ProviderError("failed to create Docker client: Error pinging Docker server, please make sure that "
                + `${host} is reachable and has a  '_ping' endpoint. Error: ${messageOf(error)}`);
        });
        return api;
    };
    const drivers = {
        "docker:index/container:Container": containerDriver,
        "docker:index/network:Network": networkDriver,
        "docker:index/volume:Volume": volumeDriver,
        "docker:index/remoteImage:RemoteImage": imageDriver,
    };
    return {
        name: "docker",
        version: "5.2.0",
        acceptsSecrets: false,
        resources: new Map(Object.entries(drivers).map(([type, driver]): [string, ResourceHandler] =>
            [type, new BridgedHandler(driver, connected)])),
        unknownType: (type) => new ProviderError(`${type} is not implemented by the stand-in of the docker provider, which has `
            + `${Object.keys(drivers).join(", ")}: install the genuine plugin 5.2.0`),
        checkConfig: async (news) => ({ inputs: news, failures: checkConfig(news) }),
        diffConfig: (olds, news) => diffMaps(olds, news),
        configure: async (args) => {
            const host = args["host"];
            if (host instanceof Unknown) {
                return;
            }
            const given = typeof host === "string" && host !== "" ? host : process.env["DOCKER_HOST"] ?? "";
            const address = given === "" ? "unix:///var/run/docker.sock" : given;
            if (isSsh(address)) {
                // The genuine provider, too, goes over ssh only when a resource asks for it: the host may be still to come.
                api = sshApi(address, listOf(args["sshOpts"]));
                return;
            }
            api = new DockerApi(address);
            // The genuine provider, too, refuses to be configured when no engine answers.
            await api.ping().catch((error: unknown) => {
                throw new ProviderError(`failed to connect to any docker daemon: ${messageOf(error)}`);
            });
        },
    };
}
