import { archiveOf, decidedVersion } from "../../config/catalogue";
import type { Context } from "../../config/context";
import { error, warning, type Fault, type Path } from "../../config/faults";
import { contains, formatAddress, formatNetwork, freeNetwork, isPrivate, knownNetwork, overlaps, parseAddress, parseNetwork, unusableSpace, type Network } from "../../config/network";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { etcdLeaf } from "../etcd/schema";
import { hasDocker, hasPods, nodes, settingsOf } from "./plan";
import { flannelLeaf } from "./schema";

const at = (key: string): Path => ["flannel", key];

/** What must hold for flannel's network, its hosts, and where it comes from. */
export function flannelRules(dc: DataCentre, _: Context): Fault[] {
    if (nodes(dc).length === 0) {
        return dc.flannel ? [warning(["flannel"], "no node has the role flannel, so this says nothing", "give it to the nodes whose containers are to have this network, or take this out")] : [];
    }
    return [...hosts(dc), ...space(dc), ...parts(dc), ...carried(dc), ...inEtcd(dc), ...source(dc), ...docker(dc)];
}

function hosts(dc: DataCentre): Fault[] {
    return nodes(dc).flatMap((node) => {
        const path = ["nodes", dc.nodes.indexOf(node), "roles"];
        return [
            ...(node.roles.includes("calico")
                ? [error(path, `${node.name} has the roles flannel and calico: two networks would each have the host's routes and rules for its own`, "leave one of them out of its roles")]
                : []),
            ...(hasDocker(node) || hasPods(node) ? [] : [error(path, `${node.name} has no engine whose containers flannel could give a network to`, "add docker or containerd to its roles, or take flannel out")]),
        ];
    });
}

/** A network of somebody's, in a sentence. */
interface Taken {
    readonly network: Network;
    readonly what: string;
}

/** The hosts' network, or, of hosts that are there already, all that is known of it: their addresses. */
function takenBy(dc: DataCentre): Taken[] {
    const { provider } = dc;
    const of = (text: string, what: string): Taken[] => {
        const network = parseNetwork(text);
        return network ? [{ network, what }] : [];
    };
    return [
        ...("subnet" in provider
            ? of(provider.subnet, `the hosts' network ${provider.subnet} (datacentre:provider.subnet)`)
            : dc.nodes.flatMap(({ name, address }) => of(`${address}/32`, `${address}, the address of ${name}`))),
        ...dc.calico.pools.flatMap(({ name, cidr }) => of(cidr, `Calico's pool ${name}, ${cidr}`)),
    ];
}

/** Of which Docker takes a network for each `docker network create`, and its bridge on nodes without flannel. Source: moby, ipamutils. */
const dockers = ["172.17.0.0/16", "172.18.0.0/15", "172.20.0.0/14", "172.24.0.0/14", "172.28.0.0/14", "192.168.0.0/16"].map(knownNetwork);

/** Whose the addresses are besides. */
function space(dc: DataCentre): Fault[] {
    const { network: text } = settingsOf(dc);
    const network = parseNetwork(text);
    const path = at("network");
    if (!network) {
        return [];
    }
    const taken = takenBy(dc);
    const free = freeNetwork([...dockers, ...taken.map((one) => parseNetwork(`${formatAddress(one.network.first)}/${Math.min(one.network.bits, 24)}`) ?? one.network)], Math.max(network.bits, 12));
    const another = `use a network that nobody has${free ? `, such as ${formatNetwork(free)}` : ""}`;
    const boundary = formatNetwork(network) === text ? [] : [error(path, `${text} is an address within a network`, `write ${formatNetwork(network)}`)];
    const odd = unusableSpace.find((other) => overlaps(network, other));
    if (odd) {
        return [error(path, `${text} is in ${formatNetwork(odd)}, where nobody has an address`, another)];
    }
    const [first, ...more] = taken.filter((one) => overlaps(network, one.network));
    if (first) {
        const others = more.length > 0 ? ` (and ${more.length} more)` : "";
        return [...boundary, error(path, `${text} overlaps ${first.what}${others}: packets for these would be taken for containers'`, another)];
    }
    const bridge = dockers.find((other) => overlaps(network, other));
    if (bridge && nodesWith(dc, "docker").length > 0) {
        return [...boundary, warning(path, `${text} overlaps ${formatNetwork(bridge)}, of which Docker takes networks by itself`, another)];
    }
    return isPrivate(network) ? boundary : [...boundary, warning(path, `${text} is public address space, and belongs to others on the Internet`, another)];
}

/**
 * What flannel itself refuses, and parts for all hosts.
 * Source: flannel 0.28, CheckNetworkConfig in pkg/subnet/config.go.
 */
function parts(dc: DataCentre): Fault[] {
    const settings = settingsOf(dc);
    const { subnetLen, subnetMin, subnetMax } = settings;
    const network = parseNetwork(settings.network);
    if (!network) {
        return [];
    }
    if (subnetLen < network.bits + 2) {
        const remedy = network.bits > 28 ? "use a larger network, such as a /16" : `use ${network.bits + 2} to 30, or a larger network`;
        return [error(at("subnetLen"), `${settings.network} does not hold four parts of /${subnetLen}, and flannel takes no such network`, remedy)];
    }
    const size = 2 ** (32 - subnetLen);
    const ends = ([["subnetMin", subnetMin], ["subnetMax", subnetMax]] as const).flatMap(([key, text]) => {
        const address = parseAddress(text);
        if (address === undefined) {
            return [];
        }
        if (!contains(network, address)) {
            return [error(at(key), `${text} is not in ${settings.network}`, `use an address from ${formatAddress(network.first + size)} to ${formatAddress(network.last + 1 - size)}`)];
        }
        return address % size === 0 ? [] : [error(at(key), `${text} is within a part of /${subnetLen}, and not the beginning of one`, `write ${formatAddress(address - (address % size))}`)];
    });
    if (ends.length > 0) {
        return ends;
    }
    const [first = 0, last = 0] = [subnetMin, subnetMax].map(parseAddress);
    const count = nodes(dc).length;
    const there = (last - first) / size + 1;
    if (there < 1) {
        return [error(at("subnetMax"), `${subnetMax} is before ${subnetMin}, so that there is no part for any host`, "change the two")];
    }
    return [
        ...(there < count
            ? [error(at("subnetMax"), `from ${subnetMin} to ${subnetMax} there ${there === 1 ? "is one part" : `are ${there} parts`} of /${subnetLen} for ${count} hosts`, "widen the range, or use a larger subnetLen")]
            : []),
        ...(first === network.first
            ? [warning(at("subnetMin"), `${subnetMin} is the network's own address too, which a host with the first part would have on its device`, `use ${formatAddress(network.first + size)}, as flannel does by itself`)]
            : []),
    ];
}

/** host-gw makes each host the others' router, which a cloud's network does not carry, nor a router between the hosts. */
function carried(dc: DataCentre): Fault[] {
    if (settingsOf(dc).backend !== "host-gw") {
        return [];
    }
    const path = at("backend");
    if (dc.provider.kind === "alicloud") {
        return [error(path, "a VPC's network carries packets to its own addresses alone, and with host-gw containers' go as they are", "use vxlan")];
    }
    const networks = new Set(nodes(dc).map(({ address }) => address.replace(/\.\d+$/, "")));
    return networks.size > 1
        ? [warning(path, `hosts are in ${networks.size} networks of /24, and host-gw works only where all are on one Ethernet, with no router between`, "use vxlan, unless you know that they are")]
        : [];
}

function inEtcd(dc: DataCentre): Fault[] {
    const { prefix } = settingsOf(dc);
    const version = decidedVersion(etcdLeaf, dc) ?? "";
    const [major = 3, minor = 4] = version.split(".").map(Number);
    const other = (["/registry", "/calico", "/docker"] as const).find((one) => prefix === one || prefix.startsWith(`${one}/`));
    return [
        ...(version !== "" && (major < 3 || (major === 3 && minor < 4))
            ? [error(["versions", "etcd"], `flannel speaks etcd's v3 API, and etcd ${version} does not serve it as flannel's steps ask`, 'use "3.4" or newer')]
            : []),
        ...(other ? [error(at("prefix"), `${other} in etcd is where ${{ "/registry": "Kubernetes", "/calico": "Calico", "/docker": "Docker" }[other]} keeps its own data`, "use /coreos.com/network")] : []),
    ];
}

function source(dc: DataCentre): Fault[] {
    const given = archiveOf(flannelLeaf, dc);
    if (!given) {
        const problem = "nobody is known to package a flannel of today, and nothing says where it is from";
        return [error(["sources", "flannel"], problem, "give upstream's release: kind: archive, with its url and its sha256, and its version in datacentre:versions.flannel")];
    }
    return /^https?:/.test(given.url) && given.sha256 === undefined
        ? [error(["sources", "flannel", "sha256"], "a download is pinned by its sha256, and this has none", "give what 'sha256sum FILE' prints for a checked copy")]
        : [];
}

function docker(dc: DataCentre): Fault[] {
    return dc.docker.mtu !== undefined && nodes(dc).some(hasDocker)
        ? [warning(["docker", "mtu"], "nodes with the role flannel have the MTU that fits its packets, and not this one", "take it out, unless other nodes with docker need it")]
        : [];
}
