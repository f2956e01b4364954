import { z } from "zod";

import { name, path, port } from "./texts";

/** The part of the description that Mesos, Marathon and what runs on them take. */

/** A duration as Mesos writes it. Source: stout/duration.hpp. */
const duration = z.string().regex(/^[0-9]+(\.[0-9]+)?(ms|secs|mins|hrs|days)$/, "use a number and ms, secs, mins, hrs or days, such as 5mins");

/** `31000-32000`, or one port. */
const portRange = z.string().regex(/^[0-9]{1,5}(-[0-9]{1,5})?$/, 'use a range in quotes, such as "31000-32000", or one port, such as "5000"');

const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "use letters, digits, '.', '_' and '-', a letter or digit first");
const attributes = z.record(word, z.string().regex(/^[A-Za-z0-9._/-]{1,128}$/, "use letters, digits, '.', '_', '/' and '-'"));

/** Flags that have no key of their own here. What stands in a flag's file is one line. */
const flags = z
    .record(
        z.string().regex(/^[a-z][a-z0-9_]*$/, "use the flag's name without dashes, such as offer_timeout"),
        z.string().regex(/^[^\p{C}]*$/u, "use one line of text, in quotes if it looks like a number"),
    )
    .default({});

/** An image's reference; a registry's name before the first slash, a tag or a digest after. */
export const imageReference = z
    .string()
    .max(255)
    .regex(
        /^(?!.*\.\.)[a-z0-9][A-Za-z0-9._/-]*(:[0-9]{1,5}\/[A-Za-z0-9._/-]+)?(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?$/,
        "use an image reference, such as registry:2 or master1:5000/web:1.0",
    );

const zkPath = z.string().regex(/^(?!.*\/\.{1,2}(?:\/|$))(\/[A-Za-z0-9._-]+)+$/, "use a ZooKeeper path, such as /mesos");

/** What one node's agent has of its own, over the stack's settings. */
export const nodeMesosSchema = z.strictObject({
    attributes: attributes.optional().describe("What constraints can ask for, besides the host name: rack: r1."),
    ports: z.array(portRange).optional().describe("Host ports that the agent offers."),
    cpus: z.number().min(0.1).max(1024).optional().describe("Processors that the agent offers; by default all."),
    memMiB: z.int().min(32).max(16777216).optional().describe("Memory that the agent offers; by default the host's without 1 GiB, or half of it."),
    diskMiB: z.int().min(0).max(1073741824).optional().describe("Disk that the agent offers."),
});

export const mesosSchema = z.strictObject({
    cluster: word.default("datacentre").describe("The cluster's name, for people."),
    zkPath: zkPath.default("/mesos"),
    masterPort: port.default(5050),
    agentPort: port.default(5051),
    workDir: path.default("/var/lib/mesos").describe("Masters keep their registry below it, agents their checkpoints and sandboxes."),
    quorum: z.int().min(1).max(9).optional().describe("Masters that must agree; by default more than half of them."),
    advertise: z
        .enum(["address", "name"])
        .default("address")
        .describe("What masters and agents call themselves, and so what constraints on `hostname` compare with."),
    containerizers: z.array(z.enum(["docker", "mesos"])).min(1).default(["docker", "mesos"]),
    executorRegistrationTimeout: duration.default("5mins").describe("How long pulling an image and starting it may take."),
    agentPingTimeout: duration.default("15secs"),
    maxAgentPingTimeouts: z
        .int()
        .min(1)
        .max(1000)
        .default(5)
        .describe("Pings that an agent may miss before its tasks run elsewhere: times `agentPingTimeout`, 75 s."),
    reconfigurationPolicy: z
        .enum(["additive", "equal"])
        .default("additive")
        .describe("Whether a restarted agent may have more resources and attributes than before (Mesos 1.5 and later)."),
    incompatibleAgent: z
        .enum(["refuse", "renew"])
        .default("refuse")
        .describe("What to do when an agent's name or port changes, or it has less than before: `renew` drains it and gives it a new id."),
    drainTimeoutSeconds: z.int().min(0).max(86400).default(300).describe("How long an agent that goes or gets a new id may take to hand its tasks over; 0 does not wait."),
    attributes: attributes.default({}).describe("Of every agent."),
    ports: z.array(portRange).min(1).default(["31000-32000"]).describe("Host ports that every agent offers."),
    agentsAtOnce: z.int().min(1).max(1000).default(1).describe("How many agents are set up, and so may be restarted, at the same time."),
    otherNetworks: z
        .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "use letters, digits, '.', '_' and '-'"))
        .default([])
        .describe("Container networks that agents have from elsewhere, so that apps may name them."),
    masterFlags: flags.describe("Further flags of masters, one file each in /etc/mesos-master."),
    agentFlags: flags.describe("Further flags of agents, one file each in /etc/mesos-slave."),
});

export const marathonSchema = z.strictObject({
    port: port.default(8080),
    zkPath: zkPath.default("/marathon"),
    frameworkName: word.default("marathon"),
    heapMiB: z.int().min(128).max(65536).default(512),
    taskLaunchTimeoutSeconds: z.int().min(10).max(86400).default(300),
    credentials: z
        .strictObject({
            username: z.string().regex(/^[^\s:\p{C}]+$/u, "use the login's name, without blanks and colons"),
            password: z
                .string("give the login's password")
                .regex(/^[^\p{C}"\\]+$/u, "give a password without control characters, quotes and backslashes")
                .describe("Secret: set it with `pulumi config set --secret --path`."),
        })
        .optional()
        .describe("The login that Marathon's API asks for; without it anybody who reaches the port is its master."),
    flags,
});

export const registrySchema = z.strictObject({
    node: name.describe("The agent that the registry runs on: the one that others push to."),
    port: port.default(5000),
    image: imageReference.default("registry:2"),
    dataDir: path.default("/opt/data/registry").describe("Where images are kept; below a mounted volume they outlive the node."),
    configDir: path.default("/data/registry").describe("Where its config.yml is."),
    cpus: z.number().min(0.01).max(64).default(0.3),
    memMiB: z.int().min(32).max(65536).default(100),
    diskMiB: z.int().min(0).max(10485760).default(0),
});

export const marathonLbSchema = z.strictObject({
    nodes: z.array(name).min(1).describe("The agents that it runs on, one instance each."),
    group: word.default("external").describe("It serves the apps whose label HAPROXY_GROUP is this."),
    image: imageReference.default("mesosphere/marathon-lb:v1.15.0"),
    cpus: z.number().min(0.01).max(64).default(1),
    memMiB: z.int().min(32).max(65536).default(128),
});

/** Marathon's own form; components/marathon-app/ says what may stand in it. */
export const appsSchema = z.array(z.record(z.string(), z.unknown())).default([]);

export const appWaitSchema = z.strictObject({
    timeoutSeconds: z.int().min(5).max(86400).default(600).describe("How long an app may take to be deployed and healthy."),
    stuckSeconds: z
        .int()
        .min(5)
        .max(3600)
        .default(60)
        .describe("How long an app may stay in Waiting or keep failing before `up` gives up and says why."),
});
