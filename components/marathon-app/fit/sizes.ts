import type { Fault } from "../../../config/faults";
import { error, joined, listed } from "../faults";
import { defaults, type App } from "../schema";
import { agentId, agentName, type AgentFacts, type PlacedApp } from "./facts";

const kinds = ["cpus", "mem", "disk", "gpus"] as const;
export type Kind = (typeof kinds)[number];

export const units: Readonly<Record<Kind, string>> = { cpus: "CPUs", mem: "MiB of memory", disk: "MiB of disk", gpus: "GPUs" };

export const wantedOf = (app: App, kind: Kind): number => app[kind] ?? defaults[kind];

type Placed = PlacedApp & { readonly hosts: readonly AgentFacts[] };

/** What is not known of an agent is taken for enough. */
const sizeOf = (agent: AgentFacts, kind: Kind): number => agent.resources?.[kind] ?? Infinity;

/** An app that is larger than any agent that it may run on. */
export function sizeFaults(app: App, hosts: readonly AgentFacts[]): Fault[] {
    const alone = kinds.flatMap((kind) => {
        const largest = [...hosts].sort((a, b) => sizeOf(b, kind) - sizeOf(a, kind))[0];
        const wanted = wantedOf(app, kind);
        if (!largest || wanted <= sizeOf(largest, kind)) {
            return [];
        }
        const size = sizeOf(largest, kind);
        const problem = `${wanted} ${units[kind]} are more than any agent that it may run on has; the largest is ${agentName(largest)} with ${size}`;
        return [error([kind], problem, `use at most ${size}, or give the agents more`)];
    });
    const none = hosts.every((agent) => kinds.some((kind) => wantedOf(app, kind) > sizeOf(agent, kind)));
    return alone.length > 0 || !none
        ? alone
        : [
              error(
                  [],
                  "no agent that it may run on has all of its cpus, mem and disk at once",
                  "ask for less of one, or widen the constraints",
              ),
          ];
}

/** Apps that fit one by one, and not together: on the agents that they are tied to, or on all. */
export function sumFaults(apps: readonly Placed[]): Fault[] {
    const groups = new Map(apps.map(({ hosts }) => [hosts.map(agentId).join(" "), hosts]));
    return [...groups.values()].flatMap((hosts) => {
        const names = new Set(hosts.map(agentId));
        const tied = apps.filter((one) => one.hosts.every((host) => names.has(agentId(host))));
        return kinds.flatMap((kind) => together(kind, tied, hosts));
    });
}

function together(kind: Kind, apps: readonly Placed[], hosts: readonly AgentFacts[]): Fault[] {
    const room = hosts.reduce((sum, agent) => sum + sizeOf(agent, kind), 0);
    const sum = apps.reduce((total, { app }) => total + wantedOf(app, kind) * (app.instances ?? defaults.instances), 0);
    const last = apps.at(-1);
    // What is too large by itself is told by itself.
    const alone = apps.some(({ app, hosts: own }) => own.every((agent) => wantedOf(app, kind) > sizeOf(agent, kind)));
    if (sum <= room || alone || !last) {
        return [];
    }
    const names = apps.map(({ app }) => ((app.instances ?? 1) > 1 ? `${app.instances ?? 1} instances of ${app.id}` : app.id));
    const rounded = Math.round(sum * 1000) / 1000;
    const problem =
        `${listed(names)} ${apps.length > 1 ? "together ask" : "ask"} for ${rounded} ${units[kind]}, ` +
        `and ${listed(hosts.map(agentName))} ${hosts.length === 1 ? "has" : "have"} ${room}`;
    const fault = error([], problem, "ask for less, use fewer instances, or let some of them run elsewhere");
    return [{ ...fault, key: joined(last.key, kind) }];
}
