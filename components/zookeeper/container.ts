import { containerImage } from "../../config/catalogue";
import type { ContainerSpec } from "../../config/container";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { members, listedZooCfg } from "./plan";
import { zookeeperLeaf } from "./schema";

/**
 * A member in a container. The image's own entrypoint writes the member's number where there is none, gives the data to its user, and
 * leaves a zoo.cfg that is there as it is. Source: 31z4/zookeeper-docker, 3.8, docker-entrypoint.sh.
 */
export function memberContainer(dc: DataCentre, node: NodeSpec): ContainerSpec {
    const all = members(dc);
    const zk = dc.zookeeper;
    const id = all.find((member) => member.node === node)?.id ?? 0;
    const srvr = `talk ${node.address} ${zk.clientPort} srvr`;
    return {
        image: containerImage(zookeeperLeaf, dc, "image"),
        environment: {
            ZOO_MY_ID: String(id),
            ZOO_DATA_DIR: zk.dataDir,
            ZK_SERVER_HEAP: String(zk.heapMiB),
            // A member that hangs on a full heap helps nobody: it ends, and is started again.
            SERVER_JVMFLAGS: `-Xms${zk.heapMiB}m -XX:+ExitOnOutOfMemoryError -Djava.net.preferIPv4Stack=true`,
        },
        files: { "/conf/zoo.cfg": listedZooCfg(dc) },
        volumes: [{ name: "data", path: zk.dataDir }],
        ensemble: true,
        answers: `${srvr} | grep -q .`,
        serves: `${srvr} | grep -qE '^Mode: ${all.length === 1 ? "standalone" : "(leader|follower)"}$'`,
    };
}
