import { error, warning, type Fault } from "../../../config/faults";
import { nodesWith } from "../../../config/nodes";
import type { DataCentre } from "../../../config/schema";
import { seriesOf } from "../source";

/** Who runs Calico, what it keeps its data in, and that it has addresses to give. */
export function roleRules(dc: DataCentre): Fault[] {
    const { pools, networks, dockerNetworks, policies } = dc.calico;
    if (nodesWith(dc, "calico").length === 0) {
        const groups = { pools, networks, dockerNetworks, policies };
        const given = Object.entries(groups).flatMap(([key, list]) => (list.length > 0 ? [key] : []));
        return given.length === 0
            ? []
            : [error(["calico"], `${given.join(", ")} are described, and no node has the role calico`, "give the role calico to nodes")];
    }
    return [...datastore(dc), ...addresses(dc)];
}

function datastore(dc: DataCentre): Fault[] {
    if (nodesWith(dc, "etcd").length === 0) {
        return []; // What the role needs is told of already.
    }
    const needs = [
        ...(seriesOf(dc) === 2 ? ["Calico 2 keeps its data behind it"] : []),
        ...(dc.calico.dockerNetworks.length > 0 ? ["Docker's cluster store, which dockerNetworks need, speaks no other"] : []),
    ];
    if (dc.etcd.v2Api || needs.length === 0) {
        return [];
    }
    const problem = `etcd's v2 API is off, and ${needs.join(", and ")}`;
    return [error(["etcd", "v2Api"], problem, "set datacentre:etcd.v2Api: true, with an etcd of 3.5 or older")];
}

function addresses(dc: DataCentre): Fault[] {
    const { pools, networks, dockerNetworks } = dc.calico;
    const path = ["calico", "pools"];
    const remedy = "describe a pool, such as { name: containers, cidr: 10.64.0.0/16 }";
    if (pools.length === 0) {
        return networks.length + dockerNetworks.length > 0
            ? [error(path, "there are networks, and no pool that they could have addresses from", remedy)]
            : [warning(path, "Calico runs and has no addresses to give", remedy)];
    }
    return pools.every(({ disabled }) => disabled)
        ? [error(path, "every pool is disabled, so nobody gets an address", "take disabled out of one of them, or describe another")]
        : [];
}
