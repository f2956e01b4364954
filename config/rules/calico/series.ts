import { calicoArchive, calicoSeries, entryFor } from "../../catalogue";
import { nearest } from "../../faults";
import type { DataCentre } from "../../schema";

/** Calico's series; undefined where nothing says which it will be, which `versions.ts` names. */
export function seriesOf(dc: DataCentre): 2 | 3 | undefined {
    const known = calicoArchive(dc)
        ? dc.versions.calico !== undefined
        : dc.sources.calico !== undefined || entryFor("calico", dc) !== undefined;
    return known ? calicoSeries(dc) : undefined;
}

/** Which of the known names to use instead of one that is not among them. */
export function choice(name: string, known: readonly string[], none: string): string {
    const near = nearest(name, known);
    const list = known.length === 0 ? none : `use one of: ${known.join(", ")}`;
    return near === undefined ? list : `use ${near}, if you meant that; else ${list}`;
}
