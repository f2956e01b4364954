import { none, nothing, type App, type Offer } from "../../config/system";
import { app, directories } from "./plan";
import { registryRules } from "./rules";
import { registryLeaf } from "./schema";

export const registryApp = {
    leaf: registryLeaf,
    duties: {
        registry: {
            nodes: (dc) => (dc.registry ? [dc.registry.node] : []),
            ...{ needs: [], packages: none, enables: [], watched: [] },
        },
    },
    definition: (dc) => {
        const node = dc.nodes.find(({ name }) => name === dc.registry?.node);
        return dc.registry && node && app(dc, dc.registry, node);
    },
    rules: [registryRules],
    listeners: (dc, node) => (dc.registry?.node === node.name ? [{ port: dc.registry.port, what: "the registry", key: ["registry", "port"] }] : []),
    offers: (dc): Offer[] => (dc.registry ? [{ service: "images", to: "registry", protocol: "tcp", ports: dc.registry.port, from: [], why: "the registry" }] : []),
    calls: none,
    directories,
    requires: none,
    images: (dc) =>
        dc.registry ? [{ image: dc.registry.image, path: ["registry", "image"], nodes: dc.nodes.filter(({ name }) => name === dc.registry?.node) }] : [],
    // Its configuration lies where the description says.
    files: nothing,
    steps: ["registry", "app-registry"],
    // Its row is among those of all apps.
    probes: none,
    groupProbes: none,
    output: (dc) => (dc.registry ? `${dc.registry.node}:${dc.registry.port}` : ""),
} satisfies App<typeof registryLeaf>;
