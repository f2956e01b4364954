import { ProviderError, messageOf } from "../provider/errors";
import type { CheckFailure, Provider, ResourceHandler } from "../provider/resource";
import { diffMaps } from "../provider/object-diff";
import { Unknown } from "../provider/values";
import type { PropertyMap } from "../provider/values";
import { DockerApi } from "./api";
import { BridgedHandler } from "./bridged";
import { containerDriver } from "./container";
import { imageDriver } from "./image";
import { networkDriver } from "./network";
import { volumeDriver } from "./volume";

const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "parameterization"]);

/** Provider configuration that the schema has and the stand-in does not do. */
export const UNSUPPORTED_CONFIG = [
    "caMaterial", "certMaterial", "certPath", "context", "disableDockerDaemonCheck", "keyMaterial", "registryAuth", "sshOpts",
];

function checkConfig(news: PropertyMap): CheckFailure[] {
    return Object.entries(news).flatMap(([key, value]): CheckFailure[] => {
        if (ENGINE_KEYS.has(key) || key.startsWith("__") || value === null) {
            return [];
        }
        if (UNSUPPORTED_CONFIG.includes(key)) {
            return [{ property: key, reason: `${key} is not implemented by the stand-in of the docker provider: leave it out, `
                + "or install the genuine plugin" }];
        }
        if (key !== "host") {
            return [{ property: "", reason: `could not validate provider configuration: Invalid or unknown key. `
                + `Examine values at '${key}'.` }];
        }
        if (typeof value === "string" && !value.startsWith("unix:///")) {
            return [{ property: "host", reason: `the stand-in of the docker provider reaches unix:// sockets only, not ${value}; `
                + "install the genuine plugin for tcp:// and ssh://" }];
        }
        return [];
    });
}

/** Stand-in of the `docker` provider 5.2.0: containers, networks, volumes and images over the engine's unix socket. */
export function dockerProvider(): Provider {
    let api: DockerApi | undefined;
    const connected = (): DockerApi => {
        if (api === undefined) {
            throw new ProviderError("the docker provider is not configured yet");
        }
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
            const address = typeof host === "string" && host !== "" ? host : process.env["DOCKER_HOST"];
            api = new DockerApi(address === undefined || address === "" ? "unix:///var/run/docker.sock" : address);
            // The genuine provider, too, refuses to be configured when no engine answers.
            await api.call("GET", "/_ping").catch((error: unknown) => {
                throw new ProviderError(`failed to connect to any docker daemon: ${messageOf(error)}`);
            });
        },
    };
}
