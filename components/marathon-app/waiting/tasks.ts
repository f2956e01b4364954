import { listed } from "../faults";
import { isDocker } from "../ports";
import { failureReason } from "./failures";
import { healthReasons } from "./health";
import type { Status } from "./read";
import type { Known, Reason } from "./types";
import { since } from "./versions";

/** What became of tasks that were launched. */
export function taskReasons(known: Known): Reason[] {
    const { app } = known;
    if (!app) {
        return [];
    }
    const last = app.lastTaskFailure;
    // Marathon keeps the last failure until the next one, also when it was of a version that is gone.
    const failed = last && last.version >= since(app) ? failureReason(last, known) : undefined;
    const health = healthReasons(known, app);
    const told = failed?.cause === "unhealthy" && health.some(({ cause }) => cause === "unhealthy") ? [] : [failed ?? []].flat();
    return [...told, ...health, ...(failed ? [] : ends(known, app)), ...starting(known, app)];
}

/** A command that comes to its end, without a failure: Marathon starts it again, later each time. */
function ends({ item }: Known, app: Status): Reason[] {
    const finished = app.tasks.filter((task) => task.state === "TASK_FINISHED");
    return finished.length > 0 || (item?.delay.overdue === false && app.tasksRunning === 0 && app.tasks.length === 0)
        ? [
              {
                  cause: "ends",
                  text: "its tasks end by themselves, without an error",
                  remedy: "let the command stay in the foreground: Marathon runs services, and starts what has ended again",
              },
          ]
        : [];
}

/** Launched some time ago and not running yet. */
function starting({ situation }: Known, app: Status): Reason[] {
    const now = situation.now ?? Date.now();
    const slow = app.tasks.filter(
        ({ state, stagedAt }) =>
            ["TASK_STAGING", "TASK_STARTING"].includes(state) && stagedAt !== undefined && now - Date.parse(stagedAt) > 30_000,
    );
    const longest = Math.round(Math.max(...slow.map(({ stagedAt }) => now - Date.parse(stagedAt ?? ""))) / 1000);
    if (slow.length === 0) {
        return [];
    }
    const hosts = listed([...new Set(slow.map(({ host }) => host))]);
    const image = isDocker(app.definition) ? app.definition.container?.docker?.image : undefined;
    return [
        image === undefined
            ? {
                  cause: "starting",
                  text: `tasks on ${hosts} have been starting for ${longest} s`,
                  remedy: "see 'journalctl -u mesos-slave -u mesos-agent -n 50' there, and what fetch brings",
              }
            : {
                  cause: "starting",
                  text: `tasks on ${hosts} have been starting for ${longest} s; most likely ${image} is still being pulled`,
                  remedy: `there, 'docker images' says whether it has come; 'docker pull ${image}' by hand says what is slow; executor_registration_timeout is how long it may take`,
              },
    ];
}
