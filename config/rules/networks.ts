import { error, type Fault } from "../faults";
import { contains, formatAddress, formatNetwork, isPrivate, parseAddress, parseNetwork, privateSpace, type Network } from "../network";
import type { DataCentre } from "../schema";

const spaces = privateSpace.map(formatNetwork).join(", ");
const oldSpace = parseNetwork("172.0.0.0/12");

/** What document 000 has: its 172.0.0.x looks private and is not. */
export function publicWhy(network: Network): string {
    const old = oldSpace && contains(oldSpace, network.first) ? "; 172.0.0.0/24 of the old documents is public as well" : "";
    return `belongs to others on the Internet${old}`;
}

/** What must hold for the nodes' addresses and network. */
export function networkRules(dc: DataCentre): Fault[] {
    return [...subnet(dc), ...addresses(dc)];
}

function subnet(dc: DataCentre): Fault[] {
    if (!("subnet" in dc.provider)) {
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
    return [];
}

function addresses(dc: DataCentre): Fault[] {
    const { provider } = dc;
    return "subnet" in provider ? dc.nodes.flatMap((node, index) => addressWithin(["nodes", index, "address"], node.address, provider.subnet)) : [];
}

function addressWithin(path: (string | number)[], text: string, subnet: string): Fault[] {
    const address = parseAddress(text);
    const network = parseNetwork(subnet);
    if (address === undefined || !network) {
        return [];
    }
    const remedy = `use one from ${formatAddress(network.first + 1)} to ${formatAddress(network.last - 1)}`;
    if (!contains(network, address)) {
        return [error(path, `${text} is outside of the nodes' network ${subnet} (datacentre:provider.subnet)`, remedy)];
    }
    if (address === network.first || address === network.last) {
        const what = address === network.first ? "the network's own address" : "the network's broadcast address";
        return [error(path, `${text} is ${what}`, remedy)];
    }
    return [];
}
