import type { Provider } from "../../../config/system";
import { probes } from "./check";
import { existingRules } from "./rules";
import { existingProvider } from "./schema";

/** Hosts that are there already. */
export const existing = { leaf: existingProvider, rules: [existingRules], probes } satisfies Provider;
