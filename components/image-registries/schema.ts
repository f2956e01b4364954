import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";
import { httpUrl, loginName, path, port } from "../../config/texts";

const collectionSchema = z.strictObject({
    every: z.enum(["day", "week", "month", "never"]).default("week").describe("A week's is on Sunday, a month's on its first day."),
    hour: z.int().min(0).max(23).default(3).describe("By the host's clock. Nobody pushes while it collects: pulls go on."),
    deleteUntagged: z.boolean().default(false).describe("Images whose tag another one has by now go too."),
});

const registrySchema = z.strictObject({
    port: port.optional().describe("By default 443 with TLS, and document 004's 80 without."),
    dataDir: path.default("/data/docker-registry/private").describe("Where images are kept; they stay when the stack goes."),
    deletion: z.boolean().default(true).describe("Images can be deleted by the registry's API; collecting garbage then frees their space."),
    garbageCollection: collectionSchema.prefault({}),
});

const mirrorSchema = z.strictObject({
    port: port.default(5000),
    dataDir: path.default("/data/docker-registry/proxy").describe("Where what was fetched is kept."),
    upstream: httpUrl.default("https://registry-1.docker.io").describe("The registry that it stands before, without a path."),
    credentials: z
        .strictObject({
            username: loginName,
            password: z
                .string("give the login's password")
                .regex(/^[^\p{C}"\\]+$/u, "give a password without control characters, quotes and backslashes")
                .describe("Secret: set it with `pulumi config set --secret --path`."),
        })
        .optional()
        .describe("The mirror's login at an upstream that gives tokens, as Docker Hub does. Whoever reaches the mirror gets whatever that login may pull."),
});

const imageRegistriesSchema = z.strictObject({
    registry: registrySchema.prefault({}).describe("The private registry, for images of one's own."),
    mirror: mirrorSchema.prefault({}).describe("Fetches what engines ask Docker Hub for, and keeps it."),
    tls: z
        .boolean()
        .optional()
        .describe("By certificates of the stack's own authority, which engines are told of. Without it: security profile `seed` only, where it is the default."),
});
export type ImageRegistriesSpec = z.output<typeof imageRegistriesSchema>;

/** What holds where nothing is described besides the roles. */
export const defaultSettings: ImageRegistriesSpec = imageRegistriesSchema.parse({});

const packages = { programs: ["docker-registry"], needs: ["openssl"] };

/** A registry of images and a mirror of one that is elsewhere, as services of hosts: document 004's two, since one cannot be both. */
export const imageRegistriesLeaf = {
    name: "imageRegistries",
    roles: ["image-registry", "image-mirror"],
    duties: [],
    services: ["images", "mirror"],
    groups: {
        // Left out of descriptions that have none: most stacks are without them.
        imageRegistries: imageRegistriesSchema.optional().describe("The registry on the node with role image-registry, and mirrors on those with role image-mirror."),
    },
    node: {},
    catalogue: [
        {
            version: "2.8.2",
            packages: { apt: packages, yum: packages },
            offered: ["apt"],
            note: "Debian 12's, which is distribution 2.8.2. It keeps what it fetched for a week, whatever is set: a key for that came with 3.0",
        },
    ],
    works: { from: "2.7", to: "2.8" },
    secretKeys: ["imageRegistries.mirror.credentials.password"],
    words: {
        oldKeys: { "imageRegistries.mirror.remoteurl": "imageRegistries.mirror.upstream", "imageRegistries.mirror.remoteUrl": "imageRegistries.mirror.upstream" },
        missingKeys: { "imageregistries.mirror.ttl": "distribution 2.8 keeps what it fetched for seven days, and has no setting for that; take it out" },
    },
} as const satisfies SystemSchema;
