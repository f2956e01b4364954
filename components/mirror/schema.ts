import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";
import { nodeName, port } from "../../config/texts";

const mirrorSchema = z.strictObject({
    node: nodeName.describe("The node that reaches the internet; all others fetch through it, and keep nothing of it in their own settings."),
    port: port.default(3128),
    cacheGiB: z.int().min(1).max(1000).default(10).describe("What one host has fetched is kept for the next, as far as its server allows."),
});

/** One node as the others' way to packages, programs and images: document 000's master1, which alone reaches the internet. */
export const mirrorLeaf = {
    name: "mirror",
    roles: [],
    duties: ["mirror"],
    services: ["proxy"],
    groups: {
        mirror: mirrorSchema.optional().describe("For nodes without internet beside one that has it: everything is fetched through that one."),
    },
    node: {},
    catalogue: [],
    secretKeys: [],
} as const satisfies SystemSchema;
