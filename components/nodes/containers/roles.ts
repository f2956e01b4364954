import type { ContainerSpec } from "../../../config/container";
import type { Path } from "../../../config/faults";
import { nodesWith } from "../../../config/nodes";
import type { DataCentre, NodeSpec, Role } from "../../../config/schema";
import { factsOf, type Systems } from "../../../config/systems";

/** A role that nodes have, and those of them that it needs. */
export interface OrderedRole {
    readonly role: Role;
    readonly needs: readonly Role[];
}

/** Roles that some node has, each after those that it needs. */
export function roleOrder(systems: Systems, dc: DataCentre): OrderedRole[] {
    const present = systems.form.roles.filter((role) => nodesWith(dc, role).length > 0);
    const needsOf = (role: Role): Role[] => factsOf(systems, role).needs.map((need) => need.role).filter((other) => present.includes(other));
    const ordered: OrderedRole[] = [];
    const add = (role: Role): void => {
        if (!ordered.some((one) => one.role === role)) {
            needsOf(role).forEach(add);
            ordered.push({ role, needs: needsOf(role) });
        }
    };
    present.forEach(add);
    return ordered;
}

/** Roles whose programs run in containers as nodes. */
export const containerRoles = (systems: Systems): Role[] => systems.form.roles.filter((role) => factsOf(systems, role).container !== undefined);

/**
 * What runs in a node's container.
 *
 * @throws Error for a node without just one role, or with one that needs a host: the rules have refused it
 */
export function containerOf(systems: Systems, dc: DataCentre, node: NodeSpec): ContainerSpec {
    const [role, ...more] = node.roles;
    const make = role !== undefined && more.length === 0 ? factsOf(systems, role).container : undefined;
    if (!make) {
        throw new Error(`${node.name} is no container of one role; the description was not checked`);
    }
    return make(dc, node);
}

/** A port of the engine's machine at which a node is published, with the key that says it. */
export interface PublishedPort {
    readonly node: NodeSpec;
    readonly port: number;
    readonly key: Path;
}

/** All of them; of nodes that cannot be made, which the rules tell, none. */
export const publishedPorts = (systems: Systems, dc: DataCentre): PublishedPort[] =>
    dc.nodes.flatMap((node, index) => {
        const keyed = systems.parts.flatMap((part) => part.listeners(dc, node));
        return publishedBy(systems, dc, node).map((port) => ({ node, port, key: keyed.find((one) => one.port === port)?.key ?? ["nodes", index, "roles"] }));
    });

function publishedBy(systems: Systems, dc: DataCentre, node: NodeSpec): number[] {
    try {
        return (containerOf(systems, dc, node).published ?? []).map(({ at }) => at);
    } catch {
        return [];
    }
}
