import { onEngine } from "../../config/container";
import { areContainers, majorityOf, nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { cniConfigs, cniNetworks, cniPlugins } from "../calico/plan";
import { clientAddress, machineAddress } from "../nodes/containers/plan";
import { defaultSettings as proxyDefaults } from "../proxies/schema";
import { schemas } from "../schemas";
import { connectString } from "../zookeeper/plan";
import { describedDistribution, distributions } from "./distributions";

/** A program's flags by name, as they stand in files of that name. */
export type Flags = Readonly<Record<string, string>>;

export const masters = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "mesos-master");
export const agents = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "mesos-agent");

/** Masters that must agree: the described number, else more than half of them. */
export const quorumOf = (dc: DataCentre): number => dc.mesos.quorum ?? majorityOf(masters(dc).length);

/** Whether masters keep their registry in a log of which each has a replica, as they do unless a flag says otherwise. */
export const isReplicated = (dc: DataCentre): boolean => (dc.mesos.masterFlags["registry"] ?? "replicated_log") === "replicated_log";

/** `zk://host:port,…/path`: where masters are elected, and found by agents and frameworks. */
export const zkUrl = (dc: DataCentre): string => `zk://${connectString(dc)}${dc.mesos.zkPath}`;

/**
 * What a node's master and agent call themselves, and what constraints on `hostname` compare with. Where nodes are containers, it is what
 * others can reach: everybody looks for an agent's tasks there, which are its neighbours on the engine and have their ports on its
 * machine; and from there the page of a master's asks the leader, which is to be by the proxy.
 */
export function hostnameOf(dc: DataCentre, node: NodeSpec): string {
    if (areContainers(dc) && node.roles.includes("mesos-agent")) {
        return machineAddress(dc);
    }
    if (areContainers(dc) && node.roles.includes("mesos-master") && isBehindProxy(dc)) {
        return clientAddress(dc);
    }
    return dc.mesos.advertise === "name" ? node.name : node.address;
}

/** Whether the masters' own port leads to the leader at the address of the engine's machine. */
const isBehindProxy = (dc: DataCentre): boolean =>
    nodesWith(dc, "mesos-proxy").length > 0 && (dc.proxies ?? proxyDefaults).mesosPort === dc.mesos.masterPort && !clientAddress(dc).startsWith("127.");

export const masterWorkDir = (dc: DataCentre): string => `${dc.mesos.workDir}/master`;
/** An agent in a container says to its engine where sandboxes are, so it has them where the engine's machine has. */
export const agentWorkDir = (dc: DataCentre): string => (areContainers(dc) ? onEngine("agent") : `${dc.mesos.workDir}/agent`);

/**
 * A master's flags. The registry's timeouts are wider than the defaults, with which masters that share a busy disk with
 * others give up at their first start.
 * Source: Mesos 1.11, docs/configuration/master.md.
 */
export function masterFlags(dc: DataCentre, node: NodeSpec): Flags {
    return {
        ip: node.address,
        port: String(dc.mesos.masterPort),
        hostname: hostnameOf(dc, node),
        cluster: dc.mesos.cluster,
        quorum: String(quorumOf(dc)),
        work_dir: masterWorkDir(dc),
        agent_ping_timeout: dc.mesos.agentPingTimeout,
        max_agent_ping_timeouts: String(dc.mesos.maxAgentPingTimeouts),
        registry_fetch_timeout: "60secs",
        registry_store_timeout: "60secs",
        ...dc.mesos.masterFlags,
    };
}

/** Host ports as ranges `[from, to]`, both included. */
export type PortRange = readonly [number, number];

/** `31000-32000`, or one port. */
export const rangeOf = (text: string): PortRange => {
    const [from = 0, to = from] = text.split("-").map(Number);
    return [from, to];
};

/**
 * The host ports that a node's agent offers: the described ones, and those of the apps that come with the program where they
 * run, since the ports that Mesos offers by itself begin at 31000.
 */
export function offeredPorts(dc: DataCentre, node: NodeSpec): PortRange[] {
    const ranges = node.mesos.ports?.map(rangeOf) ?? ownShare(dc, node);
    const own = schemas.apps.flatMap((app) => app.hostPorts(dc, node.name));
    const needed = own.filter((port) => !ranges.some(([from, to]) => from <= port && port <= to));
    return [...ranges, ...needed.map((port): PortRange => [port, port])].sort(([a], [b]) => a - b);
}

/** Agents that may share a machine with ports that they do not say themselves. */
export const sharesOfMachine = 8;

/**
 * Of the stack's ports, those of one agent: all of them, but where agents share a machine, each of whose ports can be taken once. There
 * the first agent has the first eighth, and so on: an agent that comes after the others takes nothing away from them, which Mesos would
 * not let it.
 */
function ownShare(dc: DataCentre, node: NodeSpec): PortRange[] {
    const all = dc.mesos.ports.map(rangeOf);
    if (!areContainers(dc)) {
        return all;
    }
    const place = agents(dc).indexOf(node);
    const total = all.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    const [first, end] = [place, place + 1].map((share) => Math.floor((share * total) / sharesOfMachine)) as [number, number];
    let before = 0;
    return all.flatMap(([from, to]): PortRange[] => {
        const range: PortRange = [from + Math.max(0, first - before), from + Math.min(to - from + 1, end - before) - 1];
        before += to - from + 1;
        return range[0] <= range[1] ? [range] : [];
    });
}

/** `cpus:2;mem:1024;ports:[5000-5000, 31000-32000]`; what is left out, the agent takes from its host. */
export function resources(dc: DataCentre, node: NodeSpec): string {
    const { cpus, memMiB, diskMiB } = node.mesos;
    return [
        ...(cpus === undefined ? [] : [`cpus:${cpus}`]),
        ...(memMiB === undefined ? [] : [`mem:${memMiB}`]),
        ...(diskMiB === undefined ? [] : [`disk:${diskMiB}`]),
        `ports:[${offeredPorts(dc, node)
            .map(([from, to]) => `${from}-${to}`)
            .join(", ")}]`,
    ].join(";");
}

export const attributesOf = (dc: DataCentre, node: NodeSpec): Flags => ({ ...dc.mesos.attributes, ...node.mesos.attributes });

/** The role that an agent's resources are in; "*" is everybody's. */
export const roleOf = (dc: DataCentre): string => dc.mesos.agentFlags["default_role"] ?? "*";

/**
 * What gives tasks of the Mesos containerizer networks of their own. What is set up for a container is remembered on disk, so that
 * its address is given back also when the host has been started anew meanwhile.
 * Source: Mesos 1.11, docs/cni.md and docs/configuration/agent.md; `posix/cpu,posix/mem` is what `isolation` is by default.
 */
function networkFlags(dc: DataCentre, node: NodeSpec): Flags {
    return cniNetworks(dc, node).length === 0
        ? {}
        : {
              isolation: "posix/cpu,posix/mem,filesystem/linux,docker/runtime,network/cni",
              image_providers: "docker",
              network_cni_plugins_dir: cniPlugins,
              network_cni_config_dir: cniConfigs,
              network_cni_root_dir_persist: "true",
          };
}

/** The logins to private registries, where an agent has them: containerizers pull with their sandbox as home, and know no other. */
export const dockerConfig = "/etc/mesos/docker-config.json";

/** Nodes that are containers have the logins of their engine's client. */
export const hasDockerConfig = (dc: DataCentre): boolean =>
    dc.docker.credentials.length > 0 && dc.mesos.agentFlags["docker_config"] === undefined && !areContainers(dc);

/** An agent's flags. Source: Mesos 1.11, docs/configuration/agent.md. */
export function agentFlags(dc: DataCentre, node: NodeSpec): Flags {
    const attributes = Object.entries(attributesOf(dc, node)).map(([key, value]) => `${key}:${value}`);
    return {
        ip: node.address,
        port: String(dc.mesos.agentPort),
        hostname: hostnameOf(dc, node),
        work_dir: agentWorkDir(dc),
        containerizers: dc.mesos.containerizers.join(","),
        executor_registration_timeout: dc.mesos.executorRegistrationTimeout,
        reconfiguration_policy: dc.mesos.reconfigurationPolicy,
        resources: resources(dc, node),
        ...(attributes.length === 0 ? {} : { attributes: attributes.join(";") }),
        ...networkFlags(dc, node),
        ...ofDistribution(dc),
        ...(hasDockerConfig(dc) ? { docker_config: dockerConfig } : {}),
        ...dc.mesos.agentFlags,
    };
}

/**
 * What is set besides the package's unit. A master ends when it loses ZooKeeper or its lead, and systemd has to start it
 * again, however often; an agent's executors must outlive it, so only its own process is stopped with it.
 */
export const unitDropIn = (kind: "master" | "agent"): string => `[Unit]
StartLimitIntervalSec=0

[Service]
Restart=always
RestartSec=2
LimitNOFILE=65536
${kind === "agent" ? "KillMode=process\nDelegate=true\n" : ""}`;

/**
 * What the package's wrapper reads before the flags. The package's own sets limits and logs of its own, in /etc/default/mesos for both
 * programs, and the master's port a second time, which Mesos refuses: what is described, or stands in the unit, is emptied here.
 * Source: Mesos 1.11, support/packaging/common/mesos-init-wrapper.
 */
export function packageDefaults(kind: "master" | "agent", flags: Flags): string {
    const described = (flag: string): string[] => (flags[flag] === undefined ? [] : [flag === "log_dir" ? "LOGS" : flag.toUpperCase()]);
    const empty = ["ULIMIT", ...(kind === "master" ? ["ip", "port", "cluster", "log_dir"] : ["ip", "isolation", "log_dir"]).flatMap(described)];
    return `${kind === "master" ? "ZK" : "MASTER"}=$(cat /etc/mesos/zk)\n${empty.map((name) => `${name}=\n`).join("")}`;
}

/** `name=value`, as the on-host step takes flags. */
export const flagLines = (flags: Flags): string[] => Object.entries(flags).map(([key, value]) => `${key}=${value}`);

/** What agents of the described distribution must be told besides. */
const ofDistribution = (dc: DataCentre): Flags => {
    const name = describedDistribution(dc);
    return name === undefined ? {} : distributions[name].layout.flags;
};

/**
 * The version of control groups without which a node's agent cannot do what is described; undefined where either will do. What is not
 * described may be Apache's, of which one with systemd's support looks for a hierarchy of version 1.
 * Source: Mesos 1.11, src/linux/systemd.cpp.
 */
export function cgroupOf(dc: DataCentre, node: NodeSpec): 1 | 2 | undefined {
    if (!node.roles.includes("mesos-agent")) {
        return undefined;
    }
    const { cgroups } = distributions[describedDistribution(dc) ?? "mesosphere"];
    const docker = dc.mesos.containerizers.includes("docker");
    if (docker && !(cgroups.docker as readonly number[]).includes(1)) {
        return 2;
    }
    return agentFlags(dc, node)["systemd_enable_support"] === "false" ? undefined : 1;
}
