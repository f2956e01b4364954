import { none, type Offer, type System } from "../../config/system";
import { probes } from "./check";
import { mirrorRules } from "./rules";
import { mirrorLeaf } from "./schema";

export const mirrorSystem = {
    leaf: mirrorLeaf,
    roles: {},
    duties: {
        mirror: {
            nodes: (dc) => (dc.mirror ? [dc.mirror.node] : []),
            ...{ needs: [], packages: () => ["squid"], enables: ["squid.service"], watched: ["squid"] },
        },
    },
    rules: [mirrorRules],
    listeners: (dc, node) => (dc.mirror?.node === node.name ? [{ port: dc.mirror.port, what: "the mirror", key: ["mirror", "port"] }] : []),
    offers: (dc): Offer[] =>
        dc.mirror
            ? [{ service: "proxy", to: "mirror", protocol: "tcp", ports: dc.mirror.port, from: ["all"], why: "packages and images by the mirror" }]
            : [],
    calls: none,
    // What it keeps can be fetched again.
    directories: none,
    requires: none,
    images: none,
    files: ["/etc/squid"],
    steps: ["mirror"],
    probes,
    groupProbes: none,
    // Nobody but the stack's own hosts is to know of it.
    output: none,
} satisfies System<typeof mirrorLeaf>;
