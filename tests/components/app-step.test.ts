/** How the app's step reads Marathon's answers on the host: with jq, on answers in any order of keys. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../../components/step/program";

const script = readFileSync(join(root, "components/marathon-app/app.sh"), "utf8");

/** Runs one of the step's functions on an app's answer, with the queue's answer behind `call`. */
function ask(expression: string, app: object, queue: object = { queue: [] }): string {
    const program = `
        state=/nonexistent step=app node=n id=/web digest=d1 instances=2 health_checked=yes stuck=1 timeout=1 key='apps[0]'
        ${script}
        call() { body=$queue status=200; }
        body=$app
        ${expression}`;
    const env = { PATH: process.env.PATH ?? "", app: JSON.stringify(app), queue: JSON.stringify(queue) };
    return execFileSync("bash", ["--norc", "-c", program], { encoding: "utf8", env });
}

const version = "2026-01-02T00:00:00.000Z";
const task = (more: object = {}) => ({ state: "TASK_RUNNING", version, healthCheckResults: [{ alive: true }], ...more });
const app = (more: object = {}) => ({
    app: { tasks: [task(), task()], id: "/web", version, versionInfo: { lastConfigChangeAt: version }, labels: { "datacentre-definition": "d1" }, deployments: [], tasksRunning: 2, tasksHealthy: 2, tasksUnhealthy: 0, ...more },
});
const item = (reason: string, id = "/web") => ({
    app: { id, labels: { text: '"app":{"id":"/web"' } },
    count: 1,
    processedOffersSummary: { processedOffersCount: 4, rejectSummaryLastOffers: [{ declined: 0, processed: 4, reason: "UnfulfilledRole" }, { declined: 4, processed: 4, reason }] },
});

it("knows its own definition and version", () => {
    expect(ask('ours; printf "|"; app_version', app())).toBe(`d1\n|${version}\n`);
    expect(ask("ours", app({ labels: { other: "d1" } }))).toBe("");
});

it.each([
    ["two healthy", {}, "yes"],
    ["one healthy", { tasks: [task(), task({ healthCheckResults: [{ alive: false }] })] }, "no"],
    ["one not looked at yet", { tasks: [task(), task({ healthCheckResults: [] })] }, "no"],
    ["tasks of the version before, which are healthy", { tasks: [task(), task(), task({ version: "2026-01-01T00:00:00.000Z" })] }, "no"],
    ["one that has ended besides", { tasks: [task(), task(), task({ state: "TASK_FAILED" })] }, "yes"],
    ["one", { tasks: [task()] }, "no"],
    ["a deployment under way", { deployments: [{ id: "x" }] }, "no"],
])("deployed, with %s", (_, more, expected) => {
    expect(ask("deployed && echo -n yes || echo -n no", app(more))).toBe(expected);
});

it("names what the queue says of this app, and of no other", () => {
    expect(ask("hindrance", app(), { queue: [item("InsufficientCpus", "/other"), item("InsufficientMemory")] })).toBe(
        "it stays in Waiting: InsufficientMemory (4 of 4 offers). ",
    );
    expect(ask("hindrance", app(), { queue: [item("InsufficientCpus", "/other")] })).toBe("");
    const none = { app: { id: "/web" }, processedOffersSummary: { processedOffersCount: 0, rejectSummaryLastOffers: [] } };
    expect(ask("hindrance", app(), { queue: [none] })).toBe("it stays in Waiting: no offer from any agent. ");
});

it("names a failure of this version only", () => {
    const failure = (at: string) => ({ lastTaskFailure: { version: at, message: "Command exited\nwith status 3" } });
    expect(ask("hindrance", app(failure(version)))).toBe("its last task failed: Command exited with status 3 . ");
    expect(ask("hindrance", app(failure("2026-01-01T00:00:00.000Z")))).toBe("");
    expect(ask("hindrance", app({ tasksUnhealthy: 3 }))).toBe("3 of its tasks fail their health check. ");
});
