import { canMatch, type Place } from "../constraints";
import { listed } from "../faults";
import { unmatched } from "../fit/constraints";
import { constraintsOf, type Range } from "../fit/facts";
import { portRanges, type Offer, type Slave } from "./read";
import type { Known, Reason } from "./types";

/** An agent as Mesos knows it, and what of it was last offered in vain. */
export interface AgentView extends Place {
    readonly attributes: Readonly<Record<string, string | number>>;
    readonly node?: string;
    readonly address?: string;
    /** The whole of it, where the master was asked. */
    readonly total?: {
        readonly cpus: number;
        readonly mem: number;
        readonly disk: number;
        readonly gpus: number;
        readonly ports: Range[];
    };
    /** Roles that any of its resources are in. */
    readonly roles?: readonly string[];
    readonly offer?: {
        readonly cpus: number;
        readonly mem: number;
        readonly disk: number;
        readonly gpus: number;
        readonly ports: Range[];
    };
    /** Why Marathon did not take it. */
    readonly reasons: readonly string[];
}

/** Every agent that is registered or made an offer, each once, with the names that people know it by. */
export function agentViews({ situation, item, slaves }: Known): AgentView[] {
    const newest = [...(item?.lastUnusedOffers ?? [])].sort((a, b) => b.timestamp.localeCompare(a.timestamp));
    const offers = newest.filter((one, index) => newest.findIndex(({ offer }) => sameAgent(offer, one.offer)) === index);
    const registered = (slaves ?? []).filter(({ active }) => active);
    const names = (hostname: string) => {
        const { node, address } = situation.agents?.find((agent) => agent.hostname === hostname) ?? {};
        return { ...(node === undefined ? {} : { node }), ...(address === undefined ? {} : { address }) };
    };
    const known = registered.map((slave) => {
        const last = offers.find(({ offer }) => offer.agentId === slave.id);
        return {
            ...ofSlave(slave),
            ...names(slave.hostname),
            ...(last ? { offer: offered(last.offer) } : {}),
            reasons: last?.reason ?? [],
        };
    });
    const others = offers.filter(({ offer }) => !slaves?.some(({ id }) => id === offer.agentId));
    return slaves
        ? known
        : others.map(({ offer, reason }) => ({
              hostname: offer.hostname,
              attributes: Object.fromEntries(offer.attributes.map(({ name, text, scalar }) => [name, text ?? scalar ?? ""])),
              ...names(offer.hostname),
              offer: offered(offer),
              reasons: reason,
          }));
}

const sameAgent = (a: Offer, b: Offer): boolean => (a.agentId === "" ? a.hostname === b.hostname : a.agentId === b.agentId);

function ofSlave({ hostname, attributes, resources, unreserved_resources: free, reserved_resources: reserved }: Slave) {
    const { cpus, mem, disk, gpus } = resources;
    const roles = [...(free.cpus > 0 || free.mem > 0 ? ["*"] : []), ...Object.keys(reserved)];
    return { hostname, attributes, total: { cpus, mem, disk, gpus, ports: portRanges(resources.ports) }, roles };
}

function offered({ resources }: Offer) {
    const sum = (name: string) =>
        resources.filter((one) => one.name === name).reduce((total, { scalar = 0 }) => total + scalar, 0);
    const ports = resources.filter(({ name }) => name === "ports").flatMap(({ ranges = [] }) => ranges);
    return { cpus: sum("cpus"), mem: sum("mem"), disk: sum("disk"), gpus: sum("gpus"), ports };
}

/** Nothing to run on: no agents, none in the app's role, none that its constraints fit. */
export function agentReasons(known: Known): Reason[] {
    const { app, item, slaves } = known;
    const views = agentViews(known);
    if (slaves && views.length === 0) {
        const inactive = slaves.map(({ hostname }) => hostname);
        const text =
            inactive.length > 0
                ? `no Mesos agent is active; ${listed(inactive)} lost the master`
                : "no Mesos agent is registered";
        const remedy =
            "on the agents' nodes 'journalctl -u mesos-slave -u mesos-agent -n 50'; /etc/mesos/zk must be the masters'";
        return [{ cause: "no-agents", text, remedy }];
    }
    if (!app || !item || views.length === 0) {
        return [];
    }
    return [...role(known, views), ...constraint(known, views)];
}

function role({ app }: Known, views: readonly AgentView[]): Reason[] {
    const wanted = [...new Set(app?.definition.acceptedResourceRoles ?? ["*", app?.definition.role ?? "*"])];
    const roles = [...new Set(views.flatMap((view) => view.roles ?? []))];
    const declined = views.filter(({ reasons }) => reasons.includes("UnfulfilledRole"));
    const none = roles.length > 0 && !roles.some((one) => wanted.includes(one));
    if (!none && (declined.length === 0 || declined.length < views.length)) {
        return [];
    }
    const found =
        roles.length > 0 ? `the agents' resources are in role ${listed(roles, "or")}` : "no agent offers resources in them";
    return [
        {
            cause: "role",
            text: `the app takes resources of role ${listed(wanted, "or")}, and ${found}`,
            remedy: "write the agents' role into acceptedResourceRoles, with Marathon registered in it (mesos_role), or take default_role from the agents",
        },
    ];
}

/** Constraints that nobody can satisfy, whatever runs; named by what the agents advertise. */
function constraint({ app, situation }: Known, views: readonly AgentView[]): Reason[] {
    const all = app ? constraintsOf(app.definition).map((one) => one.constraint) : [];
    const unmet = all.filter((one) => !views.some((view) => canMatch(one, view)));
    const named = views.map((view) => ({ ...view, ...situation.agents?.find(({ hostname }) => hostname === view.hostname) }));
    if (unmet.length > 0) {
        return unmet.map((one) => {
            const { problem, remedy } = unmatched(one, named);
            return { cause: "constraint", text: `constraint ${problem}`, remedy };
        });
    }
    const text = "each of its constraints fits some agent, and no agent fits all";
    return all.length > 1 && !views.some((view) => all.every((one) => canMatch(one, view)))
        ? [{ cause: "constraint", text, remedy: "take one out, or give an agent what it lacks" }]
        : [];
}
