import { isHostname, spread, written } from "../constraints";
import { counted, listed } from "../faults";
import { agentName, candidates, constraintsOf, inRanges, rangesText } from "../fit/facts";
import { units, wantedOf, type Kind } from "../fit/sizes";
import { fixedPorts, freePorts } from "../ports";
import { agentViews, type AgentView } from "./agents";
import type { Status } from "./read";
import type { Cause, Known, Reason } from "./types";
import { runsNow } from "./versions";

const scalars: Readonly<Record<string, { cause: Cause; kind: Kind }>> = {
    InsufficientCpus: { cause: "cpus", kind: "cpus" },
    InsufficientMemory: { cause: "memory", kind: "mem" },
    InsufficientDisk: { cause: "disk", kind: "disk" },
    InsufficientGpus: { cause: "gpus", kind: "gpus" },
};

/**
 * Why Marathon took none of the offers. Offers of agents that the constraints rule out for good say nothing about the
 * others, so the reasons are those of agents that the app may run on. Source: NoOfferMatchReason of Marathon 1.11.
 */
export function offerReasons(known: Known): Reason[] {
    const { app, item } = known;
    if (!app || !item) {
        return [];
    }
    const views = agentViews(known);
    const hosts = candidates(app.definition, views);
    const told = new Set(hosts.flatMap(({ reasons }) => reasons));
    if (told.size === 0 && item.lastUnusedOffers.length === 0) {
        item.processedOffersSummary.rejectSummaryLastOffers
            .filter(({ declined }) => declined > 0)
            .forEach(({ reason }) => told.add(reason));
    }
    if (told.has("AgentMaintenance")) {
        told.delete("UnfulfilledConstraint");
    }
    const reasons = [...told].flatMap((reason) => reasonFor(reason, app, hosts));
    return [...reasons, ...(reasons.length === 0 ? silence(known, views) : []), ...delay(known)];
}

function reasonFor(reason: string, app: Status, hosts: readonly AgentView[]): Reason[] {
    const scalar = scalars[reason];
    if (scalar) {
        return [lacking(scalar.cause, scalar.kind, reason, app, hosts)];
    }
    switch (reason) {
        case "InsufficientPorts":
            return ports(app, hosts);
        case "UnfulfilledConstraint":
            return hosts.length === 0 ? [] : exhausted(app, hosts);
        case "AgentMaintenance":
            return [
                {
                    cause: "maintenance",
                    text: `${names(hosts, reason)} ${few(hosts, reason) ? "is" : "are"} under maintenance, and Marathon starts nothing there`,
                    remedy: "end the maintenance (POST /machine/up and /maintenance/schedule of the leading master), or add agents",
                },
            ];
        case "NoCorrespondingReservationFound":
            return [
                {
                    cause: "reservation",
                    text: "no offer holds the disk that Mesos reserved for this app's persistent volumes",
                    remedy: "bring back the agent that holds it; to give the data up, delete the app and make it again",
                },
            ];
        case "DeclinedScarceResources":
            return [
                {
                    cause: "scarce",
                    text: `${names(hosts, reason)} ${few(hosts, reason) ? "has" : "have"} GPUs, which Marathon keeps for apps that ask for some`,
                    remedy: "add agents without GPUs, or run Marathon with --gpu_scheduling_behavior unrestricted",
                },
            ];
        default:
            return [];
    }
}

const those = (hosts: readonly AgentView[], reason: string): readonly AgentView[] => {
    const some = hosts.filter(({ reasons }) => reasons.includes(reason));
    return some.length > 0 ? some : hosts;
};
const names = (hosts: readonly AgentView[], reason: string): string =>
    listed(those(hosts, reason).map(agentName)) || "every agent";
const few = (hosts: readonly AgentView[], reason: string): boolean => those(hosts, reason).length === 1;

/** One agent must hold all that an instance asks for. */
function lacking(cause: Cause, kind: Kind, reason: string, app: Status, hosts: readonly AgentView[]): Reason {
    const wanted = wantedOf(app.definition, kind);
    const some = those(hosts, reason);
    const offers = some.flatMap((view) => (view.offer ? [`${agentName(view)} ${view.offer[kind]}`] : []));
    const offer = offers.length > 0 ? `, and the agents last offered: ${offers.join(", ")}` : ", and no agent offers as much";
    const totals = hosts.flatMap(({ total }) => (total ? [total[kind]] : []));
    const largest = Math.max(...totals);
    const never = totals.length > 0 && largest < wanted;
    const old = oldTasks(app, some);
    const text = `an instance asks for ${wanted} ${units[kind]}${offer}${never ? `; the largest of them has ${largest} in all` : ""}`;
    const less = `lower ${kind}${never ? ` to ${largest} or less` : ""}`;
    const room = old > 0 ? ", set upgradeStrategy.minimumHealthCapacity below 1 so that the old version makes room" : "";
    return {
        cause,
        text,
        remedy: never ? `${less}, or give the agents more` : `${less}, stop or scale down what uses it${room}, or add agents`,
    };
}

/** How many instances of an older version run on these agents. */
const oldTasks = (app: Status, hosts: readonly AgentView[]): number =>
    app.tasks.filter((task) => !runsNow(task, app) && hosts.some(({ hostname }) => hostname === task.host)).length;

function ports(app: Status, hosts: readonly AgentView[]): Reason[] {
    const fixed = fixedPorts(app.definition);
    const strange = fixed.filter(
        ({ port }) => hosts.length > 0 && hosts.every(({ total }) => total && !inRanges(port, total.ports)),
    );
    const own = (view: AgentView) => view.total ?? view.offer;
    const ranges = hosts.flatMap((view) => (own(view) ? [`${agentName(view)} ${rangesText(own(view)?.ports ?? [])}`] : []));
    if (strange.length > 0) {
        const text = `no agent has host port ${listed(strange.map(({ port }) => port))} to give; their ports: ${ranges.join("; ")}`;
        return [{ cause: "ports", text, remedy: "add it to the agents' ports (mesos.ports), or use host port 0" }];
    }
    const taken = fixed.filter(({ port }) => !hosts.some(({ offer }) => offer && inRanges(port, offer.ports)));
    if (taken.length > 0) {
        const text = `host port ${listed(taken.map(({ port }) => port))} is in no offer`;
        const old = app.tasks.find((task) => !runsNow(task, app) && taken.some(({ port }) => task.ports.includes(port)));
        return old
            ? [
                  {
                      cause: "ports",
                      text: `${text}: the app's own old version holds it on ${old.host} until the new one is healthy`,
                      remedy: "write upgradeStrategy: {minimumHealthCapacity: 0, maximumOverCapacity: 0}",
                  },
              ]
            : [
                  {
                      cause: "ports",
                      text: `${text}: something else holds it, or the agents do not have it${ranges.length > 0 ? ` (their ports: ${ranges.join("; ")})` : ""}`,
                      remedy: "free it (see the tasks' ports in /v2/tasks), add it to the agents' ports (mesos.ports), or use host port 0",
                  },
              ];
    }
    const needed = counted(freePorts(app.definition) + fixed.length, "host port");
    return [
        {
            cause: "ports",
            text: `an instance takes ${needed}, and no agent has as many left`,
            remedy: "give the agents more ports (mesos.ports)",
        },
    ];
}

/** Constraints that let some agents in, and whose room is used up. */
function exhausted(app: Status, hosts: readonly AgentView[]): Reason[] {
    const now = app.tasks.filter((task) => runsNow(task, app));
    const where = [...new Set(now.map(({ host }) => host))];
    const instances = app.definition.instances ?? 1;
    const all = constraintsOf(app.definition).map(({ constraint }) => constraint);
    const spreading = all.filter(
        (one) => spread(one) !== undefined || one.operator === "GROUP_BY" || (one.operator === "CLUSTER" && !one.value),
    );
    return spreading.map((one) => {
        const places = isHostname(one) ? counted(hosts.length, "agent") : `the agents' values of ${one.field}`;
        const running = where.length > 0 ? `${now.length} of ${instances} run on ${listed(where)}` : `none of ${instances} runs`;
        const text = `constraint ${written(one)} lets no further instance run: ${running}, and it allows ${places}`;
        return {
            cause: "unique",
            text,
            remedy: `use instances: ${Math.max(now.length, 1)}, add agents, or widen the constraint`,
        };
    });
}

/** Marathon wants to launch, and got nothing to launch on. */
function silence({ item, app, slaves }: Known, views: readonly AgentView[]): Reason[] {
    const none =
        item?.delay.overdue === true &&
        item.processedOffersSummary.processedOffersCount === 0 &&
        (slaves === undefined || views.length > 0);
    return none && app && app.lastTaskFailure === undefined
        ? [
              {
                  cause: "no-offers",
                  text: `Marathon has had no offer for the app${views.length > 0 ? `, though ${counted(views.length, "agent")} are registered` : ""}`,
                  remedy: "wait some seconds for the next offers; then see that Marathon is registered (/master/frameworks), that all resources are not in use, and that the number of masters is odd and fits the quorum",
              },
          ]
        : [];
}

function delay({ item, app, situation }: Known): Reason[] {
    if (item?.delay.overdue !== false) {
        return [];
    }
    const { timeLeftSeconds } = item.delay;
    const wait = timeLeftSeconds > 0 ? `in ${timeLeftSeconds} s` : "shortly";
    const most = app?.definition.maxLaunchDelaySeconds ?? 300;
    return [
        {
            cause: "delay",
            text: `after failures Marathon launches it again ${wait}, each time later, up to ${most} s`,
            remedy: `mend what fails; a new definition is tried at once, and so is this one after DELETE /v2/queue/${situation.appId.replace(/^\//, "")}/delay`,
        },
    ];
}
