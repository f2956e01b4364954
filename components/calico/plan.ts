import { isImaged } from "../../config/catalogue";
import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { endpoints } from "../etcd/plan";
import { mesosLeaf } from "../mesos/schema";
import type { Network } from "./schema";
import { calicoSeries, hasBgp } from "./source";

/** The nodes that Calico runs on, in order: the first one's step writes what the datastore holds. */
export const nodes = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "calico");

/** Where CNI plugins are, and where Mesos finds its networks: not among other runtimes' files, since it reads every one. */
export const cniPlugins = "/opt/cni/bin";
export const cniConfigs = "/etc/mesos/cni";

/** The networks that a node's Mesos agent has: one that runs in a container itself starts Docker containers only. */
export const cniNetworks = (dc: DataCentre, node: NodeSpec): readonly Network[] =>
    (["calico", "mesos-agent"] as const).every((role) => node.roles.includes(role)) && dc.mesos.containerizers.includes("mesos") && !isImaged(mesosLeaf, dc)
        ? dc.calico.networks
        : [];

/** Whether Docker networks are Calico's, so that engines need a cluster store and Calico's driver. */
export const hasDockerNetworks = (dc: DataCentre): boolean => dc.calico.dockerNetworks.length > 0;

/** `bird` when BGP carries the routes of some pool, which is also what tells Felix that BIRD may run; `vxlan` otherwise. */
export const backend = (dc: DataCentre): "bird" | "vxlan" => (hasBgp(dc) ? "bird" : "vxlan");

const lines = (values: Readonly<Record<string, string | number>>): string =>
    Object.entries(values)
        .map(([key, value]) => `${key}=${value}\n`)
        .join("");

/**
 * calico.env: what the node's programs, and the CNI plugins' helpers, are told. Every etcd member is named, and the address
 * is given instead of guessed: of several interfaces the first one found is often the wrong one.
 * Sources: Calico 3.28, "Configuring calico/node" and "Configuring Felix" (each setting is FELIX_ and its name in capitals);
 * 2.6, "Configuring calico/node".
 */
export function environment(dc: DataCentre, node: NodeSpec): string {
    const { calico } = dc;
    const series = calicoSeries(dc);
    const etcd = endpoints(dc).join(",");
    return lines({
        NODENAME: node.name,
        IP: node.address,
        ...(hasBgp(dc) ? { AS: calico.asNumber } : {}),
        CALICO_NETWORKING_BACKEND: backend(dc),
        NO_DEFAULT_POOLS: "true",
        CALICO_DISABLE_FILE_LOGGING: "true",
        DATASTORE_TYPE: series === 3 ? "etcdv3" : "etcdv2",
        ETCD_ENDPOINTS: etcd,
        ...(series === 3
            ? { WAIT_FOR_DATASTORE: "true" }
            : {
                  CALICO_LIBNETWORK_ENABLED: String(hasDockerNetworks(dc)),
                  CALICO_LIBNETWORK_CREATE_PROFILES: "true",
                  FELIX_IGNORELOOSERPF: "true",
              }),
        FELIX_DATASTORETYPE: series === 3 ? "etcdv3" : "etcdv2",
        FELIX_ETCDENDPOINTS: etcd,
        FELIX_FELIXHOSTNAME: node.name,
        FELIX_IPV6SUPPORT: "false",
        // Containers use services of their own host, such as a registry: the host's own packet filter decides on that.
        FELIX_DEFAULTENDPOINTTOHOSTACTION: "RETURN",
        // Wants bpftool, which is in the node image only.
        FELIX_XDPENABLED: "false",
        FELIX_HEALTHENABLED: "true",
        FELIX_HEALTHPORT: calico.healthPort,
        FELIX_LOGFILEPATH: "none",
        FELIX_LOGSEVERITYFILE: "none",
        FELIX_LOGSEVERITYSYS: "none",
        FELIX_LOGSEVERITYSCREEN: "warning",
        ...(calico.mtu === undefined ? {} : { FELIX_VXLANMTU: calico.mtu, FELIX_IPINIPMTU: calico.mtu, CALICO_MTU: calico.mtu }),
        ...Object.fromEntries(Object.entries(calico.felix).map(([name, value]) => [`FELIX_${name.toUpperCase()}`, value])),
    });
}

/** calicoctl.cfg. Sources: Calico 3.28 and 2.6, "Configuring calicoctl". */
export function ctlConfig(dc: DataCentre): string {
    const etcd = endpoints(dc).join(",");
    return calicoSeries(dc) === 3
        ? `apiVersion: projectcalico.org/v3
kind: CalicoAPIConfig
metadata:
spec:
  datastoreType: etcdv3
  etcdEndpoints: "${etcd}"
`
        : `apiVersion: v1
kind: calicoApiConfig
metadata:
spec:
  datastoreType: etcdv2
  etcdEndpoints: "${etcd}"
`;
}

/** The pools, by CIDR, that a network's addresses are from. One that is a Docker network's subnet is nobody else's. */
export function poolsOf(dc: DataCentre, network: Network): string[] {
    const { pools, dockerNetworks } = dc.calico;
    const names = network.pools ?? pools.map(({ name }) => name).filter((name) => !dockerNetworks.some(({ pool }) => pool === name));
    return pools.filter(({ name, disabled }) => names.includes(name) && !disabled).map(({ cidr }) => cidr);
}

/**
 * One network for Mesos. It reads results of CNI 0.2.0 and older only, which is what `cniVersion` makes the plugin answer in.
 * Sources: Mesos 1.11, docs/cni.md; Calico 3.28, "Configure the Calico CNI plugins".
 */
export function cniConfig(dc: DataCentre, node: NodeSpec, network: Network): string {
    const etcd = endpoints(dc).join(",");
    const config = {
        name: network.name,
        cniVersion: "0.2.0",
        type: "calico",
        nodename: node.name,
        ...(calicoSeries(dc) === 3 ? { datastore_type: "etcdv3" } : {}),
        etcd_endpoints: etcd,
        log_level: "warning",
        ...(dc.calico.mtu === undefined ? {} : { mtu: dc.calico.mtu }),
        ipam: { type: "calico-ipam", assign_ipv4: "true", assign_ipv6: "false", ipv4_pools: poolsOf(dc, network) },
    };
    return `${JSON.stringify(config, undefined, 4)}\n`;
}

/** The files of a node that tell its programs what to do, by path. */
export function files(dc: DataCentre, node: NodeSpec): Record<string, string> {
    return {
        "/etc/calico/calico.env": environment(dc, node),
        "/etc/calico/calicoctl.cfg": ctlConfig(dc),
        ...Object.fromEntries(cniNetworks(dc, node).map((network) => [`${cniConfigs}/${network.name}.conf`, cniConfig(dc, node, network)])),
    };
}

