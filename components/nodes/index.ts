import type { DataCentre } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { AlicloudNodes } from "./alicloud";
import { DockerNodes } from "./docker";
import { ExistingNodes } from "./existing";
import type { ManagedNode } from "./managed-node";

/**
 * The stack's machines, from whichever provider its description names.
 *
 * @param systems what there is to put on them
 * @throws Error for nodes that are containers, which are no machines: see ./containers
 * @param stack the stack's name, for its keys
 * @param owner `project/stack`, for labels
 */
export function makeNodes(systems: Systems, dc: DataCentre, stack: string, owner: string): ManagedNode[] {
    const { provider } = dc;
    switch (provider.kind) {
        case "docker":
            return new DockerNodes("nodes", { dataCentre: dc, systems, provider, stack, owner }).nodes;
        case "existing":
            return new ExistingNodes("nodes", { nodes: dc.nodes, provider }).nodes;
        case "alicloud":
            return new AlicloudNodes("nodes", { dataCentre: dc, systems, provider, stack, owner }).nodes;
        case "containers":
            throw new Error("nodes that are containers are no machines");
        default:
            return provider satisfies never;
    }
}
