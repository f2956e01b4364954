import type { Provider } from "../../../config/system";
import { probes } from "./check";
import { alicloudRules } from "./rules";
import { alicloudProvider } from "./schema";

/** Alibaba Cloud's ECS instances. */
export const alicloud = { leaf: alicloudProvider, rules: [alicloudRules], probes } satisfies Provider;
