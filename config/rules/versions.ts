import { archiveComponents, componentOf, entryFor, isArchived, isImaged, repositoryOf, versionsOf } from "../catalogue";
import { entries, type Component } from "../catalogue-entries";
import { error, warning, type Fault } from "../faults";
import type { DataCentre } from "../schema";

/** Every version is in the catalogue, or comes with its own archive. */
export function versionRules(dc: DataCentre): Fault[] {
    return (Object.keys(entries) as Component[]).flatMap((component) => {
        const wanted = dc.versions[component];
        if (isArchived(component, dc)) {
            const problem = `datacentre:sources.${component} is an archive, and nothing says which version it holds`;
            return wanted === undefined
                ? [error(["versions", component], problem, 'write the archive\'s version, such as "3.5.21"')]
                : [];
        }
        if (isImaged(component, dc) && (component !== "calico" || dc.sources.calico)) {
            const problem = `datacentre:sources.${component} names images, whose tags say the version`;
            return wanted === undefined ? [] : [error(["versions", component], problem, "leave it out here, and write it as the images' tag")];
        }
        const entry = entryFor(component, dc);
        if (!entry) {
            const own = (archiveComponents as readonly string[]).includes(component)
                ? `, or give an archive of it in datacentre:sources.${component}`
                : "";
            const remedy = `use one of: ${versionsOf(component).join(", ")}${own}`;
            return [error(["versions", component], `${component} ${wanted ?? ""} is not in the catalogue`, remedy)];
        }
        if (repositoryOf(component, dc)) {
            return [];
        }
        return dc.nodes.flatMap((node, index) => {
            if (node.packages === "auto" || !node.roles.some((role) => componentOf(role) === component) || entry.offered.includes(node.packages)) {
                return [];
            }
            // The host may have a private repository, so this is for the person to know and for the host to decide.
            const problem = `no public source packages ${component} ${entry.version} for the ${node.packages} family, which ${node.name} is of`;
            const remedy = `see to it that the host's own repositories have it, or give ${kindOf(component)} in datacentre:sources.${component}`;
            return [warning(["nodes", index, "packages"], problem, remedy)];
        });
    });
}

const kindOf = (component: Component): string =>
    (archiveComponents as readonly string[]).includes(component) ? "an archive" : "a repository";
