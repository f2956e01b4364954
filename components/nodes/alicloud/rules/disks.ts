import { error, type Fault, type Path } from "../../../../config/faults";
import type { DataCentre } from "../../../../config/schema";
import type { AlicloudSpec, DiskSpec } from "../schema";
import { levelFaults, levels } from "./levels";
import { unknownNodes } from "./unknown-nodes";

type Category = DiskSpec["category"];

/** GiB by category, and by performance level of ESSD. Source: the provider's documents of alicloud_ecs_disk, CreateDisk. */
const sizes: Readonly<Record<Exclude<Category, "cloud_essd">, readonly [number, number]>> = {
    cloud_efficiency: [20, 32768],
    cloud_ssd: [20, 32768],
    cloud_essd_entry: [10, 32768],
    cloud_auto: [1, 65536],
};

/** The API's own when nothing is said. */
const defaultLevel = "PL1";

const maxDisks = 16;

/** Directories that a machine has its own things in, where no data disk is mounted: with all in them, and themselves. */
const systemTrees = /^\/(bin|boot|dev|etc|home|lib|lib32|lib64|proc|root|run|sbin|sys|tmp|usr)(\/|$)/;
const systemDirectories = /^\/(var|mnt|opt|srv|var\/lib|var\/log|var\/run|var\/tmp|var\/cache)$/;

/** What must hold for data disks. */
export function diskRules(dc: DataCentre, provider: AlicloudSpec): Fault[] {
    return [
        ...provider.disks.flatMap((disk, index) => {
            const path = ["provider", "disks", index];
            const first = provider.disks.findIndex(({ name }) => name === disk.name);
            return [
                ...(first === index ? [] : [error([...path, "name"], `${disk.name} is the name of disks[${first}] already`, "give each a name of its own")]),
                ...size(disk, path),
                ...levelFaults(disk, undefined, path),
                ...(systemTrees.test(disk.mount) || systemDirectories.test(disk.mount)
                    ? [error([...path, "mount"], `${disk.mount} is the machine's own`, "use a directory of your own, such as /data")]
                    : []),
                ...unknownNodes(dc, disk.nodes ?? [], [...path, "nodes"]),
                ...existing(dc, disk, path),
            ];
        }),
        ...collisions(dc, provider),
        ...adopted(provider),
    ];
}

function size(disk: DiskSpec, path: Path): Fault[] {
    const level = disk.performanceLevel ?? defaultLevel;
    const [least, most] = disk.category === "cloud_essd" ? levels[level] : sizes[disk.category];
    const what = disk.category === "cloud_essd" ? `cloud_essd disks of ${level}` : `${disk.category} disks`;
    return disk.sizeGiB >= least && disk.sizeGiB <= most
        ? []
        : [error([...path, "sizeGiB"], `${what} have ${least} to ${most} GiB, and this says ${disk.sizeGiB}`, "use another size, category or level")];
}

function existing(dc: DataCentre, disk: DiskSpec, path: Path): Fault[] {
    return disk.existing.flatMap(({ node }, index) => {
        const at = [...path, "existing", index, "node"];
        const known = unknownNodes(dc, [node], at).map((fault) => ({ ...fault, key: fault.key.replace(/\[\d+\]$/, "") }));
        if (known.length > 0) {
            return known;
        }
        return disk.nodes?.includes(node) === false ? [error(at, `${node} has no disk ${disk.name} (nodes)`, "name it in nodes too")] : [];
    });
}

/** On one node, no two disks are mounted in one place, nor are there more than a machine can have. */
function collisions(dc: DataCentre, provider: AlicloudSpec): Fault[] {
    const faults = new Map<number, Fault>();
    for (const node of dc.nodes) {
        const own = provider.disks.map((disk, index) => ({ disk, index })).filter(({ disk }) => disk.nodes?.includes(node.name) ?? true);
        own.forEach(({ disk, index }, place) => {
            const other = own.slice(0, place).find((one) => one.disk.mount === disk.mount);
            if (other && !faults.has(index)) {
                const problem = `on ${node.name}, ${disk.mount} is where disks[${other.index}] is mounted already`;
                faults.set(index, error(["provider", "disks", index, "mount"], problem, "use another directory"));
            }
            if (place === maxDisks && !faults.has(index)) {
                faults.set(index, error(["provider", "disks", index], `${node.name} would have more than ${maxDisks} data disks`, "use fewer"));
            }
        });
    }
    return [...faults.values()];
}

/** One disk is on one machine. */
function adopted(provider: AlicloudSpec): Fault[] {
    const all = provider.disks.flatMap((disk, index) => disk.existing.map(({ id }, at) => ({ id, path: ["provider", "disks", index, "existing", at, "id"] })));
    return all.flatMap(({ id, path }, index) =>
        all.findIndex((other) => other.id === id) === index ? [] : [error(path, `${id} is on another node already`, "give each node a disk of its own")],
    );
}
