import { z } from "zod";

import type { AppSchema } from "../../config/system-schema";
import { imageReference, nodeName, word } from "../../config/texts";

const marathonLbSchema = z.strictObject({
    nodes: z.array(nodeName).min(1).describe("The agents that it runs on, one instance each."),
    group: word.default("external").describe("It serves the apps whose label HAPROXY_GROUP is this."),
    image: imageReference.default("mesosphere/marathon-lb:v1.15.0"),
    cpus: z.number().min(0.01).max(64).default(1),
    memMiB: z.int().min(32).max(65536).default(128),
});
export type MarathonLbSpec = z.output<typeof marathonLbSchema>;

/** Where it tells its health and its configuration. */
export const healthPort = 9090;
const adminPort = 9091;

/** marathon-lb. */
export const marathonLbLeaf = {
    name: "marathonLb",
    roles: [],
    duties: ["marathon-lb"],
    services: ["health"],
    groups: { marathonLb: marathonLbSchema.optional().describe("marathon-lb, as an app of Marathon's.") },
    node: {},
    catalogue: [],
    secretKeys: [],
    hostPorts({ marathonLb: spec }: { readonly marathonLb?: MarathonLbSpec | undefined }, node: string): readonly number[] {
        return spec?.nodes.includes(node) ? [healthPort, adminPort] : [];
    },
} as const satisfies AppSchema;
