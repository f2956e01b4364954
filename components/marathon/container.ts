import { containerImage } from "../../config/catalogue";
import type { ContainerSpec } from "../../config/container";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { wordsOf } from "./flags";
import { options } from "./plan";
import { marathonLeaf } from "./schema";

/** Where Marathon has its login from, and whoever asks in its container. */
const loginVariable = "MARATHON_HTTP_CREDENTIALS";

/** A Marathon whose container is a node of its own. The login stands in its environment, which nobody sees who may not ask the engine. */
export function marathonContainer(dc: DataCentre, node: NodeSpec): ContainerSpec {
    const { credentials, heapMiB, port } = dc.marathon;
    return {
        image: containerImage(marathonLeaf, dc, "image"),
        command: Object.entries(options(dc, node)).flatMap(([key, value]) => wordsOf(key, value)),
        // libprocess would advertise whatever address the container's name resolves to.
        environment: { JAVA_OPTS: `-Xmx${heapMiB}m`, LIBPROCESS_IP: node.address },
        ...(credentials ? { secrets: { [loginVariable]: `${credentials.username}:${credentials.password}` } } : {}),
        answers: `port_open ${node.address} ${port}`,
        // Any of them answers for the leader, and none while there is none.
        serves: `[ "$(http_status ${node.address} ${port} /ping${credentials ? ` "Authorization: Basic $(printf %s "$${loginVariable}" | base64 -w 0)"` : ""})" = 200 ]`,
    };
}
