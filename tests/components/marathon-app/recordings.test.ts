/** The diagnosis, and the reading of refusals, against what the real Marathon and Mesos answered. */
import { diagnose, explainRefusal, type Situation } from "../../../components/marathon-app/definition";
import { describeWith } from "../../published";
import { recording } from "./support";

const agents = [
    { hostname: "127.0.0.1", node: "master1", address: "10.0.0.1" },
    { hostname: "127.0.0.2", node: "agent1" },
];

describeWith("recordings of the real ones", "recordings", (folder) => {
    const of = (appId: string, app: string, queue: string, deployments: string, slaves?: string): Situation => ({
        appId,
        app: recording(folder, app).body,
        queue: recording(folder, queue).body,
        deployments: recording(folder, deployments).body,
        ...(slaves === undefined ? {} : { slaves: recording(folder, slaves).body }),
        agents,
        now: Date.parse("2026-11-21T03:53:00Z"),
        masters: ["007", "008", "008"].map((number, index) => ({
            name: `m${index}`,
            described: true,
            metrics: recording(folder, number).body,
            quorum: 2,
        })),
    });
    const waiting = (name: string, number: string, slaves?: string) => of(`/w/${name}`, number, "072", "073", slaves);

    it.each([
        [
            "mem",
            "074",
            "memory",
            /99999 MiB.*127\.0\.0\.1 \(master1\) 960, 127\.0\.0\.2 \(agent1\) 992; the largest of them has 1024/,
            /to 1024 or less/,
        ],
        ["cpus", "075", "cpus", /64 CPUs.*1\.6.*1\.8.*has 2 in all/, /lower cpus to 2 or less/],
        [
            "constraint",
            "076",
            "constraint",
            /master1 is a node's name, and its agent advertises 127\.0\.0\.1/,
            /^write \[hostname, CLUSTER, 127\.0\.0\.1\]$/,
        ],
        ["ports", "077", "ports", /no agent has host port 80.*310010-310019/, /mesos\.ports/],
        ["unique", "079", "unique", /2 of 3 run on 127\.0\.0\.2 and 127\.0\.0\.1, and it allows 2 agents/, /use instances: 2/],
        [
            "unhealthy",
            "082",
            "unhealthy",
            /1 of 1 task of this version is not healthy yet, and never was \(MESOS_HTTP \/ on port index 0\)/,
            /curl -v http:\/\/127\.0\.0\.1:310018\//,
        ],
    ])("names why /w/%s waits", (name, number, cause, text, remedy) => {
        const reasons = diagnose(waiting(name, number, "012"));
        expect(reasons).toEqual([{ cause, text: expect.stringMatching(text), remedy: expect.stringMatching(remedy) }]);
    });

    it.each([
        ["image", "080", "image", /127\.0\.0\.1 cannot pull 127\.0\.0\.1:9\/nope:1: nothing listens/],
        ["crash", "081", "crash", /ended with status 3/],
    ])("names why /w/%s is launched again and again", (name, number, cause, text) => {
        const [first, second, ...rest] = diagnose(waiting(name, number, "012"));
        expect(first).toMatchObject({ cause, text: expect.stringMatching(text) });
        expect(second?.cause).toBe("delay");
        expect(rest).toEqual([]);
    });

    it.each([
        ["mem", "074", "memory"],
        ["cpus", "075", "cpus"],
        ["constraint", "076", "constraint"],
        ["ports", "077", "ports"],
        ["unique", "079", "unique"],
    ])("names why /w/%s waits without asking Mesos", (name, number, cause) => {
        expect(diagnose(waiting(name, number)).map((reason) => reason.cause)).toEqual([cause]);
    });

    it("names a version that never gets healthy, and that the one before serves", () => {
        const [first, ...rest] = diagnose(of("/dock/web", "116", "117", "118", "106"));
        expect(rest).toEqual([]);
        expect(first?.cause).toBe("unhealthy");
        expect(first?.text).toMatch(
            /^3 of 3 tasks of this version are not healthy yet.*closed the connection.*3 of the version before still serve$/,
        );
        expect(first?.remedy).toMatch(/listens on 0\.0\.0\.0:80 in its container/);
    });

    it.each([
        ["healthy", "103", "/dock/web"],
        ["scaled", "114", "/dock/web"],
        ["rolled back", "120", "/dock/web"],
        ["of an old spelling", "111", "/old"],
    ])("says nothing of an app that is %s, whatever failed before", (_, number, id) => {
        expect(diagnose(of(id, number, "117", "029", "106"))).toEqual([]);
    });

    it("names host ports above all, where Docker failed with status 125", () => {
        const { lastTaskFailure } = JSON.parse(recording(folder, "111").body).app;
        expect(lastTaskFailure.message).toBe("Container exited with status 125");
        const app = JSON.parse(recording(folder, "111").body).app;
        const failed = { ...app, version: lastTaskFailure.version, versionInfo: undefined, tasks: [], tasksRunning: 0 };
        const [first] = diagnose({ ...of("/old", "111", "117", "029", "012"), app: JSON.stringify({ app: failed }) });
        expect(first).toMatchObject({ cause: "host-port", text: expect.stringContaining("127.0.0.1 offers [310010-310019]") });
    });

    it.each([
        ["047", /422: Invalid JSON; \/instances: error\.min; \/id: error\.pattern/, /correct what it names/],
        ["049", /either contain one of 'cmd' or 'args'/, /correct/],
        ["051", /409: App is locked/, /deployment 49a01849-5a0d-496d-bb4c-e2d4eb152856 is done, or end it: DELETE/],
        ["045", /409: An app with id \[\/hello\] already exists/, /see what it names/],
        ["046", /400: Invalid JSON; Unexpected end-of-input/, /correct/],
        ["067", /acceptedResourceRoles can only contain \*/, /run Marathon in that role/],
    ])("explains the refusal %s", (number, text, remedy) => {
        const { status, body } = recording(folder, number);
        const refusal = explainRefusal(status, body);
        expect(refusal).toEqual({ text: expect.stringMatching(text), remedy: expect.stringMatching(remedy) });
    });
});

it("explains a refusal without JSON, a wrong login, and a Marathon without leader", () => {
    expect(explainRefusal(502, "<html>bad gateway</html>")).toEqual({
        text: "Marathon answered 502: <html>bad gateway</html>",
        remedy: expect.stringMatching(/has a leader/),
    });
    expect(explainRefusal(401, "").remedy).toMatch(/marathon\.credentials/);
    const locked = { message: "App is locked", deployments: [{ id: "d" }] };
    expect(explainRefusal(409, JSON.stringify(locked)).remedy).toMatch(/DELETE \/v2\/deployments\/d/);
    const role = {
        message: "Object is not valid",
        details: [{ path: "/acceptedResourceRoles", errors: ["acceptedResourceRoles can only contain *"] }],
    };
    expect(explainRefusal(422, JSON.stringify(role)).remedy).toMatch(/mesos_role/);
});
