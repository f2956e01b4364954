import { containerImagesOf, packagesOf } from "../../config/catalogue";
import { areContainers, nodesWith } from "../../config/nodes";
import type { Role } from "../../config/schema";
import { none, type Call, type NamedImage, type Offer, type RoleFacts, type System } from "../../config/system";
import { probes } from "./check";
import { endpoints, keyOfPort, nameOf, portOf, proxyNodes, proxyRoles, proxyRolesOf, unit } from "./plan";
import { proxyContainer } from "./program";
import { proxiesRules } from "./rules";
import { proxiesLeaf } from "./schema";

const facts = (role: Role, why: string) =>
    ({
        needs: [{ role, why }],
        packages: (dc, family) => packagesOf(proxiesLeaf, dc, family),
        enables: ["haproxy.service"],
        watched: [unit],
        servesOutside: true,
        container: proxyContainer,
    }) satisfies RoleFacts;

export const proxiesSystem = {
    leaf: proxiesLeaf,
    roles: {
        "mesos-proxy": facts("mesos-master", "it passes on to the leading master"),
        "marathon-proxy": facts("marathon", "it passes on to the leading Marathon"),
        "zookeeper-proxy": facts("zookeeper", "it passes on to the members in the quorum"),
    },
    duties: {},
    rules: [proxiesRules],
    listeners: (dc, node) => proxyRolesOf(node).map((role) => ({ port: portOf(dc, role), what: nameOf(role), key: keyOfPort(role) })),
    // To nobody by itself: whom they are for, `openings` say.
    offers: (dc): Offer[] => [
        { service: "mesos", to: "mesos-proxy", protocol: "tcp", ports: portOf(dc, "mesos-proxy"), from: [], why: "the leading Mesos master" },
        { service: "marathon", to: "marathon-proxy", protocol: "tcp", ports: portOf(dc, "marathon-proxy"), from: [], why: "the leading Marathon" },
        { service: "zookeeper", to: "zookeeper-proxy", protocol: "tcp", ports: portOf(dc, "zookeeper-proxy"), from: [], why: "ZooKeeper's quorum" },
    ],
    calls: (): Call[] => [
        { service: "mesos:masters", from: ["mesos-proxy"] },
        { service: "marathon:api", from: ["marathon-proxy"] },
        { service: "zookeeper:clients", from: ["zookeeper-proxy"] },
    ],
    // They keep nothing.
    directories: none,
    requires: none,
    images: (dc): NamedImage[] => {
        const image = areContainers(dc) ? containerImagesOf(proxiesLeaf, dc)?.["image"] : undefined;
        return image === undefined
            ? []
            : proxyRoles.map((role) => ({ image, path: ["sources", "proxies", "image"], nodes: nodesWith(dc, role), role })).filter(({ nodes }) => nodes.length > 0);
    },
    files: ["/etc/datacentre-proxies"],
    steps: ["proxies"],
    probes,
    groupProbes: none,
    /** Where clients find them. */
    output: (dc) =>
        proxyNodes(dc).length > 0
            ? {
                  mesos: endpoints(dc, "mesos-proxy").map((at) => `http://${at}`),
                  marathon: endpoints(dc, "marathon-proxy").map((at) => `http://${at}`),
                  zookeeper: endpoints(dc, "zookeeper-proxy").join(","),
              }
            : undefined,
} satisfies System<typeof proxiesLeaf>;
