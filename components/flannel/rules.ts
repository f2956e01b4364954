import type { Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";

export function flannelRules(_: DataCentre): Fault[] {
    return [];
}
