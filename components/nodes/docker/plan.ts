import { formatAddress, parseNetwork } from "../../../config/network";
import type { DataCentre, NodeSpec } from "../../../config/schema";
import type { Systems } from "../../../config/systems";
import { hostPlan } from "../../host/plan";

/**
 * The directories of a node that lie on volumes: those with users' data. A directory within another one that is
 * already there needs none of its own.
 */
export function persistentPaths(systems: Systems, dc: DataCentre, node: NodeSpec): string[] {
    const paths = [...new Set(hostPlan(systems, dc, node).dataPaths)].sort();
    return paths.filter((path) => !paths.some((other) => other !== path && path.startsWith(`${other}/`)));
}

/** `dc-master1-var-lib-etcd`: says whose volume it is, and stays the same from one life of the stack to the next. */
export const volumeName = (prefix: string, node: string, path: string): string => `${prefix}-${node}${path.replaceAll("/", "-")}`;

/** The bridge's address of a `docker` stack: as described, else its network's last usable one. */
export function gatewayOf(provider: { subnet: string; gateway?: string | undefined }): string {
    const network = parseNetwork(provider.subnet);
    return provider.gateway ?? (network ? formatAddress(network.last - 1) : "");
}
