import { z } from "zod";

import { packageForm, repositoryForm } from "../../config/sources";
import { plainPackages, type SystemSchema } from "../../config/system-schema";
import { flags, imageReference, loginName, port, word, zkPath } from "../../config/texts";

const marathonSchema = z.strictObject({
    port: port.default(8080),
    zkPath: zkPath.default("/marathon"),
    frameworkName: word.default("marathon"),
    heapMiB: z.int().min(128).max(65536).default(512),
    taskLaunchTimeoutSeconds: z.int().min(10).max(86400).default(300),
    credentials: z
        .strictObject({
            username: loginName,
            password: z
                .string("give the login's password")
                .regex(/^[^\p{C}"\\]+$/u, "give a password without control characters, quotes and backslashes")
                .describe("Secret: set it with `pulumi config set --secret --path`."),
        })
        .optional()
        .describe("The login that Marathon's API asks for; without it anybody who reaches the port is its master."),
    flags,
});

/** Of the image that its makers published last. */
const published = "mesosphere/marathon:v1.11.24";

// jq reads its API's answers on the host.
const family = { ...plainPackages("marathon"), tools: ["jq"] };

/** Marathon: apps on Mesos. */
export const marathonLeaf = {
    name: "marathon",
    roles: ["marathon"],
    duties: [],
    services: ["api", "callbacks"],
    groups: { marathon: marathonSchema.prefault({}).describe("Marathon on the nodes with role marathon: one leads, the others stand by.") },
    node: {},
    catalogue: [
        // No public source packages it any more: `sources` names a repository, or its image.
        {
            version: "1.11.24",
            packages: { apt: family, yum: family },
            offered: [],
            containers: { image: published },
            note: "The last release of Marathon; wants Java 8",
        },
    ],
    // Source: Marathon's docs, "Upgrading to a Newer Version".
    upgrades: { series: 2, noWayBack: "a later one migrates what Marathon keeps in ZooKeeper, and the way back is a copy of that from before." },
    source: z.discriminatedUnion("kind", [
        packageForm,
        repositoryForm,
        z.strictObject({
            kind: z.literal("images"),
            image: imageReference.default(published).describe("It takes Marathon's options as its command."),
        }),
    ]),
    secretKeys: ["marathon.credentials.password"],
} as const satisfies SystemSchema;
