import { type ContainerSpec } from "../../config/container";
import { containerImage } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { socketOf, specOf } from "../nodes/containers/plan";
import { agentFlags, masterFlags, masterWorkDir, zkUrl, type Flags } from "./plan";
import { mesosLeaf } from "./schema";

/** Flags as a program in a container takes them. */
const environment = (flags: Flags): Record<string, string> => Object.fromEntries(Object.entries(flags).map(([key, value]) => [`MESOS_${key.toUpperCase()}`, value]));

/** A master whose container is a node of its own. */
export function masterContainer(dc: DataCentre, node: NodeSpec): ContainerSpec {
    const at = `${node.address} ${dc.mesos.masterPort}`;
    return {
        image: containerImage(mesosLeaf, dc, "master"),
        environment: environment({ zk: zkUrl(dc), ...masterFlags(dc, node) }),
        // The image's own command has a registry that is forgotten with each restart: see program.ts.
        command: [`--registry=${masterFlags(dc, node).registry ?? "replicated_log"}`],
        ensemble: true,
        volumes: [{ name: "master", path: masterWorkDir(dc) }],
        answers: `[ "$(http_status ${at} /health)" = 200 ]`,
        // A standby names the leader, and all say 503 while there is none.
        serves: `[[ $(http_status ${at} /master/maintenance/status) == @(200|307) ]]`,
    };
}

/** The image of the executors of a stack's agents: theirs without its entrypoint, made by whichever agent starts first. */
export const executorImage = ({ prefix }: { prefix: string }): string => `datacentre/mesos-executor:${prefix}`;

/** By this label of an image: whose executors it is for, and what it was made of. */
export const executorLabels = { stack: "datacentre.prefix", base: "org.datacentre.base" } as const;

/**
 * An agent whose container is a node of its own, and whose tasks are containers beside it on the same engine. Others share that engine,
 * and an agent stops all containers of Mesos that it does not know unless it is told not to.
 * Source: Mesos 1.11, docs/configuration/agent.md, docker_kill_orphans and docker_mesos_image.
 */
export function agentContainer(dc: DataCentre, node: NodeSpec): ContainerSpec {
    const image = containerImage(mesosLeaf, dc, "agent");
    const executors = executorImage(specOf(dc));
    const socket = socketOf(specOf(dc));
    return {
        image,
        // Executors have the agent's image without its entrypoint, which would take their program for an argument.
        entrypoint: ["/bin/sh", "-c", agentStart(image, executors, node.name, specOf(dc).prefix), "mesos-agent"],
        environment: {
            DOCKER_HOST: `unix://${socket}`,
            ...environment({
                master: zkUrl(dc),
                docker_socket: socket,
                systemd_enable_support: "false",
                docker_mesos_image: executors,
                docker_kill_orphans: "false",
                ...agentFlags(dc, node),
            }),
        },
        volumes: [{ name: "agent" }],
        binds: [socket, "/sys/fs/cgroup"],
        privileged: true,
        answers: `[ "$(http_status ${node.address} ${dc.mesos.agentPort} /health)" = 200 ]`,
        // Up to 1.6 a slash in a name is escaped.
        serves: `http_body ${node.address} ${dc.mesos.agentPort} /metrics/snapshot | grep -qE '"slave\\\\?/registered": *1(\\.0)?[,}]'`,
    };
}

/** Makes the executors' image anew when the agent's has changed, then becomes the agent, which is mesos-slave in images before 1.12. */
const agentStart = (image: string, executors: string, node: string, prefix: string): string => `set -e
base=$(docker image inspect -f '{{.Id}}' '${image}')
if [ "$(docker image inspect -f '{{index .Config.Labels "${executorLabels.base}"}}' '${executors}' 2>/dev/null)" != "$base" ]; then
  box='${prefix}-${node}-executor-image'
  docker rm -f "$box" >/dev/null 2>&1 || true
  docker create --name "$box" --entrypoint '' --label "${executorLabels.base}=$base" --label '${executorLabels.stack}=${prefix}' '${image}' /bin/true >/dev/null
  docker commit "$box" '${executors}' >/dev/null
  docker rm "$box" >/dev/null
fi
exec "$(command -v mesos-slave || command -v mesos-agent)" "$@"`;
