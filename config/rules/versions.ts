import {
    describedSource,
    distributionOf,
    entriesOf,
    entryFor,
    isArchived,
    isImaged,
    openWish,
    repositoryOf,
    sourceKinds,
    wantedVersion,
    worksText,
} from "../catalogue";
import type { Context } from "../context";
import { error, warning, type Fault } from "../faults";
import type { DataCentre } from "../schema";
import type { SystemSchema } from "../system-schema";
import type { Systems } from "../systems";

/** Every version is in the catalogue, within what works and left to the hosts' package sources, or comes with its own archive. */
export function versionRules(dc: DataCentre, _: Context, { parts }: Systems): Fault[] {
    return parts.map(({ leaf }) => leaf).filter(({ catalogue }) => catalogue.length > 0).flatMap((leaf) => ofOne(dc, leaf));
}

function ofOne(dc: DataCentre, leaf: SystemSchema): Fault[] {
    const { name } = leaf;
    const wanted = wantedVersion(leaf, dc);
    const path = ["versions", name];
    if (isArchived(leaf, dc)) {
        const problem = `datacentre:sources.${name} is an archive, and nothing says which version it holds`;
        // Settings that stacks share may give an archive of what this one does not have.
        const isAbsent = leaf.roles.length > 0 && !dc.nodes.some(({ roles }) => roles.some((role) => leaf.roles.includes(role)));
        return wanted === undefined && !isAbsent ? [error(path, problem, 'write the archive\'s version, such as "3.5.21"')] : [];
    }
    if (isImaged(leaf, dc) && describedSource(leaf, dc)) {
        const problem = `datacentre:sources.${name} names images, whose tags say the version`;
        return wanted === undefined ? [] : [error(path, problem, "leave it out here, and write it as the images' tag")];
    }
    const entry = entryFor(leaf, dc);
    if (openWish(leaf, dc) !== undefined && entry?.version !== wanted) {
        return []; // Hosts say what their sources lack.
    }
    if (!entry) {
        const own = sourceKinds(leaf).includes("archive") ? `, or give an archive of it in datacentre:sources.${name}` : "";
        const distribution = distributionOf(leaf, dc);
        const where = distribution === undefined ? "in the catalogue" : `among what ${distribution} packages`;
        return [error(path, `${name} ${wanted ?? ""} is not ${where}`, `use one of: ${entriesOf(leaf, dc).map(({ version }) => version).join(", ")}${worksText(leaf)}${own}`)];
    }
    if (repositoryOf(leaf, dc)) {
        return [];
    }
    return dc.nodes.flatMap((node, index) => {
        if (node.packages === "auto" || !node.roles.some((role) => leaf.roles.includes(role)) || entry.offered.includes(node.packages)) {
            return [];
        }
        // The host may have a private repository, so this is for the person to know and for the host to decide.
        const problem = `no public source packages ${name} ${entry.version} for the ${node.packages} family, which ${node.name} is of`;
        const given = sourceKinds(leaf).includes("archive") ? "an archive" : "a repository";
        const remedy = `see to it that the host's own repositories have it, or give ${given} in datacentre:sources.${name}`;
        return [warning(["nodes", index, "packages"], problem, remedy)];
    });
}
