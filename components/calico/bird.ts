import { createHash } from "node:crypto";

import type { DataCentre, NodeSpec } from "../../config/schema";
import { nodes } from "./plan";

export const birdFile = "/etc/calico/bird.conf";
export const birdSocket = "/run/calico-bird.ctl";

/** A protocol's name in BIRD: letters, digits and `_`, at most 63. Nodes' names have no capitals, so that one stands for a dot. */
export function protocolOf({ name }: Pick<NodeSpec, "name">): string {
    const plain = `node_${name.replaceAll("-", "_").replaceAll(".", "D")}`;
    return plain.length <= 63 ? plain : `${plain.slice(0, 50)}_${createHash("sha256").update(name).digest("hex").slice(0, 12)}`;
}

/**
 * bird.conf, for BIRD 2 as distributions have it: Calico's own template is written for Calico's own BIRD 1, which knows how to
 * send routes into IPIP tunnels. Here are only pools without encapsulation.
 *
 * Felix puts a route for every container of this host into the kernel's table; BIRD learns those, tells them to every other node,
 * and puts theirs into the table. The pool as a whole is unreachable, so that packets to an address that nobody has end here
 * instead of going round by the default gateway.
 *
 * @returns undefined where no pool needs BGP
 */
export function birdConfig(dc: DataCentre, node: NodeSpec): string | undefined {
    const pools = dc.calico.pools.filter(({ encapsulation }) => encapsulation === "none").map(({ cidr }) => cidr);
    if (pools.length === 0) {
        return undefined;
    }
    const within = pools.map((cidr) => `${cidr}+`).join(", ");
    const peers = nodes(dc).filter((other) => other !== node);
    return `log stderr { info, warning, error, fatal, bug };
router id ${node.address};

filter of_this_host {
    if net ~ [ ${within} ] && net.len = 32 && source = RTS_INHERIT then accept;
    reject;
}

filter of_pools {
    if net ~ [ ${within} ] then accept;
    reject;
}

protocol device {
    scan time 5;
}

protocol kernel {
    learn;
    persist;
    scan time 2;
    graceful restart;
    ipv4 {
        import filter of_pools;
        export filter of_pools;
    };
}

protocol static whole_pools {
    ipv4;
${pools.map((cidr) => `    route ${cidr} unreachable;\n`).join("")}}

template bgp of_nodes {
    local ${node.address} as ${dc.calico.asNumber};
    direct;
    graceful restart on;
    connect delay time 2;
    connect retry time 5;
    error wait time 2, 10;
    ipv4 {
        gateway direct;
        next hop self;
        import filter of_pools;
        export filter of_this_host;
    };
}
${peers.map((peer) => `\nprotocol bgp ${protocolOf(peer)} from of_nodes {\n    neighbor ${peer.address} as ${dc.calico.asNumber};\n}\n`).join("")}`;
}
