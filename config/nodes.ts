import type { DataCentre, NodeSpec, Role, VolumeSpec, Brick } from "./schema";

/** The nodes that have a role, in the order of the description. */
export const nodesWith = (dc: DataCentre, role: Role): NodeSpec[] => dc.nodes.filter((node) => node.roles.includes(role));

/** The names of the nodes on which a volume is mounted. */
export const mountNodes = (dc: DataCentre, volume: VolumeSpec): string[] =>
    volume.mountOn ?? nodesWith(dc, "glusterfs").map((node) => node.name);

/** All bricks of a volume, its arbiter last, each with its place below the volume's key. */
export function bricksOf(volume: VolumeSpec): { brick: Brick; at: readonly (string | number)[] }[] {
    return [
        ...volume.bricks.map((brick, index) => ({ brick, at: ["bricks", index] })),
        ...(volume.arbiter ? [{ brick: volume.arbiter, at: ["arbiter"] }] : []),
    ];
}
