import { hasBgp } from "../catalogue";
import { error, keyOf, type Fault, type Path } from "../faults";
import type { DataCentre, NodeSpec } from "../schema";

/** A port that a service of a node listens on. */
export interface Listener {
    readonly port: number;
    readonly what: string;
    /** Undefined for ports that the description cannot change. */
    readonly key?: Path;
}

/** No two services of one node listen on the same port. */
export function portRules(dc: DataCentre): Fault[] {
    const faults = new Map<string, Fault>();
    for (const node of dc.nodes.filter(({ roles }) => roles.length > 0)) {
        const listeners = listenersOf(dc, node);
        listeners.forEach(({ port, what, key }, index) => {
            const other = listeners.slice(0, index).find((candidate) => candidate.port === port);
            const problem = `${what} and ${other?.what ?? ""} would both listen on port ${port} of ${node.name}`;
            const place = other?.key ? ` (${keyOf(...other.key)})` : "";
            if (other && key && !faults.has(keyOf(...key))) {
                faults.set(keyOf(...key), error(key, problem + place, "use another port"));
            }
        });
    }
    return [...faults.values()];
}

/** Everything that listens on a node, SSH included. */
export function listenersOf(dc: DataCentre, node: NodeSpec): Listener[] {
    const { zookeeper: zk, etcd } = dc;
    const index = dc.nodes.indexOf(node);
    const has = (role: (typeof node.roles)[number]) => node.roles.includes(role);
    const zookeeperPorts: Listener[] = [
        { port: zk.clientPort, what: "ZooKeeper for clients", key: ["zookeeper", "clientPort"] },
        { port: zk.peerPort, what: "ZooKeeper for its peers", key: ["zookeeper", "peerPort"] },
        { port: zk.electionPort, what: "ZooKeeper's election", key: ["zookeeper", "electionPort"] },
    ];
    const etcdPorts: Listener[] = [
        { port: etcd.clientPort, what: "etcd for clients", key: ["etcd", "clientPort"] },
        ...etcd.extraClientPorts.map((port, at) => ({
            port,
            what: "etcd for further clients",
            key: ["etcd", "extraClientPorts", at],
        })),
        { port: etcd.peerPort, what: "etcd for its peers", key: ["etcd", "peerPort"] },
    ];
    return [
        ...(has("glusterfs") ? [24007, 24008].map((port) => ({ port, what: "GlusterFS" })) : []),
        // VXLAN's 4789 is UDP, which nothing else here listens on.
        ...(has("calico") && hasBgp(dc) ? [{ port: 179, what: "BGP, for Calico's routes," }] : []),
        { port: node.ssh.port, what: "SSH", key: ["nodes", index, "ssh", "port"] },
        ...(has("zookeeper") ? zookeeperPorts : []),
        ...(has("etcd") ? etcdPorts : []),
        ...(has("calico") ? [{ port: dc.calico.healthPort, what: "Calico's Felix", key: ["calico", "healthPort"] }] : []),
        ...(has("mesos-master") ? [{ port: dc.mesos.masterPort, what: "the Mesos master", key: ["mesos", "masterPort"] }] : []),
        ...(has("mesos-agent") ? [{ port: dc.mesos.agentPort, what: "the Mesos agent", key: ["mesos", "agentPort"] }] : []),
        ...(has("marathon") ? [{ port: dc.marathon.port, what: "Marathon", key: ["marathon", "port"] }] : []),
        ...(dc.mirror?.node === node.name ? [{ port: dc.mirror.port, what: "the mirror", key: ["mirror", "port"] }] : []),
        ...(dc.registry?.node === node.name ? [{ port: dc.registry.port, what: "the registry", key: ["registry", "port"] }] : []),
        ...(dc.marathonLb?.nodes.includes(node.name)
            ? [9090, 9091].map((port) => ({ port, what: "marathon-lb", key: ["marathonLb", "nodes"] }))
            : []),
    ];
}
