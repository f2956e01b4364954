import { warning, keyOf, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";
import type { App, PlacedApp } from "../marathon-app/definition";

/** How long an app lets something take, where, and what it is. */
function lengthsOf(app: App): [seconds: number, at: string, what: string][] {
    const checks = (app.healthChecks ?? []).flatMap(({ gracePeriodSeconds, delaySeconds }, index): [number, string, string][] => [
        ...(gracePeriodSeconds === undefined ? [] : [[gracePeriodSeconds, `healthChecks[${index}].gracePeriodSeconds`, "its start may take"] as [number, string, string]]),
        ...(delaySeconds === undefined ? [] : [[delaySeconds, `healthChecks[${index}].delaySeconds`, "its first check waits"] as [number, string, string]]),
    ]);
    return [
        ...checks,
        ...(app.taskKillGracePeriodSeconds === undefined
            ? []
            : [[app.taskKillGracePeriodSeconds, "taskKillGracePeriodSeconds", "a version before may take to end"] as [number, string, string]]),
        ...(app.backoffSeconds === undefined ? [] : [[app.backoffSeconds, "backoffSeconds", "Marathon waits after a task that failed"] as [number, string, string]]),
    ];
}

/** `up` gives up before an app that says so itself is late. */
export const waitFaults = (dc: DataCentre, apps: readonly PlacedApp[]): Fault[] =>
    apps.flatMap(({ key, app }) => {
        const { timeoutSeconds } = dc.appWait;
        return lengthsOf(app)
            .filter(([seconds]) => seconds >= timeoutSeconds)
            .map(([seconds, at, what]) => ({
                ...warning([], `${what} ${seconds} s, and 'up' waits ${timeoutSeconds} s for an app to be deployed and healthy`, `set ${keyOf("appWait", "timeoutSeconds")} above ${seconds}, or use less here`),
                key: `${key}.${at}`,
            }));
    });
