import { counted, warning } from "./faults";
import type { App, ParsedApp } from "./schema";
import type { PortMapping } from "./schema/container";
import type { Translation } from "./translation";

type Given = Pick<ParsedApp, "ports" | "portDefinitions" | "networks" | "ipAddress" | "container">;
type Network = NonNullable<ParsedApp["networks"]>[number];

/** The parts of a definition that say how it is reached, in today's spelling. */
export type Networked = Pick<App, "networks" | "container" | "portDefinitions">;

/**
 * `container.docker.network`, `container.docker.portMappings`, `ipAddress` and `ports` as `networks`,
 * `container.portMappings` and `portDefinitions`. Source: AppNormalization of Marathon 1.11.
 */
export function translateNetworks(given: Given, translation: Translation): Networked {
    const mappings = portMappings(given, translation);
    const networks = named(given, translation) ?? given.networks ?? bridged(given, mappings, translation);
    const container = inner(given, mappings);
    return {
        ...(networks ? { networks } : {}),
        ...(container ? { container } : {}),
        ...definitions(given, networks, mappings, translation),
    };
}

const today = {
    BRIDGE: "networks: [{mode: container/bridge}]",
    HOST: "networks: [{mode: host}]",
    USER: "networks: [{mode: container, name: …}]",
};

/** The networks that an old spelling names. */
function named({ networks, ipAddress, container }: Given, translation: Translation): Network[] | undefined {
    const network = container?.docker?.network;
    const at = ["container", "docker", "network"];
    if (networks && networks.length > 0 && (network ?? ipAddress)) {
        const key = network ? at : ["ipAddress"];
        translation.refuse(key, `${key.join(".")} and networks both say what the network is`, `take ${key.join(".")} out`);
        return networks;
    }
    if (network === "NONE") {
        translation.refuse(
            at,
            "Marathon 1.11 runs no container without network",
            "use networks: [{mode: host}] or container/bridge",
        );
        return undefined;
    }
    const labels = ipAddress?.labels ? { labels: ipAddress.labels } : {};
    const user: Network = { mode: "container", ...(ipAddress?.networkName ? { name: ipAddress.networkName } : {}), ...labels };
    if (ipAddress) {
        translation.old(["ipAddress"], "ipAddress", "networks: [{mode: container, name: …}] and container.portMappings");
        translation.move(["ipAddress"], ["networks", 0]);
    }
    if (network) {
        translation.old(at, `container.docker.network: ${network}`, today[network]);
        translation.move(at, ["networks", 0]);
        return network === "HOST"
            ? [{ mode: "host" }]
            : network === "BRIDGE"
              ? [{ mode: "container/bridge", ...labels }]
              : [user];
    }
    return ipAddress ? [user] : undefined;
}

/** Mappings without any network: Marathon would drop them and use the host's network. They are what a bridge is for. */
function bridged(given: Given, mappings: PortMapping[] | undefined, translation: Translation): Network[] | undefined {
    if (!mappings || mappings.length === 0) {
        return undefined;
    }
    const key = given.container?.portMappings ? ["container", "portMappings"] : ["container", "docker", "portMappings"];
    const problem =
        "there are port mappings and no networks: Marathon would drop them and use the host's network; container/bridge is taken";
    translation.notices.push(warning(key, problem, "write networks: [{mode: container/bridge}]"));
    return [{ mode: "container/bridge" }];
}

function portMappings({ container, ipAddress }: Given, translation: Translation): PortMapping[] | undefined {
    const old = container?.docker?.portMappings;
    const at = ["container", "docker", "portMappings"];
    const discovered = ipAddress?.discovery?.ports ?? [];
    if (old && old.length > 0 && container.portMappings && container.portMappings.length > 0) {
        translation.refuse(at, "container.portMappings is there as well", "move all of them to container.portMappings");
    } else if (old) {
        translation.old(at, "container.docker.portMappings", "them as container.portMappings");
        translation.move(at, ["container", "portMappings"]);
    }
    const mappings =
        container?.portMappings && container.portMappings.length > 0 ? container.portMappings : (old ?? container?.portMappings);
    if (discovered.length === 0) {
        return mappings;
    }
    const discovery = ["ipAddress", "discovery", "ports"];
    if (container && container.type !== "MESOS") {
        translation.refuse(discovery, "Docker containers have no discovery ports", "describe them as container.portMappings");
    } else if (mappings && mappings.length > 0) {
        translation.refuse(discovery, "container.portMappings is there as well", "move all of them to container.portMappings");
    }
    translation.move(discovery, ["container", "portMappings"]);
    return discovered.map(({ number = 0, ...port }) => ({ ...port, containerPort: number }));
}

function inner({ container, ipAddress }: Given, mappings: PortMapping[] | undefined): App["container"] {
    // An address for each task is the Mesos containerizer's, so that is what Marathon takes when no container is given.
    const { docker, ...rest } = container ?? (ipAddress ? { type: "MESOS" as const } : {});
    if (!container && !ipAddress) {
        return undefined;
    }
    const kept = docker && { ...docker };
    delete kept?.network;
    delete kept?.portMappings;
    return { ...rest, ...(kept ? { docker: kept } : {}), ...(mappings ? { portMappings: mappings } : {}) };
}

/** `ports` as `portDefinitions`; with networks that are not the host's Marathon has no use for either. */
function definitions(
    { ports, portDefinitions, ipAddress }: Given,
    networks: Network[] | undefined,
    mappings: PortMapping[] | undefined,
    translation: Translation,
): Pick<App, "portDefinitions"> {
    if (!ports) {
        return portDefinitions ? { portDefinitions } : {};
    }
    if (portDefinitions) {
        const same = JSON.stringify(portDefinitions.map(({ port = 0 }) => port)) === JSON.stringify(ports);
        if (same) {
            translation.old(["ports"], "ports", "portDefinitions alone, which is there as well");
        } else {
            translation.refuse(["ports"], "ports and portDefinitions are both there and differ", "take ports out");
        }
        return { portDefinitions };
    }
    if (networks?.some(({ mode = "container" }) => mode !== "host")) {
        if (ports.length > (mappings ?? []).length && !ipAddress) {
            const problem = `ports has ${counted(ports.length, "port")}, and container.portMappings ${(mappings ?? []).length}`;
            translation.refuse(["ports"], problem, "describe every port in container.portMappings, and take ports out");
        } else {
            translation.old(["ports"], "ports beside container.portMappings", "container.portMappings alone");
        }
        return {};
    }
    translation.old(["ports"], "ports", "portDefinitions: [{port: …}] in its place");
    translation.move(["ports"], ["portDefinitions"]);
    return { portDefinitions: ports.map((port) => ({ port, protocol: "tcp" as const })) };
}
