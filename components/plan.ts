import { packagesFor, type DataCentre, type NodeSpec } from "../config";
import * as dockerEngine from "./docker-engine/plan";
import * as etcd from "./etcd/plan";
import * as glusterfs from "./glusterfs/plan";
import * as zookeeper from "./zookeeper/plan";

/**
 * What a host is prepared for: the sum of what its roles need. Packages are installed in one transaction a host, since
 * the package database has one lock and one download is faster than five.
 */
export interface HostPlan {
    /** Packages by family, each `name` or `name=version prefix`. */
    readonly packages: { readonly apt: string[]; readonly yum: string[] };
    /** Services that those packages enable by themselves. */
    readonly units: string[];
    /** Directories that hold what users stored: kept by destroy, and by the removal of packages. */
    readonly dataPaths: string[];
}

export function hostPlan(dc: DataCentre, node: NodeSpec): HostPlan {
    const gather = (family: "apt" | "yum") => [
        ...new Set(node.roles.flatMap((role) => packagesFor(role, dc, family))),
    ];
    return {
        packages: { apt: gather("apt"), yum: gather("yum") },
        units: node.roles.flatMap((role) => unitsOf[role]),
        dataPaths: [dockerEngine, glusterfs, zookeeper, etcd].flatMap((system) => system.dataPaths(dc, node)),
    };
}

const unitsOf = {
    docker: ["docker.service", "docker.socket", "containerd.service"],
    glusterfs: ["glusterd.service"],
    zookeeper: [],
    etcd: ["etcd.service"],
} as const;
