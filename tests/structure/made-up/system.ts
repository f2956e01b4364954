import type { z } from "zod";

import { unitProbe } from "../../../components/verify/probes";
import { packagesOf } from "../../../config/catalogue";
import { error } from "../../../config/faults";
import type { DataCentre, NodeSpec, Role } from "../../../config/schema";
import { none, type Offer, type System } from "../../../config/system";
import { ledgerLeaf } from "./schema";

/** The program's own type of the description does not know it. */
type Described = DataCentre & { readonly ledger: z.output<(typeof ledgerLeaf)["groups"]["ledger"]> };
export const ledgerOf = (dc: DataCentre): Described["ledger"] => (dc as Described).ledger;

export const role = "ledger" as Role;
const hosts = (dc: DataCentre): NodeSpec[] => dc.nodes.filter(({ roles }) => roles.includes(role));

export const ledgerSystem = {
    leaf: ledgerLeaf,
    roles: {
        ledger: {
            needs: [{ role: "zookeeper", why: "it keeps its leader there" }],
            packages: (dc, family) => packagesOf(ledgerLeaf, dc, family),
            enables: ["ledger.service"],
            watched: ["ledger"],
        },
    },
    duties: {},
    rules: [(dc) => (hosts(dc).length > 2 ? [error(["nodes"], "more than two nodes have the role ledger", "take it from some")] : [])],
    listeners: (dc, node) => (node.roles.includes(role) ? [{ port: ledgerOf(dc).port, what: "the ledger", key: ["ledger", "port"] }] : []),
    offers: (dc): Offer[] => [{ service: "api", to: role, protocol: "tcp", ports: ledgerOf(dc).port, from: [role], why: "the ledger's API" }],
    calls: () => [{ service: "zookeeper:clients", from: [role] }],
    directories: (dc, node) => {
        const path = ledgerOf(dc).dataDir;
        return node.roles.includes(role) ? [{ path, key: ["ledger", "dataDir"], what: "the ledger's data", remedy: "use one of your own", stored: path }] : [];
    },
    requires: (_, node) => (node.roles.includes(role) ? [{ what: "fuse", why: "the ledger needs" }] : []),
    images: none,
    files: ["/etc/ledger"],
    steps: ["ledger"],
    probes: (dc) => hosts(dc).map(({ name }) => unitProbe(name, "ledger", "ledger")),
    groupProbes: none,
    output: (dc) => ({ urls: hosts(dc).map(({ address }) => `http://${address}:${ledgerOf(dc).port}`) }),
} satisfies System<typeof ledgerLeaf>;
