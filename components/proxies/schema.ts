import { z } from "zod";

import { packageForm } from "../../config/sources";
import { plainPackages, type SystemSchema } from "../../config/system-schema";
import { imageReference, port } from "../../config/texts";

const proxiesSchema = z.strictObject({
    mesosPort: port.default(5050).describe("Where the leading Mesos master is served."),
    marathonPort: port.default(8080).describe("Where the leading Marathon is served."),
    zookeeperPort: port.default(2181).describe("Where ZooKeeper's members in a quorum are served."),
    checkIntervalMs: z.int().min(100).max(60_000).default(500).describe("Every server is asked this often whether it leads, or serves."),
    checkTimeoutMs: z.int().min(100).max(60_000).default(2000).describe("How long a server may take to answer that."),
    connectTimeoutMs: z.int().min(100).max(60_000).default(2000).describe("How long a server may take to accept a connection."),
    idleTimeoutSeconds: z
        .int()
        .min(60)
        .max(86_400)
        .default(3600)
        .describe("How long both ends of a connection may say nothing: subscriptions and ZooKeeper's sessions do for long."),
    // Two open files each, within what the unit may have.
    maxConnections: z.int().min(100).max(30_000).default(4096).describe("Of all proxies of a node together."),
});
export type ProxiesSpec = z.output<typeof proxiesSchema>;

/** What holds where nothing is described besides the roles. */
export const defaultSettings: ProxiesSpec = proxiesSchema.parse({});

/** HAProxy before what has a leader: the masters, Marathon, and ZooKeeper's quorum, a role each. */
export const proxiesLeaf = {
    name: "proxies",
    roles: ["mesos-proxy", "marathon-proxy", "zookeeper-proxy"],
    duties: [],
    services: ["mesos", "marathon", "zookeeper"],
    groups: {
        // Left out of descriptions that have none: most stacks are without them.
        proxies: proxiesSchema.optional().describe("HAProxy before Mesos, Marathon and ZooKeeper, on the nodes with roles mesos-proxy, marathon-proxy and zookeeper-proxy."),
    },
    node: {},
    catalogue: [
        {
            version: "2.6.12",
            packages: {
                apt: plainPackages("haproxy"),
                // The family's releases have one each, and the step looks whether it is new enough.
                yum: { programs: [], needs: ["haproxy"] },
            },
            offered: ["apt", "yum"],
            containers: { image: "haproxy:2.8" },
            note: "HAProxy of Debian 12; as an image, the long-lived release next to it",
        },
    ],
    works: { from: "2.0", to: "3.2" },
    source: z.discriminatedUnion("kind", [
        packageForm,
        z.strictObject({
            kind: z.literal("images").describe("Where nodes are containers; hosts have the package."),
            image: imageReference.describe("It reads /usr/local/etc/haproxy/haproxy.cfg, as HAProxy's own does: haproxy:2.8."),
        }),
    ]),
    imagesInContainersOnly: true,
    secretKeys: [],
} as const satisfies SystemSchema;
