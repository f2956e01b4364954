import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";

const bundleSchema = z.strictObject({
    path: z
        .string()
        .max(255)
        .regex(
            /^(?!.*\/\.\.?(?:\/|$))(~|\.)?(\/[A-Za-z0-9._-]+)+$/,
            "use a folder on this machine: an absolute path, one below the home directory (~/…) or one below the checkout (./…)",
        )
        .describe("The folder that `make bundle` fills, and that `up` installs from alone: absolute, ~/… or ./… below the checkout."),
    family: z.enum(["apt", "yum"]).default("apt").describe("The hosts' package family."),
    base: z
        .string()
        .regex(/^(?!.*\.\.)[a-z0-9][A-Za-z0-9._/:@-]*$/, "use an image reference, such as debian:bookworm")
        .default("debian:bookworm")
        .describe("An image of the hosts' own distribution and release: `make bundle` finds in it which packages are needed."),
});
export type BundleSpec = z.output<typeof bundleSchema>;

/** Where a bundle lies on the operator's machine, and how it is made: for hosts that reach no package source and no registry. */
export const bundleLeaf = {
    name: "bundle",
    roles: [],
    duties: [],
    services: [],
    groups: { bundle: bundleSchema.optional().describe("For nodes without internet: everything comes from a folder that `make bundle` filled.") },
    node: {},
    catalogue: [],
    secretKeys: [],
} as const satisfies SystemSchema;
