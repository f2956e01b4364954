/**
 * Mesos, Marathon, the registry and marathon-lb on the default stack's shape: what document 000 tries by hand, apps as
 * code, and what has to go on when something dies.
 */
import { diagnose } from "../../components/marathon-app/definition";
import { networkOf } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { Api } from "./lib/mesos";
import { run, settles, sleep } from "./lib/run";
import { fourNodes, TestStack, withMesos } from "./lib/stack";
import { hostState } from "./lib/state";

const network = networkOf("mesos");
const stack = new TestStack("e2e-mesos", withMesos(fourNodes(network)));
stack.edit((config) => {
    config.mesos = { agentPingTimeout: "3secs", maxAgentPingTimeouts: 3 };
    config.appWait = { stuckSeconds: 15, timeoutSeconds: 240 };
});
const all = stack.names;
const address = (name: string) => stack.node(name).address;
const api = new Api(stack);

const hello = (instances: number) => ({ id: "/hello", cmd: "echo hello; sleep 3000", cpus: 0.1, mem: 16, instances });
/** A small web server in the registry's image, behind marathon-lb. */
const web = (instances: number, more: object = {}) => ({
    id: "/web",
    cpus: 0.1,
    mem: 32,
    instances,
    cmd: "mkdir -p /w && echo served >/w/index.html && exec httpd -f -p 80 -h /w",
    labels: { HAPROXY_GROUP: "external" },
    networks: [{ mode: "container/bridge" }],
    container: {
        type: "DOCKER",
        docker: { image: "master1:5000/busybox", forcePullImage: false },
        portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 10080 }],
    },
    healthChecks: [{ protocol: "HTTP", path: "/", portIndex: 0, gracePeriodSeconds: 20, intervalSeconds: 2, timeoutSeconds: 2, maxConsecutiveFailures: 3 }],
    ...more,
});
const apps = (...list: object[]): void => stack.edit((config) => (config.apps = list as never));
const through = () => stack.on("agent1", `curl -sS --max-time 3 http://${address("master1")}:10080/`);

afterAll(() => stack.clean());

it("comes up from one command, and verify finds it as described", async () => {
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
    const verify = await stack.must("verify");
    expect(verify.output).toMatch(/([0-9]+) checks, \1 as described/);
});

it("a second run, and every step run again, change nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    const before = await Promise.all(all.map((node) => hostState(stack, node)));
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
    expect(await Promise.all(all.map((node) => hostState(stack, node)))).toEqual(before);
});

it("a host that has lost its steps' scripts says how it gets them again, and does", async () => {
    await stack.out("agent3", "rm -r /var/lib/datacentre/scripts");
    const lost = await stack.make("up", { CONVERGE: "1" });
    expect(lost.code).not.toBe(0);
    expect(lost.output).toMatch(/prepare on agent3: failed: .*\/root\/\.datacentre-scripts-agent3 is not what this host was to be sent/);
    const [, remedy = ""] = /remedy: (pulumi up --replace '\*\*::scripts-agent3')/.exec(lost.output) ?? [];
    // As a person would, in a shell of `make env`.
    const shell = 'eval "$(make -s env)" && ';
    const mended = await run("bash", ["-c", `${shell}${remedy} --yes --skip-preview`], {
        env: { STACK: stack.name, DATACENTRE_HOME: stack.home, NO_COLOR: "1" },
        log: "e2e-mesos-mended",
    });
    expect([mended.code, mended.output]).toEqual([0, expect.stringMatching(/scripts-agent3 .*replac/)]);
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("busybox, tagged and pushed to the registry, is pulled on another node", async () => {
    await stack.out("master1", "docker tag busybox master1:5000/busybox && docker push -q master1:5000/busybox");
    await stack.out("agent1", "docker pull -q master1:5000/busybox");
    expect(await stack.out("agent1", "docker run --rm master1:5000/busybox echo pulled")).toBe("pulled\n");
});

it("a command and a Docker app are scaled from 1 to 3 and back", async () => {
    for (const instances of [1, 3, 1]) {
        apps(hello(instances), web(instances));
        await stack.must("up");
        expect((await api.app("/hello")).tasksRunning).toBe(instances);
        expect((await api.app("/web")).tasksHealthy).toBe(instances);
    }
});

it("an app of the group answers through marathon-lb", async () => {
    await settles(60, async () => expect((await through()).stdout).toBe("served\n"));
});

it("a redeployed registry still has its images", async () => {
    const before = (await api.app("/registry")).tasks[0]?.id;
    stack.edit((config) => (config.registry = { node: "master1", memMiB: 120 }));
    await stack.must("up");
    expect((await api.app("/registry")).tasks[0]?.id).not.toBe(before);
    await stack.out("agent2", "docker pull -q master1:5000/busybox");
});

it("a version that never gets healthy fails with the reason, and the old one still serves", async () => {
    apps(hello(1), web(1, { cmd: "sleep 3000" }));
    const failed = await stack.make("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/\/web is not deployed.*health check/s);
    expect(failed.output).toMatch(/remedy: .*gracePeriodSeconds/);
    expect((await through()).stdout).toBe("served\n");
    apps(hello(1), web(1));
    await stack.must("up");
    await stack.must("verify");
});

it("an agent's restart leaves its containers running", async () => {
    const task = (await api.app("/web")).tasks[0]!;
    const node = all.find((name) => address(name) === task.host)!;
    const containers = () => stack.out(node, "docker ps -q --no-trunc --filter name=mesos- | sort");
    const before = await containers();
    await stack.out(node, "systemctl restart mesos-slave");
    await settles(60, async () => expect(await api.get("/metrics/snapshot", 5050)).toMatch(/"master\/slaves_active": ?4/));
    await sleep(5000);
    expect(await containers()).toBe(before);
    expect((await api.app("/web")).tasks[0]?.id).toBe(task.id);
});

it("tasks of an agent that dies run elsewhere", async () => {
    apps(hello(1), web(2, { constraints: [["hostname", "UNLIKE", address("master1").replaceAll(".", "\\.")], ["hostname", "UNIQUE"]] }));
    await stack.must("up");
    const [task] = (await api.app("/web")).tasks;
    const node = all.find((name) => address(name) === task!.host)!;
    await run("docker", ["kill", `${network.prefix}-${node}`]);
    await settles(120, async () => {
        const now = await api.app("/web");
        expect(now.tasks.filter(({ host, state }) => host !== task!.host && state === "TASK_RUNNING")).toHaveLength(2);
        expect(now.tasksHealthy).toBe(2);
    });
    await run("docker", ["start", `${network.prefix}-${node}`]);
    await stack.must("up");
    await settles(180, async () => expect((await stack.make("verify")).code).toBe(0));
});

it("Mesos and Marathon go on when the master's own ZooKeeper member dies", async () => {
    await stack.out("master1", "systemctl stop zookeeper");
    apps(hello(2), web(1));
    await settles(60, async () => expect((await api.send("PUT", "/v2/apps/hello?force=true", { instances: 2 })).status).toBe(200));
    await settles(60, async () => expect((await api.app("/hello")).tasksRunning).toBe(2));
    await stack.out("master1", "systemctl start zookeeper");
    await stack.must("up");
    await settles(180, async () => expect((await stack.make("verify")).code).toBe(0));
});

describe("why an app waits is named", () => {
    const small = { cmd: "sleep 3000", cpus: 0.1, mem: 16, instances: 1 };
    const dockerApp = (name: string) => ({ cpus: 0.1, mem: 16, container: { type: "DOCKER", docker: { image: name } } });
    const causes: [cause: string, app: object][] = [
        ["memory", { ...small, mem: 9_000_000 }],
        ["cpus", { ...small, cpus: 4000 }],
        ["disk", { ...small, disk: 900_000_000 }],
        ["constraint", { ...small, constraints: [["hostname", "CLUSTER", "master1"]] }],
        ["unique", { ...small, instances: 5, constraints: [["hostname", "UNIQUE"]] }],
        ["ports", { ...small, requirePorts: true, portDefinitions: [{ port: 80 }] }],
        ["image", dockerApp("127.0.0.1:9/nope:1")],
        ["crash", { ...small, cmd: "exit 3" }],
        ["unhealthy", { ...small, portDefinitions: [{ port: 0 }], healthChecks: [{ protocol: "MESOS_HTTP", gracePeriodSeconds: 2, intervalSeconds: 1, timeoutSeconds: 1, maxConsecutiveFailures: 50 }] }],
    ];

    it.each(causes)("%s", async (cause, definition) => {
        const id = `/w/${cause}`;
        expect((await api.send("PUT", `/v2/apps${id}`, definition)).status).toBe(201);
        await settles(60, async () => {
            const reasons = diagnose({
                appId: id,
                app: await api.get(`/v2/apps${id}?embed=app.tasks&embed=app.lastTaskFailure&embed=app.deployments&embed=app.counts`),
                queue: await api.get("/v2/queue?embed=lastUnusedOffers"),
                deployments: await api.get("/v2/deployments"),
                slaves: await api.get("/slaves", 5050),
                agents: all.map((name) => ({ hostname: address(name), node: name })),
            });
            expect(reasons.map((reason) => reason.cause)).toContain(cause);
        });
        expect((await api.send("DELETE", `/v2/apps${id}?force=true`, {})).status).toBe(200);
    });

    it("by up and verify, with a remedy", async () => {
        apps(hello(1), web(1), { ...small, id: "/large", mem: 9_000_000 });
        const failed = await stack.make("up");
        expect(failed.code).not.toBe(0);
        expect(failed.output).toMatch(/\/large is not deployed after \d+ s: it stays in Waiting: InsufficientMemory/);
        expect(failed.output).toMatch(/remedy: .*mem/);
        const verify = await stack.make("verify");
        expect(verify.code).not.toBe(0);
        expect(verify.output).toMatch(/\/large is deployed as described/);
        apps(hello(1), web(1));
        await stack.must("up");
    });
});

describe("an agent that would be refused", () => {
    it("is not touched, and what to do is said", async () => {
        const before = await stack.out("agent3", "readlink /var/lib/mesos/agent/meta/slaves/latest");
        stack.edit((config) => (config.nodes[3]!.mesos = { memMiB: 64 }));
        const failed = await stack.make("up");
        expect(failed.code).not.toBe(0);
        expect(failed.output).toMatch(/Incompatible agent info/);
        expect(failed.output).toMatch(/incompatibleAgent: renew/);
        expect(await stack.out("agent3", "readlink /var/lib/mesos/agent/meta/slaves/latest")).toBe(before);
        await settles(60, async () => expect(await api.get("/metrics/snapshot", 5050)).toMatch(/"master\/slaves_active": ?4/));
    });

    it("gets a new id where that is asked for", async () => {
        const before = await stack.out("agent3", "readlink /var/lib/mesos/agent/meta/slaves/latest");
        stack.edit((config) => {
            config.nodes[3]!.mesos = { memMiB: 512 };
            config.mesos = { ...config.mesos, incompatibleAgent: "renew" };
        });
        await stack.must("up");
        expect(await stack.out("agent3", "readlink /var/lib/mesos/agent/meta/slaves/latest")).not.toBe(before);
        await settles(180, async () => expect((await stack.make("verify")).code).toBe(0));
    });
});

it("destroyed, it leaves nothing", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect((await run("docker", ["ps", "-aq", "--filter", `name=${network.prefix}-`])).stdout).toBe("");
});
