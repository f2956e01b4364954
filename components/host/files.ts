import type { DataCentre } from "../../config";

/** The lines of the hosts file that name every node. */
export const hostsBlock = (dc: DataCentre): string => dc.nodes.map((node) => `${node.address}\t${node.name}\n`).join("");

/**
 * The whole chrony configuration when time servers are described; empty keeps the package's own.
 * Source: chrony.conf(5). A clock that is far off is stepped at the first three measurements only, so that it never
 * jumps under a running ZooKeeper or etcd.
 */
export function timeConfig(dc: DataCentre): string {
    if (dc.timeServers.length === 0) {
        return "";
    }
    return [
        ...dc.timeServers.map((server) => `server ${server} iburst`),
        "driftfile /var/lib/chrony/drift",
        "makestep 1 3",
        "rtcsync",
        "",
    ].join("\n");
}
