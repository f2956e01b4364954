import type { DataCentre, NodeSpec, Role } from "./schema";

/** The nodes that have a role, in the order of the description. */
export const nodesWith = (dc: DataCentre, role: Role): NodeSpec[] => dc.nodes.filter((node) => node.roles.includes(role));
