/** How the app's step reads Marathon's answers on the host: with jq, on answers in any order of keys. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../../components/step/program";

const [lib, script] = ["components/marathon/lib.sh", "components/marathon-app/app.sh"].map((path) => readFileSync(join(root, path), "utf8"));

/** Runs one of the step's functions on an app's answer, with the queue's answer behind `call`. */
function ask(expression: string, app: object, queue: object = { queue: [] }, more: Record<string, string> = {}): string {
    const program = `
        state=$home step=app node=n id=/web digest=d1 instances=2 health_checked=yes stuck=1 timeout=1 key='apps[0]'
        ${lib}
        ${script}
        call() { body=$queue status=200; }
        body=$app
        ${expression}`;
    const env = { PATH: process.env.PATH ?? "", home: "/nonexistent", ...more, app: JSON.stringify(app), queue: JSON.stringify(queue) };
    return execFileSync("bash", ["--norc", "-c", program], { encoding: "utf8", env });
}

const version = "2026-01-02T00:00:00.000Z";
const task = (more: object = {}) => ({ state: "TASK_RUNNING", version, healthCheckResults: [{ alive: true }], ...more });
const app = (more: object = {}) => ({
    app: { tasks: [task(), task()], id: "/web", version, versionInfo: { lastConfigChangeAt: version }, labels: { "datacentre-definition": "d1" }, deployments: [], tasksRunning: 2, tasksHealthy: 2, tasksUnhealthy: 0, ...more },
});
const before = "2026-01-01T00:00:00.000Z";
const item = (reason: string, id = "/web") => ({
    app: { id, labels: { text: '"app":{"id":"/web"' } },
    count: 1,
    processedOffersSummary: { processedOffersCount: 4, rejectSummaryLastOffers: [{ declined: 0, processed: 4, reason: "UnfulfilledRole" }, { declined: 4, processed: 4, reason }] },
});

it("notes the version of each app in a file of its own", () => {
    expect(ask('record_of /a/b; printf "|$record"', app(), undefined, { home: "/s" })).toBe("/s/apps/~a~b|/s/apps/~web");
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
    const ill = { healthCheckResults: [{ alive: false }] };
    expect(ask("hindrance", app({ tasks: [task(ill), task(ill), task()] }))).toBe("2 of its tasks fail their health check. ");
    expect(ask("hindrance", app({ tasks: [task({ ...ill, version: before })], tasksUnhealthy: 1 }))).toBe("");
});

describe("a deployment that hangs", () => {
    const ill = { healthCheckResults: [{ alive: false }] };
    const old = (id: string, more: object = {}) => task({ id, version: before, ...more });
    /** Says what Marathon is told. */
    const telling = `
        changed() { echo "changed: $1"; }; fail() { echo "fail: $1 | $2"; exit 0; }; wait_for() { shift; "$@"; }
        call() { echo "$1 $2" >&2; case "$1 $2" in *deployments/*) app=$quiet status=202 ;; "GET /v2/apps"*) body=$app status=200 ;; "GET /v2/queue") body=$queue ;;
            "GET /v2/deployments") body=$deployments ;; *) status=200 ;; esac; }
        exec 2>&1`;
    const quiet = JSON.stringify(app({ deployments: [] }));

    it.each([
        ["old ones alone, not healthy", { tasks: [old("o", ill)] }, { queue: [] }, "yes"],
        ["one that is being started", { tasks: [old("o", ill), task({ state: "TASK_STAGING" })] }, { queue: [] }, "no"],
        ["one that is being ended", { tasks: [old("o", { state: "TASK_KILLING" })] }, { queue: [] }, "no"],
        ["a new one that is not healthy yet", { tasks: [old("o"), task({ healthCheckResults: [] })] }, { queue: [] }, "no"],
        ["one that waits for an offer", { tasks: [old("o")] }, { queue: [item("UnfulfilledRole")] }, "no"],
        ["another app's that waits", { tasks: [old("o")] }, { queue: [item("UnfulfilledRole", "/other")] }, "yes"],
    ])("is told from one that is slow: %s", (_, more, queue, expected) => {
        expect(ask(`call() { body=$queue; }; stalled && echo -n yes || echo -n no`, app({ deployments: [{ id: "d" }], ...more }), queue)).toBe(expected);
    });

    it("is cancelled without a way back, and deployed anew", () => {
        const said = ask(`${telling}; push 1`, app({ deployments: [{ id: "d1" }], tasks: [old("o")] }), undefined, { quiet });
        expect(said.split("\n").filter((line) => !line.startsWith("GET"))).toEqual([
            "DELETE /v2/deployments/d1?force=true",
            "POST /v2/apps/web/restart?force=true",
            "changed: deployed /web anew, in place of deployment d1, which hung",
            "",
        ]);
    });

    it.each([
        ["the old ones that are not healthy", 1, { tasks: [old("o1", ill), old("o2")] }, ["o1"]],
        ["all old ones, when the new ones are whole", 1, { tasks: [old("o1", ill), old("o2"), task(), task()] }, ["o1", "o2"]],
        ["all old ones, when it hangs again", 2, { tasks: [old("o1"), old("o2")] }, ["o1", "o2"]],
    ])("loses %s", (_, times, more, expected) => {
        const said = ask(`${telling}; push ${times}`, app({ deployments: [{ id: "d1" }], ...more }), undefined, { quiet });
        expect(said.split("\n").filter((line) => line.startsWith("DELETE"))).toEqual(expected.map((id) => `DELETE /v2/apps/web/tasks/${id}?force=true`));
    });

    it("is named with its action and its age, and each version's tasks are counted apart", () => {
        const deployments = JSON.stringify([
            { id: "other", affectedApps: ["/other"], version: "v0", currentActions: [], currentStep: 1, totalSteps: 1 },
            { id: "d1", affectedApps: ["/web"], version: "2026-01-02T00:00:00.000Z", currentActions: [{ action: "RestartApplication", app: "/web" }], currentStep: 1, totalSteps: 2 },
        ]);
        const home = mkdtempSync(join(tmpdir(), "app-"));
        const said = ask(`${telling}; SECONDS=60; give_up ""`, app({ deployments: [{ id: "d1" }], tasks: [old("o1"), old("o2"), old("o3"), task(ill)], tasksHealthy: 3 }), undefined, { deployments, home });
        // A busy machine adds seconds of its own.
        expect(said.replace(/after \d\d s/, "after SOME s")).toContain(
            "fail: /web is not deployed after SOME s: no reason is told by Marathon. 0 of 2 tasks of this version are healthy, 3 of earlier ones still run; " +
                "deployment d1 has been at RestartApplication (step 1 of 2) since 2026-01-02T00:00:00.000Z | ",
        );
        // The next run replaces it, and no other one.
        const next = (id: string) => ask("given_up && echo -n yes || echo -n no", app({ deployments: [{ id }] }), undefined, { home });
        expect([next("d1"), next("d2"), next("d11")]).toEqual(["yes", "no", "no"]);
    });
});
