/** The stack that is compared: four hosts that are there already, with Docker, ZooKeeper, etcd, Mesos and Marathon; more have an agent alone. */
import type { DataCentreInput } from "../../config";

/** Its settings are in the checkout while it is compared: under another name its hosts would be somebody else's. */
export const comparedName = "bench-hosts";

/** A host to be described: where it is and how it proves that it is itself, as known_hosts has it. */
export interface Place {
    readonly address: string;
    readonly hostKey: string;
}

const roles = [
    ["docker", "zookeeper", "etcd", "mesos-master", "mesos-agent", "marathon"],
    ["docker", "zookeeper", "etcd", "mesos-agent"],
    ["docker", "zookeeper", "etcd", "mesos-agent"],
    ["docker", "mesos-agent"],
] as const;

/** How many hosts there are at least, and where nobody says how many. */
export const hostCount = roles.length;

/** What each host more has: little, so that many of them fit on one machine. */
const light = ["mesos-agent"] as const;

/** Mesos and Marathon are the lab's doubles, whose packages lie in its host images. */
const lab = { url: "file:///opt/datacentre-lab/apt" };

/** @param privateKeyFile a key that root of all hosts takes */
export const comparedStack = (places: readonly Place[], privateKeyFile: string): DataCentreInput => ({
    provider: { kind: "existing", privateKeyFile },
    security: "seed",
    nodes: places.map(({ address, hostKey }, i) => ({
        name: i === 0 ? "master1" : `agent${i}`,
        address,
        roles: [...(roles[i] ?? light)],
        ssh: { hostKey },
    })),
    // Nobody pulls an image.
    docker: { reachableRegistries: [] },
    sources: {
        mesos: { kind: "repository", distribution: "mesosphere", apt: lab },
        marathon: { kind: "repository", apt: lab },
    },
});
