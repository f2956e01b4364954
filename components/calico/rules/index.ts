import type { Fault } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";
import { agentRules } from "./agents";
import { cloudRules } from "./cloud";
import { dockerNetworkRules } from "./docker-networks";
import { felixRules } from "./felix";
import { calicoNetworkRules } from "./networks";
import { policyRules } from "./policies";
import { poolRules } from "./pools";
import { roleRules } from "./roles";
import { sourceRules } from "./source";

/** What must hold for Calico: its nodes, address pools, networks, policies, and what they need of etcd, Docker and Mesos. */
export function calicoRules(dc: DataCentre): Fault[] {
    return [
        roleRules,
        sourceRules,
        poolRules,
        calicoNetworkRules,
        dockerNetworkRules,
        policyRules,
        felixRules,
        agentRules,
        cloudRules,
    ].flatMap((rule) => rule(dc));
}
