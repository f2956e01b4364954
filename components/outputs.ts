import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../config";
import * as calico from "./calico/plan";
import * as etcd from "./etcd/plan";
import * as marathon from "./marathon/plan";
import { appsAreSecret } from "./marathon-app/secret";
import * as mesos from "./mesos/plan";
import type { ManagedNode } from "./nodes";
import * as zookeeper from "./zookeeper/plan";

/** How a node is reached: for `make verify`, for other programs, and for a person (`command`). */
export interface NodeOutput {
    readonly name: string;
    readonly address: string;
    readonly roles: readonly string[];
    readonly ssh: {
        readonly host: string;
        readonly port: number;
        readonly user: string;
        /** `type base64`; empty when the description has none. */
        readonly hostKey: string;
        /** The host through which it is reached, the same way; absent for a node that is reached directly. */
        readonly bastion?: Omit<NodeOutput["ssh"], "bastion">;
    };
}

/** Where every service is, by addresses that other nodes can reach. */
export interface ServicesOutput {
    readonly docker: { readonly nodes: string[]; readonly dataRoot: Record<string, string> };
    readonly glusterfs: { readonly volumes: { name: string; type: string; bricks: string[]; mount: string; mountedOn: string[] }[] };
    readonly zookeeper: { readonly connect: string; readonly members: { id: number; node: string; address: string }[] };
    readonly etcd: { readonly endpoints: string[]; readonly members: { node: string; peerUrl: string }[] };
    readonly calico: {
        readonly nodes: string[];
        readonly pools: { name: string; cidr: string; encapsulation: string }[];
        /** What apps name: with the Mesos containerizer, and with Docker's. */
        readonly networks: string[];
        readonly dockerNetworks: string[];
    };
    readonly mesos: {
        /** Where frameworks find the leading master. */
        readonly zk: string;
        readonly quorum: number;
        readonly masters: string[];
        /** Each with what it advertises, which constraints compare with. */
        readonly agents: { node: string; hostname: string; resources: string }[];
    };
    readonly marathon: { readonly urls: string[] };
    /** `node:port`; empty without a registry. */
    readonly registry: string;
    readonly marathonLb: { readonly group: string; readonly addresses: string[] };
}

/** The stack's outputs: what `pulumi stack output` prints. */
export interface StackOutputs {
    readonly nodes: pulumi.Input<NodeOutput[]>;
    readonly services: ServicesOutput;
    /** The key for every node's SSH; a secret. */
    readonly sshPrivateKey: pulumi.Input<string>;
    /** The key for the bastion, where it has one of its own; a secret. */
    readonly sshBastionPrivateKey?: pulumi.Input<string>;
    /** The whole description with its defaults, without secrets: what `make verify` holds the hosts against. */
    readonly description: DataCentre;
}

/** Outputs are printed by anybody who may see the stack: passwords are no part of them, nor apps that hold secrets. */
function withoutSecrets(dc: DataCentre): DataCentre {
    const { credentials } = dc.marathon;
    return {
        ...dc,
        docker: { ...dc.docker, credentials: [] },
        marathon: { ...dc.marathon, ...(credentials ? { credentials: { ...credentials, password: "" } } : {}) },
        apps: appsAreSecret() ? [] : dc.apps,
    };
}

type Connection = ManagedNode["connection"];

/** What a cloud tells only later, such as a bastion's address, is known when outputs are written. */
function nodeOutput({ spec, connection }: ManagedNode) {
    const proxy = connection.proxy as Connection | undefined;
    const bastion = proxy && { host: proxy.host, port: proxy.port ?? 22, user: proxy.user ?? "root", hostKey: proxy.hostKey ?? "" };
    return {
        name: spec.name,
        address: spec.address,
        roles: spec.roles,
        ssh: {
            // The way in from outside may be another address than the one that other nodes use.
            host: connection.host,
            port: spec.ssh.port,
            user: spec.ssh.user,
            hostKey: connection.hostKey ?? "",
            ...(bastion ? { bastion } : {}),
        },
    };
}

/** All nodes behind a bastion have the same one. */
function bastionKey(nodes: readonly ManagedNode[]): Pick<StackOutputs, "sshBastionPrivateKey"> {
    const behind = nodes.find(({ connection }) => connection.proxy !== undefined);
    const key = (behind?.connection.proxy as Connection | undefined)?.privateKey;
    return key === undefined || key === behind?.connection.privateKey ? {} : { sshBastionPrivateKey: pulumi.secret(key) };
}

const brickText = (brick: { node: string; path: string }): string => `${brick.node}:${brick.path}`;

export function describeOutputs(dc: DataCentre, nodes: readonly ManagedNode[]): StackOutputs {
    const inRole = (role: string) => dc.nodes.filter((node) => (node.roles as string[]).includes(role));
    const first = nodes[0];
    return {
        nodes: pulumi.output(nodes.map(nodeOutput)),
        services: {
            docker: {
                nodes: inRole("docker").map((node) => node.name),
                dataRoot: Object.fromEntries(inRole("docker").map((node) => [node.name, node.docker.dataRoot ?? dc.docker.dataRoot])),
            },
            glusterfs: {
                volumes: dc.glusterfs.volumes.map((volume) => ({
                    name: volume.name,
                    type: volume.type,
                    bricks: [...volume.bricks, ...(volume.arbiter ? [volume.arbiter] : [])].map(brickText),
                    mount: volume.mount,
                    mountedOn: volume.mountOn ?? inRole("glusterfs").map((node) => node.name),
                })),
            },
            zookeeper: {
                connect: zookeeper.connectString(dc),
                members: zookeeper.members(dc).map(({ node, id }) => ({ id, node: node.name, address: node.address })),
            },
            etcd: {
                endpoints: etcd.endpoints(dc),
                members: etcd.members(dc).map((node) => ({ node: node.name, peerUrl: etcd.peerUrl(dc, node) })),
            },
            calico: {
                nodes: calico.nodes(dc).map((node) => node.name),
                pools: dc.calico.pools.map(({ name, cidr, encapsulation }) => ({ name, cidr, encapsulation })),
                networks: dc.calico.networks.map(({ name }) => name),
                dockerNetworks: dc.calico.dockerNetworks.map(({ name }) => name),
            },
            mesos: {
                zk: mesos.zkUrl(dc),
                quorum: mesos.quorumOf(dc),
                masters: mesos.masters(dc).map((node) => `http://${node.address}:${dc.mesos.masterPort}`),
                agents: mesos.agents(dc).map((node) => ({
                    node: node.name,
                    hostname: mesos.hostnameOf(dc, node),
                    resources: mesos.resources(dc, node),
                })),
            },
            marathon: { urls: marathon.urls(dc) },
            registry: dc.registry ? `${dc.registry.node}:${dc.registry.port}` : "",
            marathonLb: {
                group: dc.marathonLb?.group ?? "",
                addresses: dc.nodes.filter(({ name }) => dc.marathonLb?.nodes.includes(name)).map(({ address }) => address),
            },
        },
        sshPrivateKey: first ? pulumi.secret(first.connection.privateKey ?? "") : "",
        ...bastionKey(nodes),
        description: withoutSecrets(dc),
    };
}
