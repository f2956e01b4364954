import { archiveComponents, archiveOf, entryFor, versionsOf } from "../catalogue";
import { error, warning, type Fault } from "../faults";
import { roles, type DataCentre } from "../schema";

/** Every version is in the catalogue, or comes with its own archive. */
export function versionRules(dc: DataCentre): Fault[] {
    return roles.flatMap((component) => {
        const wanted = dc.versions[component];
        if (archiveOf(component, dc)) {
            const problem = `datacentre:sources.${component} is an archive, and nothing says which version it holds`;
            return wanted === undefined
                ? [error(["versions", component], problem, 'write the archive\'s version, such as "3.5.21"')]
                : [];
        }
        const entry = entryFor(component, dc);
        if (!entry) {
            const own = (archiveComponents as readonly string[]).includes(component)
                ? `, or give an archive of it in datacentre:sources.${component}`
                : "";
            const remedy = `use one of: ${versionsOf(component).join(", ")}${own}`;
            return [error(["versions", component], `${component} ${wanted ?? ""} is not in the catalogue`, remedy)];
        }
        return dc.nodes.flatMap((node, index) => {
            if (node.packages === "auto" || !node.roles.includes(component) || entry.offered.includes(node.packages)) {
                return [];
            }
            // The host may have a private repository, so this is for the person to know and for the host to decide.
            const problem = `no public source packages ${component} ${entry.version} for the ${node.packages} family, which ${node.name} is of`;
            const remedy = `see to it that the host's own repositories have it, or give an archive in datacentre:sources.${component}`;
            return [warning(["nodes", index, "packages"], problem, remedy)];
        });
    });
}
