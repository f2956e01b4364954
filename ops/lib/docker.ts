/** The Docker engine that a stack's containers are on, through its client. */
import { exec } from "./exec";
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
}

export const namesOf = (objects: readonly DockerObject[]): string => objects.map(({ name }) => name).join(", ");

/** Speaks to a Docker engine through its client. Errors name the socket and what to do. */
export function dockerHost(socket: string): DockerHost {
    const run = async (...args: string[]): Promise<string> => {
        const result = await exec("docker", ["--host", `unix://${socket}`, ...args], {
            env: { ...process.env, DOCKER_CONTEXT: undefined, DOCKER_HOST: undefined },
        });
        if (result.code !== 0) {
            throw new Problem(
                `docker ${args.slice(0, 2).join(" ")} failed: ${result.stderr.trim()}`,
                `is the Docker engine at ${socket} running, and may this user speak to it? 'make setup' starts one`,
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
    };
}
