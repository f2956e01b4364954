import { listed } from "../faults";
import { mappingsOf, onHost } from "../ports";
import type { HealthCheck } from "../schema/checks";
import type { Status, Task } from "./read";
import type { Known, Reason } from "./types";
import { runsNow } from "./versions";

/** Tasks that run and do not answer as they should. */
export function healthReasons({ deployments }: Known, app: Status): Reason[] {
    const now = app.tasks.filter((task) => runsNow(task, app) && task.state === "TASK_RUNNING");
    const ill = now.filter(({ healthCheckResults }) => healthCheckResults.some(({ alive }) => !alive));
    const checks = app.definition.healthChecks ?? [];
    const unasked =
        checks.length > 0 && deployments.length > 0
            ? now.filter(({ healthCheckResults }) => healthCheckResults.length === 0)
            : [];
    const waiting = ill.length > 0 ? ill : unasked;
    return [...(waiting.length > 0 ? [unhealthy(waiting, now, app)] : []), ...readiness(deployments, app)];
}

function unhealthy(ill: readonly Task[], now: readonly Task[], app: Status): Reason {
    const results = ill.flatMap(({ healthCheckResults }) => healthCheckResults.filter(({ alive }) => !alive));
    const causes = [...new Set(results.flatMap(({ lastFailureCause }) => lastFailureCause ?? []))];
    const never = ill.every(({ healthCheckResults }) =>
        healthCheckResults.every(({ firstSuccess }) => firstSuccess === undefined),
    );
    const old = app.tasks.filter(
        (task) => !runsNow(task, app) && task.state === "TASK_RUNNING" && task.healthCheckResults.every(({ alive }) => alive),
    );
    const [check] = app.definition.healthChecks ?? [];
    const count = `${ill.length} of ${now.length} ${now.length === 1 ? "task" : "tasks"} of this version`;
    const asked = check ? ` (${written(check)})` : "";
    const why = causes.length > 0 ? `: ${causes.join("; ").slice(0, 300)}` : "";
    const serves = old.length > 0 ? `; ${old.length} of the version before still ${old.length === 1 ? "serves" : "serve"}` : "";
    return {
        cause: "unhealthy",
        text: `${count} ${ill.length === 1 ? "is" : "are"} ${never ? "not healthy yet, and never was" : "no longer healthy"}${asked}${why}${serves}`,
        remedy: remedy(check, ill[0], app, causes.join(" ")),
    };
}

function written({ protocol = "HTTP", path, port, portIndex, command }: HealthCheck): string {
    if (protocol === "COMMAND" || command) {
        return "a command";
    }
    const where = port === undefined ? `port index ${portIndex ?? 0}` : `port ${port}`;
    return `${protocol}${protocol.endsWith("TCP") ? "" : ` ${path ?? "/"}`} on ${where}`;
}

/** How to ask by hand, and what to look at by what was answered. */
function remedy(check: HealthCheck | undefined, task: Task | undefined, app: Status, cause: string): string {
    const { protocol = "HTTP", path = "/", port, portIndex = 0, command, gracePeriodSeconds = 300 } = check ?? {};
    if (protocol === "COMMAND" || command) {
        return `run the check's command in the task on ${task?.host ?? "its agent"}, and see what it ends with`;
    }
    const host = port ?? task?.ports[portIndex];
    const target = host === undefined || task === undefined ? undefined : `${task.host}:${host}`;
    const scheme = protocol.endsWith("HTTPS") ? "https" : "http";
    const ask =
        target === undefined
            ? "ask it by hand"
            : protocol.endsWith("TCP")
              ? `try 'nc -vz ${target.replace(":", " ")}'`
              : `try 'curl -v ${scheme}://${target}${path}'`;
    const inside = onHost(app.definition) ? undefined : mappingsOf(app.definition)[portIndex]?.containerPort;
    const listens =
        inside !== undefined && inside > 0
            ? `see that the program listens on 0.0.0.0:${inside} in its container`
            : `see that the program listens on the port that it is given ($PORT${portIndex})`;
    const answers = /\b[45]\d\d\b/.test(cause) ? `see the check's path (${path}) and the program's log` : listens;
    return `${ask}; ${answers}; gracePeriodSeconds (${gracePeriodSeconds}) must be longer than it takes to start`;
}

function readiness(deployments: Known["deployments"], app: Status): Reason[] {
    const results = deployments
        .flatMap(({ currentActions }) => currentActions)
        .filter((action) => action.app === app.id)
        .flatMap(({ readinessCheckResults }) => readinessCheckResults)
        .filter(({ ready }) => !ready);
    const statuses = [...new Set(results.flatMap(({ lastResponse }) => lastResponse?.status ?? []))];
    const answered = statuses.length > 0 ? `; it answers ${listed(statuses, "or")}` : "";
    return results.length === 0
        ? []
        : [
              {
                  cause: "not-ready",
                  text: `${results.length === 1 ? "a task is" : `${results.length} tasks are`} not ready by readiness check ${results[0]?.name ?? ""}${answered}`,
                  remedy: "see the check's path and httpStatusCodesForReady, and what the program waits for",
              },
          ];
}
