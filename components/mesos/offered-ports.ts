import { error, keyOf, type Fault, type Path } from "../../config/faults";
import { areContainers } from "../../config/nodes";
import { listenersOf } from "../../config/rules/ports";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { schemas } from "../schemas";
import { agents, rangeOf, type PortRange } from "./plan";

/** Ports of a node's own services that its agent would give to tasks, which then fail by chance. */
export function offeredPortRules(dc: DataCentre, systems: Systems): Fault[] {
    // Of containers that share a machine the ports that it publishes count, which have a rule of their own.
    return areContainers(dc) ? [] : [...ofStack(dc, systems), ...dc.nodes.flatMap((node, index) => ofNode(dc, systems, node, index))];
}

interface Taken {
    readonly port: number;
    readonly what: string;
    readonly node: NodeSpec;
}

/** What listens on an agent's node within ranges; apps that come with the program listen on ports that the agent gives them. */
function takenOf(dc: DataCentre, systems: Systems, node: NodeSpec, ranges: readonly PortRange[]): Taken[] {
    const own = new Set(schemas.apps.flatMap((app) => app.hostPorts(dc, node.name)));
    return listenersOf(systems, dc, node)
        .filter(({ port }) => !own.has(port) && ranges.some(([from, to]) => from <= port && port <= to))
        .map(({ port, what }) => ({ port, what, node }));
}

const ofStack = (dc: DataCentre, systems: Systems): Fault[] => {
    const users = agents(dc).filter((node) => node.mesos.ports === undefined);
    return told(["mesos", "ports"], dc.mesos.ports, users.flatMap((node) => takenOf(dc, systems, node, dc.mesos.ports.map(rangeOf))));
};

const ofNode = (dc: DataCentre, systems: Systems, node: NodeSpec, index: number): Fault[] =>
    node.mesos.ports === undefined || !node.roles.includes("mesos-agent")
        ? []
        : told(["nodes", index, "mesos", "ports"], node.mesos.ports, takenOf(dc, systems, node, node.mesos.ports.map(rangeOf)));

/** One fault for each range that holds such ports, with what is left of all of them. */
function told(path: Path, texts: readonly string[], taken: readonly Taken[]): Fault[] {
    return texts.flatMap((text, index) => {
        const [from, to] = rangeOf(text);
        const inside = taken.filter(({ port }) => from <= port && port <= to);
        const ports = [...new Set(inside.map(({ port }) => port))].sort((a, b) => a - b);
        if (ports.length === 0) {
            return [];
        }
        const named = ports.map((port) => {
            const at = inside.filter((one) => one.port === port);
            return `${port} is that of ${at[0]?.what ?? ""} on ${at.map(({ node }) => node.name).join(", ")}`;
        });
        const left = without([from, to], ports).map(([low, high]) => `"${low === high ? low : `${low}-${high}`}"`);
        const remedy = left.length === 0 ? "take it out" : `write ${left.join(", ")} in its place`;
        const elsewhere = path[0] === "mesos" ? `, or give the node ports of its own (${keyOf("nodes")}[].mesos.ports)` : "";
        return [error([...path, index], `agents would give ${text} to tasks, and ${named.join("; ")}`, remedy + elsewhere)];
    });
}

/** What is left of a range without some of its ports. */
function without([from, to]: PortRange, ports: readonly number[]): PortRange[] {
    const ends = [from - 1, ...ports, to + 1];
    return ends.slice(1).flatMap((end, index): PortRange[] => {
        const low = (ends[index] ?? from) + 1;
        return low <= end - 1 ? [[low, end - 1]] : [];
    });
}
