import { z } from "zod";

import { fileUrl, httpUrl, sha256 } from "./texts";

/** Where a program comes from. A download is always pinned by its checksum. */
export const sourceSchema = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("package").describe("The host's own package sources (apt or yum family).") }),
    z.strictObject({
        kind: z.literal("archive").describe("A .tar.gz fetched by the host; pinned by sha256."),
        url: httpUrl,
        sha256,
    }),
]);
export type Source = z.output<typeof sourceSchema>;

/** A package repository for programs that the hosts' own sources do not have. */
export const repositorySchema = z.strictObject({
    kind: z.literal("repository"),
    apt: z
        .strictObject({
            url: z.union([fileUrl, httpUrl]),
            suite: z.string().regex(/^(\.\/|[a-z][a-z0-9.-]*)$/, "use a suite, such as bookworm, or ./ for a flat repository").default("./"),
            components: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)).default([]),
        })
        .optional()
        .describe("For hosts of the apt family."),
    yum: z
        .strictObject({ url: z.union([fileUrl, httpUrl]) })
        .optional()
        .describe("For hosts of the yum family: a baseurl."),
    key: z
        .string()
        .regex(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\n[\s\S]+-----END PGP PUBLIC KEY BLOCK-----\s*$/, "give the publisher's public key as armoured text")
        .optional()
        .describe("The key that the repository is signed with; only one on the host itself (file:///) may go without."),
});
/** Where Mesos and Marathon come from. */
export const packagedSchema = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("package").describe("The host's own package sources (apt or yum family).") }),
    repositorySchema,
]);
export type Repository = z.output<typeof repositorySchema>;
