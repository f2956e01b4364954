import { dataCentreSchema, parseDataCentre } from "../../components/description";
import type { DataCentre, DataCentreInput, NodeSpec } from "../../config";
import type { Part } from "../../config/system";
import { stackValues } from "../stacks";

/**
 * The default stack's description, changed by `edit`. `unchecked` leaves out the rules between keys, for properties
 * that must hold even where the rules would refuse.
 */
export function sampleDataCentre(edit: (raw: DataCentreInput) => unknown = () => undefined, mode?: "unchecked"): DataCentre {
    const raw = stackValues("local");
    edit(raw as unknown as DataCentreInput);
    if (mode === "unchecked") {
        return dataCentreSchema.parse(raw);
    }
    const { dataCentre, faults } = parseDataCentre(raw, { stack: "local" });
    if (!dataCentre) {
        throw new Error(faults.map((fault) => `${fault.key}: ${fault.problem}`).join("\n"));
    }
    return dataCentre;
}

/** Directories of a system on a node that hold what users stored. */
export const kept = ({ directories }: Pick<Part, "directories">, dc: DataCentre, node: NodeSpec): string[] => [
    ...new Set(directories(dc, node).flatMap(({ stored }) => stored ?? [])),
];
