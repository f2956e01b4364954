import type { Context, Sibling } from "../../../config/context";
import { error, warning, type Fault } from "../../../config/faults";
import { formatAddress, overlaps, parseAddress, parseNetwork } from "../../../config/network";
import type { DataCentre } from "../../../config/schema";
import { sharedHosts } from "../shared-hosts";
import { gatewayOf } from "./plan";

/** What must hold for hosts that are containers of this machine. */
export function dockerProviderRules(dc: DataCentre, context: Context): Fault[] {
    return dc.provider.kind === "docker"
        ? [
              ...reached(dc),
              ...gatewayRules(dc, dc.provider),
              ...(context.siblings ?? []).flatMap((sibling) => engine(dc, sibling)),
              ...sharedHosts(dc, context),
          ]
        : [];
}

function reached(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index): Fault[] => {
        const path = (key: string) => ["nodes", index, "ssh", key];
        return [
            ...(node.ssh.address === undefined ? [] : [error(path("address"), "hosts of provider docker are reached at the address that the stack gives them", "leave it out")]),
            ...(node.ssh.port === 22 ? [] : [error(path("port"), "hosts of provider docker listen on port 22", "leave it out")]),
            ...(node.ssh.user === "root" ? [] : [error(path("user"), "hosts of provider docker know root alone", "leave it out")]),
            ...(node.ssh.hostKey === undefined
                ? []
                : [warning(path("hostKey"), "hosts of provider docker get a key of the stack's own, and this one is not looked at", "leave it out")]),
            ...(node.ssh.bastion === undefined ? [] : [error(path("bastion"), "hosts of provider docker are reached directly", "leave it out")]),
        ];
    });
}

/** The gateway of an engine's network is in it, and no node's. */
export function gatewayRules(dc: DataCentre, provider: { subnet: string; gateway?: string | undefined }): Fault[] {
    const network = parseNetwork(provider.subnet);
    if (!network) {
        return [];
    }
    const address = provider.gateway === undefined ? undefined : parseAddress(provider.gateway);
    const usable = address === undefined || (address > network.first && address < network.last);
    const problem = `${provider.gateway ?? ""} is not a usable address of ${provider.subnet}`;
    const range = `use one from ${formatAddress(network.first + 1)} to ${formatAddress(network.last - 1)}`;
    return [
        ...(usable ? [] : [error(["provider", "gateway"], problem, `leave it out, or use ${formatAddress(network.last - 1)}`)]),
        ...dc.nodes.flatMap((node, index) => {
            const own = parseAddress(node.address);
            return own !== undefined && own > network.first && own < network.last && node.address === gatewayOf(provider)
                ? [error(["nodes", index, "address"], `${node.address} is the gateway's address`, `${range}, or set datacentre:provider.gateway to another one`)]
                : [];
        }),
    ];
}

/** Stacks of provider `docker` share this machine's engine, with those whose nodes are its containers. */
function engine(dc: DataCentre, sibling: Sibling): Fault[] {
    const { provider } = dc;
    const shared = sibling.kind === "docker" || (sibling.kind === "containers" && !sibling.engine?.startsWith("ssh://"));
    if (provider.kind !== "docker" || !shared) {
        return [];
    }
    const faults: Fault[] = [];
    if (sibling.prefix === provider.prefix) {
        const problem = `the prefix ${provider.prefix} is also in stack ${sibling.stack}, whose containers have the same names`;
        faults.push(error(["provider", "prefix"], problem, "give every docker stack a prefix of its own"));
    }
    const [mine, other] = [provider.subnet, sibling.subnet ?? ""].map(parseNetwork);
    // With containers as nodes it is seen on the engine: see ops/prepare/engine.ts.
    if (sibling.kind === "docker" && mine && other && overlaps(mine, other)) {
        const problem = `${provider.subnet} overlaps ${sibling.subnet ?? ""}, the network of stack ${sibling.stack}`;
        faults.push(
            error(["provider", "subnet"], problem, "give every docker stack a network of its own, such as 172.18.2.0/24"),
        );
    }
    return faults;
}
