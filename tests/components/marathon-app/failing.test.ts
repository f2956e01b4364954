/** Why tasks that were launched do not run or do not serve: from answers of the real ones' form, with a remedy each. */
import { diagnose, type Situation } from "../../../components/marathon-app/definition";
import { backingOff, before, failure, image, item, now, offer, situation, slave, task } from "./answers";

/** `cause: text -> remedy` of each reason, in order. */
const told = (what: Situation) => diagnose(what).map(({ cause, text, remedy }) => `${cause}: ${text} -> ${remedy}`);
const causes = (what: Situation) => diagnose(what).map(({ cause }) => cause);
const only = (what: Situation): string => {
    const all = told(what);
    expect(all).toHaveLength(1);
    return all[0] ?? "";
};
const both = (...reason: string[]) => [item([offer(1, reason), offer(2, reason)])];

describe("tasks that fail", () => {
    const failed = (message: string, app: object = {}, over: Partial<Situation> = {}) =>
        told(situation({ ...app, ...failure(message) }, [backingOff(4)], over));
    const pull = (stderr: string) =>
        `Failed to launch container: Failed to run 'docker -H unix:///var/run/docker.sock pull master1:5000/web:1': exited with status 1; stderr='${stderr}'`;

    it.each([
        ["dial tcp 172.18.1.1:5000: connect: connection refused", /nothing listens.*start the registry/],
        ["http: server gave HTTP response to HTTPS client", /plain HTTP -> add it to docker\.insecureRegistries/],
        ["x509: certificate signed by unknown authority", /not trusted.*certs\.d/],
        ["manifest for master1:5000/web:1 not found: manifest unknown", /no such image or tag -> push it/],
        [
            "pull access denied for web, repository does not exist or may require 'docker login'",
            /wants a login, or has no such image/,
        ],
        ["dial tcp: lookup master1: no such host", /name is not known/],
        ["net/http: request canceled (Client.Timeout exceeded while awaiting headers)", /not reached.*docker\.images/],
        ["toomanyrequests: You have reached your pull rate limit", /no more pulls/],
        ["something new", /something new/],
    ])("an image: %s", (stderr, text) => {
        const [first, second] = failed(pull(stderr), image);
        expect(first).toMatch(
            /^image: 172\.18\.1\.1 cannot pull master1:5000\/web:1: .*docker pull master1:5000\/web:1' on 172\.18\.1\.1/,
        );
        expect(first).toMatch(text);
        expect(second).toMatch(/^delay: .*again in 4 s, each time later, up to 300 s -> .*DELETE \/v2\/queue\/web\/delay/);
    });

    it.each([
        ["Command exited with status 3", /^crash: a task on 172\.18\.1\.1 ended with status 3 -> see stderr/],
        ["Command exited with status 127", /^crash: .*status 127: its command is not there/],
        ["Container exited with status 137", /^crash: .*want of memory/],
        ["Command terminated with signal Segmentation fault", /^crash: .*by signal Segmentation fault/],
        ["Memory limit exceeded: Requested: 32MB Maximum Used: 32MB", /^out-of-memory: .*raise mem/],
        ["Failed to launch container: Failed to fetch all URIs for container", /^fetch: .*reaches the URIs/],
        ["Container exited with status 125", /^docker-run: .*status 125.*a parameter, volume or port/],
        ["Command exited with status 0", /^ends: .*foreground/],
        ["Abnormal executor termination: unknown container", /^task: .*\(TASK_FAILED\): Abnormal executor termination/],
    ])("%s", (message, text) => {
        expect(failed(message)[0]).toMatch(text);
    });

    it("by a host port that Docker takes for none, known from the agents' ranges or from stderr", () => {
        const wide = JSON.stringify({ slaves: [slave("a", 1, { resources: { ports: "[310010-310019]" } })] });
        const text = /^host-port: Docker on 172\.18\.1\.1 was given a host port that is none.*up to 65535/;
        expect(failed("Container exited with status 125", image, { slaves: wide })[0]).toMatch(text);
        expect(failed("Container exited with status 125", image, { slaves: wide })[0]).toContain(
            "172.18.1.1 offers [310010-310019]",
        );
        const stderr = "docker: Error response from daemon: invalid hostPort: 310013.\nSee 'docker run --help'.\n";
        expect(failed("Container exited with status 125", image, { stderr })[0]).toMatch(text);
    });

    it("by a host port that something else has", () => {
        const stderr =
            "docker: Error response from daemon: driver failed: Bind for 0.0.0.0:5000 failed: port is already allocated.";
        const app = {
            container: { ...image.container, portMappings: [{ hostPort: 5000 }] },
            networks: [{ mode: "container/bridge" }],
        };
        expect(failed("Container exited with status 125", app, { stderr })[0]).toMatch(
            /^host-port: a port \(5000\).*outside of Mesos -> 'ss -ltnp' on 172/,
        );
    });

    it("with the end of their stderr", () => {
        expect(failed("Command exited with status 1", {}, { stderr: "one\nno such table: users\n\n" })[0]).toContain(
            "its stderr ends: no such table: users ->",
        );
    });

    it("without what Docker was given, or URIs' logins", () => {
        const run =
            "Failed to run 'docker -H unix:///var/run/docker.sock run -e PASSWORD=hunter2 -e 'A=it's hunter2' busybox': exited with status 1; stderr='bad'";
        expect(failed(run)[0]).toMatch(/docker\.sock run …|ended with status 1/);
        expect(failed(run).join()).not.toContain("hunter2");
        const fetch = "Failed to fetch URI 'http://u:hunter2@h/a.tgz'";
        expect(failed(fetch)[0]).toContain("'http://h/a.tgz'");
    });

    it("as lost, when their agent is", () => {
        const lost = situation(failure("Agent lost", { state: "TASK_LOST" }), [backingOff(0)]);
        expect(told(lost)[0]).toMatch(
            /^lost: a task on 172\.18\.1\.1 was lost \(TASK_LOST\): Agent lost -> .*mesos-slave' on 172/,
        );
    });

    it("of a version that is gone say nothing of today's", () => {
        expect(
            told(
                situation(
                    { ...failure("Command exited with status 3", { version: before }), tasks: [task()], tasksRunning: 1 },
                    [],
                ),
            ),
        ).toEqual([]);
        const [first] = causes(
            situation({ ...failure("Command exited with status 3", { version: before }), mem: 5000 }, both("InsufficientMemory")),
        );
        expect(first).toBe("memory");
    });
});

describe("tasks that run", () => {
    const checked = { healthChecks: [{ protocol: "HTTP", path: "/health", portIndex: 0, gracePeriodSeconds: 20 }] };
    const ill = (cause?: string) =>
        task({ healthCheckResults: [{ alive: false, consecutiveFailures: 2, ...(cause ? { lastFailureCause: cause } : {}) }] });

    it("and are never healthy, while the version before serves", () => {
        const old = task({ version: before, healthCheckResults: [{ alive: true, firstSuccess: before }] });
        const [first, ...rest] = told(
            situation({ ...checked, tasks: [old, ill("Connection refused")], tasksRunning: 2, tasksUnhealthy: 1 }, []),
        );
        expect(rest).toEqual([]);
        expect(first).toBe(
            "unhealthy: 1 of 1 task is not healthy yet, and never was (HTTP /health on port index 0): Connection refused; 1 of the version before still serves -> try 'curl -v http://172.18.1.1:31001/health'; see that the program listens on the port that it is given ($PORT0); gracePeriodSeconds (20) must be longer than it takes to start",
        );
    });

    it("with the answer that they gave, or the port inside of the container", () => {
        const answered = situation({ ...checked, tasks: [ill("HTTP status code 503")], tasksRunning: 1, tasksUnhealthy: 1 }, []);
        expect(only(answered)).toMatch(/see the check's path \(\/health\)/);
        const bridge = {
            ...image,
            container: { ...image.container, portMappings: [{ containerPort: 80 }] },
            networks: [{ mode: "container/bridge" }],
        };
        expect(only(situation({ ...checked, ...bridge, tasks: [ill()], tasksUnhealthy: 1 }, []))).toMatch(
            /listens on 0\.0\.0\.0:80 in its container/,
        );
        const command = { healthChecks: [{ protocol: "COMMAND", command: { value: "true" } }] };
        expect(only(situation({ ...command, tasks: [ill()], tasksUnhealthy: 1 }, []))).toMatch(
            /\(a command\) -> run the check's command/,
        );
    });

    it("and were killed for it", () => {
        const killed = failure("Task was killed since health check failed. Reason: Connection refused", { state: "TASK_KILLED" });
        const app = situation({ ...checked, ...killed }, [backingOff(2)]);
        expect(told(app)[0]).toMatch(
            /^unhealthy: a task on 172\.18\.1\.1 was killed, as its health check failed: Connection refused -> see stderr/,
        );
        expect(causes(situation({ ...checked, ...killed, tasks: [ill()], tasksUnhealthy: 1 }, []))).toEqual(["unhealthy"]);
    });

    it("and have not been asked yet", () => {
        expect(causes(situation({ ...checked, tasks: [task()], tasksRunning: 1 }, []))).toEqual(["unhealthy"]);
    });

    it("and are not ready", () => {
        const results = [{ name: "ready", taskId: "t", ready: false, lastResponse: { status: 503, contentType: "", body: "" } }];
        const deployments = JSON.stringify([
            { affectedApps: ["/web"], currentActions: [{ app: "/web", readinessCheckResults: results }] },
        ]);
        expect(only(situation({ tasks: [task()], tasksRunning: 1 }, [], { deployments }))).toMatch(
            /^not-ready: a task is not ready by readiness check ready; it answers 503/,
        );
    });

    it("or rather start, for long", () => {
        const staging = task({ state: "TASK_STAGING" });
        expect(only(situation({ ...image, tasks: [staging] }, []))).toMatch(
            /^starting: .*for 60 s; most likely master1:5000\/web:1 is still being pulled -> .*docker images/,
        );
        expect(only(situation({ tasks: [staging] }, []))).toMatch(
            /^starting: tasks on 172\.18\.1\.1 have been starting for 60 s ->/,
        );
        expect(told(situation({ tasks: [staging] }, [], { now: now - 50_000 }))).toEqual([]);
    });

    it("and end by themselves", () => {
        expect(causes(situation({ tasks: [task({ state: "TASK_FINISHED" })] }, [backingOff(4)]))).toEqual(["ends", "delay"]);
    });

    it("and are all as described give no reason", () => {
        expect(told(situation({ tasks: [task()], tasksRunning: 1, deployments: [] }, [], { deployments: "[]" }))).toEqual([]);
    });
});
