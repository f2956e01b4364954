import type { Provider } from "../../../config/system";
import { groupProbes, probes } from "./check";
import { containersRules } from "./rules";
import { containersProvider } from "./schema";

/** Containers of one engine as nodes. */
export const containers = { leaf: containersProvider, rules: [containersRules], probes, groupProbes } satisfies Provider;
