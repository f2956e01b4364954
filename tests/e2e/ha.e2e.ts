/**
 * Document 002's data centre, as Pulumi.ha.yaml has it: three masters, each of which serves the apps at their service ports. What the
 * document tries by hand, and what has to go on while apps change and hosts die.
 */
import { damages } from "./damages/marathon-bridge";
import { damages as proxyDamages } from "./damages/proxies";
import { asItIs } from "./lib/cloud";
import { client, type Asked } from "./lib/client";
import { expectNamed } from "./lib/damage";
import { networkOf } from "./lib/hosts";
import { Api } from "./lib/mesos";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, run, settles } from "./lib/run";
import { TestStack } from "./lib/stack";
import { hostState } from "./lib/state";

const network = networkOf("ha");
const stack = new TestStack("e2e-ha", asItIs("ha", { "172.18.3.": `${network.net}.`, '"dc-ha"': JSON.stringify(network.prefix) }));
stack.edit((config) => {
    config.mesos = { ...config.mesos, agentPingTimeout: "3secs", maxAgentPingTimeouts: 3 };
    config.appWait = { stuckSeconds: 30, timeoutSeconds: 240 };
    // Document 001's proxies, which hosts may have as well.
    config.nodes.find(({ name }) => name === "agent1")!.roles!.push("mesos-proxy", "marathon-proxy", "zookeeper-proxy");
});
const masters = ["master1", "master2", "master3"];
const address = (name: string) => stack.node(name).address;
const nameOf = (host: string) => stack.names.find((name) => address(name) === host)!;
const api = new Api(stack);
const page = (master: string, port = 80) => `http://${address(master)}:${port}/`;

interface Definition {
    id: string;
    instances: number;
    constraints?: string[][];
    env?: Record<string, string>;
    container: { portMappings: { servicePort: number }[] };
}
const nginx = (change: (app: Definition) => void): void => stack.edit(({ apps }) => change((apps as unknown as Definition[]).find(({ id }) => id === "/nginx")!));

/** What the app answers, in whichever container. */
const served = /^nginx on \S+\n$/;
/** The text of a page, by plain curl on another host; the empty text where nobody answers. */
const seen = async (master: string, port = 80): Promise<string> => (await stack.on("agent1", `curl -sS --max-time 3 ${page(master, port)}`)).stdout;
/** How many tasks of the web app a master serves. */
const servers = async (master: string): Promise<number> => {
    const count = `awk '$1 == "listen" {name = $2} $1 == "server" && name ~ /^nginx-/ {n++} END {print n + 0}' /var/lib/haproxy-marathon-bridge/haproxy.cfg`;
    return Number(await stack.out(master, count));
};
const green = () => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));

/** While something is done, a client of one master asks without a break, and is answered every time. */
async function unnoticed(master: string, work: () => Promise<unknown>): Promise<void> {
    const asked: Asked = await client(page(master), served, work());
    console.log(`${asked.count} requests, ${asked.rate.toFixed(1)} a second, the slowest ${asked.slowest} ms`);
    expect(asked.failed).toEqual([]);
    expect(asked.rate).toBeGreaterThanOrEqual(10);
}

afterAll(() => stack.clean());

it("comes up from one command, and verify finds it as described", async () => {
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
    await green();
});

it("a second run, and every step run again, change nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    const before = await Promise.all(stack.names.map((node) => hostState(stack, node)));
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
    expect(await Promise.all(stack.names.map((node) => hostState(stack, node)))).toEqual(before);
});

it("runs the document's hello, and its container", async () => {
    expect(await api.app("/hello")).toMatchObject({ instances: 1, tasksRunning: 1 });
    expect(await api.app("/ubuntu")).toMatchObject({ instances: 1, tasksRunning: 1 });
    const [task] = (await api.app("/ubuntu")).tasks;
    expect(await stack.out(nameOf(task!.host), "docker logs $(docker ps -q --filter ancestor=busybox:latest)")).toMatch(/^(\d\d:\d\d:\d\d\n)+$/);
});

it("serves the web app at its service port on every master", async () => {
    for (const master of masters) {
        await settles(90, async () => expect(await seen(master)).toMatch(served));
    }
});

it("has the document's page of HAProxy on each master, for who is on it", async () => {
    expect(await stack.out("master1", "curl -fsS -u admin:admin 'http://127.0.0.1:9090/haproxy?stats;csv'")).toMatch(/^nginx-80,FRONTEND,/m);
    expect(await stack.out("master1", "curl -sS -o /dev/null -w '%{http_code}' 'http://127.0.0.1:9090/haproxy?stats'")).toBe("401");
    expect((await stack.on("agent1", `curl -sS --max-time 3 http://${address("master1")}:9090/`)).code).not.toBe(0);
});

it("is scaled from 1 to 3 and back without a request that fails", async () => {
    for (const instances of [3, 1]) {
        nginx((app) => (app.instances = instances));
        await unnoticed("master2", async () => {
            await stack.must("up");
            await settles(60, async () => expect(await Promise.all(masters.map(servers))).toEqual([instances, instances, instances]));
        });
    }
});

it("is deployed anew without a request that fails, and no unit is started again", async () => {
    const units = () => Promise.all(masters.map(async (master) => (await hostState(stack, master)).services));
    const before = await units();
    const [task] = (await api.app("/nginx")).tasks;
    nginx((app) => (app.env = { VERSION: "2" }));
    await unnoticed("master3", async () => {
        await stack.must("up");
        await settles(60, async () => expect(await Promise.all(masters.map(servers))).toEqual([1, 1, 1]));
    });
    expect((await api.app("/nginx")).tasks[0]?.id).not.toBe(task?.id);
    expect(await units()).toEqual(before);
});

it("takes a changed setting without a restart of HAProxy", async () => {
    const since = (unit: string) => stack.out("master1", `systemctl show -p ActiveEnterTimestampMonotonic --value ${unit}`);
    const [bridge, proxy] = [await since("haproxy-marathon-bridge"), await since("haproxy-marathon-bridge-proxy")];
    stack.edit((config) => (config.marathonBridge = { resyncSeconds: 10 }));
    await unnoticed("master1", () => stack.must("up"));
    expect(await since("haproxy-marathon-bridge")).not.toBe(bridge);
    expect(await since("haproxy-marathon-bridge-proxy")).toBe(proxy);
});

it("serves who leads by the proxies of a host", async () => {
    const at = (port: number, path: string) => stack.on("agent2", `curl -sS --max-time 3 -o /dev/null -w '%{http_code} %header{location} %header{x-marathon-via}' http://${address("agent1")}:${port}${path}`);
    const shown = async () => [(await at(5050, "/master/state")).stdout.trim(), (await at(8080, "/v2/apps")).stdout.trim()];
    expect(await shown()).toEqual(["200", "200"]);
    expect(await stack.out("agent2", `exec 3<>/dev/tcp/${address("agent1")}/2181 && printf srvr >&3 && cat <&3`)).toMatch(/^Mode: (leader|follower)$/m);
    const { leader } = JSON.parse(await api.get("/v2/leader")) as { leader: string };
    await stack.out(nameOf(leader.split(":")[0]!), "systemctl restart marathon");
    await settles(60, async () => expect(await shown()).toEqual(["200", "200"]));
});

it.each(["the leading Marathon's host dies", "the next one's does"])("goes on when %s, follows what changes meanwhile, and has it back", async () => {
    const { leader } = JSON.parse(await api.get("/v2/leader")) as { leader: string };
    const dead = nameOf(leader.split(":")[0]!);
    const [asked, other] = masters.filter((master) => master !== dead) as [string, string];
    const scale = async (instances: number) => {
        const marathon = new Api(stack, other);
        await settles(120, async () => expect((await marathon.send("PUT", "/v2/apps/nginx?force=true", { instances })).status).toBe(200));
        await settles(120, async () => expect(await Promise.all([asked, other].map(servers))).toEqual([instances, instances]));
    };
    await unnoticed(asked, async () => {
        await run("docker", ["kill", `${network.prefix}-${dead}`]);
        await scale(3);
        await scale(1);
    });
    // By itself it is a member of all three ensembles again, and serves.
    await run("docker", ["start", `${network.prefix}-${dead}`]);
    await green();
    await settles(90, async () => expect(await seen(dead)).toMatch(served));
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
});

it("serves from other agents when one dies, and only who is just asking that one notices", async () => {
    nginx((app) => Object.assign(app, { instances: 3, constraints: [["hostname", "MAX_PER", "2"]] }));
    await stack.must("up");
    const dead = nameOf((await api.app("/nginx")).tasks[0]!.host);
    const moved = async () => {
        await run("docker", ["kill", `${network.prefix}-${dead}`]);
        await settles(150, async () => {
            const { tasks } = await api.app("/nginx");
            expect(tasks.filter(({ host, state }) => nameOf(host) !== dead && state === "TASK_RUNNING")).toHaveLength(3);
            expect(await Promise.all(masters.map(servers))).toEqual([3, 3, 3]);
        });
    };
    const asked = await client(page("master1"), served, moved());
    console.log(`${asked.count} requests, ${asked.rate.toFixed(1)} a second, the slowest ${asked.slowest} ms, failed: ${asked.failed.join(", ") || "none"}`);
    // A request takes less time than there is between two.
    expect(asked.failed.length).toBeLessThanOrEqual(2);
    await run("docker", ["start", `${network.prefix}-${dead}`]);
    await green();
});

it("says which port cannot be served, and serves it when it is free", async () => {
    await stack.out("master1", "systemd-run --unit squatter python3 -m http.server 8099");
    nginx((app) => (app.container.portMappings[0]!.servicePort = 8099));
    await stack.must("up");
    await settles(60, async () => expect(await seen("master2", 8099)).toMatch(served));
    const verify = await stack.make("verify");
    expect(verify.code).not.toBe(0);
    expect(verify.output).toMatch(/\/nginx: 8099 is in use by another program of this host/);
    await stack.out("master1", "systemctl stop squatter");
    await settles(60, async () => expect(await seen("master1", 8099)).toMatch(served));
    nginx((app) => (app.container.portMappings[0]!.servicePort = 80));
    await stack.must("up");
    await green();
});

/** Every row takes a whole `make verify`: FULL=1 tries them all, and without it every third is tried. */
const tried = [
    ...Object.entries(damages(network.net)).map(([row, damage]) => ["marathonBridge", row, damage] as const),
    ...Object.entries(proxyDamages(network.net)).map(([row, damage]) => ["proxies", row, damage] as const),
].filter((_, index) => process.env.FULL || index % 3 === 0);

it.each(tried)("verify is not blind to: %s, %s", (system, row, damage) => expectNamed(stack, system, row, damage));

it("leaves a node that loses the role as it was", async () => {
    const roles = stack.node("master3").roles!;
    stack.edit(() => (stack.node("master3").roles = roles.filter((role) => role !== "marathon-bridge")));
    await stack.must("up");
    const left = "ls -d /etc/haproxy-marathon-bridge /usr/local/lib/haproxy-marathon-bridge /var/lib/haproxy-marathon-bridge /etc/systemd/system/haproxy-marathon-bridge* 2>/dev/null; getent passwd haproxy-marathon-bridge; systemctl is-active haproxy haproxy-marathon-bridge haproxy-marathon-bridge-proxy | sort -u";
    expect((await stack.on("master3", left)).stdout).toBe("inactive\n");
    expect(await seen("master3")).toBe("");
    stack.edit(() => (stack.node("master3").roles = roles));
    await stack.must("up");
    await eventually("master3 serves again", 60, async () => (await seen("master3")).startsWith("nginx on "));
    await green();
});

it("destroyed, it leaves nothing", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect((await run("docker", ["ps", "-aq", "--filter", `name=${network.prefix}-`])).stdout).toBe("");
});
