import type { DataCentre, NodeSpec } from "../../config/schema";
import type { RoleFacts } from "../../config/system";
import { factsOf, type Systems } from "../../config/systems";
import { repositories, type RepositoryFile } from "../packages/repositories";

/**
 * What a host is prepared for: the sum of what its roles need. Packages are installed in one transaction a host, since
 * the package database has one lock and one download is faster than five.
 */
export interface HostPlan {
    /** Packages by family, each `name` or `name=version prefix`. */
    readonly packages: { readonly apt: string[]; readonly yum: string[] };
    /** Packages that cannot be beside those, and go when they come. */
    readonly replaced: { readonly apt: string[]; readonly yum: string[] };
    /** `name spec`: packages that do as well as one of those, where they are there already. */
    readonly instead: { readonly apt: string[]; readonly yum: string[] };
    /** Package repositories besides the host's own, by family. */
    readonly repositories: { readonly apt: RepositoryFile[]; readonly yum: RepositoryFile[] };
    /** Services that those packages enable by themselves. */
    readonly units: string[];
    /** Services of ours, whose failure somebody should know of. */
    readonly watched: string[];
    /** Directories that hold what users stored: kept by destroy, and by the removal of packages. */
    readonly dataPaths: string[];
}

export function hostPlan(systems: Systems, dc: DataCentre, node: NodeSpec): HostPlan {
    const facts = nodeFacts(systems, dc, node);
    const packages = (family: "apt" | "yum") => [...new Set(facts.flatMap((one) => one.packages(dc, family)))];
    const all = (key: "replaces" | "instead") => {
        const of = (family: "apt" | "yum") => [...new Set(facts.flatMap((one) => one[key]?.(dc, family) ?? []))];
        return { apt: of("apt"), yum: of("yum") };
    };
    const stored = systems.parts.flatMap((part) => part.directories(dc, node)).flatMap((one) => one.stored ?? []);
    return {
        packages: { apt: packages("apt"), yum: packages("yum") },
        replaced: all("replaces"),
        instead: all("instead"),
        repositories: { apt: repositories(systems, dc, node, "apt"), yum: repositories(systems, dc, node, "yum") },
        units: [...new Set(facts.flatMap(({ enables }) => enables))],
        watched: [...new Set(facts.flatMap(({ watched }) => watched))],
        dataPaths: [...new Set(stored)],
    };
}

/** What is said of each of a node's roles, and of what the description places on it otherwise. */
function nodeFacts(systems: Systems, dc: DataCentre, node: NodeSpec): RoleFacts[] {
    const duties = systems.parts.flatMap((part) => Object.values(part.duties)).filter((duty) => duty.nodes(dc).includes(node.name));
    return [...node.roles.map((role) => factsOf(systems, role)), ...duties];
}
