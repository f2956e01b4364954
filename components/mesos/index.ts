import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { NodeSpec } from "../../config/schema";
import { loginSecrets } from "../docker/plan";
import { hostOf, type Host } from "../host";
import type { OperatorsMachine } from "../nodes/managed-node";
import { upgradeParameters, upgradeScript } from "../packages/upgrade";
import { clientStep, hostStep, type ProgramArgs } from "../step/step";
import { inVisitOrder, isNewNode } from "../step/visits";
import { describedDistribution, takeClusterd } from "./distributions";
import { agents, dockerConfig, hasDockerConfig, hostnameOf, isReplicated, masters, quorumOf, zkUrl } from "./plan";
import { programOf } from "./program";
import { mesosLeaf } from "./schema";

export interface MesosArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role take part. */
    hosts: readonly Host[];
    /** What must be there first: the ensemble for masters, masters for agents; container engines for those that need them. */
    after: readonly pulumi.Resource[];
    /** What must be there first on the node itself: its container engines. */
    afterOn?: (node: NodeSpec) => readonly pulumi.Resource[];
    /** How an agent's tasks are handed over by who runs them, where it may get a new id. */
    handOver?: Pick<ProgramArgs, "scripts" | "parameters" | "secrets"> | undefined;
}

/**
 * The Mesos masters: one on every node with the role `mesos-master`. One leads, elected through ZooKeeper.
 *
 * Masters are visited one after another, those that were there first; each is restarted, if its flags changed, only while
 * the others hold the quorum, and the next one waits until its replica of the log votes. On nodes that are agents only, the
 * package's master is kept off by the agent's step.
 */
export class MesosMasters extends pulumi.ComponentResource {
    /** `zk://…`, for agents and frameworks; known in preview. */
    public readonly zk: string;
    /** Done when a master leads. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: MesosArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:mesos:Masters", name, {}, opts);
        const { dataCentre: dc } = args;
        const all = masters(dc);
        let previous: command.remote.Command | undefined;
        inVisitOrder("mesos-master", all, ({ name: node }) => node).forEach((node) => {
            const host = hostOf(args.hosts, node, this);
            const program = programOf(dc, node, "master");
            previous = hostStep(
                {
                    node: host.node,
                    step: "mesos-master",
                    scripts: [...program.scripts, "components/step/helpers/members.sh", upgradeScript, "components/mesos/log.sh", "components/mesos/master.sh"],
                    parameters: {
                        address: node.address,
                        port: dc.mesos.masterPort,
                        peers: all.filter((other) => other !== node).map((other) => other.address),
                        quorum: quorumOf(dc),
                        replicated: isReplicated(dc),
                        reinitialise: dc.mesos.reinitialiseRegistry ?? "",
                        has_agent: node.roles.includes("mesos-agent"),
                        ...upgradeParameters(mesosLeaf, dc),
                        ...program.parameters,
                    },
                },
                { parent: this, dependsOn: [host.prepared, ...args.after, ...(previous ? [previous] : [])] },
            );
        });
        this.zk = zkUrl(dc);
        this.ready = previous ? [previous] : [];
        this.registerOutputs({ zk: this.zk, quorum: quorumOf(dc) });
    }
}

/**
 * The Mesos agents: one on every node with the role `mesos-agent`. An agent that is restarted is away for a moment, so only as
 * many as described are visited at the same time. Those on new nodes are missed by nobody, and take no turns.
 */
export class MesosAgents extends pulumi.ComponentResource {
    /** Done when every agent is registered at the leading master. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: MesosArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:mesos:Agents", name, {}, opts);
        const { dataCentre: dc } = args;
        this.ready = [];
        const inTurn: pulumi.Resource[] = [];
        for (const node of agents(dc)) {
            const isNew = isNewNode(node.name);
            const before = isNew ? undefined : inTurn.at(-dc.mesos.agentsAtOnce);
            const host = hostOf(args.hosts, node, this);
            const program = programOf(dc, node, "agent");
            const secrets = { ...(hasDockerConfig(dc) ? loginSecrets(dc.docker.credentials) : {}), ...args.handOver?.secrets };
            const step = hostStep(
                {
                    node: host.node,
                    step: "mesos-agent",
                    scripts: [
                        ...program.scripts,
                        ...["step/helpers/upgrade", "docker/client-config", "mesos/drain", "mesos/tasks"].map((script) => `components/${script}.sh`),
                        ...(args.handOver?.scripts ?? []),
                        "components/mesos/agent.sh",
                    ],
                    parameters: {
                        address: node.address,
                        port: dc.mesos.agentPort,
                        hostname: hostnameOf(dc, node),
                        masters: masters(dc).map((master) => `${master.address}:${dc.mesos.masterPort}`),
                        cgroup2_remedy: describedDistribution(dc) === "clusterd" ? "leave systemd_enable_support out of datacentre:mesos.agentFlags" : takeClusterd,
                        has_master: node.roles.includes("mesos-master"),
                        ...upgradeParameters(mesosLeaf, dc),
                        incompatible: dc.mesos.incompatibleAgent,
                        drain_timeout: dc.mesos.drainTimeoutSeconds,
                        cgroups_hierarchy: dc.mesos.agentFlags.cgroups_hierarchy ?? "/sys/fs/cgroup",
                        cgroups_root: dc.mesos.agentFlags.cgroups_root ?? "mesos",
                        docker_config: dockerConfig,
                        logins: hasDockerConfig(dc) ? dc.docker.credentials.length : 0,
                        ...args.handOver?.parameters,
                        ...program.parameters,
                    },
                    ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
                },
                { parent: this, dependsOn: [host.prepared, ...args.after, ...(args.afterOn?.(node) ?? []), ...(before ? [before] : [])] },
            );
            this.ready.push(step);
            if (!isNew) {
                inTurn.push(step);
            }
        }
        const [master] = masters(dc);
        if (master && this.ready.length > 0) {
            this.ready.push(this.roll(dc, hostOf(args.hosts, master, this)));
        }
        this.registerOutputs({ agents: agents(dc).map((node) => hostnameOf(dc, node)) });
    }

    private roll(dc: DataCentre, host: Host): pulumi.Resource {
        return hostStep({ node: host.node, ...rollOf(dc) }, { parent: this, dependsOn: this.ready });
    }
}

/** Agents that are described no more are drained: after the others are there, and before the engine removes machines. */
const rollOf = (dc: DataCentre): ProgramArgs => ({
    step: "mesos-agents",
    scripts: ["step/helpers/http", "mesos/health", "mesos/drain", "mesos/roll"].map((name) => `components/${name}.sh`),
    parameters: {
        agents: agents(dc).map((node) => `${node.name} ${node.address}`),
        port: dc.mesos.agentPort,
        masters: masters(dc).map((node) => `${node.address}:${dc.mesos.masterPort}`),
        drain_timeout: dc.mesos.drainTimeoutSeconds,
    },
});

export interface AgentRollArgs {
    dataCentre: DataCentre;
    /** From where agents and masters are asked. */
    from: OperatorsMachine;
    /** What must be there first: all agents. */
    after: readonly pulumi.Resource[];
}

/** The roll of agents that are containers of this machine's engine: one that is described no more is drained before it goes. */
export class AgentRoll extends pulumi.ComponentResource {
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: AgentRollArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:mesos:AgentRoll", name, {}, opts);
        this.ready = [clientStep(args.from, rollOf(args.dataCentre), { parent: this, dependsOn: [...args.after] })];
        this.registerOutputs({ agents: agents(args.dataCentre).map((node) => node.name) });
    }
}
