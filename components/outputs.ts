import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../config/schema";
import { withoutSecrets } from "../config/secrets";
import { none } from "../config/system";
import type { Systems } from "../config/systems";
import type { ManagedNode, NodeInContainer } from "./nodes/managed-node";
import { hasSecrets } from "./step/secret-groups";
import type { Parts } from "./systems";

interface SshOutput {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    /** `type base64`; empty when the description has none. */
    readonly hostKey: string;
    /** The host through which it is reached, the same way; absent for a node that is reached directly. */
    readonly bastion?: Omit<SshOutput, "bastion">;
}

/** A container of an engine, as Docker's client takes both. */
interface ContainerOutput {
    readonly engine: string;
    readonly name: string;
}

/** How a node is reached, by SSH or as a container: for `make verify`, for other programs, and for a person. */
export interface NodeOutput {
    readonly name: string;
    readonly address: string;
    readonly roles: readonly string[];
    readonly ssh?: SshOutput;
    readonly container?: ContainerOutput;
}

type Told = Exclude<Parts, { output: typeof none }>;

/** Where every service is, by addresses that other nodes can reach: what each system says, under its name. */
export type ServicesOutput = { readonly [Part in Told as Part["leaf"]["name"]]: ReturnType<Part["output"]> };

/** The stack's outputs: what `pulumi stack output` prints. */
export interface StackOutputs {
    readonly nodes: pulumi.Input<NodeOutput[]>;
    readonly services: ServicesOutput;
    /** The key for every node's SSH; a secret. Empty where nodes are containers. */
    readonly sshPrivateKey: pulumi.Input<string>;
    /** The key for the bastion, where it has one of its own; a secret. */
    readonly sshBastionPrivateKey?: pulumi.Input<string>;
    /** For kubectl, as the operator; a secret. Absent where there is no Kubernetes. */
    readonly kubeconfig?: pulumi.Input<string>;
    /** The whole description with its defaults, without secrets: what `make verify` holds the hosts against. */
    readonly description: DataCentre;
}

/**
 * Outputs are printed by anybody who may see the stack: passwords are no part of them, nor groups where a secret may stand
 * anywhere and some does.
 */
export function described({ form, parts }: Systems, dc: DataCentre): DataCentre {
    const hidden = parts.flatMap(({ leaf }) => leaf.secretAnywhere ?? []).filter(hasSecrets);
    return { ...withoutSecrets(form.secretKeys, dc), ...Object.fromEntries(hidden.map((group) => [group, []])) };
}

type Connection = ManagedNode["connection"];

/** What a cloud tells only later, such as a bastion's address, is known when outputs are written. */
function nodeOutput(node: ManagedNode | NodeInContainer) {
    const { name, address, roles } = node.spec;
    if ("container" in node) {
        return { name, address, roles, container: { engine: node.engine, name: node.container } };
    }
    const { spec, connection } = node;
    const proxy = connection.proxy as Connection | undefined;
    const bastion = proxy && { host: proxy.host, port: proxy.port ?? 22, user: proxy.user ?? "root", hostKey: proxy.hostKey ?? "" };
    return {
        ...{ name, address, roles },
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

/** What systems that say so tell of themselves. */
const services = ({ parts }: Systems, dc: DataCentre): ServicesOutput =>
    Object.fromEntries(parts.filter(({ output }) => output !== none).map((part) => [part.leaf.name, part.output(dc)])) as ServicesOutput;

/** @param more what components hand out besides */
export function describeOutputs(systems: Systems, dc: DataCentre, nodes: readonly (ManagedNode | NodeInContainer)[], more: Pick<StackOutputs, "kubeconfig"> = {}): StackOutputs {
    const hosts = nodes.filter((node) => "connection" in node);
    const [first] = hosts;
    return {
        nodes: pulumi.output(nodes.map(nodeOutput)),
        services: services(systems, dc),
        sshPrivateKey: first ? pulumi.secret(first.connection.privateKey ?? "") : "",
        ...bastionKey(hosts),
        ...more,
        description: described(systems, dc),
    };
}
