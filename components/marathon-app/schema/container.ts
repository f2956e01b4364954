import { z } from "zod";

import { anyPort, labels, legacyName, name, nonEmpty, protocol, text, unique } from "./values";

/** The part of an app definition that says what it runs in. Source: Marathon's appContainer, volumes, linux and docker types. */

export const portMapping = z.strictObject({
    containerPort: anyPort.optional().describe("Where the app listens inside; 0 or none: the same as the host port."),
    hostPort: anyPort.optional().describe("The agent's port; 0: any of those offered; none, with mode container: none is taken."),
    servicePort: anyPort.optional().describe("What a load balancer listens on; 0: Marathon chooses."),
    name: legacyName.optional(),
    protocol: protocol.optional(),
    labels: labels.optional(),
    networkNames: z.array(name).optional().describe("Which of the container networks this is for."),
});

const docker = z.strictObject({
    image: nonEmpty.describe("The image, with the registry's host:port in front unless it is Docker Hub's."),
    forcePullImage: z.boolean().optional().describe("Pull before every start, also where the image is there."),
    privileged: z.boolean().optional(),
    parameters: z
        .array(z.strictObject({ key: nonEmpty, value: text }))
        .optional()
        .describe("Options of `docker run`, without their hyphens."),
    pullConfig: z.strictObject({ secret: nonEmpty }).optional().describe("Names the secret that holds a Docker config.json."),
    credential: z
        .strictObject({ principal: text, secret: text.optional() })
        .optional()
        .describe("Old, and without effect: use pullConfig."),
    network: z.enum(["BRIDGE", "HOST", "NONE", "USER"]).optional().describe("Old spelling: use `networks`."),
    portMappings: z.array(portMapping).optional().describe("Old spelling: use container.portMappings."),
});

const linuxInfo = z.strictObject({
    seccomp: z.strictObject({ profileName: text.optional(), unconfined: z.boolean().optional() }).optional(),
    ipcInfo: z
        .strictObject({ mode: z.enum(["PRIVATE", "SHARE_PARENT"]), shmSize: z.number().optional().describe("MiB.") })
        .optional(),
});

const size = z.int().min(0);

const persistent = z.strictObject({
    size: size.describe("MiB."),
    type: z.enum(["root", "path", "mount"]).optional(),
    maxSize: size.optional().describe("MiB; of a mount disk."),
    profileName: text.optional(),
    constraints: unique(z.array(text).min(2).max(3)).optional(),
});

const csiOptions = z.strictObject({
    pluginName: nonEmpty,
    capability: z.strictObject({
        accessMode: z.enum([
            "SINGLE_NODE_WRITER",
            "SINGLE_NODE_READER_ONLY",
            "MULTI_NODE_READER_ONLY",
            "MULTI_NODE_SINGLE_WRITER",
            "MULTI_NODE_MULTI_WRITER",
        ]),
        accessType: z.enum(["block", "mount"]),
        fsType: text.optional(),
        mountFlags: z.array(text).optional(),
    }),
    nodeStageSecret: labels.optional(),
    nodePublishSecret: labels.optional(),
    volumeContext: labels.optional(),
});

/** Told apart by `provider`: `csi` has options of its own, and a name; every other one is a driver of DVDI. */
const external = z.union([
    z.strictObject({ provider: z.literal("csi"), name: text, options: csiOptions }),
    z.strictObject({
        provider: text.regex(/^(?!csi$)/, { abort: true }).optional(),
        name: text.optional(),
        size: size.optional().describe("GiB."),
        options: labels.optional(),
        shared: z.boolean().optional(),
    }),
]);

/** One of four kinds, by which of hostPath, persistent, external and secret is there; `rules/` looks that it is one. */
const volume = z.strictObject({
    containerPath: nonEmpty,
    mode: z.enum(["RO", "RW"]).optional().describe("RO: read only; RW: read and write. A secret has none."),
    hostPath: nonEmpty.optional().describe("A folder or file of the agent."),
    persistent: persistent.optional().describe("Disk that Mesos reserves for the app, on one agent."),
    external: external.optional().describe("Storage from outside of Mesos."),
    secret: nonEmpty.optional().describe("Names the secret that becomes the file's content."),
});
export type Volume = z.output<typeof volume>;

export const container = z.strictObject({
    type: z.enum(["MESOS", "DOCKER"]).optional().describe("DOCKER unless it is said."),
    docker: docker.optional(),
    linuxInfo: linuxInfo.optional(),
    volumes: z.array(volume).optional(),
    portMappings: z.array(portMapping).optional().describe("With networks of mode container or container/bridge."),
});

export type PortMapping = z.output<typeof portMapping>;
export type Container = z.output<typeof container>;
