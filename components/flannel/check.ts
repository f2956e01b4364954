import type { DataCentre } from "../../config/schema";
import type { GroupProbe, Probe } from "../verify/probe";
import { unitProbe } from "../verify/probes";
import { nodes, unit } from "./plan";

export const probes = (dc: DataCentre): Probe[] => nodes(dc).map(({ name }) => unitProbe(name, "flannel", unit));
export const groupProbes = (_: DataCentre): GroupProbe[] => [];
