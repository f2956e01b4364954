import { agentReasons } from "./agents";
import { masterReasons } from "./masters";
import { offerReasons } from "./offers";
import { readApp, readDeployments, readQueue, readSlaves } from "./read";
import { taskReasons } from "./tasks";
import type { Cause, Reason, Situation } from "./types";

export type { Cause, Master, Reason, Situation } from "./types";

/** What rules out everything below it comes first; what only may have a part in it comes last. */
const order: readonly Cause[] = [
    "no-leader",
    "two-leaders",
    "no-framework",
    "no-agents",
    "role",
    "constraint",
    "unique",
    "maintenance",
    "cpus",
    "memory",
    "disk",
    "gpus",
    "ports",
    "reservation",
    "scarce",
    "image",
    "host-port",
    "docker-run",
    "fetch",
    "out-of-memory",
    "crash",
    "ends",
    "lost",
    "task",
    "unhealthy",
    "not-ready",
    "starting",
    "no-offers",
    "masters-superfluous",
    "quorum",
    "masters-even",
    "delay",
];

/**
 * Why an app stays in Waiting, does not run, or never gets healthy: read from what Marathon and Mesos answered, asking
 * nobody. What was not asked or did not answer may be left out; less is said then.
 *
 * @returns reasons, the decisive ones first, each with a remedy that an operator can carry out; none for an app that is
 *     deployed and runs
 */
export function diagnose(situation: Situation): Reason[] {
    const app = readApp(situation.app);
    const item = readQueue(situation.queue)?.find((one) => one.app?.id === situation.appId);
    const slaves = readSlaves(situation.slaves);
    const deployments = (readDeployments(situation.deployments) ?? []).filter(({ affectedApps }) =>
        affectedApps.includes(situation.appId),
    );
    if (app && !item && deployments.length === 0 && settled(app)) {
        return [];
    }
    const known = { situation, app, item, slaves, deployments };
    const agents = agentReasons(known);
    // Who has nobody to run on gets no offers either, which says nothing more.
    const offers = offerReasons(known).filter(({ cause }) => agents.length === 0 || cause !== "no-offers");
    const reasons = [...masterReasons(situation), ...agents, ...offers, ...taskReasons(known)];
    return reasons.sort((a, b) => order.indexOf(a.cause) - order.indexOf(b.cause));
}

const settled = (app: NonNullable<ReturnType<typeof readApp>>): boolean =>
    app.deployments.length === 0 && app.tasksUnhealthy === 0 && app.tasksRunning >= (app.definition.instances ?? 1);
