import { none, nothing, type System } from "../../config/system";
import { probes } from "./check";
import { unfetchedKeys } from "./keys";
import { bundled } from "./rules";
import { bundleLeaf } from "./schema";

export const bundleSystem = {
    leaf: bundleLeaf,
    roles: {},
    duties: {},
    adjust: bundled,
    // What is wrong with it is told where the description is adjusted.
    rules: [unfetchedKeys],
    listeners: none,
    offers: none,
    calls: none,
    directories: none,
    requires: none,
    images: none,
    files: ["/var/lib/datacentre-bundle"],
    // Files come before the first step on a host: see components/bundle/index.ts.
    steps: nothing,
    probes,
    groupProbes: none,
    output: none,
} satisfies System<typeof bundleLeaf>;
