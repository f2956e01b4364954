import { archiveOf, entryFor, imagesOf, versionOf } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import type { Archive } from "../../config/sources";
import { calicoLeaf, type CalicoImages } from "./schema";

/** The images that Calico runs in: the described or catalogued ones; undefined where its programs come as an archive. */
export const calicoImages = (dc: DataCentre): CalicoImages | undefined => imagesOf(calicoLeaf, dc) as CalicoImages | undefined;

/** The archive of Calico's programs, if the description gives one; without a checksum it lies on the host itself. */
export const calicoArchive = (dc: DataCentre): Archive | undefined => archiveOf(calicoLeaf, dc);

/** Calico's series: 2 keeps its data behind etcd's v2 API and has other forms of its resources. Of images the tag says it. */
export function calicoSeries(dc: DataCentre): 2 | 3 {
    const { calico: source } = dc.sources;
    const version = source?.kind === "images" ? (/:v?([^:/]+)$/.exec(source.node.replace(/@.*/, ""))?.[1] ?? "") : versionOf(calicoLeaf, dc);
    return version.startsWith("2.") ? 2 : 3;
}

/** The same; undefined where nothing says which it will be, which the rules of versions name. */
export function seriesOf(dc: DataCentre): 2 | 3 | undefined {
    const known = calicoArchive(dc) ? dc.versions.calico !== undefined : dc.sources.calico !== undefined || entryFor(calicoLeaf, dc) !== undefined;
    return known ? calicoSeries(dc) : undefined;
}

/** Whether BIRD carries routes between the nodes: for pools whose packets are not wrapped in VXLAN. */
export const hasBgp = (dc: DataCentre): boolean => dc.calico.pools.some(({ encapsulation }) => encapsulation !== "vxlan");
