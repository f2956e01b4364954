import { z } from "zod";

import type { AppSchema } from "../../config/system-schema";
import { imageReference, nodeName, path, port } from "../../config/texts";

const registrySchema = z.strictObject({
    node: nodeName.describe("The agent that the registry runs on: the one that others push to."),
    port: port.default(5000),
    image: imageReference.default("registry:2"),
    dataDir: path.default("/opt/data/registry").describe("Where images are kept; below a mounted volume they outlive the node."),
    configDir: path.default("/data/registry").describe("Where its config.yml is."),
    cpus: z.number().min(0.01).max(64).default(0.3),
    memMiB: z.int().min(32).max(65536).default(100),
    diskMiB: z.int().min(0).max(10485760).default(0),
});
export type RegistrySpec = z.output<typeof registrySchema>;

/** The Docker registry. */
export const registryLeaf = {
    name: "registry",
    roles: [],
    duties: ["registry"],
    services: ["images"],
    groups: { registry: registrySchema.optional().describe("A Docker registry, as an app of Marathon's.") },
    node: {},
    catalogue: [],
    secretKeys: [],
    hostPorts({ registry: spec }: { readonly registry?: RegistrySpec | undefined }, node: string): readonly number[] {
        return spec?.node === node ? [spec.port] : [];
    },
} as const satisfies AppSchema;
