import { error, nearest, warning, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";

/** What must hold for the mirror, and where there has to be one. */
export function mirrorRules(dc: DataCentre): Fault[] {
    const { mirror, provider } = dc;
    if (!mirror) {
        return closedIn(dc);
    }
    const path = ["mirror", "node"];
    const node = dc.nodes.find(({ name }) => name === mirror.node);
    if (!node) {
        const near = nearest(mirror.node, dc.nodes.map(({ name }) => name));
        return [error(path, `there is no node ${mirror.node}`, near === undefined ? "name one of datacentre:nodes" : `write ${near}`)];
    }
    return [
        ...(node.roles.length === 0 ? [error(path, `${node.name} has no roles, so nothing is put on it`, "give it a role, or name another node")] : []),
        ...(dc.bundle ? [error(["mirror"], "with a bundle hosts fetch nothing, and need no mirror", "take out one of the two")] : []),
        ...(provider.kind === "alicloud" && provider.outbound === "none" && provider.bastion !== node.name
            ? [error(path, `${node.name} does not reach the internet itself: with outbound: none, ${provider.bastion} alone does`, `name ${provider.bastion}`)]
            : []),
        ...(provider.kind === "alicloud" && provider.outbound === "nat"
            ? [warning(["mirror"], "every node has a way out by the NAT gateway, which costs by the hour", "set datacentre:provider.outbound: none, if the mirror is to be the only one")]
            : []),
    ];
}

/** Nodes that reach nothing, and are not told where else packages come from. */
function closedIn({ provider, bundle }: DataCentre): Fault[] {
    return provider.kind === "alicloud" && provider.outbound === "none" && !bundle
        ? [
              warning(
                  ["provider", "outbound"],
                  `no node but ${provider.bastion} reaches packages and images`,
                  `set datacentre:mirror: {node: ${provider.bastion}}, or describe a bundle, unless the machines' image has everything`,
              ),
          ]
        : [];
}
