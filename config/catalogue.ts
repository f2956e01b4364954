import { areContainers } from "./nodes";
import type { DataCentre } from "./schema";
import type { Archive, Images, Repository, Source } from "./sources";
import type { Bounds, Entry, Family, Packages, SystemSchema } from "./system-schema";
import { compareVersions, isWithin } from "./version";

/** What the description says of a system's programs: their version, and where they are from. All by the system's own leaf. */

/** Where a system's programs come from, decided: the hosts' packages or an archive, and the version that it will be. */
export type DecidedSource = ({ readonly kind: "package" } | { readonly kind: "archive"; readonly url: string; readonly sha256: string }) & { readonly version: string };

/** A leaf with what the functions here ask of it. */
type Leaf = Pick<SystemSchema, "name" | "catalogue" | "distributions" | "source" | "works">;

/** The versions in the catalogue, the default first. */
export const versionsOf = ({ catalogue }: Leaf): string[] => catalogue.map((entry) => entry.version);

/** Whether `version` is `wanted` or a more exact form of it: 3.4.23 and 3.4-1 fit 3.4, and 3.40 does not. */
export const fits = (version: string, wanted: string): boolean => version === wanted || [".", "-"].some((end) => version.startsWith(`${wanted}${end}`));

/**
 * The wish that the hosts' own package sources are left to fulfil: a series, or a version that is in no entry, within what works. Not where
 * nothing is wished, nor where something else than packages comes: those have the catalogue's.
 */
export function openWish(leaf: Leaf, dc: DataCentre): string | undefined {
    const wanted = wantedVersion(leaf, dc);
    const packaged = ["package", "repository", undefined].includes(describedSource(leaf, dc)?.kind) && !areContainers(dc);
    return wanted !== undefined && packaged && leaf.works !== undefined && isWithin(wanted, leaf.works) ? wanted : undefined;
}

/** How a remedy says what may be wished besides the catalogue's versions; empty where nothing may. */
export const worksText = ({ works }: { works?: Bounds }): string =>
    works ? `, or what hosts' package sources have of ${works.from} to ${works.to}` : "";

/** The version that the description wishes, if it does. */
export const wantedVersion = ({ name }: Leaf, dc: DataCentre): string | undefined =>
    (dc.versions as Readonly<Record<string, string | undefined>>)[name];

/** What stands at `sources.<name>`. */
export const describedSource = ({ name }: Leaf, dc: DataCentre): Source | undefined =>
    (dc.sources as Readonly<Record<string, Source | undefined>>)[name];

/** The kinds of source that a system can be given. */
export function sourceKinds({ source }: Leaf): string[] {
    const { options = [] } = (source?._zod.def ?? {}) as { options?: readonly { shape: { kind: { value: string } } }[] };
    return options.map(({ shape }) => shape.kind.value);
}

/**
 * Whose packages a system's are, by the source's own word, by its repository, or by a version that one alone has. Undefined where only
 * the hosts can tell.
 */
export function distributionOf(leaf: Leaf, dc: DataCentre): string | undefined {
    const { apt, yum, distribution } = (describedSource(leaf, dc) ?? {}) as Partial<Repository> & { readonly distribution?: string };
    const hosts = [apt?.url, yum?.url].flatMap((url) => (url?.startsWith("http") ? [new URL(url).hostname] : []));
    const published = leaf.distributions?.find(({ publisher }) => publisher !== undefined && hosts.includes(publisher));
    return distribution ?? published?.name ?? onlyOne(leaf, wantedVersion(leaf, dc));
}

function onlyOne({ catalogue }: Leaf, wanted: string | undefined): string | undefined {
    const all = catalogue.filter(({ version }) => wanted !== undefined && fits(version, wanted)).flatMap(({ distributions }) => distributions ?? []);
    return all.length === 1 ? all[0] : undefined;
}

/** The entries that the described distribution has; all of them where none is described. */
export function entriesOf(leaf: Leaf, dc: DataCentre): Entry[] {
    const distribution = distributionOf(leaf, dc);
    return leaf.catalogue.filter((entry) => distribution === undefined || entry.distributions?.includes(distribution) !== false);
}

/** The first entry that fits the description's wish, or the default; undefined when the catalogue has none. */
export function entryFor(leaf: Leaf, dc: DataCentre): Entry | undefined {
    const wanted = wantedVersion(leaf, dc);
    return entriesOf(leaf, dc).find((entry) => wanted === undefined || fits(entry.version, wanted));
}

/** The entry by whose names an open wish's packages are looked for: the nearest one that is not newer, else the oldest. */
function nearestEntry(leaf: Leaf, wish: string): Entry | undefined {
    const sorted = [...leaf.catalogue].sort((a, b) => compareVersions(a.version, b.version));
    return sorted.filter(({ version }) => fits(version, wish) || compareVersions(version, wish) <= 0).at(-1) ?? sorted[0];
}

/** The archive that the description gives instead of packages or images, if it does. */
export function archiveOf(leaf: Leaf, dc: DataCentre): Archive | undefined {
    const source = describedSource(leaf, dc);
    return source?.kind === "archive" ? source : undefined;
}

/** The package repository that the description gives, if it does. */
export function repositoryOf(leaf: Leaf, dc: DataCentre): Repository | undefined {
    const source = describedSource(leaf, dc);
    return source?.kind === "repository" ? source : undefined;
}

/** The images that a system's programs run in, by key: the described or catalogued ones; undefined where they do not. */
export function imagesOf(leaf: Leaf, dc: DataCentre): Readonly<Record<string, string>> | undefined {
    const source = describedSource(leaf, dc);
    return source === undefined ? entryFor(leaf, dc)?.images : source.kind === "images" ? withoutKind(source) : undefined;
}

/** The images for nodes that are containers, by key: the described ones, else the catalogue's; undefined where there are none. */
export function containerImagesOf(leaf: Leaf, dc: DataCentre): Readonly<Record<string, string>> | undefined {
    const source = describedSource(leaf, dc);
    return source === undefined ? entryFor(leaf, dc)?.containers : source.kind === "images" ? withoutKind(source) : undefined;
}

/** One of them. */
export const containerImage = (leaf: Leaf, dc: DataCentre, key: string): string => containerImagesOf(leaf, dc)?.[key] ?? notChecked(leaf, dc);

const withoutKind = ({ kind: _, ...images }: Images): Readonly<Record<string, string>> => images;

/** Whether a system's programs come as an archive. */
export const isArchived = (leaf: Leaf, dc: DataCentre): boolean => archiveOf(leaf, dc) !== undefined;

/** Whether a system's programs are not installed, but run in images. */
export const isImaged = (leaf: Leaf, dc: DataCentre): boolean => imagesOf(leaf, dc) !== undefined;

/** What version it will be, or begins with: an archive's as described, a package's as wished or catalogued; of images the tag says it. */
export const versionOf = (leaf: Leaf, dc: DataCentre): string => decidedVersion(leaf, dc) ?? notChecked(leaf, dc);

/** The same; undefined where the rules of versions refuse the wish. */
export const decidedVersion = (leaf: Leaf, dc: DataCentre): string | undefined =>
    isArchived(leaf, dc) ? wantedVersion(leaf, dc) : (openWish(leaf, dc) ?? entryFor(leaf, dc)?.version);

/** Where its programs come from, and their version. */
export function sourceOf(leaf: Leaf, dc: DataCentre): DecidedSource {
    const archive = archiveOf(leaf, dc);
    const version = versionOf(leaf, dc);
    return archive ? { kind: "archive", url: archive.url, sha256: archive.sha256 ?? "", version } : { kind: "package", version };
}

/**
 * The packages that its hosts need, each `name` or `name=version prefix`, or a choice of such (components/packages/choices.sh).
 * With an archive only what the archive's program itself needs is left, such as Java; with images only what our steps use.
 */
export function packagesOf(leaf: Leaf, dc: DataCentre, family: Family): string[] {
    const archive = isArchived(leaf, dc);
    const imaged = isImaged(leaf, dc);
    const wish = openWish(leaf, dc);
    const wanted = wish === undefined ? entryFor(leaf, dc) : nearestEntry(leaf, wish);
    const entry = (archive || imaged ? leaf.catalogue[0] : wanted) ?? notChecked(leaf, dc);
    const { needs, tools = [] } = entry.packages[family];
    return imaged ? [...tools] : [...(archive ? [] : programsOf(leaf, dc, entry.packages[family], wish, entry.version)), ...needs, ...tools];
}

/**
 * The programs of one version. Where others do as well, they are as good as these in the wished version; where nothing is wished, a host
 * that has them keeps them, if they work. A described repository is there for the others.
 */
function programsOf(leaf: Leaf, dc: DataCentre, { programs, others = [] }: Packages, wish: string | undefined, version: string): string[] {
    if (others.length === 0) {
        return programs.map((name) => `${name}=${wish ?? version}`);
    }
    const sets = repositoryOf(leaf, dc) ? [...others, programs] : [programs, ...others];
    const keeps = wantedVersion(leaf, dc) === undefined && leaf.works && !repositoryOf(leaf, dc);
    const within = leaf.works ? `~${leaf.works.from}:${leaf.works.to}` : "";
    return [sets.map((set) => `${set.join(",")}${keeps && set !== programs ? within : `=${wish ?? version}`}`).join("|")];
}

/** Of those the system's own, which have versions; none where it comes as an archive or as images. */
export function ownPackages(leaf: Leaf, dc: DataCentre, family: Family): string[] {
    const own = new Set<string>(leaf.catalogue.flatMap(({ packages }) => packages[family].programs));
    return isArchived(leaf, dc) ? [] : packagesOf(leaf, dc, family).filter((spec) => spec.split(/[=~,|]/).some((name) => own.has(name)));
}

/** The rules refuse such a description, so this is a fault of the caller. */
function notChecked(leaf: Leaf, dc: DataCentre): never {
    throw new Error(`${leaf.name} ${wantedVersion(leaf, dc) ?? ""} is in no catalogue entry; the description was not checked`);
}
