import { keyOf, mountNodes, type DataCentre, type NodeSpec } from "../../config";
import { listenersOf } from "../../config/rules/ports";
import { engineSettings } from "../docker-engine/plan";

/** What a host must have, and must leave free, for a node's roles; preflight.sh looks, before anything is touched. */
export interface Preflight {
    /** `module why`: kernel modules, and `cgroup1` for the first version of control groups. */
    readonly needs: string[];
    /** `port key what`: `key` is where the description has the port, `-` where it cannot be changed. */
    readonly ports: string[];
}

const modules: Readonly<Record<string, string>> = { overlay2: "overlay", btrfs: "btrfs", zfs: "zfs" };

export function preflight(dc: DataCentre, node: NodeSpec): Preflight {
    const has = (role: NodeSpec["roles"][number]) => node.roles.includes(role);
    const driver = engineSettings(dc, node).storageDriver;
    const pools = has("calico") ? dc.calico.pools.filter(({ disabled }) => !disabled) : [];
    const encapsulations = [...new Set(pools.map(({ encapsulation }) => encapsulation))].filter((one) => one !== "none");
    return {
        needs: [
            ...(has("docker") && modules[driver] ? [`${modules[driver]} Docker's storage driver ${driver} needs`] : []),
            ...(dc.glusterfs.volumes.some((volume) => mountNodes(dc, volume).includes(node.name)) ? ["fuse mounts of GlusterFS need"] : []),
            ...encapsulations.map((one) => `${one} a pool of datacentre:calico needs`),
            ...(needsCgroup1(dc, node) ? ["cgroup1 Mesos 1.11 does not know it ('Failed to locate systemd cgroups hierarchy')"] : []),
        ],
        ports: listenersOf(dc, node)
            .filter(({ what }) => what !== "SSH")
            .map(({ port, what, key }) => `${port} ${key ? keyOf(...key) : "-"} ${what}`),
    };
}

/**
 * A container in a host's place has the control groups of the machine around it, which may be right for the lab's double;
 * there, the agent's own step says it. An agent without systemd's support looks for no hierarchy.
 */
const needsCgroup1 = (dc: DataCentre, node: NodeSpec): boolean =>
    node.roles.includes("mesos-agent") && dc.provider.kind !== "docker" && dc.mesos.agentFlags.systemd_enable_support !== "false";
