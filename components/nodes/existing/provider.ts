import { none, type Provider } from "../../../config/system";
import { existingRules } from "./rules";
import { existingProvider } from "./schema";

/** Hosts that are there already. */
export const existing = { leaf: existingProvider, rules: [existingRules], probes: none } satisfies Provider;
