import { error, type Fault } from "../../config/faults";
import { areContainers } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { publishedPorts } from "../nodes/containers/roles";
import { agents, offeredPorts, sharesOfMachine } from "./plan";

/** What must hold for agents whose tasks are all on the one machine of an engine: each thing of it is offered once. */
export const sharedMachineRules = (dc: DataCentre, systems: Systems): Fault[] =>
    areContainers(dc) ? [...eachItsOwn(dc), ...beyond(dc), ...renewal(dc), ...beginning(dc), ...published(dc, systems)] : [];

/** Ports are divided among so many. */
const beyond = (dc: DataCentre): Fault[] =>
    agents(dc).flatMap((node, at) =>
        node.mesos.ports === undefined && offeredPorts(dc, node).length === 0
            ? [error(["nodes", dc.nodes.indexOf(node), "mesos", "ports"], `${node.name} is agent ${at + 1} of one machine, and datacentre:mesos.ports is divided among the first ${sharesOfMachine}`, "give it ports of its own")]
            : [],
    );

/** A step on the agent's host does that. */
const renewal = (dc: DataCentre): Fault[] =>
    dc.mesos.incompatibleAgent === "renew" && agents(dc).length > 0
        ? [error(["mesos", "incompatibleAgent"], "no container is made a new agent by itself", "leave it out; a new agent begins without its volume: 'make up' says how, where it is due")]
        : [];

/** A step on the master's host does that. */
const beginning = (dc: DataCentre): Fault[] =>
    dc.mesos.reinitialiseRegistry === undefined
        ? []
        : [
              error(
                  ["mesos", "reinitialiseRegistry"],
                  "no container puts its master's log aside by itself",
                  "leave it out; where the registry may go, stop all masters' containers, move replicated_log away in their volumes, and run 'make up'",
              ),
          ];

/** What the engine publishes for a node is no task's. */
const published = (dc: DataCentre, systems: Systems): Fault[] =>
    publishedPorts(systems, dc).flatMap(({ node, port, key }) => {
        const giver = agents(dc).find((agent) => offeredPorts(dc, agent).some(([from, to]) => from <= port && port <= to));
        return giver ? [error(key, `port ${port} of the engine's machine is published for ${node.name}, and ${giver.name} offers it to tasks`, "use one outside of datacentre:mesos.ports")] : [];
    });

function eachItsOwn(dc: DataCentre): Fault[] {
    const all = agents(dc);
    if (all.length < 2) {
        return [];
    }
    const place = (node: NodeSpec, key: string) => ["nodes", dc.nodes.indexOf(node), "mesos", key];
    return all.flatMap((node, at) => {
        const doubled = all.slice(0, at).flatMap((other) =>
            offeredPorts(dc, node).flatMap(([from, to]) => offeredPorts(dc, other).flatMap(([low, high]) => (from <= high && low <= to ? [{ other, range: `${Math.max(from, low)}-${Math.min(to, high)}` }] : []))),
        );
        const [first] = doubled;
        return [
            ...(["cpus", "memMiB"] as const).flatMap((key) =>
                node.mesos[key] === undefined
                    ? [error(place(node, key), `${all.length} agents share one machine, and ${node.name} would offer all of it once more`, "say how much of the machine this agent offers")]
                    : [],
            ),
            ...(first ? [error(place(node, "ports"), `${node.name} and ${first.other.name} share one machine and both offer its ports ${first.range}`, "give each ports of its own, or leave them out, which divides datacentre:mesos.ports")] : []),
        ];
    });
}

