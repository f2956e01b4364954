import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { Host } from "../host";
import { hostStep } from "../host/step";
import { daemonJson, engineSettings, imagesOf, loginSecrets, restartSettings } from "./plan";

export interface DockerEngineArgs {
    dataCentre: DataCentre;
    /** The prepared host that gets the engine. */
    host: Host;
}

/**
 * Docker's engine on one host: its daemon.json, its data root, its service, and root's logins to private registries.
 *
 * The engine is restarted only for settings that it cannot reload, and keeps containers running meanwhile. Engines do not
 * depend on each other, so hosts are visited at once.
 */
export class DockerEngine extends pulumi.ComponentResource {
    /** The node's name. */
    public readonly node: string;
    /** Where the engine keeps images and containers, on that node. */
    public readonly dataRoot: string;
    /** Done when the engine answers with the described settings, and has its logins. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: DockerEngineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:docker:Engine", name, {}, opts);
        const { dataCentre: dc, host } = args;
        const settings = engineSettings(dc, host.node.spec);
        this.node = host.node.spec.name;
        this.dataRoot = settings.dataRoot;

        const engine = hostStep(
            {
                node: host.node,
                step: "docker",
                scripts: [
                    "components/docker-engine/diagnose.sh",
                    "components/docker-engine/checks.sh",
                    "components/docker-engine/engine.sh",
                    "components/docker-engine/images.sh",
                    "components/docker-engine/undo.sh",
                ],
                parameters: {
                    data_root: settings.dataRoot,
                    storage_driver: settings.storageDriver,
                    insecure_registries: settings.insecureRegistries,
                    registry_mirrors: settings.registryMirrors,
                    daemon_json: daemonJson(settings),
                    restart_settings: restartSettings(settings),
                    images: imagesOf(dc, host.node.spec).flatMap(({ image, archive, sha256 }) => [image, archive, sha256 ?? ""]),
                },
            },
            { parent: this, dependsOn: [host.prepared] },
        );
        this.ready = [engine, ...this.logins(args, engine)];
        this.registerOutputs({ node: this.node, dataRoot: this.dataRoot });
    }

    private logins({ dataCentre: dc, host }: DockerEngineArgs, engine: command.remote.Command): command.remote.Command[] {
        if (dc.docker.credentials.length === 0) {
            return [];
        }
        const login = hostStep(
            {
                node: host.node,
                step: "docker-login",
                scripts: ["components/docker-engine/login.sh"],
                parameters: { logins: dc.docker.credentials.length },
                secrets: loginSecrets(dc.docker.credentials),
            },
            { parent: this, dependsOn: [engine] },
        );
        return [login];
    }
}
