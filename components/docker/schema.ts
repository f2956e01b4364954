import { z } from "zod";

import { packageForm, repositoryForm } from "../../config/sources";
import type { SystemSchema } from "../../config/system-schema";
import { fileUrl, httpUrl, imageReference, loginName, nodeName, path, registry, sha256 } from "../../config/texts";

const storageDriver = z.enum(["overlay2", "vfs", "btrfs", "zfs"]);

const dockerSchema = z.strictObject({
    dataRoot: path.default("/mnt/docker-data").describe("Where images and containers are kept."),
    storageDriver: storageDriver.default("overlay2"),
    insecureRegistries: z.array(registry).default([]).describe("Registries spoken to without TLS; security profile `seed` only."),
    registryMirrors: z.array(httpUrl).default([]),
    reachableRegistries: z
        .array(registry)
        .optional()
        .describe("The only registries that engines reach (docker.io is Docker Hub); left out, any may be reached."),
    mtu: z.int().min(576).max(9000).optional().describe("Bytes; by default the hosts' network's."),
    logMaxSizeMiB: z.int().min(1).max(10240).default(50).describe("A container's log file is rotated at this size."),
    logMaxFiles: z.int().min(1).max(100).default(3),
    credentials: z
        .array(
            z.strictObject({
                registry,
                username: loginName,
                password: z
                    .string("give the login's password")
                    .regex(/^[^\p{C}]+$/u, "give a password without control characters")
                    .describe("Secret: set it with `pulumi config set --secret --path`."),
            }),
        )
        .default([])
        .describe("Logins that every engine's root user has to private registries."),
    images: z
        .array(
            z.strictObject({
                image: imageReference,
                archive: z.union([fileUrl, httpUrl]).describe("A `docker save` archive: file:/// for one that is on the host."),
                sha256: sha256.optional().describe("The archive's checksum; needed for http and https."),
                nodes: z.array(nodeName).optional().describe("Which engines get it; by default all."),
            }),
        )
        .default([])
        .describe("Images for engines that reach no registry, loaded when they are not there."),
});

// Docker's own packages, and those of Moby that clouds bring along.
const others = [["docker-ce", "docker-ce-cli"], ["moby-engine", "moby-cli"]];
const yum = { programs: ["docker-ce", "docker-ce-cli"], needs: ["containerd.io"] };
const packages = { apt: { programs: ["docker.io"], others, needs: [] }, yum };
// The client is a package of its own in Debian 13, and in the engine's in Ubuntu.
const parted = { apt: { programs: ["docker.io", "docker-cli"], others: [["docker.io"], ...others], needs: [] }, yum };

const storeWhy = "engines are given a cluster store where datacentre:calico.dockerNetworks need it; take it out";

/** The Docker engine. */
export const dockerLeaf = {
    name: "docker",
    roles: ["docker"],
    duties: [],
    services: [],
    groups: { docker: dockerSchema.prefault({}).describe("The Docker engine on every node with role docker.") },
    node: {
        docker: z
            .strictObject({
                dataRoot: path.optional(),
                storageDriver: storageDriver.optional(),
                logMaxSizeMiB: z.int().min(1).max(10240).optional(),
                logMaxFiles: z.int().min(1).max(100).optional(),
                reachableRegistries: z.array(registry).optional(),
            })
            .prefault({})
            .describe("This node's own Docker settings, over the stack's."),
    },
    catalogue: [
        {
            version: "20.10.24",
            packages,
            offered: ["apt", "yum"],
            note: "Debian 12; docker-ce's own repository. The last series with --cluster-store",
        },
        { version: "20.10.5", packages, offered: ["apt"], note: "Debian 11" },
        { version: "20.10.12", packages, offered: ["apt"], note: "Ubuntu 22.04 as it was released; its updates are of the newest series" },
        { version: "24.0.7", packages, offered: ["apt", "yum"], note: "Ubuntu 24.04 as it was released; docker-ce's own repository" },
        { version: "26.1.5", packages: parted, offered: ["apt"], note: "Debian 13, whose client is a package of its own" },
        { version: "26.1.4", packages: parted, offered: ["yum"], note: "docker-ce's own repository: its last for CentOS 7" },
    ],
    upgrades: { series: 2, noWayBack: "an engine does not take what a later series made of its data root." },
    works: { from: "18.09", to: "28" },
    source: z.discriminatedUnion("kind", [packageForm, repositoryForm]),
    secretKeys: ["docker.credentials.*.password"],
    words: {
        oldKeys: { "docker.graph": "docker.dataRoot", "docker.data-root": "docker.dataRoot" },
        missingKeys: { "docker.clusterstore": storeWhy, "docker.clusteradvertise": storeWhy },
        oldValues: { overlay: "overlay2" },
    },
    standIns: {
        values: {
            "docker.credentials.*.registry": "stand-in",
            "docker.credentials.*.username": "stand-in",
            "docker.credentials.*.password": "stand-in",
            "docker.insecureRegistries.*": "stand-in",
            "docker.registryMirrors.*": "http://stand-in",
        },
    },
} as const satisfies SystemSchema;
