import { error, warning, type Fault, type Path } from "../../../config/faults";
import { contains, formatAddress, formatNetwork, freeNetwork, isPrivate, overlaps, parseAddress, parseNetwork, unusableSpace, within, type Network } from "../../../config/network";
import { nodesWith } from "../../../config/nodes";
import type { DataCentre } from "../../../config/schema";
import { hostNetworks } from "../../calico/rules/taken";
import { dockerBridge } from "../../docker/bridge";
import { range, settingsOf as flannel } from "../../flannel/plan";
import { settingsOf } from "../plan";

/** Kubernetes' own limits: 20 bits of addresses at most, and so many that a name server and some services have one. */
const widest = 12;
const narrowest = 27;

/** Services' addresses are nobody else's, and the name server's is one of them. */
export const networkRules = (dc: DataCentre): Fault[] => [...services(dc), ...dns(dc)];

interface Other {
    readonly network: Pick<Network, "first" | "last">;
    readonly what: string;
    readonly remedy?: string;
}

const path: Path = ["kubernetes", "serviceNetwork"];

function services(dc: DataCentre): Fault[] {
    const { serviceNetwork: text } = settingsOf(dc);
    const network = parseNetwork(text);
    if (!network) {
        return [];
    }
    if (formatNetwork(network) !== text) {
        return [error(path, `${text} is an address within a network`, `write ${formatNetwork(network)}`)];
    }
    const odd = unusableSpace.find((space) => overlaps(network, space));
    if (odd) {
        return [error(path, `${text} is in ${formatNetwork(odd)}, where nobody has an address`, another(dc, network))];
    }
    if (network.bits < widest || network.bits > narrowest) {
        const problem = network.bits < widest ? `${text} has more addresses than Kubernetes takes, which is a /${widest}` : `${text} has room for ${network.last - network.first - 1} services at most`;
        return [error(path, problem, `use a prefix from /${widest} to /${narrowest}, such as ${text.replace(/\/.*/, "/24")}`)];
    }
    const [other] = others(dc).filter((one) => overlaps({ ...one.network, bits: 0 }, network));
    if (other) {
        return [error(path, `${text} overlaps ${other.what}: packets for services would go there`, other.remedy ?? another(dc, network))];
    }
    return isPrivate(network) ? [] : [warning(path, `${text} is public address space, and belongs to others on the Internet`, another(dc, network))];
}

const another = (dc: DataCentre, { bits }: Network): string => {
    const described = [flannel(dc).network, ...dc.calico.pools.map(({ cidr }) => cidr)].flatMap((text) => parseNetwork(text) ?? []);
    const taken = [dockerBridge, ...hostNetworks(dc).map(({ network }) => network), ...described];
    const free = freeNetwork(taken, Math.max(bits, 16));
    return free ? `use a network that nobody has, such as ${formatNetwork(free)}` : "use a network that you know to be free";
};

/** All other networks; of the pods' the part that flannel gives to hosts. */
function others(dc: DataCentre): Other[] {
    const pods = range(dc);
    const { network, subnetMin, subnetMax } = flannel(dc);
    const own = parseNetwork(settingsOf(dc).serviceNetwork);
    const whole = parseNetwork(network);
    const apart = own && whole && within(whole, own) ? `keep them apart by datacentre:flannel.subnetMax (document 004: pods in 10.0.0.0/16 to 10.0.200.0, services in 10.0.201.0/24), or ` : "";
    return [
        ...hostNetworks(dc),
        ...(pods ? [{ network: pods, what: `the pods' network ${network}, of which flannel gives ${subnetMin} to ${subnetMax} to hosts (datacentre:flannel)`, remedy: `${apart}${own ? another(dc, own) : ""}` }] : []),
        ...dc.calico.pools.flatMap(({ cidr, name }) => {
            const pool = parseNetwork(cidr);
            return pool ? [{ network: pool, what: `Calico's pool ${name} (${cidr})` }] : [];
        }),
        ...(nodesWith(dc, "docker").length > 0 ? [{ network: dockerBridge, what: `${formatNetwork(dockerBridge)}, which Docker gives its own bridge` }] : []),
    ];
}

/** The first address is the API's, and the last and the network's own are nobody's. */
function dns(dc: DataCentre): Fault[] {
    const { serviceNetwork, dns: described } = settingsOf(dc);
    const network = parseNetwork(serviceNetwork);
    const address = parseAddress(described.address ?? "");
    const at: Path = ["kubernetes", "dns", "address"];
    if (!network || address === undefined) {
        return [];
    }
    const remedy = `use one from ${formatAddress(network.first + 2)} to ${formatAddress(network.last - 1)}, such as ${formatAddress(network.first + 10)}, or leave it out`;
    if (!contains(network, address)) {
        return [error(at, `${described.address} is outside of the service range ${serviceNetwork} (datacentre:kubernetes.serviceNetwork), so that no service can have it`, remedy)];
    }
    if (address === network.first + 1) {
        return [error(at, `${described.address} is the first address of ${serviceNetwork}, which Kubernetes gives to the API itself`, remedy)];
    }
    return address === network.first || address === network.last ? [error(at, `${described.address} is an end of ${serviceNetwork}, which no service has`, remedy)] : [];
}
