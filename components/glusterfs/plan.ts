import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Directory } from "../../config/system";
import { mountUnit } from "./render";
import type { Brick, VolumeSpec } from "./schema";

/** A volume as GlusterFS is told and tells it. */
export interface VolumePlan {
    readonly name: string;
    /** As `gluster volume info` names it. */
    readonly type: "Replicate" | "Distributed-Replicate" | "Distribute";
    /** Copies of each file, an arbiter counted; 1 without replication. */
    readonly copies: number;
    readonly arbiter: boolean;
    /** `node:/path`, in GlusterFS' order: the bricks of one replica set stand together, its arbiter last. */
    readonly bricks: readonly string[];
    /** Volume options, by GlusterFS' names. */
    readonly options: Readonly<Record<string, string>>;
    readonly mount: string;
    /** Names of the nodes that mount it. */
    readonly mountedOn: readonly string[];
}

/** A mount on one node. */
export interface MountPlan {
    readonly volume: string;
    readonly path: string;
    /** The name of the systemd unit that keeps it. */
    readonly unit: string;
    readonly unitFile: string;
}

export const brickText = (brick: Brick): string => `${brick.node}:${brick.path}`;

const allBricks = (volume: VolumeSpec): Brick[] => [...volume.bricks, ...(volume.arbiter ? [volume.arbiter] : [])];

/** The pool's members: every node with the role. */
export function poolMembers(dc: DataCentre): NodeSpec[] {
    return dc.nodes.filter((node) => node.roles.includes("glusterfs"));
}

/**
 * The member that the pool is made and changed from: the first volume's first brick's, which stays a member when nodes
 * are put in front of it. A node that is new could not invite a pool that is there.
 */
export function leadMember(dc: DataCentre): NodeSpec | undefined {
    const members = poolMembers(dc);
    const name = dc.glusterfs.volumes[0]?.bricks[0]?.node;
    return members.find((member) => member.name === name) ?? members[0];
}

/**
 * Every volume as it shall be.
 *
 * @throws Error when copies and bricks do not fit, or a node that mounts is no member; the config's rules say so first
 */
export function volumePlans(dc: DataCentre): VolumePlan[] {
    const members = poolMembers(dc);
    return dc.glusterfs.volumes.map((volume) => {
        const mountedOn = volume.mountOn ?? members.map((member) => member.name);
        const stranger = [...mountedOn, ...allBricks(volume).map((brick) => brick.node)].find(
            (name) => !members.some((member) => member.name === name),
        );
        if (stranger !== undefined) {
            throw new Error(`glusterfs volume ${volume.name}: node ${stranger} has no role glusterfs; give it the role`);
        }
        return {
            name: volume.name,
            ...layout(volume),
            bricks: allBricks(volume).map(brickText),
            options: {
                "network.ping-timeout": String(volume.pingTimeoutSeconds),
                // Who may mount from outside of the pool, which has its own credentials: nobody, or everybody as in document 000.
                "auth.allow": dc.security === "seed" ? "*" : members.map((member) => member.address).join(","),
            },
            mount: volume.mount,
            mountedOn,
        };
    });
}

function layout(volume: VolumeSpec): Pick<VolumePlan, "type" | "copies" | "arbiter"> {
    if (volume.type === "distributed") {
        return { type: "Distribute", copies: 1, arbiter: false };
    }
    const copies = volume.replica ?? volume.bricks.length;
    const sets = volume.bricks.length / copies;
    const arbiter = volume.arbiter !== undefined;
    if (copies < 2 || !Number.isInteger(sets) || (arbiter && (copies !== 2 || sets !== 1))) {
        throw new Error(
            `glusterfs volume ${volume.name}: ${volume.bricks.length} bricks${arbiter ? " and an arbiter" : ""} do not make ` +
                `replica sets of ${copies}; give a multiple of ${copies}, and an arbiter only to two bricks with replica 2`,
        );
    }
    return { type: sets === 1 ? "Replicate" : "Distributed-Replicate", copies: copies + (arbiter ? 1 : 0), arbiter };
}

/** The words of `gluster volume create` that say how bricks make up a volume. */
export function layoutWords(plan: VolumePlan): string {
    return plan.copies === 1 ? "" : `replica ${plan.copies}${plan.arbiter ? " arbiter 1" : ""}`;
}

/** This node's bricks: volume and path. */
export function nodeBricks(dc: DataCentre, node: NodeSpec): { volume: string; path: string }[] {
    return dc.glusterfs.volumes.flatMap((volume) =>
        allBricks(volume)
            .filter((brick) => brick.node === node.name)
            .map((brick) => ({ volume: volume.name, path: brick.path })),
    );
}

/** What this node mounts. */
export function nodeMounts(dc: DataCentre, node: NodeSpec): MountPlan[] {
    return volumePlans(dc)
        .filter((volume) => volume.mountedOn.includes(node.name))
        .map(({ name, mount }) => ({
            volume: name,
            path: mount,
            unit: `datacentre-mount-${name}.service`,
            unitFile: mountUnit(name, mount),
        }));
}

/** GlusterFS makes a brick itself, in a directory that is there. */
export const brickParent = (path: string): string => path.replace(/\/[^/]+$/, "") || "/";

/** Where glusterd keeps who its peers are and what its volumes are made of: without it bricks are only directories. */
export const glusterdHome = "/var/lib/glusterd";

/** Of a volume that is mounted: the names of the nodes that mount it. */
export const mountNodes = (dc: DataCentre, volume: VolumeSpec): string[] => volume.mountOn ?? poolMembers(dc).map((node) => node.name);

/** All bricks of a volume, its arbiter last, each with its place below the volume's key. */
export function bricksOf(volume: VolumeSpec): { brick: Brick; at: readonly (string | number)[] }[] {
    return [
        ...volume.bricks.map((brick, index) => ({ brick, at: ["bricks", index] })),
        ...(volume.arbiter ? [{ brick: volume.arbiter, at: ["arbiter"] }] : []),
    ];
}

/**
 * Directories of a node. Of what users stored a brick's parent stands for the brick: a directory that the provider puts on a volume
 * becomes a mount point, and a brick must not be one.
 */
export function directories(dc: DataCentre, node: NodeSpec): Directory[] {
    const stored = (path: string): string => (brickParent(path) === "/" ? path : brickParent(path));
    const own = (such: string): string => `use one of your own, such as ${such}`;
    return [
        ...(node.roles.includes("glusterfs") ? [{ path: glusterdHome, what: "glusterd's own data", remedy: "", stored: glusterdHome }] : []),
        ...dc.glusterfs.volumes.flatMap((volume, index): Directory[] => [
            ...bricksOf(volume)
                .filter(({ brick }) => brick.node === node.name)
                .map(({ brick: { path }, at }) => ({
                    ...{ path, key: ["glusterfs", "volumes", index, ...at], what: `a brick of ${volume.name}`, remedy: own("/data/repli") },
                    stored: node.roles.includes("glusterfs") ? stored(path) : undefined,
                })),
            ...(mountNodes(dc, volume).includes(node.name)
                ? [
                      {
                          ...{ path: volume.mount, key: ["glusterfs", "volumes", index, "mount"], what: `the mount of ${volume.name}` },
                          ...{ remedy: own("/data/mnt"), stored: undefined },
                      },
                  ]
                : []),
        ]),
    ];
}
