import * as pulumi from "@pulumi/pulumi";

import { namespace } from "../../config/defaults";

/**
 * Whether a group of the description holds a secret. Pulumi knows of secrets by top-level key only, so one secret value makes all of
 * its group secret: previews hide it, and outputs leave it out.
 */
export const hasSecrets = (group: string): boolean =>
    (pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret(`${namespace}${group}`);
