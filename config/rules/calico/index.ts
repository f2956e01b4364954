import type { Fault } from "../../faults";
import type { DataCentre } from "../../schema";
import { agentRules } from "./agents";
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
    ].flatMap((rule) => rule(dc));
}
