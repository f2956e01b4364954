import type { DataCentre, NodeSpec } from "../../config";
import { hostPlan } from "../plan";

/**
 * The directories of a node that lie on volumes: those with users' data. A directory within another one that is
 * already there needs none of its own.
 */
export function persistentPaths(dc: DataCentre, node: NodeSpec): string[] {
    const paths = [...new Set(hostPlan(dc, node).dataPaths)].sort();
    return paths.filter((path) => !paths.some((other) => other !== path && path.startsWith(`${other}/`)));
}

/** `dc-master1-var-lib-etcd`: says whose volume it is, and stays the same from one life of the stack to the next. */
export const volumeName = (prefix: string, node: string, path: string): string => `${prefix}-${node}${path.replaceAll("/", "-")}`;
