import * as pulumi from "@pulumi/pulumi";

import { nodesWith, type DataCentre } from "../../config";
import { hostOf, type Host } from "../host";
import { MarathonApp, type MarathonAppArgs } from "../marathon-app";
import { hostStep } from "../step/step";
import { app, configPath, configYml } from "./plan";

export interface RegistryArgs {
    dataCentre: DataCentre;
    /** The prepared hosts. */
    hosts: readonly Host[];
    /** From where Marathon is asked. */
    marathon: MarathonAppArgs["from"];
    /** What must be there first: Marathon and the agents, and the volume that images are kept on. */
    after: readonly pulumi.Resource[];
}

/** A Docker registry on one agent, run by Marathon, with its images on the host: redeployed, it still has them. */
export class Registry extends pulumi.ComponentResource {
    /** `node:port`, as images are named with. */
    public readonly address: string;
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:registry:Registry", name, {}, opts);
        const { dataCentre: dc } = args;
        const { registry } = dc;
        const node = nodesWith(dc, "mesos-agent").find((candidate) => candidate.name === registry?.node);
        if (!registry || !node) {
            throw new pulumi.ResourceError("the registry's node is no agent; the description was not checked", this);
        }
        const volume = dc.glusterfs.volumes.find(({ mount }) => registry.dataDir === mount || registry.dataDir.startsWith(`${mount}/`));
        const files = hostStep(
            {
                node: hostOf(args.hosts, node, this).node,
                step: "registry",
                scripts: ["components/registry/registry.sh"],
                parameters: {
                    data_dir: registry.dataDir,
                    volume: volume?.mount ?? "",
                    config_path: configPath(registry),
                    config: configYml(),
                },
            },
            { parent: this, dependsOn: [hostOf(args.hosts, node, this).prepared, ...args.after] },
        );
        const running = new MarathonApp(
            "registry",
            { dataCentre: dc, from: args.marathon, definition: app(dc, registry, node), key: "registry", after: [files, ...args.after] },
            { parent: this },
        );
        this.address = `${node.name}:${registry.port}`;
        this.ready = running.ready;
        this.registerOutputs({ address: this.address });
    }
}
