/** The Docker engine that a stack's containers are on, through its client. */
import { executorLabels } from "../../components/mesos/container";
import { docker, engineRemedy } from "./place";
import { Problem } from "./say";

/** A container, network or volume of a stack, as the Docker engine lists it. */
export interface DockerObject {
    readonly id: string;
    readonly name: string;
    /** Of a container: running, exited, paused, created, dead, restarting. Empty for others. */
    readonly state: string;
}

/** The Docker engine's objects that carry a stack's label. */
export interface DockerHost {
    containers(owner: string): Promise<DockerObject[]>;
    networks(owner: string): Promise<DockerObject[]>;
    volumes(owner: string): Promise<DockerObject[]>;
    /** Brings stopped or paused containers back as they are. @returns the names of those that would not start */
    start(containers: readonly DockerObject[]): Promise<string[]>;
    removeContainers(containers: readonly DockerObject[]): Promise<void>;
    removeNetworks(networks: readonly DockerObject[]): Promise<void>;
    removeVolumes(volumes: readonly DockerObject[]): Promise<void>;
    /**
     * What agents that are containers leave beside them: executors, which have a label of their image's, tasks, whose sandboxes are on the
     * agents' volumes, and that image.
     *
     * @param prefix the stack's, which the image has in its label
     * @returns the names of the containers that were removed
     */
    removeTasks(owner: string, prefix: string): Promise<string[]>;
}

export const namesOf = (objects: readonly DockerObject[]): string => objects.map(({ name }) => name).join(", ");

/**
 * Speaks to a Docker engine through its client. Errors name the engine and what to do.
 *
 * @param engine as Docker's client takes it: unix:///var/run/docker.sock, ssh://user@host
 */
export function dockerHost(engine: string): DockerHost {
    const run = async (...args: string[]): Promise<string> => {
        const result = await docker(engine, ...args);
        if (result.code !== 0) {
            throw new Problem(
                `docker ${args.slice(0, 2).join(" ")} failed: ${result.stderr.trim()}`,
                engineRemedy(engine),
            );
        }
        return result.stdout;
    };
    const list = async (...args: string[]): Promise<DockerObject[]> =>
        (await run(...args))
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => {
                const [id = "", name = "", state = ""] = line.split("\t");
                return { id, name, state };
            });
    const label = (owner: string): string[] => ["--filter", `label=datacentre.stack=${owner}`];
    const ids = (objects: readonly DockerObject[]): string[] => objects.map(({ id }) => id);
    const unlessEmpty = async (objects: readonly DockerObject[], ...args: string[]): Promise<void> => {
        if (objects.length > 0) {
            await run(...args, ...ids(objects));
        }
    };
    return {
        containers: (owner) => list("ps", "--all", "--no-trunc", ...label(owner), "--format", "{{.ID}}\t{{.Names}}\t{{.State}}"),
        networks: (owner) => list("network", "ls", "--no-trunc", ...label(owner), "--format", "{{.ID}}\t{{.Name}}"),
        volumes: (owner) => list("volume", "ls", ...label(owner), "--format", "{{.Name}}\t{{.Name}}"),
        async start(containers) {
            const failed: string[] = [];
            for (const { id, name, state } of containers) {
                try {
                    await run(state === "paused" ? "unpause" : "start", id);
                } catch (error) {
                    failed.push(`${name} (${(error as Error).message})`);
                }
            }
            return failed;
        },
        removeContainers: (containers) => unlessEmpty(containers, "rm", "--force"),
        removeNetworks: (networks) => unlessEmpty(networks, "network", "rm"),
        removeVolumes: (volumes) => unlessEmpty(volumes, "volume", "rm"),
        async removeTasks(owner, prefix) {
            const executors = `label=${executorLabels.stack}=${prefix}`;
            const found = await list("ps", "--all", "--no-trunc", "--filter", executors, "--format", "{{.ID}}\t{{.Names}}");
            const volumes = await list("volume", "ls", ...label(owner), "--format", "{{.Mountpoint}}");
            const mesos = await list("ps", "--all", "--no-trunc", "--filter", "name=^/?mesos-", "--format", "{{.ID}}\t{{.Names}}");
            const mounts = mesos.length === 0 ? [] : await list("container", "inspect", "--format", "{{.Id}}\t{{range .Mounts}}{{.Source}}:{{end}}", ...ids(mesos));
            const sandboxed = mounts.filter(({ name: sources }) => sources.split(":").some((source) => volumes.some(({ id: at }) => source.startsWith(`${at}/`))));
            const left = [...found, ...mesos.filter(({ id }) => sandboxed.some((one) => one.id === id) && !found.some((one) => one.id === id))];
            await unlessEmpty(left, "rm", "--force");
            await unlessEmpty(await list("images", "--quiet", "--no-trunc", "--filter", executors), "rmi", "--force");
            return left.map(({ name }) => name);
        },
    };
}
