import { error, warning, type Fault } from "../faults";
import {
    contains,
    dockerBridge,
    formatAddress,
    formatNetwork,
    gatewayOf,
    isPrivate,
    overlaps,
    parseAddress,
    parseNetwork,
    privateSpace,
    unusableSpace,
    type Network,
} from "../network";
import type { DataCentre } from "../schema";

const spaces = privateSpace.map(formatNetwork).join(", ");
const oldSpace = parseNetwork("172.0.0.0/12");

/** What document 000 has: its 172.0.0.x looks private and is not. */
function publicWhy(network: Network): string {
    const old = oldSpace && contains(oldSpace, network.first) ? "; 172.0.0.0/24 of the old documents is public as well" : "";
    return `belongs to others on the Internet${old}`;
}

/** The same last number in private space: what document 000's addresses are to become. */
const privateTwin = (address: number): string => `172.18.1.${address & 255}`;

/** What must hold for the nodes' addresses and network. */
export function networkRules(dc: DataCentre): Fault[] {
    return [...subnet(dc), ...gateway(dc), ...addresses(dc)];
}

function subnet(dc: DataCentre): Fault[] {
    if (dc.provider.kind === "existing") {
        return [];
    }
    const path = ["provider", "subnet"];
    const text = dc.provider.subnet;
    const network = parseNetwork(text);
    if (!network) {
        return [];
    }
    if (formatNetwork(network) !== text) {
        return [error(path, `${text} is an address within a network`, `write ${formatNetwork(network)}`)];
    }
    if (!isPrivate(network)) {
        return [
            error(
                path,
                `${text} is public address space and ${publicWhy(network)}`,
                `use a network within ${spaces}, such as 172.18.1.0/24`,
            ),
        ];
    }
    if (network.bits > 29) {
        return [error(path, `${text} has no room for nodes and a gateway`, "use a prefix of at most 29, such as /24")];
    }
    if (overlaps(network, dockerBridge)) {
        const problem = `${text} overlaps ${formatNetwork(dockerBridge)}, which Docker gives its own bridge here and on every node`;
        return [error(path, problem, "use another network, such as 172.18.1.0/24")];
    }
    return [];
}

function gateway(dc: DataCentre): Fault[] {
    if (dc.provider.kind !== "docker" || dc.provider.gateway === undefined) {
        return [];
    }
    const network = parseNetwork(dc.provider.subnet);
    const address = parseAddress(dc.provider.gateway);
    if (!network || address === undefined || (address > network.first && address < network.last)) {
        return [];
    }
    const problem = `${dc.provider.gateway} is not a usable address of ${dc.provider.subnet}`;
    return [error(["provider", "gateway"], problem, `leave it out, or use ${formatAddress(network.last - 1)}`)];
}

function addresses(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index) => {
        const address = parseAddress(node.address);
        const path = ["nodes", index, "address"];
        if (address === undefined) {
            return [];
        }
        return dc.provider.kind === "existing"
            ? existingAddress(path, node.address, address, node.roles.includes("docker"))
            : addressWithin(path, node.address, address, dc.provider);
    });
}

function addressWithin(
    path: (string | number)[],
    text: string,
    address: number,
    provider: { kind: string; subnet: string },
): Fault[] {
    const network = parseNetwork(provider.subnet);
    if (!network) {
        return [];
    }
    const remedy = `use one from ${formatAddress(network.first + 1)} to ${formatAddress(network.last - 1)}`;
    if (!contains(network, address)) {
        return [error(path, `${text} is outside of the nodes' network ${provider.subnet} (datacentre:provider.subnet)`, remedy)];
    }
    if (address === network.first || address === network.last) {
        const what = address === network.first ? "the network's own address" : "the network's broadcast address";
        return [error(path, `${text} is ${what}`, remedy)];
    }
    if (provider.kind === "docker" && text === gatewayOf(provider)) {
        return [error(path, `${text} is the gateway's address`, `${remedy}, or set datacentre:provider.gateway to another one`)];
    }
    return [];
}

function existingAddress(path: (string | number)[], text: string, address: number, hasDocker: boolean): Fault[] {
    const here = { first: address, last: address, bits: 32 };
    const odd = unusableSpace.find((space) => contains(space, address));
    if (odd) {
        return [
            error(
                path,
                `${text} is in ${formatNetwork(odd)}, where no host has its address`,
                "give the address by which other nodes reach it",
            ),
        ];
    }
    if (!isPrivate(here)) {
        const problem = `${text} is public address space and ${publicWhy(here)}; services would answer there without TLS`;
        return [warning(path, problem, `use the node's private address, such as ${privateTwin(address)}`)];
    }
    if (hasDocker && contains(dockerBridge, address)) {
        const problem = `${text} is in ${formatNetwork(dockerBridge)}, which Docker may give its bridge on the other nodes`;
        return [warning(path, problem, "use an address of another network if the node has one")];
    }
    return [];
}
