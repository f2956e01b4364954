import { existsSync } from "node:fs";

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre, NodeSpec, ProviderSpec } from "../../../config/schema";
import type { Systems } from "../../../config/systems";
import { hostKey, operatorKey } from "../keys";
import type { ManagedNode } from "../managed-node";
import { persistentPaths, volumeName } from "./plan";

export interface DockerNodesArgs {
    dataCentre: DataCentre;
    /** What keeps data on the nodes. */
    systems: Systems;
    provider: Extract<ProviderSpec, { kind: "docker" }>;
    stack: string;
    /** `project/stack`: the value of every label `datacentre.stack`. */
    owner: string;
}

/**
 * Hosts as systemd containers on this machine's Docker engine: one network, and for each node one container with a
 * fixed address, known SSH keys, and volumes under the directories that hold what users store.
 *
 * Volumes stay when the stack goes, and are taken up again by name when it comes back.
 */
export class DockerNodes extends pulumi.ComponentResource {
    public readonly nodes: ManagedNode[];

    public constructor(name: string, args: DockerNodesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:nodes:Docker", name, {}, opts);
        const { provider, dataCentre: dc } = args;
        const labels = [{ label: "datacentre.stack", value: args.owner }];
        const engine = new docker.Provider(`${name}-engine`, { host: `unix://${provider.socket}` }, { parent: this });
        const inside = { parent: this, provider: engine };
        const network = new docker.Network(
            `${name}-network`,
            {
                name: provider.prefix,
                driver: "bridge",
                ipamConfigs: [{ subnet: provider.subnet, ...(provider.gateway ? { gateway: provider.gateway } : {}) }],
                options: { "com.docker.network.driver.mtu": String(provider.mtu) },
                labels,
            },
            inside,
        );
        const operator = operatorKey(args.stack);

        this.nodes = dc.nodes.map((spec) => {
            const key = hostKey(args.stack, spec.name);
            const volumes = persistentPaths(args.systems, dc, spec).map((path) => ({
                containerPath: path,
                volumeName: new docker.Volume(
                    volumeName(provider.prefix, spec.name, path),
                    { name: volumeName(provider.prefix, spec.name, path), labels },
                    { ...inside, retainOnDelete: true },
                ).name,
            }));
            const container = new docker.Container(
                spec.name,
                {
                    ...machine,
                    name: `${provider.prefix}-${spec.name}`,
                    hostname: spec.name,
                    image: provider.image,
                    networksAdvanced: [{ name: network.name, ipv4Address: spec.address }],
                    volumes: [...machine.volumes, ...volumes],
                    uploads: [
                        { file: "/root/.ssh/authorized_keys", content: `${operator.publicKey}\n`, permissions: "0600" },
                        { file: "/etc/ssh/ssh_host_ed25519_key", content: key.privateKey, permissions: "0600" },
                        { file: "/etc/ssh/ssh_host_ed25519_key.pub", content: `${key.publicKey}\n`, permissions: "0644" },
                    ],
                    labels: [...labels, { label: "datacentre.node", value: spec.name }],
                },
                { ...inside, deleteBeforeReplace: true },
            );
            return this.managed(spec, container, operator.privateKey, key.publicKey);
        });
        this.registerOutputs({ network: network.name, addresses: dc.nodes.map((node) => node.address) });
    }

    private managed(
        spec: NodeSpec,
        container: docker.Container,
        privateKey: pulumi.Output<string>,
        publicHostKey: string,
    ): ManagedNode {
        return {
            spec,
            connection: Object.freeze({ host: spec.address, port: 22, user: "root", privateKey, hostKey: publicHostKey }),
            instance: container.id,
            resource: container,
        };
    }
}

/** systemd as a container's first process. With cgroup v2 it gets a cgroup tree of its own, with v1 it shares the machine's. */
const machine = {
    privileged: true,
    mustRun: true,
    restart: "unless-stopped",
    stopSignal: "SIGRTMIN+3",
    destroyGraceSeconds: 30,
    tmpfs: { "/run": "", "/run/lock": "" },
    ...(existsSync("/sys/fs/cgroup/cgroup.controllers")
        ? { cgroupnsMode: "private", volumes: [] }
        : { cgroupnsMode: "host", volumes: [{ hostPath: "/sys/fs/cgroup", containerPath: "/sys/fs/cgroup" }] }),
};
