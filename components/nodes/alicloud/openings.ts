import { hasBgp } from "../../../config";
import type { AlicloudSpec, Duty } from "../../../config/schema-alicloud";
import type { DataCentre, NodeSpec } from "../../../config/schema";

/** One thing that is let in: who reaches whom, on which ports, and why. */
export interface Opening {
    readonly to: Duty;
    /** `all` is every protocol, since groups cannot say IP in IP alone. */
    readonly protocol: "tcp" | "udp" | "icmp" | "all";
    /** `22/22`, or `-1/-1` where there are no ports: the API's form. */
    readonly ports: string;
    readonly from: readonly Duty[];
    /** Networks outside, besides the duties. */
    readonly cidrs?: readonly string[];
    readonly why: string;
}

/** What a node does, as far as others reach it: its roles, and the apps that have a fixed node. */
export function dutiesOf(dc: DataCentre, provider: AlicloudSpec, node: NodeSpec): Duty[] {
    return [
        ...node.roles,
        ...(dc.registry?.node === node.name ? (["registry"] as const) : []),
        ...(dc.marathonLb?.nodes.includes(node.name) ? (["marathon-lb"] as const) : []),
        ...(dc.mirror?.node === node.name ? (["mirror"] as const) : []),
        ...(provider.bastion === node.name ? (["bastion"] as const) : []),
        "all",
    ];
}

/** `22` and `31000-32000` in the API's form. */
export function portsOf(text: string | number): string {
    const [first = "", last = first] = String(text).split("-");
    return `${first}/${last}`;
}

/** The brick processes' ports: since GlusterFS 10 any that is free. Source: glusterd.vol, base-port and max-port. */
const brickPorts = "49152/60999";

/** Where a library picks any port: Debian's and CentOS' net.ipv4.ip_local_port_range. */
const ephemeralPorts = "32768/60999";

/**
 * Everything that the described data centre lets in, and nothing else. Ports are those that the description gives to the
 * services; each opening names who needs it.
 */
export function openingsOf(dc: DataCentre, provider: AlicloudSpec): Opening[] {
    return [...entry(provider), ...wayOut(dc), ...storage(dc), ...mesos(dc), ...calico(dc), ...described(provider)];
}

const tcp = (to: Duty, port: string | number, from: Duty[], why: string): Opening => ({
    to,
    protocol: "tcp",
    ports: typeof port === "string" && port.includes("/") ? port : portsOf(port),
    from,
    why,
});

function entry(provider: AlicloudSpec): Opening[] {
    return [
        { to: "bastion", protocol: "tcp", ports: "22/22", from: [], cidrs: provider.operatorCidrs, why: "SSH of the operator" },
        tcp("all", 22, ["bastion"], "SSH through the bastion"),
        // Without it, paths with a smaller MTU swallow packets.
        { to: "all", protocol: "icmp", ports: "-1/-1", from: ["all"], why: "path MTU, ping" },
    ];
}

const wayOut = (dc: DataCentre): Opening[] => (dc.mirror ? [tcp("mirror", dc.mirror.port, ["all"], "packages and images by the mirror")] : []);

function storage(dc: DataCentre): Opening[] {
    const { zookeeper: zk, etcd } = dc;
    const etcdClients: Duty[] = ["etcd", "calico", ...(dc.calico.dockerNetworks.length > 0 ? (["docker"] as const) : [])];
    return [
        tcp("glusterfs", "24007/24008", ["glusterfs"], "GlusterFS daemons"),
        tcp("glusterfs", brickPorts, ["glusterfs"], "GlusterFS bricks"),
        tcp("zookeeper", zk.clientPort, ["zookeeper", "mesos-master", "mesos-agent", "marathon"], "ZooKeeper for clients"),
        tcp("zookeeper", zk.peerPort, ["zookeeper"], "ZooKeeper's followers"),
        tcp("zookeeper", zk.electionPort, ["zookeeper"], "ZooKeeper's election"),
        ...[etcd.clientPort, ...etcd.extraClientPorts].map((port) => tcp("etcd", port, etcdClients, "etcd for clients")),
        tcp("etcd", etcd.peerPort, ["etcd"], "etcd's members"),
    ];
}

function mesos(dc: DataCentre): Opening[] {
    const offered = dc.nodes.filter(({ roles }) => roles.includes("mesos-agent")).flatMap((node) => node.mesos.ports ?? []);
    const appPorts = [...new Set([...dc.mesos.ports, ...offered])].map(portsOf).filter((range) => range !== portsOf(dc.registry?.port ?? 0));
    return [
        tcp("mesos-master", dc.mesos.masterPort, ["mesos-master", "mesos-agent", "marathon"], "the Mesos master"),
        tcp("mesos-agent", dc.mesos.agentPort, ["mesos-master"], "the Mesos agent"),
        tcp("marathon", dc.marathon.port, ["marathon", "marathon-lb"], "Marathon's API"),
        // A scheduler's library listens where it likes, and the master calls it there.
        tcp("marathon", ephemeralPorts, ["mesos-master"], "the master's calls to Marathon"),
        ...appPorts.map((range) => tcp("mesos-agent", range, ["mesos-agent", "marathon", "marathon-lb"], "host ports of apps")),
        ...(dc.marathonLb ? [tcp("marathon-lb", 9090, ["marathon"], "Marathon's health check of marathon-lb")] : []),
        ...(dc.registry ? [tcp("registry", dc.registry.port, ["docker"], "the registry")] : []),
    ];
}

function calico(dc: DataCentre): Opening[] {
    const packed = new Set(dc.calico.pools.map(({ encapsulation }) => encapsulation));
    return [
        ...(hasBgp(dc) ? [tcp("calico", 179, ["calico"], "Calico's BGP")] : []),
        ...(packed.has("vxlan")
            ? [{ to: "calico", protocol: "udp", ports: "4789/4789", from: ["calico"], why: "Calico's VXLAN" } as const]
            : []),
        ...(packed.has("ipip")
            ? [{ to: "calico", protocol: "all", ports: "-1/-1", from: ["calico"], why: "Calico's IP in IP" } as const]
            : []),
    ];
}

function described(provider: AlicloudSpec): Opening[] {
    return provider.openings.map(({ to, protocol, ports, from, why }) => ({
        to,
        protocol,
        ports: portsOf(ports),
        from: from.filter((one): one is Duty => !one.includes("/")),
        cidrs: from.filter((one) => one.includes("/")),
        why: why ?? "as described",
    }));
}
