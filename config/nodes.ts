import type { DataCentre, NodeSpec, Role } from "./schema";

/** The nodes that have a role, in the order of the description. */
export const nodesWith = (dc: DataCentre, role: Role): NodeSpec[] => dc.nodes.filter((node) => node.roles.includes(role));

/** Whether nodes are containers of one engine: no hosts with units and files, but each the program of its role. */
export const areContainers = (dc: Pick<DataCentre, "provider">): boolean => dc.provider.kind === "containers";

/** The fewest of so many that are more than half: a quorum. */
export const majorityOf = (count: number): number => Math.floor(count / 2) + 1;
