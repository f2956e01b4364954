import { z } from "zod";

import { check, healthCheck, readinessCheck } from "./schema/checks";
import { container } from "./schema/container";
import {
    anyPort,
    count,
    labels,
    legacyName,
    networkName,
    nonEmpty,
    path,
    pathId,
    protocol,
    text,
    unique,
    uri,
} from "./schema/values";

const env = z.record(nonEmpty, z.union([z.string(), z.strictObject({ secret: z.string() })]));

const network = z.strictObject({
    mode: z.enum(["container", "container/bridge", "host"]).optional().describe("container unless it is said."),
    name: networkName.optional().describe("The container network's name."),
    labels: labels.optional(),
});

const portDefinition = z.strictObject({
    port: anyPort.optional().describe("The service port; with requirePorts the host port as well. 0: Marathon chooses."),
    name: legacyName.optional(),
    protocol: protocol.optional(),
    labels: labels.optional(),
});

const fetched = z.strictObject({
    uri,
    extract: z.boolean().optional(),
    executable: z.boolean().optional(),
    cache: z.boolean().optional(),
    destPath: path.optional(),
});

const limit = z.union([z.literal("unlimited"), z.number()]);
const seconds = z.int().min(0);

const unreachableStrategy = z.union([
    z.literal("disabled"),
    z.strictObject({ inactiveAfterSeconds: seconds.optional(), expungeAfterSeconds: seconds.optional() }),
]);

const ipAddress = z.strictObject({
    networkName: nonEmpty.optional(),
    groups: unique(text).optional(),
    labels: labels.optional(),
    discovery: z
        .strictObject({
            ports: z
                .array(
                    z.strictObject({
                        name: legacyName,
                        number: anyPort.optional(),
                        protocol: protocol.optional(),
                        labels: labels.optional(),
                    }),
                )
                .optional(),
        })
        .optional(),
});

/** Spellings of older versions. They are accepted, rewritten, and said to be old. */
const old = {
    ports: z.array(anyPort).optional().describe("Old spelling: use portDefinitions."),
    uris: z.array(uri).optional().describe("Old spelling: use fetch."),
    storeUrls: z.array(uri).optional().describe("Old spelling: use fetch."),
    ipAddress: ipAddress.optional().describe("Old spelling: use networks and container.portMappings."),
    residency: z
        .strictObject({
            relaunchEscalationTimeoutSeconds: seconds.optional(),
            taskLostBehavior: z.enum(["WAIT_FOREVER", "RELAUNCH_AFTER_TIMEOUT"]).optional(),
        })
        .optional()
        .describe("Old, and without effect."),
};

/** What Marathon tells of an app when it is asked; taken out of a definition that was copied from there. */
const told = z.unknown().optional();
export const toldByMarathon = {
    version: told,
    versionInfo: told,
    tasksStaged: told,
    tasksRunning: told,
    tasksHealthy: told,
    tasksUnhealthy: told,
    deployments: told,
    readinessCheckResults: told,
    tasks: told,
    lastTaskFailure: told,
    tasksStats: told,
    taskStats: told,
    uid: told,
};

/**
 * Marathon's app definition, as POST /v2/apps takes it. Marathon lets unknown fields pass without a word; here they are
 * faults. `normalise` rewrites old spellings, and `rules/` looks at what must hold between fields.
 * Source: the published RAML types of Marathon 1.11, which a test holds this against.
 */
export const appSchema = z.strictObject({
    id: pathId.describe("The app's name below its groups, such as /system/registry."),
    cmd: nonEmpty.optional().describe("A line for /bin/sh -c. Either this or args, or the image's own command."),
    args: z.array(text).optional(),
    cpus: z.number().min(0.001).optional().describe("1 unless it is said."),
    mem: z.number().min(0).optional().describe("MiB; 128 unless it is said."),
    disk: z.number().min(0).optional().describe("MiB; 0 unless it is said."),
    gpus: count.optional(),
    instances: count.optional().describe("1 unless it is said."),
    user: text.optional().describe("Who runs it on the agent."),
    env: env.optional().describe('Texts, or {"secret": name}.'),
    labels: labels.optional(),
    constraints: unique(z.array(text).min(2).max(3))
        .optional()
        .describe("[field, operator, value], such as [hostname, CLUSTER, 172.18.1.1]: hostname is what the agent advertises."),
    acceptedResourceRoles: unique(text).optional(),
    role: nonEmpty.optional(),
    executor: text.regex(/^(\/\/cmd|\/?[^/]+(\/[^/]+)*)$|^$/, "use //cmd, a path, or nothing").optional(),
    executorResources: z
        .strictObject({
            cpus: z.number().min(0.1).optional(),
            mem: z.number().min(32).optional(),
            disk: z.number().min(10).optional(),
        })
        .optional(),
    fetch: z.array(fetched).optional().describe("What is brought into the sandbox before the start."),
    secrets: z.record(z.string(), z.strictObject({ source: nonEmpty })).optional(),
    container: container.optional(),
    networks: z.array(network).optional(),
    portDefinitions: z.array(portDefinition).optional().describe("Host networking's ports."),
    requirePorts: z.boolean().optional().describe("Host networking: take the described ports themselves."),
    healthChecks: unique(healthCheck).optional(),
    check: check.optional(),
    readinessChecks: z.array(readinessCheck).optional(),
    upgradeStrategy: z
        .strictObject({
            minimumHealthCapacity: z.number().min(0).max(1).describe("Share of instances that stay up."),
            maximumOverCapacity: z.number().min(0).max(1).describe("Share that may run besides."),
        })
        .optional()
        .describe("Both 1 unless it is said."),
    backoffSeconds: count.optional(),
    backoffFactor: z.number().min(1).optional(),
    maxLaunchDelaySeconds: count.optional(),
    taskKillGracePeriodSeconds: count.optional(),
    killSelection: z.enum(["YOUNGEST_FIRST", "OLDEST_FIRST"]).optional(),
    unreachableStrategy: unreachableStrategy.optional(),
    dependencies: unique(pathId).optional(),
    tty: z.boolean().optional(),
    resourceLimits: z.strictObject({ cpus: limit.optional(), mem: limit.optional() }).optional(),
    ...old,
    ...toldByMarathon,
});

/** An app definition as a person writes it, old spellings included. */
export type AppInput = z.input<typeof appSchema>;
export type ParsedApp = z.output<typeof appSchema>;

type OldContainer = NonNullable<ParsedApp["container"]>;
type Docker = Omit<NonNullable<OldContainer["docker"]>, "network" | "portMappings">;

/** A group in which what is not given has no key. */
type Given<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** A definition in today's spelling, as it is sent to Marathon: an absolute id, no old fields, nothing that Marathon tells. */
export type App = Given<Omit<ParsedApp, keyof typeof old | keyof typeof toldByMarathon | "container">> & {
    container?: Omit<OldContainer, "docker"> & { docker?: Docker };
};

/** What Marathon takes when a definition does not say. Source: its published app type. */
export const defaults = { cpus: 1, mem: 128, disk: 0, gpus: 0, instances: 1 } as const;
