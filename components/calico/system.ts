import { packagesOf } from "../../config/catalogue";
import type { Path } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import { none, type Call, type Offer, type System } from "../../config/system";
import { probes } from "./check";
import { groupProbes } from "./check-datastore";
import { probes as networkProbes } from "./docker-networks/check";
import { calicoRules } from "./rules";
import { calicoLeaf } from "./schema";
import { calicoImages, hasBgp } from "./source";

export const calicoSystem = {
    leaf: calicoLeaf,
    roles: {
        calico: {
            needs: [{ role: "etcd", why: "Calico keeps its data there" }],
            packages: (dc, family) => [
                ...packagesOf(calicoLeaf, dc, family),
                // In its image Calico has a BIRD of its own.
                ...(hasBgp(dc) && !calicoImages(dc) ? [family === "apt" ? "bird2" : "bird"] : []),
            ],
            enables: ["bird.service"],
            watched: ["calico-node", "calico-tunnel", "calico-bird", "calico-docker"],
        },
    },
    duties: {},
    rules: [calicoRules],
    // VXLAN's 4789 is UDP, which nothing else here listens on.
    listeners: (dc, node) =>
        node.roles.includes("calico")
            ? [
                  ...(hasBgp(dc) ? [{ port: 179, what: "BGP, for Calico's routes," }] : []),
                  { port: dc.calico.healthPort, what: "Calico's Felix", key: ["calico", "healthPort"] },
              ]
            : [],
    offers: (dc): Offer[] => {
        const packed = new Set(dc.calico.pools.map(({ encapsulation }) => encapsulation));
        const nodes = { service: "nodes", to: "calico", from: ["calico"] } as const;
        return [
            ...(hasBgp(dc) ? [{ ...nodes, protocol: "tcp" as const, ports: 179, why: "Calico's BGP" }] : []),
            ...(packed.has("vxlan") ? [{ ...nodes, protocol: "udp" as const, ports: 4789, why: "Calico's VXLAN" }] : []),
            // Security groups cannot say IP in IP alone.
            ...(packed.has("ipip") ? [{ ...nodes, protocol: "all" as const, ports: undefined, why: "Calico's IP in IP" }] : []),
        ];
    },
    calls: (): Call[] => [{ service: "etcd:clients", from: ["calico"] }],
    // Its data is in etcd.
    directories: none,
    requires: (dc, node) => {
        const pools = node.roles.includes("calico") ? dc.calico.pools.filter(({ disabled }) => !disabled) : [];
        const encapsulations = [...new Set(pools.map(({ encapsulation }) => encapsulation))].filter((one) => one !== "none");
        return encapsulations.map((what) => ({ what, why: "a pool of datacentre:calico needs" }));
    },
    images: (dc) => {
        const images = calicoImages(dc);
        // The catalogue's own images stand at no key of their own.
        const at = (key: string): Path => (dc.sources.calico ? ["sources", "calico", key] : ["sources", "calico"]);
        return images
            ? (["node", "cni", "ctl"] as const).map((key) => ({
                  ...{ image: images[key], path: at(key), nodes: nodesWith(dc, "calico"), role: "calico" },
                  otherwise: "give Calico's programs as an archive in datacentre:sources.calico",
              }))
            : [];
    },
    files: ["/etc/calico"],
    steps: ["calico", "calico-datastore", "docker-network-*"],
    probes: (dc) => [...probes(dc), ...networkProbes(dc)],
    groupProbes,
    output: (dc) => ({
        nodes: nodesWith(dc, "calico").map((node) => node.name),
        pools: dc.calico.pools.map(({ name, cidr, encapsulation }) => ({ name, cidr, encapsulation })),
        /** What apps name: with the Mesos containerizer, and with Docker's. */
        networks: dc.calico.networks.map(({ name }) => name),
        dockerNetworks: dc.calico.dockerNetworks.map(({ name }) => name),
    }),
} satisfies System<typeof calicoLeaf>;
