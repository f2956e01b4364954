import type { DataCentre } from "../config";
import type { GroupProbe, Probe } from "./check";
import * as bundle from "./bundle/check";
import * as calico from "./calico/check";
import * as calicoDatastore from "./calico/check-datastore";
import * as dockerEngine from "./docker-engine/check";
import * as dockerNetwork from "./docker-network/check";
import * as etcd from "./etcd/check";
import * as glusterfs from "./glusterfs/check";
import * as host from "./host/check";
import * as marathon from "./marathon/check";
import * as apps from "./marathon-app/check";
import * as mesos from "./mesos/check";
import * as mirror from "./mirror/check";
import * as zookeeper from "./zookeeper/check";

/** All rows of `make verify`. */
export interface Checks {
    readonly probes: readonly Probe[];
    readonly groups: readonly GroupProbe[];
}

/**
 * Everything that the description promises, as questions to its hosts.
 *
 * @param owner `project/stack`, which the hosts must belong to
 */
export function allChecks(dc: DataCentre, owner: string): Checks {
    return {
        probes: [
            ...host.probes(dc, owner),
            ...bundle.probes(dc),
            ...mirror.probes(dc),
            ...dockerEngine.probes(dc),
            ...glusterfs.probes(dc),
            ...zookeeper.probes(dc),
            ...etcd.probes(dc),
            ...calico.probes(dc),
            ...dockerNetwork.probes(dc),
            ...mesos.probes(dc),
            ...marathon.probes(dc),
        ],
        groups: [host, zookeeper, etcd, calicoDatastore, mesos, marathon, apps].flatMap((system) => system.groupProbes(dc)),
    };
}
