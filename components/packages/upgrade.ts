import { imagesOf, ownPackages, versionOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { SystemSchema } from "../../config/system-schema";
import { factsOf, type Systems } from "../../config/systems";
import type { Parameter } from "../step/program";
import { choicesOf } from "./choices";

/** What a step needs that upgrades a system's packages in its host's turn, beside its own scripts. */
export const upgradeScript = "components/step/helpers/upgrade.sh";

/** What it is told. */
export function upgradeParameters(leaf: SystemSchema, dc: DataCentre): Record<string, Parameter> {
    const { name, upgrades } = leaf;
    return {
        programs_of: name,
        programs_version: imagesOf(leaf, dc) ? "" : versionOf(leaf, dc),
        apt_programs: ownPackages(leaf, dc, "apt"),
        yum_programs: ownPackages(leaf, dc, "yum"),
        release_series: upgrades?.series ?? 2,
        one_series_at_a_time: upgrades?.oneAtATime ?? false,
        no_way_back: upgrades?.noWayBack ?? "",
    };
}

/** What a host's first step leaves to others once they have been there: "STEP PACKAGE", of both families. */
export function rolledPackages(systems: Systems, dc: DataCentre, node: NodeSpec): string[] {
    const lines = node.roles.flatMap((role) => {
        const { upgradedBy } = factsOf(systems, role);
        const leaf = systems.parts.map((part) => part.leaf).find(({ roles }) => roles.includes(role));
        const names = leaf && upgradedBy ? (["apt", "yum"] as const).flatMap((family) => ownPackages(leaf, dc, family)) : [];
        return names.flatMap(choicesOf).flatMap((choice) => choice.names.map((name) => `${upgradedBy ?? ""} ${name}`));
    });
    return [...new Set(lines)];
}
