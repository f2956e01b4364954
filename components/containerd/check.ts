import type { DataCentre } from "../../config";
import type { Probe } from "../verify/probe";

export function probes(_: DataCentre): Probe[] {
    return [];
}
