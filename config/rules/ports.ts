import type { Context } from "../context";
import { error, keyOf, type Fault } from "../faults";
import type { DataCentre, NodeSpec } from "../schema";
import type { Listener } from "../system";
import type { Systems } from "../systems";

/** No two services of one node listen on the same port. */
export function portRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    const faults = new Map<string, Fault>();
    for (const node of dc.nodes.filter(({ roles }) => roles.length > 0)) {
        const listeners = listenersOf(systems, dc, node);
        listeners.forEach(({ port, what, key }, index) => {
            const other = listeners.slice(0, index).find((candidate) => candidate.port === port);
            const problem = `${what} and ${other?.what ?? ""} would both listen on port ${port} of ${node.name}`;
            const place = other?.key ? ` (${keyOf(...other.key)})` : "";
            if (other && key && !faults.has(keyOf(...key))) {
                faults.set(keyOf(...key), error(key, problem + place, "use another port"));
            }
        });
    }
    return [...faults.values()];
}

/** What systems listen on, on a node: first what cannot be changed. */
export function serviceListeners({ parts }: Systems, dc: DataCentre, node: NodeSpec): Listener[] {
    const all = parts.flatMap((part) => part.listeners(dc, node));
    return [...all.filter(({ key }) => !key), ...all.filter(({ key }) => key)];
}

/** Everything that listens on a node, SSH included. */
export function listenersOf(systems: Systems, dc: DataCentre, node: NodeSpec): Listener[] {
    const services = serviceListeners(systems, dc, node);
    // At an address of its own SSH may be forwarded, from a port that is not the host's.
    const ssh = node.ssh.address === undefined ? { port: node.ssh.port, what: "SSH", key: ["nodes", dc.nodes.indexOf(node), "ssh", "port"] } : { port: 22, what: "SSH" };
    return [...services.filter(({ key }) => !key), ssh, ...services.filter(({ key }) => key)];
}
