import type { Context, Sibling } from "../../../config/context";
import { error, keyOf, warning, type Fault } from "../../../config/faults";
import { contains, formatAddress, overlaps, parseAddress, parseNetwork } from "../../../config/network";
import type { DataCentre, NodeSpec } from "../../../config/schema";
import type { Systems } from "../../../config/systems";
import { gatewayOf } from "../docker/plan";
import { gatewayRules } from "../docker/rules";
import { machineOf, type ContainersSpec } from "./plan";
import { containerRoles, publishedPorts } from "./roles";

/** What must hold for nodes that are containers. */
export function containersRules(dc: DataCentre, context: Context, systems: Systems): Fault[] {
    if (dc.provider.kind !== "containers") {
        return [];
    }
    const { provider } = dc;
    return [
        ...gatewayRules(dc, provider),
        ...dc.nodes.flatMap((node, index) => ofNode(systems, node, index)),
        ...groups(dc),
        ...addresses(provider),
        ...published(dc, systems),
        ...(context.siblings ?? []).flatMap((sibling) => sameEngine(provider, sibling)),
    ];
}

/** Each is one container, with one program. */
function ofNode(systems: Systems, node: NodeSpec, index: number): Fault[] {
    const path = (...more: (string | number)[]) => ["nodes", index, ...more];
    const known = containerRoles(systems);
    const hosted = node.roles.flatMap((role, at) =>
        known.includes(role)
            ? []
            : [error(path("roles", at), `${role} needs a host, and ${node.name} is a container`, `use one of: ${known.join(", ")}; or another provider`)],
    );
    const count = [...new Set(node.roles)].length;
    const unlike: Fault[] = [
        ...(node.ssh.port === 22 && node.ssh.user === "root" && node.ssh.hostKey === undefined && node.ssh.bastion === undefined && node.ssh.address === undefined
            ? []
            : [error(path("ssh"), `${node.name} is a container, which nobody reaches by SSH`, "leave it out")]),
        ...(node.packages === "auto" ? [] : [error(path("packages"), `${node.name} is a container, in which nothing is installed`, "leave it out")]),
    ];
    if (hosted.length > 0) {
        return [...hosted, ...unlike];
    }
    return [
        ...(count === 1
            ? []
            : count === 0
              ? [error(path("roles"), `${node.name} has no role, and a container is nothing without the program of one`, `give it one of: ${known.join(", ")}; or take the node out`)]
              : [error(path("roles"), `${node.name} is one container and has ${count} roles: ${node.roles.join(", ")}`, "give every role a node of its own")]),
        ...unlike,
    ];
}

/** What only hosts have. */
function groups(dc: DataCentre): Fault[] {
    const why = "nodes are containers, and this is for hosts";
    return [
        ...(dc.mirror ? [error(["mirror"], why, "take it out")] : []),
        ...(dc.bundle ? [error(["bundle"], why, "take it out, and load images into the engine: docker load")] : []),
        ...(dc.registry ? [error(["registry"], `${why}: it writes files on its agent's`, "run a registry beside the stack, or describe it in datacentre:apps")] : []),
        ...(dc.marathonLb ? [error(["marathonLb"], `${why}: it binds the service ports of all apps there`, "describe it in datacentre:apps, or let clients come to the apps' host ports")] : []),
        ...(dc.docker.images.length > 0 ? [error(["docker", "images"], why, "load them into the engine: docker load -i FILE")] : []),
        ...(dc.docker.insecureRegistries.length > 0 ? [error(["docker", "insecureRegistries"], why, "set it for the engine: /etc/docker/daemon.json on its machine")] : []),
        ...(dc.docker.registryMirrors.length > 0 ? [error(["docker", "registryMirrors"], why, "set it for the engine: /etc/docker/daemon.json on its machine")] : []),
        ...(dc.timeServers.length > 0 ? [error(["timeServers"], why, "containers have the time of the engine's machine: set it there")] : []),
        ...(dc.docker.credentials.length > 0 ? [error(["docker", "credentials"], why, "log in on the engine's machine, and give apps the archive of the login by fetch")] : []),
    ];
}

function addresses(provider: ContainersSpec): Fault[] {
    const network = parseNetwork(provider.subnet);
    const address = parseAddress(provider.address ?? "");
    const inside = network && address !== undefined && contains(network, address) && provider.address !== gatewayOf(provider);
    const elsewhere = machineOf(provider.engine) !== undefined;
    return [
        ...(inside
            ? [error(["provider", "address"], `${provider.address} lies in the containers' own network, where the engine's machine is ${gatewayOf(provider)}`, "give an address that the machine has elsewhere, or leave it out")]
            : []),
        ...(provider.address?.startsWith("127.")
            ? [error(["provider", "address"], `in a container ${provider.address} is the container itself`, "give an address that the machine has in a network, or leave it out")]
            : []),
        ...(elsewhere && provider.publishAddress.startsWith("127.")
            ? [error(["provider", "publishAddress"], `at ${provider.publishAddress} of another machine nobody reaches the proxies from here, apps' own step included`, "use an address that this machine reaches, or leave it out")]
            : []),
        ...(elsewhere && provider.address === undefined
            ? [warning(["provider", "address"], `tasks are known at ${gatewayOf(provider)}, which only the engine's machine and its containers reach`, "give the address of the engine's machine that clients reach")]
            : []),
    ];
}

/** A port of the engine's machine is published once. */
function published(dc: DataCentre, systems: Systems): Fault[] {
    const all = publishedPorts(systems, dc);
    return all.flatMap(({ node, port, key }, at) => {
        const first = all.slice(0, at).find((other) => other.port === port);
        const problem = `${node.name} and ${first?.node.name ?? ""} would both be published at port ${port} of the engine's machine`;
        return first ? [error(["nodes", dc.nodes.indexOf(node), "roles"], problem, `give one of them another port (${keyOf(...key)}), or leave one out`)] : [];
    });
}

/**
 * Stacks on one engine; that of another machine is compared by its name. Whether networks of hosts and of containers meet is seen on the
 * engine (ops/prepare/engine.ts): stacks that are not up at once may have the same.
 */
function sameEngine(provider: ContainersSpec, sibling: Sibling): Fault[] {
    // Whatever its path, a socket is this machine's.
    const at = (engine: string): string => (engine.startsWith("ssh://") ? engine : "here");
    const shared = (sibling.kind === "containers" && at(sibling.engine ?? "") === at(provider.engine)) || (sibling.kind === "docker" && at(provider.engine) === "here");
    if (!shared) {
        return [];
    }
    const [mine, other] = [provider.subnet, sibling.subnet ?? ""].map(parseNetwork);
    return [
        ...(sibling.prefix === provider.prefix
            ? [error(["provider", "prefix"], `the prefix ${provider.prefix} is also in stack ${sibling.stack}, whose containers have the same names`, "give every stack on an engine a prefix of its own")]
            : []),
        ...(sibling.kind === "containers" && mine && other && overlaps(mine, other)
            ? [error(["provider", "subnet"], `${provider.subnet} overlaps ${sibling.subnet ?? ""}, the network of stack ${sibling.stack}`, `give every stack on an engine a network of its own, such as ${formatAddress((mine.first + 0x100) >>> 0)}/24`)]
            : []),
    ];
}
