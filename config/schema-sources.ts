import { z } from "zod";

import { imageReference } from "./schema-mesos";
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
const packageSchema = z.strictObject({ kind: z.literal("package").describe("The host's own package sources (apt or yum family).") });

/** Where Mesos comes from: packages, or images that hosts with the role docker run under the same unit names. */
export const mesosSourceSchema = z.discriminatedUnion("kind", [
    packageSchema,
    repositorySchema,
    z.strictObject({
        kind: z.literal("images"),
        master: imageReference.describe("Its entrypoint is mesos-master: mesosphere/mesos-master:1.11.0."),
        agent: imageReference.describe("Its entrypoint is mesos-slave, and it has a Docker client: mesosphere/mesos-slave:1.11.0."),
    }),
]);
/** Where Marathon comes from. */
export const marathonSourceSchema = z.discriminatedUnion("kind", [
    packageSchema,
    repositorySchema,
    z.strictObject({
        kind: z.literal("images"),
        image: imageReference.describe("It takes Marathon's options as its command: mesosphere/marathon:v1.11.24."),
    }),
]);
export type Repository = z.output<typeof repositorySchema>;

/** Where Calico comes from: images that hosts with the role docker run, or the programs themselves. */
export const calicoSourceSchema = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("images"),
        node: imageReference.describe("calico/node:v3.28.5"),
        cni: imageReference.describe("Has the CNI plugins in /opt/cni/bin: calico/cni:v3.28.5"),
        ctl: imageReference.describe("Has calicoctl: calico/ctl:v3.28.5"),
    }),
    z.strictObject({
        kind: z
            .literal("archive")
            .describe("A .tar.gz with calico-node, calicoctl and the CNI plugin calico in it, and calico-docker-driver for Docker networks."),
        url: z.union([fileUrl, httpUrl]),
        sha256: sha256.optional().describe("Needed for http and https."),
    }),
]);
