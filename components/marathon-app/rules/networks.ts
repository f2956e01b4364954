import type { Fault, Path } from "../../../config/faults";
import { error, warning } from "../faults";
import type { MarathonFacts } from "../marathon";
import { fixedPorts, isDocker, mappingsOf, modesOf, onHost, servicePorts, type FixedPort } from "../ports";
import type { App } from "../schema";

/** One host network, one bridge, or container networks by name. */
export function networkRules(app: App, marathon?: MarathonFacts): Fault[] {
    const networks = app.networks ?? [];
    const modes = new Set(modesOf(app));
    const faults: Fault[] = [];
    if (modes.size > 1) {
        faults.push(
            error(
                ["networks"],
                "these modes do not go together",
                "use one of host, container/bridge, or container networks alone",
            ),
        );
    } else if (networks.length > 1 && !modes.has("container")) {
        faults.push(error(["networks"], "this network is there twice", "keep one"));
    } else if (networks.length > 1 && isDocker(app)) {
        faults.push(
            error(["networks"], "the Docker containerizer joins one network", "keep one, or write container.type: MESOS"),
        );
    }
    for (const [index, { mode = "container", name, labels = {} }] of networks.entries()) {
        if (mode !== "container" && name !== undefined) {
            faults.push(
                error(["networks", index, "name"], `mode ${mode} has no network's name`, "take it out, or use mode: container"),
            );
        }
        if (mode === "host" && Object.keys(labels).length > 0) {
            faults.push(error(["networks", index, "labels"], "the host's network has no labels", "take them out"));
        }
        if (mode === "container" && networks.findIndex((other) => other.name === name && (other.mode ?? mode) === mode) < index) {
            faults.push(error(["networks", index, "name"], "this network is there twice", "keep one"));
        }
        if (mode === "container" && name === undefined) {
            faults.push(...unnamed(["networks", index], marathon));
        }
    }
    return faults;
}

/** A network that has no name is Marathon's own choice, if it has one. */
function unnamed(at: Path, marathon: MarathonFacts | undefined): Fault[] {
    const remedy = "give the network's name";
    if (!marathon) {
        const problem =
            "no network is named, so Marathon takes its default_network_name, and refuses the app where it has none";
        return [warning(at, problem, remedy)];
    }
    const setting = "default_network_name in datacentre:marathon.flags";
    return marathon.network === undefined ? [error(at, `no network is named, and there is no ${setting}`, `${remedy}, or set that`)] : [];
}

/** Ports described where they count, each once. */
export function portRules(app: App): Fault[] {
    const mappings = app.container?.portMappings ?? [];
    const definitions = app.portDefinitions ?? [];
    const faults: Fault[] = [];
    if (onHost(app) && mappings.length > 0) {
        const remedy = "write networks: [{mode: container/bridge}], or describe the ports as portDefinitions";
        faults.push(error(["container", "portMappings"], "the host's network has no port mappings", remedy));
    }
    if (!onHost(app) && definitions.length > 0) {
        const remedy = "describe the ports as container.portMappings, or write networks: [{mode: host}]";
        faults.push(error(["portDefinitions"], "portDefinitions are the host network's", remedy));
    }
    if (app.requirePorts === true && (!onHost(app) || definitions.every(({ port = 0 }) => port === 0))) {
        const remedy = onHost(app) ? "give the ports in portDefinitions" : "give hostPort in container.portMappings";
        faults.push(warning(["requirePorts"], "this asks for host ports by number, and none is described", remedy));
    }
    return [
        ...faults,
        ...twice(
            fixedPorts(app),
            "host port",
            "give each a port of its own; Mesos does not tell tcp from udp, so 'udp,tcp' takes one",
        ),
        ...(onHost(app)
            ? twice(servicePorts(app), "port", "give each a port of its own")
            : twice(servicePorts(app), "service port", "use another").map((fault) => ({ ...fault, severity: "warning" as const }))),
        ...portNames(app),
        ...networkNames(app),
    ].filter((fault, index, all) => all.findIndex(({ key }) => key === fault.key) === index);
}

function twice(ports: readonly FixedPort[], what: string, remedy: string): Fault[] {
    return ports.flatMap(({ port, path }, index) =>
        ports.findIndex((other) => other.port === port) < index ? [error(path, `${what} ${port} is there twice`, remedy)] : [],
    );
}

function portNames(app: App): Fault[] {
    const [list, ports] = onHost(app)
        ? [["portDefinitions"], app.portDefinitions ?? []]
        : [["container", "portMappings"], mappingsOf(app)];
    return ports.flatMap(({ name }, index) =>
        name !== undefined && ports.findIndex((other) => other.name === name) < index
            ? [error([...list, index, "name"], `two ports are named ${name}`, "give each a name of its own")]
            : [],
    );
}

function networkNames(app: App): Fault[] {
    const known = (app.networks ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
    const several = modesOf(app).filter((mode) => mode === "container").length > 1;
    return mappingsOf(app).flatMap(({ networkNames: wanted = [], hostPort }, index) => {
        const at = ["container", "portMappings", index, "networkNames"];
        const strange = wanted.filter((name) => !known.includes(name));
        if (strange.length > 0) {
            return [
                error(
                    at,
                    `the app has no network ${strange.join(", ")}`,
                    `use ${known.join(", ") || "none, as no network has a name"}`,
                ),
            ];
        }
        return several && hostPort !== undefined && wanted.length !== 1
            ? [error(at, "a host port leads to one of several networks", "name that one")]
            : [];
    });
}
