import type { Context } from "../../../config/context";
import { error, warning, type Fault, type Path } from "../../../config/faults";
import { contains, formatNetwork, isPrivate, parseAddress, unusableSpace } from "../../../config/network";
import { publicWhy } from "../../../config/rules/networks";
import type { DataCentre, NodeSpec, ProviderSpec } from "../../../config/schema";
import { sharedHosts } from "../shared-hosts";
import { sshHost } from "../ssh-host";
import { keyFileFaults } from "./key-file";

type Bastion = NonNullable<Extract<ProviderSpec, { kind: "existing" }>["bastion"]>;

/** The bastion through which a node is reached; undefined for one that is reached directly. */
function bastionOf({ provider }: Pick<DataCentre, "provider">, node: NodeSpec): Bastion | undefined {
    return provider.kind === "existing" && node.ssh.bastion !== false ? provider.bastion : undefined;
}

/** What must hold for hosts that are there already, and for the way to them: addresses, keys, and a bastion. */
export function existingRules(dc: DataCentre, context: Context): Fault[] {
    const { provider } = dc;
    if (provider.kind !== "existing") {
        return [];
    }
    const { bastion } = provider;
    return [
        ...dc.nodes.flatMap((node, index) => [...address(node, index), ...sshAddress(dc, node, index), ...known(dc, node, index)]),
        ...keyFileFaults(["provider", "privateKeyFile"], provider.privateKeyFile, "the nodes accept", context),
        ...(bastion ? throughBastion(dc, bastion, context) : dc.nodes.flatMap(pointless)),
        ...oldKeys(dc),
        ...sharedHosts(dc, context),
    ];
}

function throughBastion(dc: DataCentre, bastion: Bastion, context: Context): Fault[] {
    return [
        ...knownBastion(bastion),
        ...place(bastion),
        ...dc.nodes.flatMap((node, index) => throughItself(bastion, node, index)),
        ...unused(dc),
        ...(bastion.privateKeyFile === undefined
            ? []
            : keyFileFaults(["provider", "bastion", "privateKeyFile"], bastion.privateKeyFile, "the bastion accepts, or leave it out for the nodes' key", context)),
    ];
}

/** The same last number in private space: what document 000's addresses are to become. */
const privateTwin = (address: number): string => `172.18.1.${address & 255}`;

function address(node: NodeSpec, index: number): Fault[] {
    const path = ["nodes", index, "address"];
    const number = parseAddress(node.address);
    if (number === undefined) {
        return [];
    }
    const here = { first: number, last: number, bits: 32 };
    const odd = unusableSpace.find((space) => contains(space, number));
    if (odd) {
        return [error(path, `${node.address} is in ${formatNetwork(odd)}, where no host has its address`, "give the address by which other nodes reach it")];
    }
    if (!isPrivate(here)) {
        const problem = `${node.address} is public address space and ${publicWhy(here)}; services would answer there without TLS`;
        return [warning(path, problem, `use the node's private address, such as ${privateTwin(number)}`)];
    }
    return [];
}

/** SSH's own address leads to one host, whoever forwards it. */
function sshAddress(dc: DataCentre, node: NodeSpec, index: number): Fault[] {
    const path = ["nodes", index, "ssh", "address"];
    const first = dc.nodes.findIndex((other) => sshHost(other) === sshHost(node) && other.ssh.port === node.ssh.port);
    if (first !== index && (node.ssh.address ?? dc.nodes[first]?.ssh.address) !== undefined) {
        const problem = `${sshHost(node)}, port ${node.ssh.port}, is where ${dc.nodes[first]?.name ?? ""} is reached by SSH already`;
        return [error(path, problem, "give each its own address, or its own port where one address is forwarded to several (ssh.port)")];
    }
    return node.ssh.address === undefined ? [] : hostFault(path, node.ssh.address, bastionOf(dc, node) ? "the bastion" : "this machine");
}

/** How a person asks a host for its key; its fingerprint is then compared with what the host's console shows. */
const keyScan = (node: NodeSpec): string => `ssh-keyscan -t ed25519,ecdsa -p ${node.ssh.port} ${sshHost(node)}`;

function known(dc: DataCentre, node: NodeSpec, index: number): Fault[] {
    const path = ["nodes", index, "ssh", "hostKey"];
    if (node.ssh.hostKey === undefined) {
        const remedy = `run '${keyScan(node)}', compare its fingerprint with the host's own, and write the type and base64 here`;
        return [error(path, `without the key of ${node.name}, whoever answers at ${sshHost(node)} is believed`, remedy)];
    }
    const first = dc.nodes.findIndex((other) => other.ssh.hostKey === node.ssh.hostKey);
    if (first !== index) {
        const problem = `${node.name} has the same host key as ${dc.nodes[first]?.name ?? ""}: one can pass for the other`;
        const remedy = "make new keys on one of them (rm /etc/ssh/ssh_host_*; ssh-keygen -A), unless they are one machine";
        return [warning(path, problem, remedy)];
    }
    return [];
}

function pointless(node: NodeSpec, index: number): Fault[] {
    const path = ["nodes", index, "ssh", "bastion"];
    switch (node.ssh.bastion) {
        case undefined:
            return [];
        case true:
            return [error(path, "there is no bastion to go through", "describe it (datacentre:provider.bastion), or leave this out")];
        case false:
            return [warning(path, "there is no bastion, and every node is reached directly", "leave it out")];
    }
}

/** As for nodes: an unknown bastion could read nothing, and yet answer in every node's place as far as it knows their keys. */
function knownBastion({ host, port, hostKey }: Bastion): Fault[] {
    const remedy =
        `run 'ssh-keyscan -t ed25519,ecdsa -p ${port} ${host}', compare its fingerprint with the host's own, ` +
        "and write the type and base64 here";
    return hostKey === undefined
        ? [error(["provider", "bastion", "hostKey"], `without the bastion's key, whoever answers at ${host} is believed`, remedy)]
        : [];
}

const place = ({ host }: Bastion): Fault[] => hostFault(["provider", "bastion", "host"], host, "this machine");

/** An address where somebody is reached by SSH; a name is looked up only there. */
function hostFault(path: Path, host: string, whence: string): Fault[] {
    if (!/^[0-9.]+$/.test(host)) {
        return [];
    }
    const address = parseAddress(host);
    if (address === undefined) {
        return [error(path, `${host} is no IPv4 address`, "use one such as 203.0.113.7, or the host's name")];
    }
    const odd = unusableSpace.find((space) => contains(space, address));
    // Loopback may be the near end of a tunnel.
    return odd && !host.startsWith("127.")
        ? [error(path, `${host} is in ${formatNetwork(odd)}, where no host has its address`, `give the address by which ${whence} reaches it`)]
        : [];
}

/** A bastion that knows itself by this address only is already there when it is reached. */
function throughItself(bastion: Bastion, node: NodeSpec, index: number): Fault[] {
    return node.ssh.bastion !== false && sshHost(node) === bastion.host && node.ssh.port === bastion.port
        ? [error(["nodes", index, "ssh", "bastion"], `${node.name} is the bastion, and would be reached through itself`, "set it to false")]
        : [];
}

function unused(dc: DataCentre): Fault[] {
    return dc.nodes.some((node) => bastionOf(dc, node))
        ? []
        : [warning(["provider", "bastion"], "every node is reached directly, and none through it", "take it out, or ssh.bastion: false of a node")];
}

/**
 * Pulumi's command provider asks for a known `ssh-rsa` key with SHA-1 signatures alone, which OpenSSH refuses from 8.8 on.
 * Source: golang.org/x/crypto/ssh, ClientConfig.HostKeyAlgorithms; pulumi-command 1.2.1, connection.go.
 */
function oldKeys(dc: DataCentre): Fault[] {
    const all: [Path, string | undefined][] = [
        ...dc.nodes.map((node, index): [Path, string | undefined] => [["nodes", index, "ssh", "hostKey"], node.ssh.hostKey]),
        ...(dc.provider.kind === "existing" && dc.provider.bastion
            ? [[["provider", "bastion", "hostKey"], dc.provider.bastion.hostKey] as [Path, string | undefined]]
            : []),
    ];
    return all.flatMap(([path, key]) =>
        key?.startsWith("ssh-rsa ")
            ? [warning(path, "hosts with OpenSSH 8.8 or newer cannot show this kind of key to us", "give the host's ssh-ed25519 key, or an ecdsa-sha2 one")]
            : [],
    );
}
