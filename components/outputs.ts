import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../config";
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
    };
}

/** Where every service is, by addresses that other nodes can reach. */
export interface ServicesOutput {
    readonly docker: { readonly nodes: string[]; readonly dataRoot: Record<string, string> };
    readonly glusterfs: { readonly volumes: { name: string; type: string; bricks: string[]; mount: string; mountedOn: string[] }[] };
    readonly zookeeper: { readonly connect: string; readonly members: { id: number; node: string; address: string }[] };
    readonly etcd: { readonly endpoints: string[]; readonly members: { node: string; peerUrl: string }[] };
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

const brickText = (brick: { node: string; path: string }): string => `${brick.node}:${brick.path}`;

export function describeOutputs(dc: DataCentre, nodes: readonly ManagedNode[]): StackOutputs {
    const inRole = (role: string) => dc.nodes.filter((node) => (node.roles as string[]).includes(role));
    const first = nodes[0];
    return {
        nodes: nodes.map(({ spec, connection }) => ({
            name: spec.name,
            address: spec.address,
            roles: spec.roles,
            ssh: {
                host: spec.address,
                port: spec.ssh.port,
                user: spec.ssh.user,
                hostKey: (connection as { hostKey?: string }).hostKey ?? "",
            },
        })),
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
        sshPrivateKey: first ? pulumi.secret((first.connection as { privateKey: pulumi.Input<string> }).privateKey) : "",
        description: withoutSecrets(dc),
    };
}
