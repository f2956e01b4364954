import { readFileSync } from "node:fs";
import { join } from "node:path";

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre, NodeSpec } from "../../config";
import type { Host } from "../host";
import { engineProxy } from "../mirror/plan";
import { upgradeParameters, upgradeScript } from "../packages/upgrade";
import { root, type Parameter } from "../step/program";
import { hostStep } from "../step/step";
import { clusterStore, daemonJson, engineSettings, imagesOf, loginSecrets, neededBy, restartSettings, storeUnit } from "./plan";
import { dockerLeaf } from "./schema";

export interface DockerEngineArgs {
    dataCentre: DataCentre;
    /** The prepared host that gets the engine. */
    host: Host;
    /** What must be there first: the cluster store, where the description has networks that engines share. */
    after?: readonly pulumi.Resource[];
}

/** What makes up the engine's step. */
export const engineScripts = [...["diagnose", "checks", "store", "proxy", "await", "engine", "images", "undo"].map((name) => `components/docker/${name}.sh`), upgradeScript];

/** What the engine's step is told. */
export function engineParameters(dc: DataCentre, node: NodeSpec): Record<string, Parameter> {
    const settings = engineSettings(dc, node);
    const store = settings.storeMembers.length > 0;
    return {
        data_root: settings.dataRoot,
        storage_driver: settings.storageDriver,
        insecure_registries: settings.insecureRegistries,
        registry_mirrors: settings.registryMirrors,
        daemon_json: daemonJson(settings),
        restart_settings: restartSettings(settings),
        cluster_store: clusterStore(settings),
        engine_proxy: engineProxy(dc, node),
        needed_by: neededBy(dc, node),
        store_members: settings.storeMembers,
        store_unit: storeUnit(settings),
        ...upgradeParameters(dockerLeaf, dc),
        await_store: store ? readFileSync(join(root, "components/docker/await-store.sh"), "utf8") : "",
        images: imagesOf(dc, node).flatMap(({ image, archive, sha256 }) => [image, archive, sha256 ?? ""]),
    };
}

/**
 * Docker's engine on one host: its daemon.json, its data root, its service, and root's logins to private registries.
 *
 * The engine is restarted only for settings that it cannot reload, and keeps containers running meanwhile. Engines do not
 * depend on each other, so hosts are visited at once; where Mesos is at work on one, its restart is left to `DockerRoll`.
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
        this.node = host.node.spec.name;
        this.dataRoot = engineSettings(dc, host.node.spec).dataRoot;

        const engine = hostStep(
            { node: host.node, step: "docker", scripts: engineScripts, parameters: engineParameters(dc, host.node.spec) },
            { parent: this, dependsOn: [host.prepared, ...(args.after ?? [])] },
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
                scripts: ["components/docker/client-config.sh", "components/docker/login.sh"],
                parameters: { logins: dc.docker.credentials.length },
                secrets: loginSecrets(dc.docker.credentials),
            },
            { parent: this, dependsOn: [engine] },
        );
        return [login];
    }
}
