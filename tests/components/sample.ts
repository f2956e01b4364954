import { parseDataCentre, readStackFile, type DataCentre, type DataCentreInput } from "../../config";
import { dataCentreSchema } from "../../config/schema";

/**
 * The default stack's description, changed by `edit`. `unchecked` leaves out the rules between keys, for properties
 * that must hold even where the rules would refuse.
 */
export function sampleDataCentre(edit: (raw: DataCentreInput) => unknown = () => undefined, mode?: "unchecked"): DataCentre {
    const raw = structuredClone(readStackFile("local")?.config ?? {});
    edit(raw as DataCentreInput);
    if (mode === "unchecked") {
        return dataCentreSchema.parse(raw);
    }
    const { dataCentre, faults } = parseDataCentre(raw, { stack: "local" });
    if (!dataCentre) {
        throw new Error(faults.map((fault) => `${fault.key}: ${fault.problem}`).join("\n"));
    }
    return dataCentre;
}
