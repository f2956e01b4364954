import { none, type Provider } from "../../../config/system";
import { dockerProviderRules } from "./rules";
import { dockerProvider } from "./schema";

/** Hosts that are containers of this machine. */
export const docker = { leaf: dockerProvider, rules: [dockerProviderRules], probes: none } satisfies Provider;
