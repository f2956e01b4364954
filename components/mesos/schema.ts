import { z } from "zod";

import { packageForm, repositoryForm } from "../../config/sources";
import { plainPackages, type SystemSchema } from "../../config/system-schema";
import { flags, imageReference, path, port, word, zkPath } from "../../config/texts";

/** A duration as Mesos writes it. Source: stout/duration.hpp. */
const duration = z.string().regex(/^[0-9]+(\.[0-9]+)?(ms|secs|mins|hrs|days)$/, "use a number and ms, secs, mins, hrs or days, such as 5mins");

/** `31000-32000`, or one port. */
const portRange = z.string().regex(/^[0-9]{1,5}(-[0-9]{1,5})?$/, 'use a range in quotes, such as "31000-32000", or one port, such as "5000"');

const attributes = z.record(word, z.string().regex(/^[A-Za-z0-9._/-]{1,128}$/, "use letters, digits, '.', '_', '/' and '-'"));

/** What one node's agent has of its own, over the stack's settings. */
const nodeMesosSchema = z.strictObject({
    attributes: attributes.optional().describe("What constraints can ask for, besides the host name: rack: r1."),
    ports: z.array(portRange).optional().describe("Host ports that the agent offers."),
    cpus: z.number().min(0.1).max(1024).optional().describe("Processors that the agent offers; by default all."),
    memMiB: z.int().min(32).max(16777216).optional().describe("Memory that the agent offers; by default the host's without 1 GiB, or half of it."),
    diskMiB: z.int().min(0).max(1073741824).optional().describe("Disk that the agent offers."),
});

const mesosSchema = z.strictObject({
    cluster: word.default("datacentre").describe("The cluster's name, for people."),
    zkPath: zkPath.default("/mesos"),
    masterPort: port.default(5050),
    agentPort: port.default(5051),
    workDir: path.default("/var/lib/mesos").describe("Masters keep their registry below it, agents their checkpoints and sandboxes."),
    quorum: z.int().min(1).max(9).optional().describe("Masters that must agree; by default more than half of them."),
    reinitialiseRegistry: word
        .optional()
        .describe(
            "A new word of your own, such as the date: where masters cannot get to the described quorum with the log that they have (one master that becomes three), " +
                "they put it aside and begin with an empty registry. Each host notes the word and does it once, so a word that stays here does nothing more.",
        ),
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
    beforeDockerRestart: z
        .enum(["drain", "deactivate"])
        .default("drain")
        .describe("What comes before a restart of an agent's Docker engine, which ends Docker tasks: `drain` moves all tasks, `deactivate` only keeps new ones away."),
    attributes: attributes.default({}).describe("Of every agent."),
    ports: z.array(portRange).min(1).default(["31000-32000"]).describe("Host ports that every agent offers."),
    agentsAtOnce: z.int().min(1).max(1000).default(1).describe("How many agents are set up, and so may be restarted, at the same time."),
    otherNetworks: z
        .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "use letters, digits, '.', '_' and '-'"))
        .default([])
        .describe("Container networks that agents have from elsewhere, so that apps may name them."),
    masterFlags: flags.describe("Further flags of masters, one file each in /etc/mesos-master."),
    agentFlags: flags.describe("Further flags of agents, one file each in /etc/mesos-slave or /etc/mesos-agent."),
});

const packages = { apt: plainPackages("mesos"), yum: plainPackages("mesos") };
// Libraries that clusterd's deb uses and does not ask for. Source: the Dockerfile of Toil's appliance, which installs from there.
const unlisted = ["libapr1|libapr1t64", "libcurl4|libcurl4t64", "libsvn1|libsvn1t64"];

/** What each calls its agent, and how it runs it, is in distributions.ts. */
const distributions = [{ name: "mesosphere" }, { name: "apache" }, { name: "clusterd", publisher: "rpm.aventer.biz" }] as const;

const distribution = z
    .enum(distributions.map(({ name }) => name))
    .optional()
    .describe(
        "Whose packages these are: `mesosphere` (mesos-slave.service, /etc/mesos-slave), `apache` (mesos-slave.service, /etc/mesos-agent) or `clusterd` " +
            "(mesos-agent.service, /etc/mesos-agent). By default by the repository's address, or as the installed package is found on each host.",
    );

/** Mesos' masters and agents. */
export const mesosLeaf = {
    name: "mesos",
    roles: ["mesos-master", "mesos-agent"],
    duties: [],
    services: ["masters", "agents", "apps"],
    groups: { mesos: mesosSchema.prefault({}).describe("Masters on the nodes with role mesos-master, agents on those with role mesos-agent.") },
    node: { mesos: nodeMesosSchema.prefault({}).describe("This node's own agent settings, over the stack's.") },
    distributions,
    catalogue: [
        // Nobody packages Apache's releases any more: `sources` names a repository.
        { version: "1.11.0", packages, distributions: ["mesosphere", "apache"], offered: [], note: "The last release of Apache Mesos; needs cgroup v1" },
        { version: "1.5.3", packages, distributions: ["mesosphere", "apache"], offered: [], note: "The last of document 000's series; needs cgroup v1" },
        {
            version: "1.11.0-0.9.0",
            packages: { apt: { programs: ["aventer-mesos"], needs: unlisted }, yum: plainPackages("mesos") },
            distributions: ["clusterd"],
            offered: [],
            note: "clusterd, which goes on with Apache Mesos; its Docker tasks need cgroup v2",
        },
    ],
    // Sources: Mesos' docs, upgrades.md and downgrades.md: masters first, then agents, then schedulers; any 1.x may follow any other while no
    // later feature is in use, which a master says itself by a capability that it lacks.
    upgrades: { series: 1, noWayBack: "nothing is said of the way back." },
    // Packages, or images that hosts with the role docker run under the same unit names.
    source: z.discriminatedUnion("kind", [
        packageForm.extend({ distribution }),
        repositoryForm.extend({ distribution }),
        z.strictObject({
            kind: z.literal("images"),
            master: imageReference.describe("Its entrypoint is mesos-master."),
            agent: imageReference.describe("Its entrypoint is mesos-slave or mesos-agent, and it has a Docker client."),
        }),
    ]),
    secretKeys: [],
    standIns: { values: { "mesos.ports.*": "1", "nodes.*.mesos.ports.*": "1" } },
} as const satisfies SystemSchema;
