/** Which version's tasks are counted, and what Marathon is at with an app. */
import { countVersions, underWay } from "../../../components/marathon-app/waiting/versions";
import { before, started, task } from "./answers";

const well = { healthCheckResults: [{ alive: true }] };
const app = (...tasks: object[]) =>
    JSON.stringify({ app: { id: "/web", cmd: "true", version: started, versionInfo: { lastConfigChangeAt: started }, tasksHealthy: 3, tasks } });

it("counts good tasks of today's version apart from those of earlier ones, which Marathon counts together", () => {
    const old = task({ ...well, version: before });
    const ill = task({ healthCheckResults: [{ alive: false }] });
    expect(countVersions(app(old, old, old, ill, task(well), task()), true)).toEqual({ good: 1, old: 3 });
    expect(countVersions(app(old, task(), task({ state: "TASK_STAGING" })), false)).toEqual({ good: 1, old: 1 });
    expect(countVersions(undefined, true)).toEqual({ good: 0, old: 0 });
});

it("says which deployment has been at what since when", () => {
    const actions = [{ action: "RestartApplication", app: "/web" }, { action: "ScaleApplication", app: "/other" }];
    const deployments = JSON.stringify([
        { id: "d1", version: started, affectedApps: ["/web", "/other"], currentActions: actions, currentStep: 1, totalSteps: 2 },
        { id: "d2", version: before, affectedApps: ["/other"] },
        { id: "d3", version: before, affectedApps: ["/web"], currentActions: [], currentStep: 0, totalSteps: 1 },
    ]);
    expect(underWay(deployments, "/web")).toEqual([
        `deployment d1 has been at RestartApplication (step 1 of 2) since ${started}`,
        `deployment d3 has been at its start (step 0 of 1) since ${before}`,
    ]);
    expect(underWay(undefined, "/web")).toEqual([]);
});
