import type { DataCentre, NodeSpec } from "../../../config/schema";
import type { Offer } from "../../../config/system";
import type { Systems } from "../../../config/systems";
import type { AlicloudSpec } from "./schema";

/** A role, or what else a node has that others are let in for. */
export type Duty = string;

/** One thing that is let in: who reaches whom, on which ports, and why. */
export interface Opening {
    readonly to: Duty;
    /** `all` is every protocol, since groups cannot say IP in IP alone. */
    readonly protocol: Offer["protocol"];
    /** `22/22`, or `-1/-1` where there are no ports: the API's form. */
    readonly ports: string;
    readonly from: readonly Duty[];
    /** Networks outside, besides the duties. */
    readonly cidrs?: readonly string[];
    readonly why: string;
}

/** What a node does, as far as others reach it: its roles, and what the description places on it otherwise. */
export function dutiesOf({ apps, systems }: Systems, dc: DataCentre, provider: AlicloudSpec, node: NodeSpec): Duty[] {
    const placed = [...apps, ...systems].flatMap((part) => Object.entries(part.duties));
    return [
        ...node.roles,
        ...placed.flatMap(([duty, { nodes }]) => (nodes(dc).includes(node.name) ? [duty] : [])),
        ...(provider.bastion === node.name ? ["bastion"] : []),
        "all",
    ];
}

/** `22` and `31000-32000` in the API's form. */
function portsOf(text: string): string {
    const [first = "", last = first] = text.split("-");
    return `${first}/${last}`;
}

/**
 * Everything that the described data centre lets in, and nothing else: what systems offer, to themselves and to those who call it.
 * Ports are those that the description gives to the services; each opening names who needs it.
 */
export function openingsOf(systems: Systems, dc: DataCentre, provider: AlicloudSpec): Opening[] {
    return [...entry(provider), ...offered(systems, dc), ...described(provider)];
}

function offered({ parts }: Systems, dc: DataCentre): Opening[] {
    const calls = parts.flatMap((part) => part.calls(dc));
    return parts.flatMap((part) =>
        part.offers(dc).map(({ service, to, protocol, ports, from, why }): Opening => {
            const callers = calls.filter((call) => call.service === `${part.leaf.name}:${service}`).flatMap((call) => call.from);
            return { to, protocol, ports: rangeOf(ports), from: [...new Set([...from, ...callers])], why };
        }),
    );
}

function rangeOf(ports: Offer["ports"]): string {
    if (ports === undefined) {
        return "-1/-1";
    }
    const [first, last] = typeof ports === "number" ? [ports, ports] : ports;
    return `${first}/${last}`;
}

const tcp = (to: Duty, port: number, from: Duty[], why: string): Opening => ({ to, protocol: "tcp", ports: rangeOf(port), from, why });

function entry(provider: AlicloudSpec): Opening[] {
    return [
        { to: "bastion", protocol: "tcp", ports: "22/22", from: [], cidrs: provider.operatorCidrs, why: "SSH of the operator" },
        tcp("all", 22, ["bastion"], "SSH through the bastion"),
        // Without it, paths with a smaller MTU swallow packets.
        { to: "all", protocol: "icmp", ports: "-1/-1", from: ["all"], why: "path MTU, ping" },
    ];
}

function described(provider: AlicloudSpec): Opening[] {
    return provider.openings.map(({ to, protocol, ports, from, why }) => ({
        to,
        protocol,
        ports: portsOf(ports),
        from: from.filter((one) => !one.includes("/")),
        cidrs: from.filter((one) => one.includes("/")),
        why: why ?? "as described",
    }));
}
