/**
 * Docker's settings under a running Mesos: what dockerd reloads restarts nothing; what it does not is rolled host by host, and who asks
 * the apps notices nothing of it. And what agents' own identity is there for: another port, leaving, and coming back.
 */
import { client } from "./lib/client";
import { networkOf } from "./lib/hosts";
import { Api } from "./lib/mesos";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, settles } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("docker-roll");
const lab = "file:///opt/datacentre-lab";
const agents = ["agent1", "agent2", "agent3"];

/** A web server, three times, that proxies and Marathon both ask whether it is well. Told to end, it is ill first and serves on for a while. */
const web = {
    id: "/web",
    cpus: 0.1,
    mem: 32,
    instances: 3,
    cmd: "mkdir -p /w && echo served >/w/index.html && echo ok >/w/health && httpd -p 80 -h /w && trap 'rm /w/health; sleep 8; exit 0' TERM && while :; do sleep 0.2; done",
    taskKillGracePeriodSeconds: 20,
    labels: { HAPROXY_GROUP: "external" },
    networks: [{ mode: "container/bridge" }],
    container: {
        type: "DOCKER",
        docker: { image: "busybox:latest", forcePullImage: false },
        portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 10080 }],
    },
    healthChecks: [{ protocol: "HTTP", path: "/health", portIndex: 0, gracePeriodSeconds: 20, intervalSeconds: 1, timeoutSeconds: 5, maxConsecutiveFailures: 2 }],
};
/**
 * The same, but it serves a while after its start. Proxies have found it ill by then, and want two good answers before they send it
 * requests again: those are twenty seconds apart, so that they know a new task as much later than Marathon does.
 */
const late = {
    ...web,
    ...{ id: "/late", cmd: `sleep 3; ${web.cmd}` },
    container: { ...web.container, docker: { ...web.container.docker }, portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 10081 }] },
    healthChecks: [{ ...web.healthChecks[0], gracePeriodSeconds: 60, intervalSeconds: 20 }],
};
const stack = new TestStack("e2e-docker-roll", {
    provider: { kind: "docker", prefix: network.prefix, subnet: network.subnet, gateway: `${network.net}.254` },
    nodes: [
        { name: "master1", address: `${network.net}.1`, roles: ["zookeeper", "mesos-master", "marathon"] },
        ...agents.map((name, i) => ({ name, address: `${network.net}.${i + 2}`, roles: ["docker" as const, "mesos-agent" as const] })),
    ],
    docker: {
        images: [
            { image: "busybox:latest", archive: `${lab}/images/busybox.tar` },
            { image: "mesosphere/marathon-lb:v1.15.0", archive: `${lab}/images/marathon-lb.tar` },
        ],
    },
    mesos: { agentPingTimeout: "3secs", maxAgentPingTimeouts: 5 },
    appWait: { stuckSeconds: 30, timeoutSeconds: 240 },
    security: "seed",
    sources: { mesos: { kind: "repository", apt: { url: `${lab}/apt` } }, marathon: { kind: "repository", apt: { url: `${lab}/apt` } } },
    marathonLb: { nodes: ["agent1", "agent2"] },
    apps: [web] as never,
});
const address = (name: string): string => stack.node(name).address;
const proxies = ["agent1", "agent2"].map(address);
const api = new Api(stack);

const onAgents = (command: string): Promise<string[]> => Promise.all(agents.map((name) => stack.out(name, command)));
const daemons = (): Promise<string[]> => onAgents("systemctl show -p MainPID,ActiveEnterTimestampMonotonic docker.service");
const containers = (): Promise<string[]> => onAgents("docker ps -q --no-trunc | sort | xargs -r docker inspect -f '{{.Id}} {{.State.StartedAt}} {{.RestartCount}}'");
const ids = (): Promise<string[]> => onAgents("basename $(readlink /var/lib/mesos/agent/meta/slaves/latest)");
const active = async (): Promise<string | undefined> => /"master\/slaves_active": ?(\d+)/.exec(await api.get("/metrics/snapshot", 5050))?.[1];
const green = (): Promise<void> => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
/** The hosts whose engine a preview would restart. */
const restarts = (preview: string): string[] => [...new Set([...preview.matchAll(/docker-restart-(agent\d)/g)].map(([, name = ""]) => name))].sort();

/** While something is done, a client of both proxies asks without a break, and is answered every time. */
async function unnoticed(work: () => Promise<unknown>, port = 10080): Promise<void> {
    const asked = await client(proxies.map((host) => `http://${host}:${port}/`), /^served\n$/, work());
    console.log(`${asked.count} requests, ${asked.rate.toFixed(1)} a second, the slowest ${asked.slowest} ms, ${[`${asked.failed.length} failed`, ...asked.failed].join("; ")}`);
    expect(asked.failed).toEqual([]);
    expect(asked.rate).toBeGreaterThanOrEqual(10);
}

afterAll(() => stack.clean());

it("comes up from one command, and verify finds it as described", async () => {
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
    await green();
    for (const host of proxies) {
        await settles(60, async () => expect((await stack.on("master1", `curl -sS --max-time 3 http://${host}:10080/`)).stdout).toBe("served\n"));
    }
});

it("a setting that dockerd reloads is in use, and nothing was restarted", async () => {
    const before = [await daemons(), await containers()];
    stack.edit((config) => (config.docker!.insecureRegistries = ["registry.example:5000"]));
    expect(restarts((await stack.must("preview")).output)).toEqual([]);
    await unnoticed(() => stack.must("up"));
    expect([await daemons(), await containers()]).toEqual(before);
    for (const said of await onAgents("docker info --format '{{json .RegistryConfig.IndexConfigs}}'")) {
        expect(said).toContain("registry.example:5000");
    }
    await green();
});

it("one that it does not reload is rolled host by host, and no request fails", async () => {
    const before = await daemons();
    stack.edit((config) => (config.docker!.logMaxSizeMiB = 40));
    const preview = (await stack.must("preview")).output;
    expect(restarts(preview)).toEqual(agents);
    expect(preview).toMatch(/"max-size": "40m"/);
    let least = agents.length;
    const watch = setInterval(() => void active().then((now) => (least = Math.min(least, Number(now ?? least))), () => undefined), 500);
    try {
        await unnoticed(async () => {
            const up = await stack.must("up");
            console.log(`make up: ${up.seconds.toFixed(0)} s`);
        });
    } finally {
        clearInterval(watch);
    }
    expect(least).toBe(agents.length - 1);
    (await daemons()).forEach((daemon, i) => expect(daemon).not.toBe(before[i]));
    expect(await active()).toBe("3");
    for (const sizes of await onAgents("docker ps -q | xargs -r docker inspect -f '{{index .HostConfig.LogConfig.Config \"max-size\"}}' | sort -u")) {
        expect(["40m\n", ""]).toContain(sizes);
    }
    await green();
});

it("hosts go on when proxies know what Marathon knows, however much later that is", async () => {
    stack.edit((config) => (config.apps = [web, late] as never));
    await stack.must("up");
    for (const host of proxies) {
        await settles(120, async () => expect((await stack.out("master1", `curl -sS 'http://${host}:9090/haproxy?stats;csv'`)).match(/^late_10081,(?!BACKEND).*,UP,/gm)).toHaveLength(3));
    }
    stack.edit((config) => (config.docker!.logMaxSizeMiB = 35));
    try {
        await unnoticed(() => stack.must("up"), 10081);
    } finally {
        stack.edit((config) => (config.apps = [web] as never));
        await stack.must("up");
    }
    await green();
});

it("a second run, and every step run again, change nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    const before = await daemons();
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
    expect(await daemons()).toEqual(before);
});

it("killed while an agent is away, the next up gives it back", async () => {
    stack.edit((config) => (config.docker!.logMaxSizeMiB = 30));
    let pid: number | undefined;
    const killed = stack.make("up", {}, { log: "e2e-docker-roll-killed", started: (child) => (pid = child.pid) });
    await eventually("an agent is sent away", 120, async () => (await onAgents("cat /var/lib/datacentre/agent-away 2>/dev/null || true")).some((text) => text !== ""));
    process.kill(-pid!, "SIGKILL");
    await onAgents("pkill -KILL -f 'datacentre [c]onverge' || true");
    await killed;
    await settles(20, async () => expect(await active()).toBe("2"));
    await unnoticed(() => stack.must("up"));
    expect(await active()).toBe("3");
    expect((await onAgents("ls /var/lib/datacentre/agent-away 2>/dev/null || true")).join("")).toBe("");
    await green();
});

it("deactivated only, where that is asked for, an agent keeps its tasks until its engine ends them", async () => {
    stack.edit((config) => {
        config.docker!.logMaxSizeMiB = 50;
        config.mesos = { ...config.mesos, beforeDockerRestart: "deactivate" };
    });
    const began = (await stack.out("master1", "date +%s")).trim();
    await stack.must("up");
    expect(await stack.out("master1", `journalctl -u mesos-master --since @${began} -o cat | grep -c 'Draining agent' || true`)).toBe("0\n");
    expect(await active()).toBe("3");
    await green();
});

it("an agent whose port changes hands its tasks over where it listens, and gets a new id", async () => {
    const before = await ids();
    const began = (await stack.out("master1", "date +%s")).trim();
    stack.edit((config) => (config.mesos = { ...config.mesos, agentPort: 5052, incompatibleAgent: "renew", beforeDockerRestart: "drain" }));
    await unnoticed(() => stack.must("up"));
    const said = await stack.out("master1", `journalctl -u mesos-master --since @${began} -o cat | grep 'Draining agent'`);
    before.forEach((id) => expect(said).toContain(id.trim()));
    (await ids()).forEach((id, i) => expect(id).not.toBe(before[i]));
    await green();
});

it("an agent that left, and is described again, is taken back under a new id", async () => {
    const before = (await ids())[2];
    const nodes = stack.config.nodes;
    const began = (await stack.out("master1", "date +%s")).trim();
    stack.edit((config) => (config.nodes = nodes.slice(0, -1)));
    await unnoticed(() => stack.must("up"));
    expect(await stack.out("master1", `journalctl -u mesos-master --since @${began} -o cat | grep 'Draining agent'`)).toContain(before!.trim());
    await settles(60, async () => expect(await active()).toBe("2"));
    // Its data is still there, with the id that the masters have marked gone.
    stack.edit((config) => (config.nodes = nodes));
    await stack.must("up");
    expect(await active()).toBe("3");
    expect((await ids())[2]).not.toBe(before);
    await green();
});
