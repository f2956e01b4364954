import { packagesFor, type DataCentre, type NodeSpec } from "../config";
import * as dockerEngine from "./docker-engine/plan";
import * as etcd from "./etcd/plan";
import * as glusterfs from "./glusterfs/plan";
import { repositories, type RepositoryFile } from "./host/repositories";
import * as mesos from "./mesos/plan";
import * as registry from "./registry/plan";
import * as zookeeper from "./zookeeper/plan";

/**
 * What a host is prepared for: the sum of what its roles need. Packages are installed in one transaction a host, since
 * the package database has one lock and one download is faster than five.
 */
export interface HostPlan {
    /** Packages by family, each `name` or `name=version prefix`. */
    readonly packages: { readonly apt: string[]; readonly yum: string[] };
    /** Package repositories besides the host's own, by family. */
    readonly repositories: { readonly apt: RepositoryFile[]; readonly yum: RepositoryFile[] };
    /** Services that those packages enable by themselves. */
    readonly units: string[];
    /** Directories that hold what users stored: kept by destroy, and by the removal of packages. */
    readonly dataPaths: string[];
}

export function hostPlan(dc: DataCentre, node: NodeSpec): HostPlan {
    const isMirror = dc.mirror?.node === node.name;
    const gather = (family: "apt" | "yum") => [
        ...new Set([...node.roles.flatMap((role) => packagesFor(role, dc, family)), ...(isMirror ? ["squid"] : [])]),
    ];
    return {
        packages: { apt: gather("apt"), yum: gather("yum") },
        repositories: { apt: repositories(dc, node, "apt"), yum: repositories(dc, node, "yum") },
        units: [...new Set([...node.roles.flatMap((role): readonly string[] => unitsOf[role]), ...(isMirror ? ["squid.service"] : [])])],
        dataPaths: [dockerEngine, glusterfs, zookeeper, etcd, mesos, registry].flatMap((system) => system.dataPaths(dc, node)),
    };
}

// The package brings both, whichever of them the node is for.
const mesosUnits = ["mesos-master.service", "mesos-slave.service"] as const;

const unitsOf = {
    docker: ["docker.service", "docker.socket", "containerd.service"],
    glusterfs: ["glusterd.service"],
    zookeeper: [],
    etcd: ["etcd.service"],
    calico: ["bird.service"],
    "mesos-master": mesosUnits,
    "mesos-agent": mesosUnits,
    marathon: ["marathon.service"],
} as const;
