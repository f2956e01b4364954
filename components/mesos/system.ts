import { isImaged, packagesOf } from "../../config/catalogue";
import { areContainers, nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Call, Directory, Offer, Requirement, RoleFacts, System } from "../../config/system";
import type { Family } from "../../config/system-schema";
import { schemas } from "../schemas";
import { groupProbes, probes } from "./check";
import { agentContainer, masterContainer } from "./container";
import { describedDistribution, takeClusterd } from "./distributions";
import { agents, agentWorkDir, cgroupOf, hostnameOf, masters, masterWorkDir, quorumOf, rangeOf, resources, zkUrl } from "./plan";
import { mesosRules } from "./rules";
import { mesosLeaf } from "./schema";
import { mesosImages } from "./source";

// The package brings both, whichever of them the node is for.
const enables = ["mesos-master.service", "mesos-slave.service", "mesos-agent.service"];
const otherwise = "install them: give datacentre:sources a repository";

/** Packages of other names that have the same programs. */
const others = (dc: DataCentre, family: Family): string[] => {
    const own = packagesOf(mesosLeaf, dc, family).map((spec) => spec.split("=")[0]);
    const all = mesosLeaf.catalogue.flatMap(({ version, packages }) => packages[family].programs.map((name) => `${name}=${version}`));
    return isImaged(mesosLeaf, dc) ? [] : [...new Set(all)].filter((spec) => !own.includes(spec.split("=")[0]));
};

/** They give way to a distribution that is described; where the host tells which it has, they do as well. */
const packagesOfMesos = {
    packages: (dc, family) => packagesOf(mesosLeaf, dc, family),
    replaces: (dc, family) => (describedDistribution(dc) ? others(dc, family).map((spec) => spec.split("=")[0] ?? "") : []),
    instead: (dc, family) => (describedDistribution(dc) ? [] : others(dc, family).map((spec) => `mesos ${spec}`)),
} satisfies Partial<RoleFacts>;

const workDir = (path: string, what: string): Directory => ({
    ...{ path, key: ["mesos", "workDir"], what, remedy: "use one of your own, such as /var/lib/mesos", stored: path },
});

function controlGroups(dc: DataCentre, node: NodeSpec): Requirement[] {
    switch (cgroupOf(dc, node)) {
        case 1:
            return [{ what: "cgroup1", why: "Apache's Mesos does not know it ('Failed to locate systemd cgroups hierarchy')", otherwise: takeClusterd }];
        case 2:
            return [{ what: "cgroup2", why: "clusterd's Mesos sets the limits of Docker tasks there", otherwise: "take docker out of datacentre:mesos.containerizers" }];
        default:
            return [];
    }
}

export const mesosSystem = {
    leaf: mesosLeaf,
    roles: {
        "mesos-master": {
            needs: [{ role: "zookeeper", why: "masters are elected there" }],
            ...packagesOfMesos,
            enables,
            upgradedBy: "mesos-master",
            watched: ["mesos-master"],
            container: masterContainer,
            quorum: {
                step: "mesos-master",
                stay: "replicas",
                anew: { key: ["mesos", "reinitialiseRegistry"], parameter: "reinitialise", what: "the registry (docs/systems.md says what is lost)" },
            },
        },
        "mesos-agent": {
            needs: [{ role: "mesos-master", why: "agents belong to a master" }],
            ...packagesOfMesos,
            enables,
            upgradedBy: "mesos-agent",
            watched: ["mesos-slave", "mesos-agent"],
            container: agentContainer,
        },
    },
    duties: {},
    rules: [mesosRules],
    listeners: ({ mesos: { masterPort, agentPort } }, node) => [
        ...(node.roles.includes("mesos-master") ? [{ port: masterPort, what: "the Mesos master", key: ["mesos", "masterPort"] }] : []),
        ...(node.roles.includes("mesos-agent") ? [{ port: agentPort, what: "the Mesos agent", key: ["mesos", "agentPort"] }] : []),
    ],
    offers: (dc): Offer[] => {
        const { masterPort, agentPort, ports } = dc.mesos;
        // What the program's own apps listen on is opened by those to whom it is for.
        const own = new Set(dc.nodes.flatMap(({ name }) => schemas.apps.flatMap((app) => app.hostPorts(dc, name))));
        const ranges = [...new Set([...ports, ...agents(dc).flatMap((node) => node.mesos.ports ?? [])])].map(rangeOf);
        return [
            { service: "masters", to: "mesos-master", protocol: "tcp", ports: masterPort, from: ["mesos-master", "mesos-agent"], why: "the Mesos master" },
            { service: "agents", to: "mesos-agent", protocol: "tcp", ports: agentPort, from: ["mesos-master"], why: "the Mesos agent" },
            ...ranges
                .filter(([from, to]) => from !== to || !own.has(from))
                .map((ports): Offer => ({ service: "apps", to: "mesos-agent", protocol: "tcp", ports, from: ["mesos-agent"], why: "host ports of apps" })),
        ];
    },
    calls: (): Call[] => [
        { service: "zookeeper:clients", from: ["mesos-master", "mesos-agent"] },
        // A scheduler's library listens where it likes, and the master calls it there.
        { service: "marathon:callbacks", from: ["mesos-master"] },
    ],
    directories: (dc, node) => [
        ...(node.roles.includes("mesos-master") ? [workDir(masterWorkDir(dc), "the Mesos master's data")] : []),
        // The engine's, where nodes are containers.
        ...(node.roles.includes("mesos-agent") && !areContainers(dc) ? [workDir(agentWorkDir(dc), "the Mesos agent's data")] : []),
    ],
    // A container in a host's place has the control groups of the machine around it, which may be right for the lab's double; there,
    // the agent's own step says it.
    requires: (dc, node) =>
        dc.provider.kind === "docker" || areContainers(dc) ? [] : controlGroups(dc, node),
    images: (dc) => {
        const images = mesosImages(dc);
        return images
            ? [
                  { image: images.master, path: ["sources", "mesos", "master"], nodes: masters(dc), role: "mesos-master", otherwise },
                  { image: images.agent, path: ["sources", "mesos", "agent"], nodes: agents(dc), role: "mesos-agent", otherwise },
              ]
            : [];
    },
    files: ["/etc/mesos", "/etc/mesos-master", "/etc/mesos-slave", "/etc/mesos-agent", "/etc/tmpfiles.d/datacentre-mesos.conf"],
    steps: ["mesos-master", "mesos-agent", "mesos-agents"],
    probes,
    groupProbes,
    output: (dc) => ({
        /** Where frameworks find the leading master. */
        zk: zkUrl(dc),
        quorum: quorumOf(dc),
        masters: nodesWith(dc, "mesos-master").map((node) => `http://${node.address}:${dc.mesos.masterPort}`),
        /** Each with what it advertises, which constraints compare with. */
        agents: agents(dc).map((node) => ({ node: node.name, hostname: hostnameOf(dc, node), resources: resources(dc, node) })),
    }),
} satisfies System<typeof mesosLeaf>;
