import { warning, type Fault } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";
import { clusterNodes } from "../plan";
import { kubernetesLeaf } from "../schema";
import { nameRules } from "./names";
import { networkRules } from "./networks";
import { roleRules } from "./roles";
import { sizeRules } from "./sizes";
import { sourceRules } from "./source";

/** What must hold for Kubernetes. */
export function kubernetesRules(dc: DataCentre): Fault[] {
    if (clusterNodes(dc).length === 0) {
        return dc.kubernetes
            ? [warning(["kubernetes"], `no node has a role of ${kubernetesLeaf.roles.join(", ")}, so this says nothing`, "give them to the nodes of the cluster, or take this out")]
            : [];
    }
    return [...roleRules(dc), ...sourceRules(dc), ...networkRules(dc), ...nameRules(dc), ...sizeRules(dc)];
}
