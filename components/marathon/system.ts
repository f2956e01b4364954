import { containerImagesOf, packagesOf } from "../../config/catalogue";
import { areContainers } from "../../config/nodes";
import { none, type Call, type Offer, type System } from "../../config/system";
import { groupProbes, probes } from "./check";
import { marathonContainer } from "./container";
import { instances, urls } from "./plan";
import { marathonRules } from "./rules";
import { marathonLeaf } from "./schema";
import { marathonImage } from "./source";

/** Where a library picks any port: Debian's and CentOS' net.ipv4.ip_local_port_range. */
const ephemeralPorts = [32768, 60999] as const;

export const marathonSystem = {
    leaf: marathonLeaf,
    roles: {
        marathon: {
            needs: [{ role: "mesos-master", why: "Marathon starts its apps through a master" }],
            packages: (dc, family) => packagesOf(marathonLeaf, dc, family),
            enables: ["marathon.service"],
            upgradedBy: "marathon",
            watched: ["marathon"],
            container: marathonContainer,
        },
    },
    duties: {},
    rules: [marathonRules],
    listeners: (dc, node) => (node.roles.includes("marathon") ? [{ port: dc.marathon.port, what: "Marathon", key: ["marathon", "port"] }] : []),
    offers: (dc): Offer[] => [
        { service: "api", to: "marathon", protocol: "tcp", ports: dc.marathon.port, from: ["marathon"], why: "Marathon's API" },
        { service: "callbacks", to: "marathon", protocol: "tcp", ports: ephemeralPorts, from: [], why: "the master's calls to Marathon" },
    ],
    calls: (): Call[] => [
        { service: "zookeeper:clients", from: ["marathon"] },
        { service: "mesos:masters", from: ["marathon"] },
        // Health checks.
        { service: "mesos:apps", from: ["marathon"] },
        { service: "marathonLb:health", from: ["marathon"] },
    ],
    // Its apps are kept in ZooKeeper.
    directories: none,
    requires: none,
    images: (dc) => {
        const image = areContainers(dc) ? containerImagesOf(marathonLeaf, dc)?.["image"] : marathonImage(dc);
        return image === undefined
            ? []
            : [
                  {
                      ...{ image, path: ["sources", "marathon", "image"], nodes: instances(dc), role: "marathon" },
                      otherwise: "install them: give datacentre:sources a repository",
                  },
              ];
    },
    files: ["/etc/marathon"],
    steps: ["marathon"],
    probes,
    groupProbes,
    output: (dc) => ({ urls: urls(dc) }),
} satisfies System<typeof marathonLeaf>;
