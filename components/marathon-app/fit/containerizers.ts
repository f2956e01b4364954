import type { Fault, Path } from "../../../config/faults";
import { error, listed, warning } from "../faults";
import { isDocker } from "../ports";
import type { App } from "../schema";
import { agentName, type AgentFacts } from "./facts";

const names = { docker: "Docker containerizer", mesos: "Mesos containerizer" } as const;

const wrong = {
    docker: [
        "agents start nothing by the Docker containerizer, whose container this is",
        "write container.type: MESOS, or add docker to datacentre:mesos.containerizers",
    ],
    mesos: [
        "agents start Docker containers only, and this app is none",
        "give it container: {type: DOCKER, docker: {image: …}}, or add mesos to datacentre:mesos.containerizers of agents that are installed",
    ],
} as const;

/** What starts an app's containers, and what that must be able to do. Marathon knows nothing of either: tasks fail. */
export function containerizerFaults(app: App, hosts: readonly AgentFacts[]): Fault[] {
    const own = isDocker(app) ? "docker" : "mesos";
    const without = hosts.filter(({ containerizers }) => containerizers?.includes(own) === false);
    if (without.length > 0 && without.length === hosts.length) {
        const [problem, remedy] = wrong[own];
        return [error(["container"], problem, remedy)];
    }
    return own === "docker" ? [] : [...imageFaults(app, hosts), ...isolatorFaults(app, hosts)];
}

/** Images of the Mesos containerizer, which has none unless its agent is told to. */
function imageFaults(app: App, hosts: readonly AgentFacts[]): Fault[] {
    const without = hosts.filter(({ imageProviders }) => imageProviders?.includes("docker") === false);
    if (!app.container?.docker || without.length === 0) {
        return [];
    }
    const problem = `the ${names.mesos} of ${listed(without.map(agentName))} takes no images, and Marathon does not know that: tasks fail there`;
    const flags = "image_providers: docker, isolation: \"posix/cpu,posix/mem,filesystem/linux,docker/runtime\"";
    const remedy = `write container.type: DOCKER, or agentFlags: {${flags}} in datacentre:mesos`;
    const at = ["container", "docker", "image"];
    return [without.length === hosts.length ? error(at, problem, remedy) : warning(at, problem, remedy)];
}

/** What only an isolator makes of an app, which agents have or not: without it the app runs without. */
function needed(app: App): [at: Path, isolator: string, what: string][] {
    const info = app.container?.linuxInfo;
    return [
        ...(app.container?.volumes ?? []).flatMap(({ hostPath, external, secret }, index): [Path, string, string][] => {
            const at = ["container", "volumes", index];
            return [
                ...(hostPath !== undefined ? [[at, "volume/host_path", "mounts an agent's folder"] as [Path, string, string]] : []),
                ...(external?.provider === "dvdi" ? [[at, "docker/volume", "mounts a driver's volume"] as [Path, string, string]] : []),
                ...(external?.provider === "csi" ? [[at, "volume/csi", "mounts a CSI volume"] as [Path, string, string]] : []),
                ...(secret !== undefined ? [[at, "volume/secret", "makes a secret a file"] as [Path, string, string]] : []),
            ];
        }),
        ...(info?.seccomp ? [[["container", "linuxInfo", "seccomp"], "linux/seccomp", "filters system calls"] as [Path, string, string]] : []),
        ...(info?.ipcInfo ? [[["container", "linuxInfo", "ipcInfo"], "namespaces/ipc", "parts shared memory"] as [Path, string, string]] : []),
    ];
}

const isolatorFaults = (app: App, hosts: readonly AgentFacts[]): Fault[] =>
    needed(app).flatMap(([at, isolator, what]) => {
        const without = hosts.filter(({ isolators }) => isolators?.includes(isolator) === false);
        const also = isolator === "volume/host_path" ? " (filesystem/linux brings it)" : "";
        return without.length === 0
            ? []
            : [
                  warning(
                      at,
                      `${listed(without.map(agentName))} ${without.length === 1 ? "lacks" : "lack"} the isolator ${isolator}, which ${what} for the ${names.mesos}`,
                      `add it to isolation in datacentre:mesos.agentFlags${also}`,
                  ),
              ];
    });
