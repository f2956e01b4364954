/** Descriptions of any size: three nodes hold what agrees by a majority, and all the others are agents. */
import { generateKeyPairSync } from "node:crypto";

import type { DataCentreInput } from "../../config";

/** How many nodes hold ZooKeeper, etcd, Mesos masters and Marathon. */
const heads = 3;

/** 10.64.0.1 and on, leaving out each network's first and last. */
const addressOf = (index: number): string => `10.64.${Math.floor(index / 250)}.${(index % 250) + 1}`;

/** A public key as known_hosts has it. Nobody is ever asked for the private one. Source: RFC 8709. */
function hostKey(): string {
    const { publicKey } = generateKeyPairSync("ed25519");
    const parts = [Buffer.from("ssh-ed25519"), publicKey.export({ type: "spki", format: "der" }).subarray(-32)];
    const wire = parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]);
    return `ssh-ed25519 ${Buffer.concat(wire).toString("base64")}`;
}

const lab = "file:///opt/datacentre-lab";

/**
 * @param count how many nodes, three at least
 * @param privateKeyFile a private key, which no host is asked to take
 */
export function scaledStack(count: number, privateKeyFile: string): DataCentreInput {
    return {
        provider: { kind: "existing", privateKeyFile },
        security: "seed",
        nodes: Array.from({ length: count }, (_, index) => ({
            name: `node${index + 1}`,
            address: addressOf(index),
            roles: index < heads ? ["docker", "zookeeper", "etcd", "mesos-master", "marathon"] : ["docker", "mesos-agent"],
            ssh: { hostKey: hostKey() },
        })),
        docker: { reachableRegistries: [] },
        sources: {
            mesos: { kind: "repository", apt: { url: `${lab}/apt` } },
            marathon: { kind: "repository", apt: { url: `${lab}/apt` } },
        },
    };
}
