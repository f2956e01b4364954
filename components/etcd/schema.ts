import { z } from "zod";

import { archivedForm } from "../../config/sources";
import { plainPackages, type SystemSchema } from "../../config/system-schema";
import { path, port } from "../../config/texts";

const etcdSchema = z.strictObject({
    clientPort: port.default(2379),
    extraClientPorts: z
        .array(port)
        .default([4001])
        .describe("Further ports for clients; 4001 is the old one of document 000's era."),
    peerPort: port.default(2380),
    dataDir: path.default("/var/lib/etcd/default.etcd"),
    token: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "use 1 to 64 letters, digits, '.', '_' and '-', a letter or digit first")
        .default("datacentre-etcd")
        .describe("initial-cluster-token."),
    advertise: z
        .array(z.string())
        .optional()
        .describe(
            "Client URLs to advertise besides those made from nodes and ports, each with {name} or {address} for the member.",
        ),
    quotaBackendMiB: z
        .int()
        .min(16)
        .max(8192)
        .default(2048)
        .describe("Above it the cluster takes no writes until it is compacted."),
    autoCompactionRetention: z
        .string()
        .regex(/^[0-9]+(h|m)$/, "use hours or minutes, such as 1h or 30m")
        .default("1h"),
    snapshotCount: z.int().min(100).max(1000000).default(10000),
    heartbeatMs: z.int().min(10).max(5000).default(100),
    electionMs: z.int().min(50).max(50000).default(1000),
    tls: z
        .boolean()
        .optional()
        .describe("Members, and their clients, prove who they are by certificates of an authority of the stack's own. Kubernetes needs it; Calico, as it is here, speaks plain HTTP."),
    v2Api: z.boolean().default(false).describe("Serve the v2 API too (3.5 and older); documents of the time need it."),
});

const packages = { apt: plainPackages("etcd-server", "etcd-client"), yum: plainPackages("etcd") };

/** The etcd cluster. */
export const etcdLeaf = {
    name: "etcd",
    roles: ["etcd"],
    duties: [],
    services: ["clients", "peers"],
    groups: { etcd: etcdSchema.prefault({}).describe("The cluster of the nodes with role etcd.") },
    node: {},
    catalogue: [
        { version: "3.4.23", packages, offered: ["apt"], note: "Debian 12; above the production floor 3.4.22" },
        { version: "3.2.15", packages, offered: ["yum"], note: "Document 000's, CentOS 7 extras; below the production floor" },
        { version: "3.3.25", packages, offered: ["apt"], note: "Debian 11, Ubuntu 22.04; below the production floor" },
        { version: "3.3.11", packages, offered: ["yum"], note: "CentOS 7 extras' last; below the production floor" },
        { version: "3.4.30", packages, offered: ["apt"], note: "Ubuntu 24.04" },
        { version: "3.5.16", packages, offered: ["apt"], note: "Debian 13" },
    ],
    // Source: etcd.io/docs, "Upgrading etcd clusters": one minor version at a time, members one after another.
    upgrades: { series: 2, oneAtATime: true, noWayBack: "once all members are of the later one, the cluster's own version keeps former ones out." },
    works: { from: "3.3", to: "3.6" },
    source: archivedForm,
    secretKeys: [],
    standIns: { values: { "etcd.advertise.*": "http://{name}:2379", "etcd.extraClientPorts.*": 1 } },
} as const satisfies SystemSchema;
