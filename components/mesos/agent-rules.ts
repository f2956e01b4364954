import { error, type Fault, type Path } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";

/** A node that is named to run something of Marathon's is an agent. */
export function agentOf(dc: DataCentre, path: Path, name: string): Fault[] {
    const agents = nodesWith(dc, "mesos-agent").map((node) => node.name);
    return agents.includes(name)
        ? []
        : [error(path, `${name} is no node with the role mesos-agent`, `use one of: ${agents.join(", ") || "none has that role"}`)];
}
