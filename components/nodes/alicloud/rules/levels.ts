import { error, type Fault, type Path } from "../../../../config/faults";
import { instanceDefaults, type DiskSpec, type InstanceSettings } from "../schema";

/** GiB, by performance level of ESSD. Source: the provider's documents of alicloud_ecs_disk, CreateDisk. */
export const levels = { PL0: [1, 65536], PL1: [20, 65536], PL2: [461, 65536], PL3: [1261, 65536] } as const;

interface Levelled {
    readonly category?: DiskSpec["category"] | undefined;
    readonly performanceLevel?: keyof typeof levels | undefined;
    readonly sizeGiB?: number | undefined;
}

/** Levels are for ESSD, and fit the size of a system disk too. `base` is what holds where `own` says nothing. */
export function levelFaults(own: Levelled | undefined, base: InstanceSettings["systemDisk"], path: Path): Fault[] {
    if (own?.performanceLevel === undefined) {
        return [];
    }
    const category = own.category ?? base?.category ?? instanceDefaults.systemDisk.category;
    if (category !== "cloud_essd") {
        return [error([...path, "performanceLevel"], `${category} disks have no performance levels`, "leave it out, or use cloud_essd")];
    }
    const gib = own.sizeGiB ?? base?.sizeGiB ?? instanceDefaults.systemDisk.sizeGiB;
    const [least] = levels[own.performanceLevel];
    // Of data disks, the size is told of already.
    return gib < least && path.includes("systemDisk")
        ? [error([...path, "performanceLevel"], `${own.performanceLevel} begins at ${least} GiB, and this disk has ${gib}`, "use a lower level")]
        : [];
}
