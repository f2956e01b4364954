import { packagesOf } from "../../config/catalogue";
import { none, nothing, type Call, type Offer, type System } from "../../config/system";
import { groupProbes, probes } from "./check";
import { guardUnit, nodes, settingsOf, unit } from "./plan";
import { flannelRules } from "./rules";
import { flannelLeaf } from "./schema";

export const flannelSystem = {
    leaf: flannelLeaf,
    roles: {
        flannel: {
            needs: [{ role: "etcd", why: "flannel keeps its network and who has which part of it there" }],
            packages: (dc, family) => packagesOf(flannelLeaf, dc, family),
            enables: [],
            watched: [unit, guardUnit],
        },
    },
    duties: {},
    rules: [flannelRules],
    // VXLAN's port is UDP, which nothing else here listens on.
    listeners: none,
    offers: (dc): Offer[] => {
        const { backend, port } = settingsOf(dc);
        const all = { service: "nodes", to: "flannel", from: ["flannel"] } as const;
        return [
            backend === "vxlan"
                ? { ...all, protocol: "udp", ports: port, why: "flannel's VXLAN" }
                : { ...all, protocol: "all", ports: undefined, why: "containers' packets, which host-gw leaves as they are" },
        ];
    },
    calls: (): Call[] => [{ service: "etcd:clients", from: ["flannel"] }],
    // Its data is in etcd.
    directories: none,
    requires: (dc, node) =>
        node.roles.includes("flannel")
            ? [
                  { what: "br_netfilter", why: "flannel needs, and ends itself without" },
                  ...(settingsOf(dc).backend === "vxlan" ? [{ what: "vxlan", why: "flannel's backend needs" }] : []),
              ]
            : [],
    images: none,
    files: nothing,
    steps: ["flannel-config", "flannel", "flannel-docker", "flannel-leases"],
    probes,
    groupProbes,
    output: (dc) => {
        const { network, subnetMin, subnetMax, subnetLen, backend, prefix } = settingsOf(dc);
        const all = nodes(dc);
        return all.length > 0 ? { nodes: all.map(({ name }) => name), network, subnetMin, subnetMax, subnetLen, backend, prefix } : undefined;
    },
} satisfies System<typeof flannelLeaf>;
