/** Hosts that are containers: whether they are there, and run. */
import { containerType, idsOf, networkType, readCheckpoint } from "../engine/checkpoint";
import { namesOf, type DockerHost, type DockerObject } from "../lib/docker";
import { note } from "../lib/say";
import type { Context } from "../stack/context";

/** What the Docker engine has of the containers and networks that the state knows. */
export interface NodesFound {
    /** Containers that are there and do not run. */
    readonly asleep: readonly DockerObject[];
    /** How many recorded containers and networks are not there. */
    readonly gone: number;
}

/** Looks, cheaply, whether the stack's containers are as the engine left them. */
export async function findNodes(context: Pick<Context, "bookkeeping" | "project" | "stack" | "owner">, docker: DockerHost): Promise<NodesFound> {
    const deployment = readCheckpoint(context);
    const [containers, networks] = typeof deployment === "string" ? [] : [idsOf(deployment, containerType), idsOf(deployment, networkType)];
    if (!containers || !networks || containers.size + networks.size === 0) {
        return { asleep: [], gone: 0 };
    }
    const there = await docker.containers(context.owner);
    const present = new Set([...there, ...(await docker.networks(context.owner))].map(({ id }) => id));
    return {
        asleep: there.filter(({ id, state }) => containers.has(id) && state !== "running" && state !== "restarting"),
        gone: [...containers, ...networks].filter((id) => !present.has(id)).length,
    };
}

/**
 * Brings back containers that were stopped or paused by somebody else.
 *
 * @returns true when something is gone or does not start, so that the engine has to look (`--refresh`)
 */
export async function wakeNodes(context: Context, docker: DockerHost): Promise<boolean> {
    const { asleep, gone } = await findNodes(context, docker);
    const failed = await docker.start(asleep);
    if (asleep.length > failed.length) {
        note(`started ${asleep.length - failed.length} containers that did not run: ${namesOf(asleep)}`);
    }
    failed.forEach((name) => note(`a host does not start and will be made again from its kept data: ${name}`));
    if (gone > 0) {
        note(`${gone} containers or networks of the stack are gone and will be made again, on their kept data`);
    }
    return gone > 0 || failed.length > 0;
}
