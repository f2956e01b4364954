import { packagesOf } from "../../config/catalogue";
import { nodesWith } from "../../config/nodes";
import { none, type Call, type System } from "../../config/system";
import { bridgeRules } from "./bridge";
import { probes } from "./check";
import { imageRules } from "./image-rules";
import { engineSettings } from "./plan";
import { dockerRules } from "./rules";
import { dockerLeaf } from "./schema";

/** The kernel modules that storage drivers need. */
const modules: Readonly<Record<string, string>> = { overlay2: "overlay", btrfs: "btrfs", zfs: "zfs" };

export const dockerSystem = {
    leaf: dockerLeaf,
    roles: {
        docker: {
            needs: [],
            packages: (dc, family) => packagesOf(dockerLeaf, dc, family),
            enables: ["docker.service", "docker.socket", "containerd.service"],
            upgradedBy: "docker",
            watched: ["docker", "containerd"],
        },
    },
    duties: {},
    rules: [dockerRules, bridgeRules, imageRules],
    // The engine listens on its own host's socket alone.
    listeners: none,
    offers: none,
    // Networks that engines share are kept in etcd, and images come from registries.
    calls: (dc): Call[] => [
        ...(dc.calico.dockerNetworks.length > 0 ? [{ service: "etcd:clients" as const, from: ["docker"] as const }] : []),
        // Before tasks of a host go, and after, apps are asked for.
        { service: "marathon:api", from: ["mesos-agent"] },
        { service: "marathonLb:health", from: ["mesos-agent"] },
        { service: "registry:images", from: ["docker"] },
        { service: "imageRegistries:images", from: ["docker"] },
        { service: "imageRegistries:mirror", from: ["docker"] },
    ],
    directories: (dc, node) => {
        const own = node.docker.dataRoot;
        const path = own ?? dc.docker.dataRoot;
        const key = own === undefined ? ["docker", "dataRoot"] : ["nodes", dc.nodes.indexOf(node), "docker", "dataRoot"];
        return node.roles.includes("docker")
            ? [{ path, key, what: "Docker's data", remedy: "use one of your own, such as /mnt/docker-data", stored: path }]
            : [];
    },
    requires: (dc, node) => {
        const driver = engineSettings(dc, node).storageDriver;
        const what = modules[driver];
        return node.roles.includes("docker") && what !== undefined ? [{ what, why: `Docker's storage driver ${driver} needs` }] : [];
    },
    // Those that it is given as archives are other systems' own.
    images: none,
    files: ["/etc/docker"],
    steps: ["docker", "docker-login", "docker-restart"],
    probes,
    groupProbes: none,
    output: (dc) => {
        const nodes = nodesWith(dc, "docker");
        return {
            nodes: nodes.map((node) => node.name),
            dataRoot: Object.fromEntries(nodes.map((node) => [node.name, node.docker.dataRoot ?? dc.docker.dataRoot])) as Record<string, string>,
        };
    },
} satisfies System<typeof dockerLeaf>;
