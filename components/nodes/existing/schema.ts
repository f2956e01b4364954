import { z } from "zod";

import type { ProviderSchema } from "../../../config/system-schema";
import { hostAddress, hostKey, port, unixUser } from "../../../config/texts";

const privateKeyPath = z
    .string()
    .regex(
        /^(?!.*\/\.\.(\/|$))~?\/[^\s\p{C}'"`$\\;&|<>(){}[\]*?!#]+$/u,
        "use an absolute path, or one that begins with ~/, without '..', blanks, quotes, brackets or other characters of a shell's",
    );

const bastionSchema = z.strictObject({
    host: hostAddress.describe("Its address or name, as this machine reaches it."),
    port: port.default(22),
    user: unixUser.default("root").describe("A user that may forward TCP connections; it needs no sudo."),
    hostKey: hostKey.optional().describe("The bastion's public key. Needed."),
    privateKeyFile: privateKeyPath.optional().describe("The key for the bastion; by default the nodes'."),
});

const schema = z.strictObject({
    kind: z.literal("existing").describe("Hosts are there already and are reached by SSH."),
    privateKeyFile: privateKeyPath.describe("The private key's path on the operator's machine; ~ is the home directory."),
    bastion: bastionSchema.optional().describe("The host through which nodes are reached by SSH, when this machine cannot reach them."),
});

/** Hosts that are there already. */
export const existingProvider = {
    kind: "existing",
    schema: () => schema,
    duties: [],
    standIns: { values: { "provider.privateKeyFile": "/stand-in", "provider.bastion.host": "stand-in" } },
} as const satisfies ProviderSchema;
