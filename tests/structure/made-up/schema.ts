import { z } from "zod";

import { archivedForm } from "../../../config/sources";
import { plainPackages, type SystemSchema } from "../../../config/system-schema";
import { path, port } from "../../../config/texts";

const ledgerSchema = z.strictObject({
    port: port.default(7070),
    dataDir: path.default("/var/lib/ledger"),
    token: z.string("give the token").regex(/^[a-z0-9-]+$/, "use small letters, digits and hyphens").optional(),
});

/** A system that there is not: a service on ZooKeeper that keeps data and asks for a token. */
export const ledgerLeaf = {
    name: "ledger",
    roles: ["ledger"],
    duties: [],
    services: ["api"],
    groups: { ledger: ledgerSchema.prefault({}).describe("The ledger on the nodes with role ledger.") },
    node: { ledgerWeight: z.int().min(1).max(9).optional().describe("The node's weight in votes.") },
    catalogue: [{ version: "2.1.0", packages: { apt: plainPackages("ledger"), yum: plainPackages("ledger-server") }, offered: ["apt"], note: "Made up" }],
    source: archivedForm,
    secretKeys: ["ledger.token"],
    words: { oldKeys: { "ledger.listen": "ledger.port" } },
} as const satisfies SystemSchema;
