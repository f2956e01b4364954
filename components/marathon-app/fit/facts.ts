import { canMatch, constraintOf, type Constraint, type Place } from "../constraints";
import type { App } from "../schema";

/** Both ends are in it. */
export interface Range {
    readonly begin: number;
    readonly end: number;
}

/** A container network that an agent has. */
export interface NetworkFacts {
    readonly name: string;
    /** Whose containers can be in it; without it those of both. */
    readonly containerizer?: "mesos" | "docker";
    /** Whether nothing but its own endpoints is let in. */
    readonly isolated?: boolean;
    /** Whether it can map host ports to its containers; without it that is not known. */
    readonly mapsPorts?: boolean;
}

/** What is known of an agent before it is asked. What is not known is left out, and nothing is said about it. */
export interface AgentFacts extends Place {
    /** The node's name in the description, by which people know the agent. */
    readonly node?: string;
    readonly address?: string;
    /** Whole size, as the agent offers it: cpus, mem and disk in MiB, port ranges. */
    readonly resources?: {
        readonly cpus?: number;
        readonly mem?: number;
        readonly disk?: number;
        readonly gpus?: number;
        readonly ports?: readonly Range[];
    };
    /** The role that its resources are in; "*" unless it is said. */
    readonly role?: string;
    /** What starts containers. */
    readonly containerizers?: readonly ("docker" | "mesos")[];
    /** What keeps containers of the Mesos containerizer apart, and mounts their volumes. */
    readonly isolators?: readonly string[];
    /** Whose images the Mesos containerizer takes. */
    readonly imageProviders?: readonly string[];
    /** Images that are there already. */
    readonly images?: readonly string[];
    /** Container networks that it has. */
    readonly networks?: readonly NetworkFacts[];
    /** Registries that it reaches, as `host:port`; Docker Hub is `docker.io`. */
    readonly registries?: readonly string[];
    /** Of one without a way to the internet: whom it reaches, by name and address. */
    readonly inside?: readonly string[];
}

/** An app in today's spelling, and where its definition stands (`datacentre:apps[0]`, or nothing). */
export interface PlacedApp {
    readonly key: string;
    readonly app: App;
}

/** An app's constraints with their places; those with an operator that is none are the rules' business. */
export const constraintsOf = (app: App): { constraint: Constraint; index: number }[] =>
    (app.constraints ?? []).flatMap((fields, index) => {
        const constraint = constraintOf(fields);
        return constraint ? [{ constraint, index }] : [];
    });

/** The agents that an app's constraints let it run on. */
export const candidates = <Agent extends Place>(app: App, agents: readonly Agent[]): Agent[] =>
    agents.filter((agent) => constraintsOf(app).every(({ constraint }) => canMatch(constraint, agent)));

/** "172.18.1.1 (master1)", or what it advertises alone. */
export const agentName = ({ hostname, node }: { readonly hostname: string; readonly node?: string }): string =>
    node === undefined || node === hostname ? hostname : `${hostname} (${node})`;

/** Tells agents apart also where those of one machine advertise the same. */
export const agentId = ({ hostname, node }: { readonly hostname: string; readonly node?: string }): string => node ?? hostname;

export const inRanges = (port: number, ranges: readonly Range[]): boolean =>
    ranges.some(({ begin, end }) => port >= begin && port <= end);

/** Of agents those that offer a host port, or may; all of them where none does, which is told by itself. */
export function offering(agents: readonly AgentFacts[], port: number): readonly AgentFacts[] {
    const some = agents.filter(({ resources }) => resources?.ports === undefined || inRanges(port, resources.ports));
    return some.length > 0 ? some : agents;
}

export const rangesText = (ranges: readonly Range[]): string =>
    ranges.map(({ begin, end }) => (begin === end ? String(begin) : `${begin}-${end}`)).join(", ") || "none";
