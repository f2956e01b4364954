import { listed } from "../faults";
import { readApp, readDeployments, type Status, type Task } from "./read";

/** Since when the app's tasks are of today's configuration; scaling makes a version too, and changes no task. */
export const since = (app: Status): string => app.versionInfo?.lastConfigChangeAt ?? app.version;

/** Whether a task is of the version that is being deployed, or was last. */
export const runsNow = (task: Task, app: Status): boolean => task.version === undefined || task.version >= since(app);

/** How many tasks run of today's configuration, how many of them are good, and how many run of earlier ones: Marathon counts all together. */
export function countVersions(text: string | undefined, checked: boolean): { readonly good: number; readonly old: number } {
    const app = readApp(text);
    const running = app?.tasks.filter(({ state }) => state === "TASK_RUNNING") ?? [];
    const now = running.filter((task) => app && runsNow(task, app));
    const good = now.filter(({ healthCheckResults: results }) => !checked || (results.length > 0 && results.every(({ alive }) => alive)));
    return { good: good.length, old: running.length - now.length };
}

/** What Marathon is at with an app, and since when, by `GET /v2/deployments`: a text for each deployment. */
export const underWay = (deployments: string | undefined, id: string): string[] =>
    (readDeployments(deployments) ?? [])
        .filter(({ affectedApps }) => affectedApps.includes(id))
        .map(({ id: deployment, version, currentActions, currentStep, totalSteps }) => {
            const actions = [...new Set(currentActions.flatMap(({ action, app }) => (app === id ? action : [])))];
            return `deployment ${deployment} has been at ${actions.length > 0 ? listed(actions) : "its start"} (step ${currentStep} of ${totalSteps}) since ${version}`;
        });
