import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";
import { fileUrl, httpUrl, imageReference, nodeName, path, registry, sha256 } from "../../config/texts";

const snapshotter = z.enum(["overlayfs", "native"]);

const containerdSchema = z.strictObject({
    root: path.default("/var/lib/containerd").describe("Where images and containers are kept."),
    snapshotter: snapshotter.default("overlayfs").describe("How layers are put together; `native` copies them, and works on any file system."),
    cgroupDriver: z
        .enum(["systemd", "cgroupfs"])
        .default("systemd")
        .describe("Who makes containers' control groups; the kubelet is told the same."),
    restrictOomScoreAdj: z
        .boolean()
        .default(false)
        .describe("Pods get no lower OOM score than the engine has: for hosts without CAP_SYS_RESOURCE, such as some containers."),
    sandboxImage: imageReference.default("registry.k8s.io/pause:3.10").describe("What holds a pod's namespaces."),
    insecureRegistries: z.array(registry).default([]).describe("Registries spoken to without TLS; security profile `seed` only."),
    registryMirrors: z.array(httpUrl).default([]).describe("Asked in turn for images of Docker Hub, before itself."),
    reachableRegistries: z
        .array(registry)
        .optional()
        .describe("The only registries that engines reach (docker.io is Docker Hub); left out, any may be reached."),
    images: z
        .array(
            z.strictObject({
                image: imageReference,
                archive: z.union([fileUrl, httpUrl]).describe("A `docker save` or OCI archive: file:/// for one that is on the host."),
                sha256: sha256.optional().describe("The archive's checksum; needed for http and https."),
                nodes: z.array(nodeName).optional().describe("Which engines get it; by default all."),
            }),
        )
        .default([])
        .describe("Images for engines that reach no registry, loaded into namespace k8s.io when they are not there."),
});
export type ContainerdSpec = z.output<typeof containerdSchema>;

/** What holds where nothing is described besides the role. */
export const defaultSettings: ContainerdSpec = containerdSchema.parse({});

const programs = { programs: ["containerd"], needs: ["runc", "containernetworking-plugins"] };
const dockersOwn = { programs: ["containerd.io"], needs: ["containernetworking-plugins"] };

/** An engine without Docker: what the nodes of Kubernetes run containers with, since it left Docker's own API in 1.24. */
export const containerdLeaf = {
    name: "containerd",
    roles: ["containerd"],
    duties: [],
    services: [],
    groups: {
        // Left out of descriptions that have none: most stacks are without it.
        containerd: containerdSchema.optional().describe("The engine on every node with role containerd."),
    },
    node: {
        containerd: z
            .strictObject({
                root: path.optional(),
                snapshotter: snapshotter.optional(),
                reachableRegistries: z.array(registry).optional(),
            })
            .optional()
            .describe("This node's own settings of containerd, over the stack's."),
    },
    catalogue: [
        {
            version: "1.6.20",
            packages: { apt: programs, yum: dockersOwn },
            offered: ["apt", "yum"],
            note: "Debian 12; containerd.io of Docker's own repository, which has runc in it. The kubelet logs that it knows no RuntimeConfig, and goes on",
        },
        {
            version: "1.7.24",
            packages: { apt: programs, yum: dockersOwn },
            offered: ["apt", "yum"],
            note: "Debian 13; containerd.io of Docker's own repository. It reads the same configuration; not tried here",
        },
    ],
    works: { from: "1.6", to: "1.7" },
    secretKeys: [],
    words: {
        oldKeys: {
            "containerd.dataRoot": "containerd.root",
            "containerd.storageDriver": "containerd.snapshotter",
            "containerd.sandbox_image": "containerd.sandboxImage",
            "containerd.restrict_oom_score_adj": "containerd.restrictOomScoreAdj",
            "containerd.SystemdCgroup": "containerd.cgroupDriver",
        },
        missingKeys: {
            "containerd.credentials": "pods name their registries' logins by imagePullSecrets; take it out",
            "containerd.logmaxsizemib": "the kubelet rotates containers' logs; take it out",
        },
    },
    standIns: {
        values: {
            "containerd.insecureRegistries.*": "stand-in",
            "containerd.registryMirrors.*": "http://stand-in",
        },
    },
} as const satisfies SystemSchema;
