import { isImaged, repositoryOf, type Component } from "../catalogue";
import { error, warning, type Fault } from "../faults";
import { nodesWith } from "../nodes";
import type { DataCentre, Role } from "../schema";

/** What must hold for masters, agents, Marathon and the apps that we bring ourselves. */
export function mesosRules(dc: DataCentre): Fault[] {
    return [...needs(dc), ...quorum(dc), ...flags(dc), ...ranges(dc), ...sources(dc), ...registry(dc), ...balancer(dc), ...login(dc)];
}

const has = (dc: DataCentre, role: Role): boolean => nodesWith(dc, role).length > 0;

/** Roles that are nothing without another. */
function needs(dc: DataCentre): Fault[] {
    const without = (role: Role, other: Role, why: string): Fault[] =>
        has(dc, role) && !has(dc, other)
            ? [error(["nodes"], `there are nodes with the role ${role} and none with ${other}: ${why}`, `give the role ${other} to a node`)]
            : [];
    // Those in containers need the engine for themselves: see images.ts.
    const engines = dc.mesos.containerizers.includes("docker") && !isImaged("mesos", dc)
        ? dc.nodes.flatMap((node, index) =>
              node.roles.includes("mesos-agent") && !node.roles.includes("docker")
                  ? [
                        error(
                            ["nodes", index, "roles"],
                            `${node.name} is an agent with the docker containerizer, and lacks the role docker`,
                            "add docker to its roles, or take docker out of datacentre:mesos.containerizers",
                        ),
                    ]
                  : [],
          )
        : [];
    return [
        ...without("mesos-master", "zookeeper", "masters are elected there"),
        ...without("mesos-agent", "mesos-master", "agents belong to a master"),
        ...without("marathon", "mesos-master", "Marathon starts its apps through a master"),
        ...engines,
    ];
}

function quorum(dc: DataCentre): Fault[] {
    const count = nodesWith(dc, "mesos-master").length;
    if (count === 0) {
        return [];
    }
    const faults: Fault[] = [];
    if (count % 2 === 0) {
        const problem = `${count} nodes have the role mesos-master: an even number survives no more failures than ${count - 1}, and can stand half against half`;
        faults.push(error(["nodes"], problem, `give the role mesos-master to ${count === 2 ? "one" : count - 1} or ${count + 1} nodes`));
    }
    const { quorum: wanted } = dc.mesos;
    const least = Math.floor(count / 2) + 1;
    if (wanted !== undefined && (wanted < least || wanted > count)) {
        const problem =
            wanted < least
                ? `with quorum ${wanted}, two halves of ${count} masters could each elect a leader`
                : `quorum ${wanted} is never reached by ${count === 1 ? "one master" : `${count} masters`}`;
        faults.push(error(["mesos", "quorum"], problem, `use ${least}, or leave it out`));
    }
    return faults;
}

/** Flags that the description has keys for. */
const own: Readonly<Record<string, string>> = {
    attributes: "mesos.attributes",
    agent_ping_timeout: "mesos.agentPingTimeout",
    cluster: "mesos.cluster",
    containerizers: "mesos.containerizers",
    executor_registration_timeout: "mesos.executorRegistrationTimeout",
    hostname: "mesos.advertise",
    ip: "nodes[].address",
    master: "zookeeper and mesos.zkPath",
    max_agent_ping_timeouts: "mesos.maxAgentPingTimeouts",
    max_slave_ping_timeouts: "mesos.maxAgentPingTimeouts",
    port: "mesos.masterPort and mesos.agentPort",
    quorum: "mesos.quorum",
    reconfiguration_policy: "mesos.reconfigurationPolicy",
    resources: "mesos.ports and nodes[].mesos",
    slave_ping_timeout: "mesos.agentPingTimeout",
    work_dir: "mesos.workDir",
    zk: "zookeeper and mesos.zkPath",
};

const marathonOwn: Readonly<Record<string, string>> = {
    framework_name: "marathon.frameworkName",
    hostname: "mesos.advertise",
    http_address: "nodes[].address",
    http_credentials: "marathon.credentials",
    http_port: "marathon.port",
    master: "zookeeper and mesos.zkPath",
    task_launch_timeout: "marathon.taskLaunchTimeoutSeconds",
    zk: "zookeeper and marathon.zkPath",
};

function flags(dc: DataCentre): Fault[] {
    const taken = (path: string[], given: Readonly<Record<string, string>>, keys: Readonly<Record<string, string>>): Fault[] =>
        Object.keys(given).flatMap((flag) =>
            keys[flag] === undefined
                ? []
                : [error([...path, flag], `the flag ${flag} is made from datacentre:${keys[flag]}`, "take it out here, and set it there")],
        );
    return [
        ...taken(["mesos", "masterFlags"], dc.mesos.masterFlags, own),
        ...taken(["mesos", "agentFlags"], dc.mesos.agentFlags, own),
        ...taken(["marathon", "flags"], dc.marathon.flags, marathonOwn),
    ];
}

/** Mesos takes any number for a port, and Docker fails with it later. */
function ranges(dc: DataCentre): Fault[] {
    const look = (list: readonly string[], path: (string | number)[]): Fault[] =>
        list.flatMap((text, index) => {
            const [from = 0, to = from] = text.split("-").map(Number);
            return from >= 1 && to <= 65535 && from <= to
                ? []
                : [error([...path, index], `${text} is no range of ports`, 'use two ports from 1 to 65535, the lower one first, such as "31000-32000"')];
        });
    return [
        ...look(dc.mesos.ports, ["mesos", "ports"]),
        ...dc.nodes.flatMap((node, index) => look(node.mesos.ports ?? [], ["nodes", index, "mesos", "ports"])),
    ];
}

function sources(dc: DataCentre): Fault[] {
    return (["mesos", "marathon"] satisfies Component[]).flatMap((component) => {
        const repository = repositoryOf(component, dc);
        const path = ["sources", component];
        if (!repository) {
            return [];
        }
        const remote = [repository.apt?.url, repository.yum?.url].filter((url) => url !== undefined && !url.startsWith("file:"));
        return [
            ...(repository.apt || repository.yum ? [] : [error(path, "the repository has no address", "give apt, yum or both")]),
            ...(remote.length > 0 && repository.key === undefined
                ? [error([...path, "key"], `packages from ${remote.join(" and ")} are checked by nothing`, "give the publisher's public key as armoured text")]
                : []),
        ];
    });
}

function registry(dc: DataCentre): Fault[] {
    const { registry: spec } = dc;
    if (!spec) {
        return [];
    }
    const address = `${spec.node}:${spec.port}`;
    return [
        ...agentOf(dc, ["registry", "node"], spec.node),
        ...(has(dc, "marathon") ? [] : [error(["registry"], "the registry is an app of Marathon's, and there is none", "give a node the role marathon")]),
        ...(dc.docker.insecureRegistries.includes(address) || dc.nodes.filter(({ roles }) => roles.includes("docker")).length === 0
            ? []
            : [
                  warning(
                      ["registry"],
                      `${address} speaks plain HTTP, which engines refuse`,
                      `add "${address}" to datacentre:docker.insecureRegistries with datacentre:security: seed, or put TLS before it`,
                  ),
              ]),
    ];
}

function balancer(dc: DataCentre): Fault[] {
    const { marathonLb: spec } = dc;
    if (!spec) {
        return [];
    }
    return [
        ...spec.nodes.flatMap((name, index) => [
            ...agentOf(dc, ["marathonLb", "nodes", index], name),
            ...(spec.nodes.indexOf(name) === index ? [] : [error(["marathonLb", "nodes", index], `${name} stands here twice`, "name each node once")]),
        ]),
        ...(has(dc, "marathon") ? [] : [error(["marathonLb"], "marathon-lb is an app of Marathon's, and there is none", "give a node the role marathon")]),
    ];
}

function agentOf(dc: DataCentre, path: (string | number)[], name: string): Fault[] {
    const agents = nodesWith(dc, "mesos-agent").map((node) => node.name);
    return agents.includes(name)
        ? []
        : [error(path, `${name} is no node with the role mesos-agent`, `use one of: ${agents.join(", ") || "none has that role"}`)];
}

function login(dc: DataCentre): Fault[] {
    return has(dc, "marathon") && dc.marathon.credentials === undefined && dc.security !== "seed"
        ? [
              warning(
                  ["marathon", "credentials"],
                  `anybody who reaches port ${dc.marathon.port} can run anything on the agents`,
                  "set a login, and open the port to those who need it only",
              ),
          ]
        : [];
}
