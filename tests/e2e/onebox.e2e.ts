/**
 * Document 001's machine of containers, as Pulumi.onebox.yaml has it, on this machine's Docker engine: what the document tries, what has
 * to go on while leaders and members die, and what it met.
 */
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";

import { damages } from "./damages/containers";
import { networkOf } from "./lib/hosts";
import { ask, OneBox, ports, watched, writes } from "./lib/onebox";
import { engineChanges, totalChanges } from "./lib/output";
import { run, settles, sleep } from "./lib/run";

const network = networkOf("onebox");
const stack = new OneBox("e2e-onebox", network);
const { net, prefix } = network;
const image = "e2e-onebox/busybox:1";
stack.edit(({ apps }) => {
    (apps![0] as unknown as { container: { docker: { image: string } } }).container.docker.image = image;
});

const members = ["zk1", "zk2", "zk3"];
const masters = ["master1", "master2", "master3"];
const marathons = ["marathon1", "marathon2"];
const green = () => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const nodeAt = (address: string): string => stack.config.nodes.find((node) => node.address === address)!.name;

async function leadingMaster(): Promise<string> {
    for (const master of masters) {
        if (/^HTTP\/1.. 200/.test(await stack.page(master, ports.mesos, "/master/maintenance/status").catch(() => ""))) {
            return master;
        }
    }
    throw new Error("no master leads");
}
const leadingMarathon = async (): Promise<string> => nodeAt((JSON.parse((await ask(ports.marathon, "/v2/leader")).body) as { leader: string }).leader.split(":")[0]!);
interface Task {
    readonly id: string;
    readonly host: string;
    readonly slaveId: string;
    readonly ports: readonly number[];
    readonly healthCheckResults?: readonly { readonly alive: boolean }[];
}
const tasks = async (): Promise<Task[]> => (JSON.parse((await ask(ports.marathon, "/v2/apps/web/tasks")).body) as { tasks: Task[] }).tasks;
const taskContainers = async (): Promise<string[]> => (await stack.asked("ps", "--filter", "name=^mesos-", "--filter", `ancestor=${image}`, "--format", "{{.Names}}")).split("\n").filter(Boolean).sort();

/** What the stack may leave on its machine: nothing of this. */
const onMachine = async () => {
    const of = async (...args: string[]) => (await stack.asked(...args)).split("\n").filter((line) => line.includes(prefix)).sort();
    return {
        // Tasks by the app's image, which is the test's own.
        containers: await of("ps", "--all", "--format", "{{.Names}} {{.Image}}"),
        networks: await of("network", "ls", "--format", "{{.Name}}"),
        images: await of("images", "--format", "{{.Repository}}:{{.Tag}}"),
        links: (await run("ip", ["-o", "-4", "address", "show"])).stdout.split("\n").filter((line) => line.includes(`${net}.`)),
    };
};
const nothing = { containers: [], networks: [], images: [image], links: [] };

beforeAll(async () => {
    // As set-up does for a stack that is tracked with the program.
    await run("scripts/setup", ["--stack", "onebox", "--no-lint"], { log: "onebox-setup" });
    await stack.asked("tag", "busybox:latest", image);
});
afterAll(async () => {
    await stack.clean();
    await stack.docker("rmi", image);
});

describe("before anything is made", () => {
    const refused = async (...words: (string | RegExp)[]): Promise<void> => {
        const { code, output } = await stack.make("up");
        expect(code).not.toBe(0);
        words.forEach((word) => expect(output).toMatch(word));
        expect(output).toContain("nothing was touched");
        expect((await onMachine()).containers.filter((line) => !line.includes("busybox"))).toEqual([]);
    };

    /** What is in the way is taken away also where it was not told. */
    const inTheWay = async (there: () => Promise<unknown>, gone: () => Promise<unknown>, ...words: (string | RegExp)[]): Promise<void> => {
        await there();
        try {
            await refused(...words);
        } finally {
            await gone();
        }
    };
    const other = (name: string): [() => Promise<unknown>, () => Promise<unknown>] => [
        () => stack.asked("network", "create", "--subnet", `${net}.128/25`, name),
        () => stack.docker("network", "rm", name),
    ];

    it("tells of a network of the same name, and of one that overlaps", async () => {
        await inTheWay(...other(prefix), `network ${prefix} already, which is not this stack's`, `docker network rm ${prefix}`);
        await inTheWay(...other("e2e-other"), "the network e2e-other", `overlaps ${net}.0/24`);
    });

    it("tells of a bridge that is left of a network which is gone", async () => {
        const bridge = "br-0123456789ab";
        const make = `ip link add ${bridge} type bridge && ip address add ${net}.254/24 dev ${bridge}`;
        await inTheWay(() => run("bash", ["-c", make]), () => run("ip", ["link", "delete", bridge]), `the bridge ${bridge}`, "left of a Docker network that is gone", `ip link delete ${bridge}`);
    });

    it("tells of a port that is taken, and of a container of the same name", async () => {
        const server = createServer().listen(ports.marathon, "0.0.0.0");
        await inTheWay(
            () => stack.asked("create", "--name", `${prefix}-zk1`, "busybox:latest", "true"),
            async () => {
                server.close();
                await stack.docker("rm", `${prefix}-zk1`);
            },
            `port ${ports.marathon} of the engine's machine, at which marathon-proxy is to be published, is taken`,
            `a container ${prefix}-zk1 already`,
        );
    });
});

it("comes up from one command, and verify finds it as described", async () => {
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
    await green();
});

it("a second run, and everything looked at again, change nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    const { output } = await stack.must("up", { CONVERGE: "1" });
    expect(engineChanges(output)).toEqual({});
    expect(totalChanges(output)).toBe(0);
});

it("answers as the document tries it: each member, each master and each Marathon, and each proxy from outside", async () => {
    for (const member of members) {
        expect(await stack.fourLetters(member, "srvr")).toMatch(/^Mode: (leader|follower)$/m);
    }
    for (const master of masters) {
        // The double has no page at the root.
        expect(await stack.page(master, ports.mesos, "/version")).toMatch(/^HTTP\/1.. 200/);
    }
    for (const marathon of marathons) {
        expect(await stack.page(marathon, 8080, "/ping")).toMatch(/^HTTP\/1.. 200/);
    }
    expect(await ask(ports.mesos, "/master/state")).toMatchObject({ status: 200, location: undefined });
    expect(await ask(ports.marathon, "/v2/apps")).toMatchObject({ status: 200, via: undefined });
    expect((await run("bash", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${ports.zookeeper} && printf srvr >&3 && cat <&3`])).stdout).toMatch(/^Mode: (leader|follower)$/m);
    expect(await ask(ports.mesos, "/master/redirect")).toMatchObject({ status: 307, location: `//127.0.0.1:${ports.mesos}` });
});

it("finds tasks healthy at an address of the machine, with ports of their own on each agent", async () => {
    const all = await tasks();
    expect(all).toHaveLength(2);
    expect(all.every(({ host, healthCheckResults }) => host === `${net}.254` && healthCheckResults?.every(({ alive }) => alive))).toBe(true);
    for (const task of all) {
        expect((await ask(task.ports[0]!, "/", { host: `${net}.254` })).body).toMatch(/^served by /);
    }
    const state = JSON.parse((await ask(ports.mesos, "/slaves")).body) as { slaves: { resources: { ports: string } }[] };
    expect(state.slaves.map(({ resources }) => resources.ports).sort()).toEqual(["[21000-21124]", "[21125-21249]"]);
});

it.each([
    ["a master", ports.mesos, "/master/state", leadingMaster],
    ["a Marathon", ports.marathon, "/v2/apps", leadingMarathon],
] as const)("serves the next leader when %s that leads dies, and never a standby", async (_, port, path, leading) => {
    const first = await leading();
    const seen = await watched(port, path, async () => {
        await stack.asked("kill", stack.container(first));
        await settles(60, async () => expect(await leading().catch(() => first)).not.toBe(first));
    });
    console.log(`${first} died: ${(seen.gap / 1000).toFixed(1)} s until the next one was served; ${seen.count} requests: ${seen.statuses.join(", ")}`);
    expect(seen.strange).toEqual([]);
    expect(seen.statuses.filter((status) => ![200, 503, 502, 0].includes(status))).toEqual([]);
    // It is brought back by up, as a standby: nobody sees that.
    const back = await watched(port, path, async () => {
        await stack.must("up");
        await sleep(3000);
    });
    expect(back).toMatchObject({ statuses: [200], strange: [] });
    await green();
});

it("starts a program that has crashed again by itself", async () => {
    const restarts = async () => Number(await stack.asked("inspect", "-f", "{{.RestartCount}}", stack.container("master1")));
    const before = await restarts();
    await stack.inside("master1", "for at in /proc/[0-9]*; do if grep -qa '^[^ ]*mesos-master' $at/cmdline; then kill -9 ${at#/proc/}; fi; done").catch(() => undefined);
    await settles(60, async () => expect(await restarts()).toBeGreaterThan(before));
    await green();
});

it("goes on with one ZooKeeper member down, also for a client by the proxy, which writes all the time", async () => {
    const one = "zk2";
    const written = await writes(stack, async () => {
        await stack.asked("kill", stack.container(one));
        await sleep(5000);
        await stack.asked("kill", stack.container("zk1")).then(() => stack.asked("start", stack.container(one)));
        await settles(60, async () => expect(await stack.fourLetters(one, "srvr")).toMatch(/^Mode/m));
        await sleep(5000);
    });
    console.log(`${written.count} entries written, the slowest in ${(written.slowest / 1000).toFixed(1)} s`);
    expect(written.count).toBeGreaterThan(20);
    expect(written.lost).toEqual([]);
    expect(written.slowest).toBeLessThan(45_000);
    const { output } = await stack.make("verify");
    expect(output).toMatch(/zk1.*\n?.*srvr|zookeeper on zk1/);
    expect(await ask(ports.marathon, "/v2/apps/web?force=true", { method: "PUT", body: JSON.stringify({ instances: 1 }) })).toMatchObject({ status: 200 });
    await settles(60, async () => expect(await tasks()).toHaveLength(1));
});

it("says with two members down what that means, and sends nobody to the one that is left", async () => {
    const running = await taskContainers();
    await stack.docker("kill", stack.container("zk1"));
    await stack.asked("kill", stack.container("zk2"));
    await settles(60, async () => expect(await stack.fourLetters("zk3", "srvr")).toMatch(/not currently serving/));
    await settles(60, async () => {
        const { stdout } = await run("bash", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${ports.zookeeper} && printf srvr >&3 && timeout 3 cat <&3`]);
        expect(stdout).toBe("");
    });
    const { code, output } = await stack.make("verify");
    expect(code).not.toBe(0);
    expect(output).toMatch(/no quorum: (0|1) of 3 serve, and it takes 2/);
    expect(output).toContain("tasks that run go on");
    expect(await taskContainers()).toEqual(running);
    // Both come back by up, and with them everything, the app as described too.
    await stack.must("up");
    await settles(60, async () => expect(await leadingMarathon().catch(() => "")).not.toBe(""));
    await stack.must("up", { CONVERGE: "1" });
    await green();
});

it("leaves tasks alone when an agent is started again, its own and its neighbour's", async () => {
    const before = await taskContainers();
    expect(before).toHaveLength(2);
    for (const slave of ["slave1", "slave2"]) {
        await stack.asked("restart", stack.container(slave));
        await sleep(3000);
    }
    await green();
    expect(await taskContainers()).toEqual(before);
});

it("changes what a setting is about, one after another, and nothing else", async () => {
    const started = async (nodes: readonly string[]) => Object.fromEntries(await Promise.all(nodes.map(async (node) => [node, await stack.asked("inspect", "-f", "{{.Created}}", stack.container(node))] as const)));
    const before = await started(stack.names);
    stack.edit((config) => (config.zookeeper = { ...config.zookeeper, syncLimitTicks: 6 }));
    const { output } = await stack.must("up");
    expect(engineChanges(output)).toEqual({ replaced: 3, updated: 3 });
    const after = await started(stack.names);
    expect(stack.names.filter((name) => after[name] !== before[name])).toEqual(members);
    await green();
});

/** Every row takes a whole `make verify`: FULL=1 tries them all, and without it every third is tried. */
const tried = Object.entries(damages(stack)).filter((_, index) => process.env.FULL || index % 3 === 0);

it.each(tried)("verify is not blind to: %s", async (row, { on, harm, mend, says }) => {
    await harm();
    try {
        await settles(60, async () => {
            const { stdout } = await stack.make("verify", { JSON: "1" });
            const report = JSON.parse(stdout.slice(stdout.indexOf("{"))) as { checks: { row: string; nodes: string[]; ok: boolean; found: string; remedy?: string }[] };
            const broken = report.checks.find((one) => one.row === row && one.nodes.includes(on));
            expect({ ok: broken?.ok, remedy: broken?.remedy ?? "" }).toEqual({ ok: false, remedy: expect.stringMatching(/.{10}/) as string });
            expect(broken?.found).toMatch(says);
        });
    } finally {
        await mend();
    }
});

it("has it all back", async () => {
    await stack.must("up", { CONVERGE: "1" });
    await green();
});

it("tells by name of an image that lacks a library", async () => {
    const broken = "e2e-onebox/haproxy:broken";
    const lab = (stack.config.sources as { proxies: { image: string } }).proxies.image;
    const library = "for f in /lib/*/libcrypt.so.1 /usr/lib/*/libcrypt.so.1 /lib/*/libpcre2-8.so.0 /usr/lib/*/libpcre2-8.so.0; do rm -f $f; done";
    await stack.asked("rm", "-f", "e2e-onebox-breaker");
    await stack.asked("run", "--name", "e2e-onebox-breaker", "-u", "0", "--entrypoint", "bash", lab, "-c", library);
    await stack.asked("commit", "--change", `ENTRYPOINT ${await stack.asked("inspect", "-f", "{{json .Config.Entrypoint}}", lab)}`, "--change", `CMD ${await stack.asked("inspect", "-f", "{{json .Config.Cmd}}", lab)}`, "e2e-onebox-breaker", broken);
    await stack.asked("rm", "-f", "e2e-onebox-breaker");
    const image = (name: string) => stack.edit((config) => (config.sources = { ...config.sources, proxies: { kind: "images", image: name } }));
    image(broken);
    const { code, output } = await stack.make("up");
    image(lab);
    expect(code).not.toBe(0);
    expect(output).toMatch(/the image e2e-onebox\/haproxy:broken lacks the library lib\S+, which its program needs/);
    expect(output).toContain("datacentre:sources.proxies.image");
    await stack.must("up");
    await stack.docker("rmi", broken);
    await green();
});

it("keeps the login of Marathon to itself", async () => {
    const password = "Planted-Onebox-Pa55word";
    // Set apart, as a secret.
    stack.edit((config) => (config.marathon = { ...config.marathon, credentials: { username: "ops" } as { username: string; password: string } }));
    const set = `eval "$(make -s env STACK=${stack.name})" && pulumi config set --secret --path 'datacentre:marathon.credentials.password'`;
    expect((await run("bash", ["-c", set], { env: { DATACENTRE_HOME: stack.home }, input: `${password}\n` })).code).toBe(0);
    const seen = new Set<string>();
    const state = { done: false };
    const up = stack.must("up").finally(() => (state.done = true));
    const sampling = (async () => {
        while (!state.done) {
            const { stdout } = await run("bash", ["-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"]);
            if (stdout.includes(password)) {
                seen.add("argv");
            }
            await sleep(100);
        }
    })();
    await Promise.allSettled([up, sampling]);
    const said = [(await up).output, (await stack.must("verify")).output, (await stack.make("up", { CONVERGE: "1" })).output];
    expect([...seen]).toEqual([]);
    expect(said.some((text) => text.includes(password))).toBe(false);
    const kept = await run("bash", ["-c", `grep -rlF -- '${password}' '${stack.home}' Pulumi.${stack.name}.yaml`]);
    expect(kept.stdout).toBe("");
    expect((await ask(ports.marathon, "/v2/apps")).status).toBe(401);
    await green();
});

it.each([0.35, 0.8])("killed at %d of its way, the next up finishes it", async (part) => {
    await stack.must("destroy");
    const state = { killed: false };
    const started = async (child: ChildProcess): Promise<void> => {
        await sleep(4000 + part * 22_000);
        if (child.exitCode === null) {
            process.kill(-child.pid!, "SIGKILL");
            state.killed = true;
        }
    };
    await stack.make("up", {}, { started: (child) => void started(child) });
    const up = await stack.must("up");
    console.log(`killed: ${state.killed}; the next up took ${up.seconds.toFixed(0)} s`);
    await green();
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
});

it("goes without a trace, but for its data, and with DATA=delete without that", async () => {
    await stack.must("destroy");
    expect(await onMachine()).toEqual(nothing);
    const volumes = async () => (await stack.asked("volume", "ls", "-q", "--filter", `label=datacentre.stack=datacentre/${stack.name}`)).split("\n").filter(Boolean);
    expect(await volumes()).toHaveLength(8);
    await stack.must("up");
    await green();
    await stack.must("destroy", { DATA: "delete" });
    expect(await volumes()).toEqual([]);
    expect(await onMachine()).toEqual(nothing);
});
