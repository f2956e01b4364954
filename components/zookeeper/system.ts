import { containerImagesOf, packagesOf } from "../../config/catalogue";
import { areContainers } from "../../config/nodes";
import { none, type NamedImage, type Offer, type System } from "../../config/system";
import { groupProbes, probes } from "./check";
import { memberContainer } from "./container";
import { connectString, members } from "./plan";
import { zookeeperRules } from "./rules";
import { zookeeperLeaf } from "./schema";

export const zookeeperSystem = {
    leaf: zookeeperLeaf,
    roles: {
        zookeeper: {
            needs: [],
            packages: (dc, family) => packagesOf(zookeeperLeaf, dc, family),
            // Debian's package has no unit of its own.
            enables: [],
            upgradedBy: "zookeeper",
            watched: ["zookeeper"],
            container: memberContainer,
            quorum: { step: "zookeeper", stay: "one" },
        },
    },
    duties: {},
    rules: [zookeeperRules],
    listeners: ({ zookeeper: zk }, node) =>
        node.roles.includes("zookeeper")
            ? [
                  { port: zk.clientPort, what: "ZooKeeper for clients", key: ["zookeeper", "clientPort"] },
                  { port: zk.peerPort, what: "ZooKeeper for its peers", key: ["zookeeper", "peerPort"] },
                  { port: zk.electionPort, what: "ZooKeeper's election", key: ["zookeeper", "electionPort"] },
              ]
            : [],
    offers: ({ zookeeper: zk }): Offer[] => [
        { service: "clients", to: "zookeeper", protocol: "tcp", ports: zk.clientPort, from: ["zookeeper"], why: "ZooKeeper for clients" },
        { service: "peers", to: "zookeeper", protocol: "tcp", ports: zk.peerPort, from: ["zookeeper"], why: "ZooKeeper's followers" },
        { service: "peers", to: "zookeeper", protocol: "tcp", ports: zk.electionPort, from: ["zookeeper"], why: "ZooKeeper's election" },
    ],
    calls: none,
    directories: ({ zookeeper: { dataDir } }, node) =>
        node.roles.includes("zookeeper")
            ? [
                  {
                      path: dataDir,
                      key: ["zookeeper", "dataDir"],
                      what: "ZooKeeper's data",
                      remedy: "use one of your own, such as /var/lib/zookeeper",
                      stored: dataDir,
                  },
              ]
            : [],
    requires: none,
    images: (dc): NamedImage[] => {
        const image = areContainers(dc) ? containerImagesOf(zookeeperLeaf, dc)?.["image"] : undefined;
        return image === undefined ? [] : [{ image, path: ["sources", "zookeeper", "image"], nodes: members(dc).map(({ node }) => node), role: "zookeeper" }];
    },
    files: ["/etc/zookeeper", "/var/lib/zookeeper/myid"],
    steps: ["zookeeper"],
    probes,
    groupProbes,
    output: (dc) => ({
        connect: connectString(dc),
        members: members(dc).map(({ node, id }) => ({ id, node: node.name, address: node.address })),
    }),
} satisfies System<typeof zookeeperLeaf>;
