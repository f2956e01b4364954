import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { onEngine, type ContainerSpec } from "../../../config/container";
import { keyOf } from "../../../config/faults";
import { majorityOf, nodesWith } from "../../../config/nodes";
import type { DataCentre, NodeSpec, Role } from "../../../config/schema";
import type { Systems } from "../../../config/systems";
import { assignment, compact, root } from "../../step/program";
import type { NodeInContainer, OperatorsMachine } from "../managed-node";
import { gatewayOf } from "../docker/plan";
import { containerName, specOf, volumeName } from "./plan";
import { containerOf, roleOrder } from "./roles";

export interface ContainersArgs {
    dataCentre: DataCentre;
    /** What runs in the nodes' containers. */
    systems: Systems;
    /** `project/stack`: the value of every label `datacentre.stack`. */
    owner: string;
}

/**
 * A data centre in the containers of one engine: a network, and for each node one container with a fixed address, which runs the program
 * of the node's role. The engine starts them again when they end, and with itself.
 *
 * Roles come in the order in which they need each other. Of one role a container is made, or made anew, when the one before it does
 * its work, so that a change keeps the quorum. Volumes stay when the stack goes, and are taken up again by name when it comes back.
 */
export class Containers extends pulumi.ComponentResource {
    public readonly nodes: NodeInContainer[] = [];
    /** Done when every node does its work. */
    public readonly ready: pulumi.Resource[] = [];

    private readonly inside: pulumi.CustomResourceOptions;
    private readonly network: docker.Network;
    private readonly images = new Map<string, docker.RemoteImage>();

    public constructor(
        name: string,
        private readonly args: ContainersArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("datacentre:nodes:Containers", name, {}, opts);
        const spec = specOf(args.dataCentre);
        const engine = new docker.Provider(`${name}-engine`, { host: spec.engine }, { parent: this });
        this.inside = { parent: this, provider: engine };
        this.network = new docker.Network(
            `${name}-network`,
            {
                name: spec.prefix,
                driver: "bridge",
                ipamConfigs: [{ subnet: spec.subnet, gateway: gatewayOf(spec) }],
                options: { "com.docker.network.driver.mtu": String(spec.mtu) },
                labels: this.labels(),
            },
            this.inside,
        );
        const done = new Map<Role, pulumi.Resource[]>();
        for (const { role, needs } of roleOrder(args.systems, args.dataCentre)) {
            done.set(role, this.ofRole(role, needs.flatMap((other) => done.get(other) ?? [])));
        }
        this.ready.push(...[...done.values()].flat());
        this.registerOutputs({ network: spec.prefix, addresses: args.dataCentre.nodes.map(({ address }) => address) });
    }

    /** From this machine, the service of a node. */
    public client(node: NodeSpec): OperatorsMachine | undefined {
        const found = this.nodes.find(({ spec }) => spec === node);
        return found && { spec: node, here: true, resource: found.resource };
    }

    private labels(...more: { label: string; value: string }[]): { label: string; value: string }[] {
        return [{ label: "datacentre.stack", value: this.args.owner }, ...more];
    }

    /** @returns what is done when all nodes of the role do their work */
    private ofRole(role: Role, after: readonly pulumi.Resource[]): pulumi.Resource[] {
        const provider = specOf(this.args.dataCentre);
        let last: pulumi.Resource[] = [...after];
        for (const node of nodesWith(this.args.dataCentre, role)) {
            const spec = containerOf(this.args.systems, this.args.dataCentre, node);
            const container = this.container(node, spec, last);
            this.nodes.push({ spec: node, engine: provider.engine, container: containerName(provider, node.name), resource: container });
            last = [this.awaited(role, node, spec, container)];
        }
        return last;
    }

    /** One for all containers that run it: an image that the engine has is not fetched, and none is removed. */
    private image(reference: string): docker.RemoteImage {
        const made = this.images.get(reference) ?? new docker.RemoteImage(`image-${reference}`, { name: reference, keepLocally: true }, this.inside);
        this.images.set(reference, made);
        return made;
    }

    private container(node: NodeSpec, spec: ContainerSpec, after: readonly pulumi.Resource[]): docker.Container {
        const provider = specOf(this.args.dataCentre);
        const volumes = (spec.volumes ?? []).map(({ name, path }) => {
            const full = volumeName(provider, node.name, name);
            const volume = new docker.Volume(full, { name: full, labels: this.labels() }, { ...this.inside, retainOnDelete: true });
            return { name, volume, path: path === undefined ? volume.mountpoint : pulumi.output(path) };
        });
        const binds = (spec.binds ?? []).map((path) => ({ hostPath: path, containerPath: path }));
        const published = spec.published ?? [];
        return new docker.Container(
            node.name,
            {
                name: containerName(provider, node.name),
                hostname: node.name,
                image: this.image(spec.image).imageId,
                ...(spec.entrypoint ? { entrypoints: [...spec.entrypoint] } : {}),
                ...(spec.command ? { command: [...spec.command] } : {}),
                envs: environment(spec, volumes),
                networksAdvanced: [{ name: this.network.name, ipv4Address: node.address, aliases: [node.name] }],
                volumes: [...volumes.map(({ volume, path }) => ({ volumeName: volume.name, containerPath: path })), ...binds],
                uploads: Object.entries(spec.files ?? {}).map(([file, content]) => ({ file, content, permissions: "0644" })),
                ports: published.map(({ port, at }) => ({ internal: port, external: at, ip: provider.publishAddress, protocol: "tcp" })),
                ...(spec.privileged ? { privileged: true, pidMode: "host" } : { init: true }),
                // Also when the engine starts with its machine.
                restart: "unless-stopped",
                mustRun: true,
                destroyGraceSeconds: 20,
                logDriver: "json-file",
                logOpts: { "max-size": "20m", "max-file": "3" },
                labels: this.labels({ label: "datacentre.node", value: node.name }),
            },
            // The image has them, and a container that is read back has the image's, which the plugin takes for a difference.
            { ...this.inside, deleteBeforeReplace: true, dependsOn: [...after], ignoreChanges: ["user", "workingDir"], ...(spec.secrets ? { additionalSecretOutputs: ["envs"] } : {}) },
        );
    }

    /** Waits, from this machine, until the container does its work. Its name changes with the container, so that a new one is waited for. */
    private awaited(role: Role, node: NodeSpec, spec: ContainerSpec, container: docker.Container): pulumi.Resource {
        const { dataCentre: dc, systems } = this.args;
        const provider = specOf(dc);
        const peers = nodesWith(dc, role).map(({ name }) => containerName(provider, name));
        const named = systems.parts.flatMap((part) => part.images(dc)).find(({ image, nodes }) => image === spec.image && nodes.includes(node));
        const values = {
            ...{ engine: provider.engine, name: containerName(provider, node.name), node: node.name, image: spec.image },
            key: named ? keyOf(...named.path) : "datacentre:sources",
            ...{ peers, quorum: spec.ensemble ? majorityOf(peers.length) : 1, answers: spec.answers, serves: spec.serves ?? "", seconds: 180 },
        };
        const program = `${Object.entries(values)
            .map(([key, value]) => assignment(key, value))
            .join("\n")}\n${compact(readFileSync(join(root, "components/nodes/containers/await.sh"), "utf8"))}`;
        return new command.local.Command(
            `await-${node.name}`,
            {
                create: pulumi.interpolate`bash -c 'eval "$(cat)"' datacentre await # await on ${node.name}, instance ${container.id}`,
                stdin: program,
                addPreviousOutputInEnv: false,
                logging: command.local.Logging.None,
            },
            { parent: this, dependsOn: [container], customTimeouts: { create: "10m", update: "10m" } },
        );
    }
}

interface MadeVolume {
    readonly name: string;
    readonly path: pulumi.Output<string>;
}

/** `NAME=value`, with what is known of volumes only when they are made. */
function environment({ environment: plain = {}, secrets = {} }: ContainerSpec, volumes: readonly MadeVolume[]): pulumi.Input<string>[] {
    const filled = (value: string): pulumi.Input<string> => {
        const named = volumes.filter(({ name }) => value.includes(onEngine(name)));
        return named.length === 0
            ? value
            : pulumi.all(named.map(({ path }) => path)).apply((paths) => named.reduce((text, { name }, at) => text.replaceAll(onEngine(name), paths[at] ?? ""), value));
    };
    return [
        ...Object.entries(plain).map(([name, value]) => pulumi.interpolate`${name}=${filled(value)}`),
        ...Object.entries(secrets).map(([name, value]) => pulumi.secret(`${name}=${value}`)),
    ];
}
