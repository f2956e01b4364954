import type { DataCentre, Role } from "./schema";
import type { Repository, Source } from "./schema-sources";
import { entries, type CalicoImages, type Component, type Entry, type Family } from "./catalogue-entries";

export type { Component, Entry, Family } from "./catalogue-entries";

/** Whose programs a role needs. */
export const componentOf = (role: Role): Component => (role === "mesos-master" || role === "mesos-agent" ? "mesos" : role);

/** Components that the hosts' own sources may lack, so that a description can name a package repository. */
export const repositoryComponents = ["mesos", "marathon"] as const satisfies readonly Component[];

/** Components that can be had as an archive too. */
export const archiveComponents = ["zookeeper", "etcd"] as const satisfies readonly Component[];
export type ArchiveComponent = (typeof archiveComponents)[number];

/** Where a component comes from, decided: the kind, and the version that it will be. */
export type DecidedSource = Source & { readonly version: string };

/** The versions in the catalogue, the default first. */
export const versionsOf = (component: Component): string[] => entries[component].map((entry) => entry.version);

/** Whether `version` is `wanted` or a more exact form of it: 3.4.23 fits 3.4, and 3.40 does not. */
export const fits = (version: string, wanted: string): boolean => version === wanted || version.startsWith(`${wanted}.`);

/** The first entry that fits the description's wish, or the default; undefined when the catalogue has none. */
export function entryFor(component: Component, dc: DataCentre): Entry | undefined {
    const wanted = dc.versions[component];
    return entries[component].find((entry) => wanted === undefined || fits(entry.version, wanted));
}

/** The archive that the description gives instead of the catalogue's packages, if it does. */
export function archiveOf(component: Component, dc: DataCentre): Extract<Source, { kind: "archive" }> | undefined {
    const source = (archiveComponents as readonly string[]).includes(component)
        ? dc.sources[component as ArchiveComponent]
        : undefined;
    return source?.kind === "archive" ? source : undefined;
}

/** Whether a component's programs come as an archive. */
export const isArchived = (component: Component, dc: DataCentre): boolean =>
    archiveOf(component, dc) !== undefined || (component === "calico" && calicoArchive(dc) !== undefined);

/** The package repository that the description gives for a component, if it does. */
export function repositoryOf(component: Component, dc: DataCentre): Repository | undefined {
    const source = component === "mesos" || component === "marathon" ? dc.sources[component] : undefined;
    return source?.kind === "repository" ? source : undefined;
}

/** The images that Mesos' masters and agents run in, if the description has them run so. */
export function mesosImages(dc: DataCentre): { readonly master: string; readonly agent: string } | undefined {
    const { mesos: source } = dc.sources;
    return source?.kind === "images" ? source : undefined;
}

/** The image that Marathon runs in, if the description has it run so. */
export function marathonImage(dc: DataCentre): string | undefined {
    const { marathon: source } = dc.sources;
    return source?.kind === "images" ? source.image : undefined;
}

/** The images that Calico runs in: the described or catalogued ones; undefined where its programs come as an archive. */
export function calicoImages(dc: DataCentre): CalicoImages | undefined {
    const { calico: source } = dc.sources;
    return source === undefined ? entryFor("calico", dc)?.images : source.kind === "images" ? source : undefined;
}

/** The archive of Calico's programs, if the description gives one; without a checksum it lies on the host itself. */
export function calicoArchive(dc: DataCentre): { readonly url: string; readonly sha256?: string | undefined } | undefined {
    const { calico: source } = dc.sources;
    return source?.kind === "archive" ? source : undefined;
}

/** Calico's series: 2 keeps its data behind etcd's v2 API and has other forms of its resources. Of images the tag says it. */
export function calicoSeries(dc: DataCentre): 2 | 3 {
    const { calico: source } = dc.sources;
    const version = source?.kind === "images" ? (/:v?([^:/]+)$/.exec(source.node.replace(/@.*/, ""))?.[1] ?? "") : versionOf("calico", dc);
    return version.startsWith("2.") ? 2 : 3;
}

/** Whether BIRD carries routes between the nodes: for pools whose packets are not wrapped in VXLAN. */
export const hasBgp = (dc: DataCentre): boolean => dc.calico.pools.some(({ encapsulation }) => encapsulation !== "vxlan");

/** The images that a role's program runs in; none where it is installed. */
export function imagesFor(role: Role, dc: DataCentre): string[] {
    const mesos = mesosImages(dc);
    const image = { "mesos-master": mesos?.master, "mesos-agent": mesos?.agent, marathon: marathonImage(dc), calico: calicoImages(dc)?.node }[
        role as string
    ];
    return image === undefined ? [] : [image];
}

/** Whether a component is not installed, but runs in images. */
export const isImaged = (component: Component, dc: DataCentre): boolean =>
    (component === "mesos" && mesosImages(dc) !== undefined) ||
    (component === "marathon" && marathonImage(dc) !== undefined) ||
    (component === "calico" && calicoImages(dc) !== undefined);

/** The version that a component will have: an archive's is as described, a package's as catalogued. Of images the tag says it. */
export function versionOf(component: Component, dc: DataCentre): string {
    const wanted = dc.versions[component];
    const version = isArchived(component, dc) ? wanted : entryFor(component, dc)?.version;
    if (version === undefined) {
        // The rules refuse such a description, so this is a fault of the caller.
        throw new Error(`${component} ${wanted ?? ""} is in no catalogue entry; the description was not checked`);
    }
    return version;
}

/** Where a component comes from, and its version. */
export function sourceOf(component: Component, dc: DataCentre): DecidedSource {
    return { ...(archiveOf(component, dc) ?? { kind: "package" }), version: versionOf(component, dc) };
}

/**
 * The packages that a role needs on a host of one family, each `name` or `name=version prefix`.
 * With an archive only what the archive's program itself needs is left, such as Java; with images only what our steps use.
 */
export function packagesFor(role: Role, dc: DataCentre, family: Family): string[] {
    const component = componentOf(role);
    const archive = isArchived(component, dc);
    const imaged = isImaged(component, dc);
    const entry = archive || imaged ? entries[component][0] : entryFor(component, dc);
    if (!entry) {
        throw new Error(`${component} ${dc.versions[component] ?? ""} is in no catalogue entry; the description was not checked`);
    }
    const { programs, needs, tools = [] } = entry.packages[family];
    if (imaged) {
        return [...tools];
    }
    const bird = role === "calico" && hasBgp(dc) ? [family === "apt" ? "bird2" : "bird"] : [];
    return [...(archive ? [] : programs.map((name) => `${name}=${entry.version}`)), ...needs, ...tools, ...bird];
}
