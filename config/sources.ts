import { z } from "zod";

import { fileUrl, fingerprint, httpUrl, imageReference, sha256, yumUrl } from "./texts";

/** Where programs come from: the forms that `sources` takes, of which each system's leaf has its own choice. */

/** The catalogue's packages. */
export const packageForm = z.strictObject({ kind: z.literal("package").describe("The host's own package sources (apt or yum family).") });

/** Where a program comes from that its publisher packs as an archive. A download is always pinned by its checksum. */
export const archivedForm = z.discriminatedUnion("kind", [
    packageForm,
    z.strictObject({
        kind: z.literal("archive").describe("A .tar.gz fetched by the host; pinned by sha256."),
        url: httpUrl,
        sha256,
    }),
]);

/** The same, or an image for nodes that are containers. */
export const archivedOrImageForm = (image: string) => z.discriminatedUnion("kind", [...archivedForm.options, z.strictObject({ kind: z.literal("images"), image: imageReference.describe(image) })]);

/** A package repository for programs that the hosts' own sources do not have. */
export const repositoryForm = z.strictObject({
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
        .strictObject({ url: z.union([fileUrl, yumUrl]) })
        .optional()
        .describe("For hosts of the yum family: a baseurl; $releasever and $basearch are the host's own."),
    key: z
        .string()
        .regex(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\n[\s\S]+-----END PGP PUBLIC KEY BLOCK-----\s*$/, "give the publisher's public key as armoured text")
        .optional()
        .describe("The key that the repository is signed with; only one on the host itself (file:///) may go without."),
    keyFingerprint: fingerprint.optional().describe("Which key it has to be: its fingerprint, from elsewhere than the key itself."),
    keyUrl: httpUrl
        .optional()
        .describe("Where the publisher has the key: `make` fetches it from there where `key` is not given, and takes it only if it is that of `keyFingerprint`."),
});
export type Repository = z.output<typeof repositoryForm>;

/** An archive as the description gives it; without a checksum it lies on the host itself. */
export interface Archive {
    readonly kind: "archive";
    readonly url: string;
    readonly sha256?: string | undefined;
}

/** Images as the description names them, by key. */
export type Images = { readonly kind: "images" } & Readonly<Record<string, string>>;

/** Any of them. */
export type Source = { readonly kind: "package" } | Archive | Repository | Images;
