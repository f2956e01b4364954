/** Heals what an engine that was killed leaves behind. */
import { setTimeout as sleep } from "node:timers/promises";

import { checkpointFile, containerType, idsOf, networkType, readCheckpoint, restoreCheckpoint, stepType, type Deployment, type RecordedResource } from "../engine/checkpoint";
import { exportStack, importStack } from "../engine/engine";
import { namesOf, type DockerHost } from "../lib/docker";
import { note, Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { endLeftovers } from "./leftovers";
import { dropDeadLocks } from "./locks";

const isDocker = ({ type }: RecordedResource): boolean => type.startsWith("docker:index/");
/** The recorded stack; when its file is broken, the engine's copy of the step before is put in its place. */
function soundCheckpoint(context: Context, done: string[]): Deployment | undefined {
    let deployment = readCheckpoint(context);
    if (deployment === "unreadable") {
        const aside = restoreCheckpoint(context);
        deployment = readCheckpoint(context);
        if (aside === undefined || typeof deployment === "string") {
            throw new Problem(
                `the state file ${checkpointFile(context) ?? ""} is broken, and so is its copy (.bak)`,
                "put one of the state directory's backups in its place, or remove it: then hosts are made anew from their kept data",
            );
        }
        done.push(`put the copy of the step before in place of a broken state file, which is now ${aside}`);
    }
    return deployment === "absent" ? undefined : deployment;
}

/**
 * What the Docker engine has of this stack and the state does not know: made in the moment in which the engine was
 * killed. Their data is on volumes, so they are removed and made again.
 *
 * Another user's stack of the same name on the same machine carries the same label. So the state must show that it has
 * made, or was about to make, Docker objects; else nothing is touched.
 */
async function dropOrphans(context: Context, deployment: Deployment, docker: DockerHost): Promise<string[]> {
    const known = { containers: idsOf(deployment, containerType), networks: idsOf(deployment, networkType) };
    const containers = (await docker.containers(context.owner)).filter(({ id }) => !known.containers.has(id));
    const networks = (await docker.networks(context.owner)).filter(({ id }) => !known.networks.has(id));
    if (containers.length + networks.length === 0) {
        return [];
    }
    const pending = (deployment.pending_operations ?? []).map(({ resource }) => resource);
    if (![...(deployment.resources ?? []), ...pending].some(isDocker)) {
        throw new Problem(
            `the Docker engine has parts of stack ${context.owner} that its state knows nothing of: ${namesOf([...containers, ...networks])}`,
            "if another user or DATACENTRE_HOME made them, choose another stack name, prefix and subnet here; if the state was lost, " +
                `remove them (data stays on volumes): docker rm -f ${namesOf(containers).replaceAll(",", "")}` +
                (networks.length > 0 ? `; docker network rm ${namesOf(networks).replaceAll(",", "")}` : ""),
        );
    }
    await docker.removeContainers(containers);
    await docker.removeNetworks(networks);
    return [
        ...(containers.length > 0 ? [`removed containers that the killed engine made unrecorded (data is on volumes): ${namesOf(containers)}`] : []),
        ...(networks.length > 0 ? [`removed networks that the killed engine made unrecorded: ${namesOf(networks)}`] : []),
    ];
}

/**
 * Finishes what the Docker engine may still be doing for the dead engine: it stops a container to the end although
 * nobody waits any more, and one that is stopped a moment later than it was looked at would be missed.
 */
async function finishDeletions(context: Context, deployment: Deployment, docker: DockerHost): Promise<string[]> {
    const deleting = (deployment.pending_operations ?? []).filter(({ type }) => type === "deleting").map(({ resource }) => resource);
    const going = idsOf({ resources: deleting }, containerType);
    if (going.size === 0) {
        return [];
    }
    const containers = (await docker.containers(context.owner)).filter(({ id }) => going.has(id));
    await docker.removeContainers(containers);
    return containers.length > 0 ? [`removed containers that the killed engine was removing (data is on volumes): ${namesOf(containers)}`] : [];
}

/** The Docker engine finishes what it was asked to make, too; it has this long for it, in ms. */
const makingTime = 1000;

/**
 * Drops operations that the killed engine had begun: a creation that was under way is done again by `up`, and all our
 * resources can be. Plain `pulumi up` would carry pending creations along for ever, asking a person.
 */
async function dropPending(context: Context, deployment: Deployment): Promise<string[]> {
    const pending = deployment.pending_operations ?? [];
    if (pending.length === 0) {
        return [];
    }
    const stack = await exportStack(context, false);
    await importStack(context, { ...stack, deployment: { ...stack.deployment, pending_operations: [] } });
    const onHosts = pending.filter(({ resource }) => resource.type === stepType);
    return [
        `dropped ${pending.length} operations that the killed engine had begun`,
        ...(onHosts.length > 0
            ? [`steps may still be running on hosts; each host's next step waits for its own: ${onHosts.map(nameOf).join(", ")}`]
            : []),
    ];
}

const nameOf = ({ resource }: { resource: RecordedResource }): string => resource.urn.split("::").at(-1) ?? resource.urn;

/**
 * Heals what a killed engine leaves behind: its lock, its plugins, a broken state file, containers and networks that
 * the state does not know, and operations that it had begun. Does nothing, quickly, when there is nothing to heal.
 *
 * In this order, so that this too may be killed at any moment and run again.
 *
 * @param docker the engine that the stack's nodes are on, for the provider `docker`
 * @throws Problem when another engine is at work on the stack, or when only a person can decide
 */
export async function recover(context: Context, docker: DockerHost | undefined): Promise<void> {
    const done = dropDeadLocks(context);
    done.push(...(await endLeftovers(context)));
    const deployment = soundCheckpoint(context, done);
    if (deployment) {
        if (docker) {
            if (deployment.pending_operations?.some(({ resource, type }) => type === "creating" && isDocker(resource))) {
                await sleep(makingTime);
            }
            done.push(...(await finishDeletions(context, deployment, docker)));
            done.push(...(await dropOrphans(context, deployment, docker)));
        }
        done.push(...(await dropPending(context, deployment)));
    }
    for (const line of done) {
        note(`recovered: ${line}`);
    }
}
