import type { Path } from "../../../config/faults";
import { formatAddress, formatNetwork, freeNetwork, parseAddress, parseNetwork, type Network } from "../../../config/network";
import type { DataCentre } from "../../../config/schema";
import { dockerBridge } from "../../docker/bridge";

/** A network that is somebody's, in a sentence: "the hosts' network 172.18.1.0/24 (datacentre:provider.subnet)". */
export interface Taken {
    readonly network: Network;
    readonly what: string;
    /** What it is described by, if the description has it. */
    readonly path?: Path;
}

/** The hosts' network, or, of hosts that are there already, all that is known of it: their addresses. */
export function hostNetworks(dc: DataCentre): Taken[] {
    const { provider } = dc;
    if (provider.kind !== "existing") {
        const network = parseNetwork(provider.subnet);
        return network ? [{ network, what: `the hosts' network ${provider.subnet} (datacentre:provider.subnet)` }] : [];
    }
    return dc.nodes.flatMap(({ name, address }, index) => {
        const first = parseAddress(address);
        const what = `${address}, the address of ${name}`;
        return first === undefined ? [] : [{ network: { first, last: first, bits: 32 }, what, path: ["nodes", index, "address"] }];
    });
}

/** Proposes networks that are nobody's as far as is known, each another one. */
export function proposals(dc: DataCentre): (bits: number) => string {
    // Hosts have neighbours: of those that are there already, the /24 around each is left alone.
    const around = ({ first, bits }: Network) => parseNetwork(`${formatAddress(first)}/${Math.min(bits, 24)}`);
    const taken = [
        dockerBridge,
        ...hostNetworks(dc).flatMap(({ network }) => around(network) ?? []),
        ...dc.calico.pools.flatMap(({ cidr }) => parseNetwork(cidr) ?? []),
    ];
    return (bits) => {
        const free = freeNetwork(taken, bits);
        if (!free) {
            return "one of private space that you know to be free";
        }
        taken.push(free);
        return formatNetwork(free);
    };
}
