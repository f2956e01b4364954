import * as pulumi from "@pulumi/pulumi";

/**
 * Whether `datacentre:apps` holds a secret. Pulumi knows of secrets by top-level key only, so one secret value makes all
 * definitions secret: previews hide them, and outputs leave them out.
 */
export const appsAreSecret = (): boolean =>
    (pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret("datacentre:apps");
