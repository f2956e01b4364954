import { z } from "zod";

import { packageForm, repositoryForm } from "../../config/sources";
import { plainPackages, type SystemSchema } from "../../config/system-schema";
import { brick, nodeName, path, splitBrick, volumeName } from "../../config/texts";

const glusterfsSchema = z.strictObject({
    volumes: z
        .array(
            z.strictObject({
                name: volumeName,
                type: z.enum(["replicated", "distributed"]),
                replica: z
                    .int()
                    .min(2)
                    .max(5)
                    .optional()
                    .describe("Data copies of a replicated volume; by default one for each brick."),
                bricks: z.array(brick).min(1),
                arbiter: brick.optional().describe("Holds names and metadata only, so that two data bricks cannot split."),
                mount: path.describe("Where the volume is mounted, on every node with role glusterfs unless `mountOn` says."),
                mountOn: z.array(nodeName).optional(),
                pingTimeoutSeconds: z.int().min(1).max(300).default(10).describe("How long I/O stalls when a brick's host dies."),
            }),
        )
        .default([]),
});
export type VolumeSpec = z.output<typeof glusterfsSchema>["volumes"][number];
export type Brick = VolumeSpec["bricks"][number];

const packages = {
    apt: plainPackages("glusterfs-server", "glusterfs-client"),
    yum: plainPackages("glusterfs-server", "glusterfs-cli", "glusterfs-fuse"),
};

/** GlusterFS: a trusted pool of bricks, and volumes on it. */
export const glusterfsLeaf = {
    name: "glusterfs",
    roles: ["glusterfs"],
    duties: [],
    services: ["peers"],
    groups: { glusterfs: glusterfsSchema.prefault({}).describe("Volumes of the nodes with role glusterfs.") },
    node: {},
    catalogue: [
        {
            version: "10.3",
            packages,
            offered: ["apt", "yum"],
            note: "Debian 12; CentOS Storage SIG, gluster10",
        },
        { version: "9.2", packages, offered: ["apt", "yum"], note: "Debian 11; CentOS Storage SIG, gluster9, which has the last for CentOS 7" },
        { version: "10.1", packages, offered: ["apt", "yum"], note: "Ubuntu 22.04" },
        { version: "11.1", packages, offered: ["apt", "yum"], note: "Debian 13, Ubuntu 24.04; CentOS Storage SIG, gluster11" },
    ],
    // Source: docs.gluster.org, "Upgrade-Guide": servers one after another, heals awaited, op-version last.
    upgrades: { series: 1, noWayBack: "the pool's op-version keeps former ones out." },
    works: { from: "9", to: "11" },
    source: z.discriminatedUnion("kind", [packageForm, repositoryForm]),
    secretKeys: [],
    words: {
        oldKeys: { "glusterfs.volumes.path": "mount" },
        oldValues: { replicate: "replicated", replica: "replicated", hash: "distributed" },
    },
    standIns: {
        values: {
            // Of the two types the one that goes with what stands beside it.
            "glusterfs.volumes.*.type": (volume: object) => ("arbiter" in volume || "replica" in volume ? "replicated" : "distributed"),
            "glusterfs.volumes.*.bricks": ["stand-in:/stand-in"],
            "glusterfs.volumes.*.bricks.*": "stand-in:/stand-in",
            "glusterfs.volumes.*.arbiter": "stand-in:/stand-in",
            "glusterfs.volumes.*.mount": "/stand-in",
            "glusterfs.volumes.*.mountOn.*": "stand-in",
        },
        restored: {
            "glusterfs.volumes.*.bricks.*": splitBrick,
            "glusterfs.volumes.*.arbiter": splitBrick,
            "glusterfs.volumes.*.type": () => undefined,
        },
    },
} as const satisfies SystemSchema;
