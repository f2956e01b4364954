/** Why tasks that were launched do not run or do not serve: from answers of the real ones' form, with a remedy each. */
import type { Situation } from "../../../components/marathon-app/definition";
import { backingOff, before, both, causes, failure, image, now, only, situation, slave, task, told } from "./answers";

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

    describe("for want of their container network", () => {
        const cni = (msg: string) =>
            `Failed to launch container: The CNI plugin '/opt/cni/bin/calico' failed to attach container 1a-2b to CNI network 'calico': stdout='{"code":11,"msg":"${msg}"}', stderr=''`;
        const run = (stderr: string) => `Failed to run 'docker -H unix:///var/run/docker.sock run --net blue busybox': exited with status 125; stderr='docker: Error response from daemon: ${stderr}'`;

        it.each([
            ["an unknown network", "Failed to launch container: Unknown CNI network 'calico-test'", /^network: the agent on 172\.18\.1\.1 has no network calico-test -> .*role calico.*\/etc\/mesos\/cni/],
            ["no address", cni("failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.240.0.0/16]"), /^addresses: .*could not join the network calico: Calico has no address left for it -> 'calicoctl ipam show/],
            ["no pool", cni("no configured Calico pools for node agent1"), /^addresses: .*a further pool/],
            ["no nodename", cni("stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running"), /^network: .*Calico does not run there.*calico-node/],
            ["no datastore", cni("dial tcp 172.18.1.1:2379: connection refused; etcd"), /^network: .*Calico's data in etcd was not reached -> .*ETCD_ENDPOINTS/],
            ["something new", cni("a new kind of trouble"), /^network: .*the CNI plugin calico says: a new kind of trouble -> .*journalctl -u calico-node/],
            ["no answer in a form", cni("x").replace(/stdout='.*', stderr/, "stdout='', stderr"), /the CNI plugin calico says: nothing/],
            ["a plugin that is not there", "Failed to launch container: Unable to find the plugin calico-ipam required to attach 1a to network 'calico'", /^network: .*no CNI plugin calico-ipam -> .*\/opt\/cni\/bin/],
            ["a newer CNI", "Failed to launch container: Failed to parse the output of the CNI plugin '/opt/cni/bin/calico': version", /^network: .*0\.2\.0 and older.*cniVersion/],
            ["no network of Docker's", run("network blue not found."), /^network: Docker on 172\.18\.1\.1 has no network blue -> 'docker network ls'.*calico\.dockerNetworks/],
            ["no driver", run("could not find plugin calico in v1 plugin registry: plugin not found"), /^network: Calico's Docker network driver does not answer.*calico-docker/],
            ["no driver, by its old name", run('plugin "calico" not found'), /^network: Calico's Docker network driver/],
            ["a driver that is down", run("dial unix /run/docker/plugins/calico.sock: connect: connection refused"), /^network: Calico's Docker network driver/],
            ["no cluster store", run("failed to update store for object type *libnetwork.endpointCnt: client: etcd cluster is unavailable or misconfigured"), /^network: .*does not reach its cluster store.*etcd\.v2Api/],
            ["a full Docker network", run("IpamDriver.RequestAddress: Calico gave no address of pool docker: it may be full"), /^addresses: Docker on 172\.18\.1\.1 did not put.*no address left/],
        ])("%s", (_, message, text) => {
            expect(failed(message, image)[0]).toMatch(text);
        });

        it("told by stderr, where Docker did not start it, and not by what a program says", () => {
            const stderr = "docker: Error response from daemon: network blue not found.\n";
            expect(failed("Container exited with status 125", image, { stderr })[0]).toMatch(/^network: .*no network blue/);
            expect(failed("Container exited with status 1", image, { stderr })[0]).toMatch(/^crash: /);
            expect(failed("Container exited with status 125", image, { stderr: "docker: invalid mount" })[0]).toMatch(/^docker-run: /);
        });
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
            /^lost: a task on 172\.18\.1\.1 was lost \(TASK_LOST\): Agent lost -> .*mesos-slave -u mesos-agent -n 50' on 172/,
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
            "unhealthy: 1 of 1 task of this version is not healthy yet, and never was (HTTP /health on port index 0): Connection refused; 1 of the version before still serves -> try 'curl -v http://172.18.1.1:31001/health'; see that the program listens on the port that it is given ($PORT0); gracePeriodSeconds (20) must be longer than it takes to start",
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
