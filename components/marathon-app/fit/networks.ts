import { nearest, type Fault, type Path } from "../../../config/faults";
import { error, listed, warning } from "../faults";
import type { MarathonFacts } from "../marathon";
import { isDocker, mappingsOf } from "../ports";
import type { App } from "../schema";
import { agentName, type AgentFacts, type NetworkFacts } from "./facts";

const containerizers = { mesos: "Mesos containerizer", docker: "Docker containerizer" } as const;
const types = { mesos: "MESOS", docker: "DOCKER" } as const;

const own = (app: App): "mesos" | "docker" => (isDocker(app) ? "docker" : "mesos");

/** The networks of some agents that an app's containerizer can use, each once. */
function usable(app: App, agents: readonly AgentFacts[]): NetworkFacts[] {
    const all = agents.flatMap(({ networks = [] }) => networks).filter(({ containerizer }) => (containerizer ?? own(app)) === own(app));
    return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

/**
 * Container networks that no agent has, or not every one that the app may run on: Marathon does not know of networks, so that
 * a task is launched and fails.
 *
 * @param hosts the agents that it may run on
 * @param agents all agents
 */
export function networkFaults(app: App, hosts: readonly AgentFacts[], agents: readonly AgentFacts[], marathon: MarathonFacts): Fault[] {
    const named = (app.networks ?? []).flatMap(({ mode = "container", name = marathon.network }, index) =>
        mode === "container" && name !== undefined ? [{ name, index }] : [],
    );
    // Where nothing is known of some agent's networks, any of them may be there.
    if (agents.some(({ networks }) => networks === undefined)) {
        return [];
    }
    const known = usable(app, agents);
    return [
        ...named.flatMap(({ name, index }) =>
            known.some((network) => network.name === name) ? missing(app, name, ["networks", index, "name"], hosts) : [unknown(app, name, index, agents)],
        ),
        ...bridge(app, known, hosts, marathon),
        ...mapped(app, known),
        ...shut(app, known),
    ];
}

/**
 * The Mesos containerizer has no bridge of its own: Marathon asks for a network of that name, which DC/OS brings and nothing here.
 * Source: Marathon 1.11, docs/networking.md.
 */
function bridge(app: App, known: readonly NetworkFacts[], hosts: readonly AgentFacts[], marathon: MarathonFacts): Fault[] {
    const index = (app.networks ?? []).findIndex(({ mode }) => mode === "container/bridge");
    // Without that containerizer no network helps, which is told by itself.
    if (index < 0 || isDocker(app) || hosts.every(({ containerizers }) => containerizers?.includes("mesos") === false)) {
        return [];
    }
    const at = ["networks", index, "mode"];
    if (known.some(({ name }) => name === marathon.bridge)) {
        return missing(app, marathon.bridge, at, hosts);
    }
    const problem = `for the ${containerizers.mesos} this is a network ${marathon.bridge} of the agents, which they do not have`;
    const other = known.length > 0 ? `mode: container with the network ${listed(known.map(({ name }) => name), "or")}` : "networks: [{mode: host}]";
    const remedy = app.container?.docker ? `write container.type: DOCKER, or ${other}` : `write ${other}`;
    return [error(at, problem, `${remedy}; name it in datacentre:mesos.otherNetworks if the agents have it from elsewhere`)];
}

function unknown(app: App, name: string, index: number, agents: readonly AgentFacts[]): Fault {
    const at = ["networks", index, "name"];
    const here = containerizers[own(app)];
    const known = usable(app, agents).map((network) => network.name);
    const other = agents.flatMap(({ networks = [] }) => networks).find((network) => network.name === name)?.containerizer;
    const list = known.length > 0 ? `use ${listed(known, "or")}` : "describe it (datacentre:calico, or mesos.otherNetworks for one from elsewhere)";
    if (other) {
        const key = other === "mesos" ? "calico.networks" : "calico.dockerNetworks";
        const problem = `${name} is a network of the ${containerizers[other]} (datacentre:${key}), and this app is started by the ${here}`;
        return error(at, problem, `write container.type: ${types[other]}, or ${list}`);
    }
    const near = nearest(name, known);
    const have = known.length > 0 ? `it has ${listed(known)}` : "it has none";
    return error(at, `the ${here} has no network ${name}; ${have}`, near === undefined ? list : `did you mean ${near}? Else ${list}`);
}

/** Agents that the app may run on, and that do not have its network. */
function missing(app: App, name: string, at: Path, hosts: readonly AgentFacts[]): Fault[] {
    const has = (agent: AgentFacts) => usable(app, [agent]).some((network) => network.name === name);
    const without = hosts.filter((agent) => !has(agent));
    if (without.length === 0) {
        return [];
    }
    const names = listed(without.map(agentName));
    const problem = `${names} ${without.length === 1 ? "has" : "have"} no network ${name}, and Marathon does not know that: tasks fail there`;
    const remedy = "give their nodes the role calico";
    const fit = hosts.filter(has).map(({ hostname }) => hostname);
    return without.length === hosts.length
        ? [error(at, `no agent that it may run on has the network ${name}`, `${remedy}, or widen the constraints`)]
        : [warning(at, problem, `${remedy}, or keep the app on ${listed(fit, "or")} by a constraint`)];
}

/** The app's networks, as far as they are known. */
const ofApp = (app: App, known: readonly NetworkFacts[]): NetworkFacts[] =>
    known.filter(({ name }) => app.networks?.some((network) => (network.mode ?? "container") === "container" && network.name === name));

/**
 * Containers of such a network have addresses of their own, and nothing listens for them on their host. Sources: Mesos 1.11,
 * docs/cni.md, where the port mapper is a plugin of its own; Calico's libnetwork plugin, whose driver looks at no port.
 */
function mapped(app: App, known: readonly NetworkFacts[]): Fault[] {
    const [network] = ofApp(app, known).filter(({ mapsPorts }) => mapsPorts === false);
    return mappingsOf(app).flatMap(({ hostPort, networkNames = [] }, index) => {
        const here = network && (networkNames.length === 0 || networkNames.includes(network.name));
        const problem = `containers in ${network?.name ?? ""} have addresses of their own, and no host port leads to them`;
        const remedy = "take it out: the app is reached at its container's address, on containerPort";
        return hostPort !== undefined && here ? [error(["container", "portMappings", index, "hostPort"], problem, remedy)] : [];
    });
}

/** Marathon asks from its own node, which an isolated network does not let in. */
function shut(app: App, known: readonly NetworkFacts[]): Fault[] {
    const networks = ofApp(app, known);
    const [network] = networks;
    const checks = (app.healthChecks ?? []).flatMap(({ protocol = "HTTP" }, index) =>
        ["HTTP", "HTTPS", "TCP"].includes(protocol) ? [{ protocol, index }] : [],
    );
    if (!network || networks.some(({ isolated }) => isolated !== true)) {
        return [];
    }
    return checks.map(({ protocol, index }) =>
        warning(
            ["healthChecks", index, "protocol"],
            `Marathon asks from its own node, and ${network.name} lets in its own endpoints only: tasks on other nodes stay unhealthy`,
            `write MESOS_${protocol}, which the agent asks inside of the container`,
        ),
    );
}
