import { error, warning, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { bricksOf } from "./plan";
import type { VolumeSpec } from "./schema";

/** What must hold for volumes, their bricks and their mounts. Where paths collide is in `paths.ts`. */
export function glusterfsRules(dc: DataCentre): Fault[] {
    const pool = new Set(nodesWith(dc, "glusterfs").map((node) => node.name));
    const all = new Set(dc.nodes.map((node) => node.name));
    return dc.glusterfs.volumes.flatMap((volume, index) => [
        ...volumeName(dc, volume, index),
        ...places(volume, index, pool, all),
        ...(volume.type === "replicated" ? replicated(volume, index) : distributed(volume, index)),
    ]);
}

const at = (index: number, ...rest: (string | number)[]): (string | number)[] => ["glusterfs", "volumes", index, ...rest];

/**
 * Words of its commands and volume files. Source: GlusterFS 10, cli/src/cli-cmd-parser.c, cli_validate_volname and
 * cli_cmd_volume_create_parse; the last are words that releases after it keep as well.
 */
const reserved = [
    ...["volume", "type", "subvolumes", "option", "end-volume", "all", "volume_not_in_ring", "description", "force"],
    ...["snap-max-hard-limit", "snap-max-soft-limit", "auto-delete", "activate-on-create", "help"],
];

function volumeName(dc: DataCentre, volume: VolumeSpec, index: number): Fault[] {
    const first = dc.glusterfs.volumes.findIndex((other) => other.name === volume.name);
    if (reserved.includes(volume.name)) {
        return [error(at(index, "name"), `GlusterFS keeps the word ${volume.name} for itself, and makes no volume of that name`, "use another name")];
    }
    const problem = `${volume.name} is the name of glusterfs.volumes[${first}] already`;
    return first === index ? [] : [error(at(index, "name"), problem, "give every volume a name of its own")];
}

function places(volume: VolumeSpec, index: number, pool: Set<string>, all: Set<string>): Fault[] {
    const bricks = bricksOf(volume).map(({ brick, at: place }) => ({
        node: brick.node,
        path: at(index, ...place),
        what: "the brick",
    }));
    const mounts = (volume.mountOn ?? []).map((node, i) => ({ node, path: at(index, "mountOn", i), what: "the mount" }));
    return [...bricks, ...mounts].flatMap(({ node, path, what }) => {
        if (!all.has(node)) {
            const remedy = `use one of: ${[...pool].join(", ") || "(no node has the role glusterfs)"}`;
            return [error(path, `${what} is on ${node}, which is no node of this stack`, remedy)];
        }
        if (!pool.has(node)) {
            return [
                error(path, `${what} is on ${node}, which lacks the role glusterfs`, `add glusterfs to the roles of ${node}`),
            ];
        }
        return [];
    });
}

function distributed(volume: VolumeSpec, index: number): Fault[] {
    const remedy = "take it out, or make the volume's type replicated";
    return [
        ...(volume.replica === undefined
            ? []
            : [error(at(index, "replica"), "a distributed volume keeps one copy of each file", remedy)]),
        ...(volume.arbiter === undefined
            ? []
            : [error(at(index, "arbiter"), "a distributed volume has nothing to arbitrate", remedy)]),
    ];
}

function replicated(volume: VolumeSpec, index: number): Fault[] {
    const count = volume.bricks.length;
    const replica = volume.replica ?? count;
    if (count < 2) {
        return [
            error(
                at(index, "bricks"),
                "a replicated volume with one brick keeps one copy",
                "name a brick on each of two or more nodes",
            ),
        ];
    }
    return volume.arbiter
        ? [...arbitrated(volume, index, count, replica), ...sets(volume, index, count, Math.min(replica, 2))]
        : [...copies(volume, index, count, replica), ...sets(volume, index, count, replica)];
}

/** What is supported with an arbiter: one pair of data bricks, and the arbiter on a third node. */
function arbitrated(volume: VolumeSpec, index: number, count: number, replica: number): Fault[] {
    const allowed = "an arbiter goes with exactly two bricks and replica 2 (or none given)";
    if (count !== 2) {
        const remedy = `${allowed}: name two bricks, or take the arbiter out and let replica be 3`;
        return [error(at(index, "arbiter"), `one arbiter cannot serve ${count} bricks`, remedy)];
    }
    const faults: Fault[] = [];
    if (replica !== 2) {
        faults.push(
            error(at(index, "replica"), `replica ${replica} does not go with an arbiter`, `${allowed}: take replica out`),
        );
    }
    const { node } = volume.arbiter ?? { node: "" };
    if (volume.bricks.some((brick) => brick.node === node)) {
        const problem = `the arbiter is on ${node}, together with a data brick: when ${node} dies, the other brick has no majority`;
        faults.push(error(at(index, "arbiter"), problem, "put the arbiter on a third node"));
    }
    return faults;
}

function copies(volume: VolumeSpec, index: number, count: number, replica: number): Fault[] {
    if (count % replica !== 0) {
        const fitting = [2, 3, 4, 5].filter((candidate) => count % candidate === 0);
        const wish = fitting.length > 0 ? `use replica ${fitting.join(" or ")}, or ` : "";
        const remedy = `${wish}make the number of bricks a multiple of ${replica}`;
        return [error(at(index, "replica"), `${count} bricks cannot be parted into sets of ${replica}`, remedy)];
    }
    if (replica === 2) {
        const problem = `two copies of ${volume.name} without an arbiter can part ways (split brain) when their nodes lose each other`;
        const remedy = count === 2 ? "add an arbiter on a third node, such as agent2:/data/repli-arbiter" : "use replica 3";
        return [warning(at(index, "bricks"), problem, remedy)];
    }
    return [];
}

/** Gluster puts the copies of a file on bricks that follow each other: two on one node are lost together. */
function sets(volume: VolumeSpec, index: number, count: number, replica: number): Fault[] {
    if (count % replica !== 0) {
        return [];
    }
    return volume.bricks.flatMap((brick, i) => {
        const start = i - (i % replica);
        const first = volume.bricks.findIndex((other, j) => j >= start && j < i && other.node === brick.node);
        if (first === -1) {
            return [];
        }
        const problem = `two copies of the same files would be on ${brick.node} (bricks[${first}] too) and be lost together`;
        return [error(at(index, "bricks", i), problem, `put each ${replica} bricks that follow each other on different nodes`)];
    });
}
