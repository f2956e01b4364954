import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";

/** Marathon's own form; components/marathon-app/ says what may stand in it. */
const appsSchema = z.array(z.record(z.string(), z.unknown())).default([]);

const appWaitSchema = z.strictObject({
    timeoutSeconds: z.int().min(5).max(86400).default(600).describe("How long an app may take to be deployed and healthy."),
    stuckSeconds: z
        .int()
        .min(5)
        .max(3600)
        .default(60)
        .describe("How long an app may stay in Waiting or keep failing before `up` gives up and says why."),
});

/** Everything that Marathon runs. */
export const appsLeaf = {
    name: "apps",
    roles: [],
    duties: [],
    services: [],
    groups: {
        apps: appsSchema.describe("Further apps, each as Marathon's own definition."),
        appWait: appWaitSchema.prefault({}).describe("How long apps may take."),
    },
    node: {},
    catalogue: [],
    secretKeys: [],
    secretAnywhere: ["apps"],
} as const satisfies SystemSchema;
