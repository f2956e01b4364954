import { isImaged } from "../../config/catalogue";
import type { Context } from "../../config/context";
import { error, warning, type Fault } from "../../config/faults";
import { areContainers, majorityOf, nodesWith } from "../../config/nodes";
import { takenFlags } from "../../config/rules/flags";
import type { DataCentre } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { attributeRules } from "./attributes";
import { distributionRules } from "./distribution-rules";
import { flagRules } from "./flag-rules";
import { isolationRules } from "./isolation";
import { offeredPortRules } from "./offered-ports";
import { agents, hasDockerConfig } from "./plan";
import { mesosLeaf } from "./schema";
import { sharedMachineRules } from "./shared-machine";

/** What must hold for masters and agents. */
export function mesosRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    const inside = [...engines(dc), ...quorum(dc), ...flags(dc), ...ranges(dc), ...containerizers(dc), ...attributeRules(dc), ...isolationRules(dc)];
    return [...logins(dc), ...inside, ...offeredPortRules(dc, systems), ...sharedMachineRules(dc, systems)];
}

/** Those in containers need the engine for themselves, which is Docker's rule. */
function engines(dc: DataCentre): Fault[] {
    return dc.mesos.containerizers.includes("docker") && !isImaged(mesosLeaf, dc) && !areContainers(dc)
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
    const least = majorityOf(count);
    if (wanted !== undefined && (wanted < least || wanted > count)) {
        const problem =
            wanted < least
                ? `with quorum ${wanted}, two halves of ${count} masters could each elect a leader`
                : `quorum ${wanted} is never reached by ${count === 1 ? "one master" : `${count} masters`}`;
        faults.push(error(["mesos", "quorum"], problem, `use ${least}, or leave it out`));
    }
    return faults;
}

/** What an agent is told it tells: by its flags on its port, and by its log at its start. */
const logins = (dc: DataCentre): Fault[] =>
    hasDockerConfig(dc) && agents(dc).length > 0 && dc.mesos.agentFlags["authenticate_http_readonly"] !== "true"
        ? [
              warning(
                  ["docker", "credentials"],
                  `agents pull with these logins, and tell them to whoever asks port ${dc.mesos.agentPort} for their flags`,
                  "open that port to masters only, use logins that can only pull, or let agents ask who it is (authenticate_http_readonly)",
              ),
          ]
        : [];

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

const flags = (dc: DataCentre): Fault[] => [
    ...takenFlags(["mesos", "masterFlags"], dc.mesos.masterFlags, own),
    ...takenFlags(["mesos", "agentFlags"], dc.mesos.agentFlags, own),
    ...flagRules(dc),
    ...distributionRules(dc),
];

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

/**
 * Source: Mesos 1.11, docs/configuration/agent.md, docker_mesos_image: only the docker containerizer can have executors
 * that outlive the agent's own container.
 */
function containerizers(dc: DataCentre): Fault[] {
    const { containerizers: list } = dc.mesos;
    if (!isImaged(mesosLeaf, dc) || !dc.nodes.some(({ roles }) => roles.includes("mesos-agent"))) {
        return [];
    }
    return [
        ...(list.length === 1 && list[0] === "docker"
            ? []
            : [
                  error(
                      ["mesos", "containerizers"],
                      `an agent that runs in a container takes the docker containerizer only, and this is ${list.join(", ")}`,
                      "write datacentre:mesos.containerizers: [docker]",
                  ),
              ]),
    ];
}
