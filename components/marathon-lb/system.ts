import { nodesWith } from "../../config/nodes";
import { none, type App, type Call, type Offer } from "../../config/system";
import { app } from "./plan";
import { marathonLbRules } from "./rules";
import { healthPort, marathonLbLeaf } from "./schema";

export const marathonLbApp = {
    leaf: marathonLbLeaf,
    duties: {
        "marathon-lb": {
            nodes: (dc) => dc.marathonLb?.nodes ?? [],
            servesOutside: true,
            ...{ needs: [], packages: none, enables: [], watched: [] },
        },
    },
    definition: (dc) => {
        const { marathonLb: spec } = dc;
        const agents = nodesWith(dc, "mesos-agent").map(({ name }) => name);
        const sound = spec?.nodes.every((name, index) => agents.includes(name) && spec.nodes.indexOf(name) === index);
        return spec && sound ? app(dc, spec) : undefined;
    },
    rules: [marathonLbRules],
    listeners: (dc, node) => marathonLbLeaf.hostPorts(dc, node.name).map((port) => ({ port, what: "marathon-lb", key: ["marathonLb", "nodes"] })),
    offers: (dc): Offer[] =>
        dc.marathonLb
            ? [{ service: "health", to: "marathon-lb", protocol: "tcp", ports: healthPort, from: [], why: "Marathon's health check of marathon-lb" }]
            : [],
    calls: (): Call[] => [
        { service: "marathon:api", from: ["marathon-lb"] },
        { service: "mesos:apps", from: ["marathon-lb"] },
    ],
    directories: none,
    requires: none,
    images: (dc) =>
        dc.marathonLb
            ? [{ image: dc.marathonLb.image, path: ["marathonLb", "image"], nodes: dc.nodes.filter(({ name }) => dc.marathonLb?.nodes.includes(name)) }]
            : [],
    files: ["/etc/marathon-lb"],
    steps: ["marathon-lb", "app-system-marathon-lb"],
    // Its row is among those of all apps.
    probes: none,
    groupProbes: none,
    output: (dc) => ({
        group: dc.marathonLb?.group ?? "",
        addresses: dc.nodes.filter(({ name }) => dc.marathonLb?.nodes.includes(name)).map(({ address }) => address),
    }),
} satisfies App<typeof marathonLbLeaf>;
