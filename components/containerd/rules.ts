import type { Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";

export function containerdRules(_: DataCentre): Fault[] {
    return [];
}
