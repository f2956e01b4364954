import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";
import { ipv4, port } from "../../config/texts";

const timeout = z.int().min(100).max(3_600_000);

const marathonBridgeSchema = z.strictObject({
    bind: ipv4.default("0.0.0.0").describe("The address that service ports are served at; one that every such node has."),
    // Two open files each, within what the unit may have.
    maxConnections: z.int().min(100).max(30000).default(4096),
    connectTimeoutMs: timeout.default(5000),
    clientTimeoutMs: timeout.default(50000).describe("How long a client may say nothing."),
    serverTimeoutMs: timeout.default(50000).describe("How long a task may say nothing."),
    statsPort: port.default(9090).describe("HAProxy's own page, on the host's loopback address alone."),
    healthPort: port.default(9092).describe("Where the bridge says how it is, on the same address."),
    resyncSeconds: z.int().min(5).max(3600).default(30).describe("All apps are asked for this often, whatever Marathon's events have said."),
    statsPassword: z
        .string("give the password")
        .regex(/^[!%&(-[\]-~]{1,128}$/, "give up to 128 letters, digits and signs, without blanks, quotes, backslashes, # and $")
        .optional()
        .describe("Of `admin`, on HAProxy's page; by default each host makes one of its own. Secret: set it with `pulumi config set --secret --path`."),
});
export type MarathonBridgeSpec = z.output<typeof marathonBridgeSchema>;

/** What holds where nothing is described besides the role. */
export const defaultSettings: MarathonBridgeSpec = marathonBridgeSchema.parse({});

// The service takes nothing but Python's own library.
const needs = ["python3"];

/** haproxy-marathon-bridge: the apps' service ports, on every node with the role. */
export const marathonBridgeLeaf = {
    name: "marathonBridge",
    roles: ["marathon-bridge"],
    duties: [],
    services: ["apps"],
    groups: {
        // Left out of descriptions that have none: most stacks are without it.
        marathonBridge: marathonBridgeSchema.optional().describe("HAProxy for the apps' service ports, on the nodes with role marathon-bridge."),
    },
    node: {},
    catalogue: [
        {
            version: "2.6.12",
            packages: {
                apt: { programs: ["haproxy"], needs },
                // The family's releases have one each, and the step looks whether it is new enough.
                yum: { programs: [], needs: ["haproxy", ...needs] },
            },
            offered: ["apt", "yum"],
            note: "HAProxy of Debian 12; the bridge is this project's own",
        },
    ],
    secretKeys: ["marathonBridge.statsPassword"],
} as const satisfies SystemSchema;
