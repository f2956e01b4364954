import { error, warning, type Fault, type Path } from "../../../config/faults";
import { formatNetwork, isPrivate, overlaps, parseNetwork, unusableSpace, type Network } from "../../../config/network";
import { nodesWith } from "../../../config/nodes";
import type { DataCentre } from "../../../config/schema";
import { dockerBridge } from "../../docker/bridge";
import type { Pool } from "../schema";
import { calicoArchive, seriesOf } from "../source";
import { hostNetworks, proposals } from "./taken";

/** Address pools are nobody else's, large enough, and carried between hosts in a way that works there. */
export function poolRules(dc: DataCentre): Fault[] {
    const propose = proposals(dc);
    return [
        ...dc.calico.pools.flatMap((pool, index) => {
            const network = parseNetwork(pool.cidr);
            return [
                ...named(dc, pool, index),
                ...(network ? [...space(dc, pool, index, network, propose), ...size(dc, pool, index, network, propose)] : []),
                ...carried(dc, pool, index),
            ];
        }),
        ...mtu(dc),
    ];
}

type Propose = (bits: number) => string;

const at = (index: number, ...rest: (string | number)[]): Path => ["calico", "pools", index, ...rest];

function named(dc: DataCentre, { name }: Pool, index: number): Fault[] {
    const first = dc.calico.pools.findIndex((other) => other.name === name);
    const problem = `${name} is the name of calico.pools[${first}] already`;
    return first === index ? [] : [error(at(index, "name"), problem, "give every pool a name of its own")];
}

/** Whose the addresses are besides. What is wrong in itself goes first; a pool has one fault of each kind. */
function space(dc: DataCentre, { cidr }: Pool, index: number, network: Network, propose: Propose): Fault[] {
    const path = at(index, "cidr");
    const another = () => `use a network that nobody has, such as ${propose(Math.max(network.bits, 16))}`;
    const odd = unusableSpace.find((other) => overlaps(network, other));
    if (odd) {
        return [error(path, `${cidr} is in ${formatNetwork(odd)}, where nobody has an address`, another())];
    }
    const hosts = hostNetworks(dc).filter((host) => overlaps(network, host.network));
    const [host] = hosts;
    const pools = dc.calico.pools.slice(0, index).flatMap((pool, place) => {
        const other = parseNetwork(pool.cidr);
        return other && overlaps(network, other) ? [`calico.pools[${place}] (${pool.name}, ${pool.cidr})`] : [];
    });
    const boundary =
        formatNetwork(network) === cidr
            ? []
            : [error(path, `${cidr} is an address within a network`, `write ${formatNetwork(network)}`)];
    if (host) {
        const more = hosts.length > 1 ? ` (and ${hosts.length - 1} more)` : "";
        const old = cidr === "192.168.0.0/16" ? ", as document 003's pool does with its hosts in 192.168.56.0/24" : "";
        const how = dc.provider.kind === "existing" ? "holds" : "overlaps";
        const problem = `${cidr} ${how} ${host.what}${more}${old}: packets for hosts would be taken for containers'`;
        return [...boundary, error(path, problem, another())];
    }
    if (pools.length > 0) {
        return [...boundary, error(path, `${cidr} overlaps ${pools.join(" and ")}, and no address is in two pools`, another())];
    }
    if (overlaps(network, dockerBridge)) {
        const problem = `${cidr} overlaps ${formatNetwork(dockerBridge)}, which Docker gives its own bridge on every node`;
        return [...boundary, warning(path, problem, another())];
    }
    return isPrivate(network)
        ? boundary
        : [...boundary, warning(path, `${cidr} is public address space, and belongs to others on the Internet`, another())];
}

/**
 * Calico gives addresses to hosts in blocks. A host without a block of its own borrows single addresses from others' blocks.
 * Sources: Calico 3.28, libcalico-go/lib/ipam, and "IP pool", blockSize; for Calico 2, libcalico-go, issue 761.
 */
function size(dc: DataCentre, { cidr, blockSize, disabled, encapsulation }: Pool, index: number, network: Network, propose: Propose): Fault[] {
    const hosts = nodesWith(dc, "calico").length;
    const path = at(index, "cidr");
    if (seriesOf(dc) === 2 && blockSize !== 26) {
        return [error(at(index, "blockSize"), "Calico 2 gives addresses in blocks of /26 always", "take it out, or use Calico 3")];
    }
    if (disabled) {
        return [];
    }
    // Enough blocks of 64 for every host, with as many to spare.
    const wide = () => propose(Math.min(Math.max(25 - Math.ceil(Math.log2(Math.max(hosts, 1))), 16), 24));
    if (network.bits > blockSize) {
        const problem = `${cidr} is smaller than one block of /${blockSize}, and Calico takes no such pool`;
        const smaller = network.bits < 30 ? `use a larger blockSize, such as ${Math.min(network.bits + 3, 32)}, or ` : "";
        return [error(path, problem, `${smaller}use a larger network, such as ${wide()}`)];
    }
    const blocks = 2 ** (blockSize - network.bits);
    if (encapsulation !== "none" && 2 ** (32 - network.bits) <= hosts) {
        const problem = `${cidr} has no address left for a container when each of ${hosts} hosts has one for its tunnel`;
        return [error(path, problem, `use a larger network, such as ${wide()}`)];
    }
    if (blocks >= hosts) {
        return [];
    }
    const fitting = network.bits + Math.ceil(Math.log2(hosts));
    const finer = fitting <= 30 ? `use blockSize ${fitting}, or ` : "";
    const problem = `${cidr} has ${blocks === 1 ? "one block" : `${blocks} blocks`} of /${blockSize} for ${hosts} hosts; the others would borrow addresses one by one`;
    return [error(path, problem, `${finer}use a larger network, such as ${wide()}`)];
}

/** How packets of a pool go from host to host. What a cloud's network carries is its own rules' business. */
function carried(dc: DataCentre, { encapsulation }: Pool, index: number): Fault[] {
    const path = at(index, "encapsulation");
    const series = seriesOf(dc);
    if (encapsulation === "vxlan") {
        return series === 2
            ? [error(path, "Calico 2 knows no VXLAN, which came with Calico 3", "use ipip or none, or Calico 3")]
            : [];
    }
    if (encapsulation === "ipip" && calicoArchive(dc)) {
        const problem = "IPIP needs the BIRD that Calico changed for it, which is in its node image only";
        return [error(path, problem, "use vxlan, or take datacentre:sources.calico out, so that Calico runs in its images")];
    }
    return [];
}

/** Bytes that a packet between hosts has besides. Source: Calico 3.28, "Configure MTU to maximize network performance". */
const overheads = { vxlan: 50, ipip: 20, none: 0 } as const;

function mtu(dc: DataCentre): Fault[] {
    const { mtu: wanted, pools } = dc.calico;
    if (wanted === undefined || dc.provider.kind !== "docker") {
        return [];
    }
    const overhead = Math.max(0, ...pools.map(({ encapsulation }) => overheads[encapsulation]));
    const most = dc.provider.mtu - overhead;
    const wrapped = overhead === 0 ? "" : `, of which ${overhead} wrap each packet`;
    const problem = `containers would send packets of ${wanted} bytes over a network that carries ${dc.provider.mtu}${wrapped}`;
    return wanted <= most ? [] : [error(["calico", "mtu"], problem, `leave it out, or use at most ${most} (datacentre:provider.mtu)`)];
}
