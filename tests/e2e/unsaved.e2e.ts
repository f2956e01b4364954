/**
 * An `up` whose engine writes the state once, killed in the middle, on hosts that are there already: nothing is taken for true that is not, the
 * next `up` finishes, and what the killed one put on a host and nobody describes any more is gone.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { networkOf, useBareHosts } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, type Result } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("unsaved");
const lab = "file:///opt/datacentre-lab/apt";
const stack = new TestStack("e2e-unsaved", {
    provider: { kind: "existing", privateKeyFile: "" },
    nodes: [
        { name: "master1", address: "", roles: ["zookeeper", "mesos-master", "marathon"] },
        { name: "agent1", address: "", roles: ["mesos-agent"] },
    ],
    security: "seed",
    mesos: { containerizers: ["mesos"] },
    sources: { mesos: { kind: "repository", apt: { url: lab } }, marathon: { kind: "repository", apt: { url: lab } } },
});
const note = join(stack.home, "stacks", stack.name, "unsaved");
const once = { CHECKPOINTS: "end" };

const done = (node: string): Promise<string> => stack.out(node, "ls /var/lib/datacentre/done 2>/dev/null || true");

/** What there is of etcd on a host, but for the package, which stays until the host goes. */
const etcd = (): Promise<string> =>
    stack.out(
        "agent1",
        `systemctl is-active etcd || true; ls -d /etc/systemd/system/etcd.service /etc/etcd /var/lib/datacentre/units/etcd* 2>/dev/null || true
         ss -Hltn | grep -c ':2379 ' || true`,
    );

/** Kills `up`, its engine and all that it started, as soon as a step has ended on a host. */
async function killedWhen(step: string, node: string): Promise<Result> {
    let group: number | undefined;
    const run = stack.make("up", once, { log: "e2e-unsaved-killed", started: (child) => (group = child.pid) });
    await eventually(`${step} ends on ${node}`, 600, async () => (await done(node)).split("\n").includes(step));
    process.kill(-group!, "SIGKILL");
    return run;
}

useBareHosts(stack, network);

let bare: string;

it("refuses a word that means nothing", async () => {
    const { code, output } = await stack.make("up", { CHECKPOINTS: "sometimes" });
    expect(code).not.toBe(0);
    expect(output).toMatch(/CHECKPOINTS=sometimes means nothing\n {2}remedy: .*CHECKPOINTS=end/);
});

it("is killed when a step has ended that the state does not have", async () => {
    stack.edit((config) => config.nodes[1]!.roles!.push("etcd"));
    bare = await etcd();
    const { output } = await killedWhen("etcd", "agent1");
    expect(output).toContain("the state is written once, when this run ends");
    expect(existsSync(note)).toBe(true);
    expect(await etcd()).not.toBe(bare);
});

it("is not destroyed on a state that is not true, and nothing is touched", async () => {
    const before = await done("agent1");
    const destroy = await stack.make("destroy");
    expect(destroy.code).not.toBe(0);
    expect(destroy.output).toMatch(/the engine of 'make up' of 20\S+ was killed before it wrote the state.*things would be left on hosts/);
    expect(destroy.output).toMatch(/ {2}remedy: run 'make up STACK=e2e-unsaved'/);
    expect(await done("agent1")).toBe(before);
    const preview = await stack.make("preview");
    expect(preview.output).toMatch(/warning: the engine of 'make up'/);
});

it("comes up without a role that the killed run put there, whose traces are gone", async () => {
    stack.edit((config) => (config.nodes[1]!.roles = ["mesos-agent"]));
    const up = await stack.must("up", once);
    expect(up.output).toMatch(/was killed before it wrote the state, which does not have what it did: all is done once more/);
    expect(up.output).toMatch(/on agent1: .*took back what the step etcd had begun here/);
    expect(existsSync(note)).toBe(false);
    expect(await etcd()).toBe(bare);
    expect((await done("agent1")).split("\n")).not.toContain("etcd");
    await stack.must("verify");
});

it("is as any other then: nothing is due, and plain 'up' changes nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("goes without a trace, also when a 'destroy' was killed", async () => {
    let group: number | undefined;
    const killed = stack.make("destroy", { ...once, DATA: "delete" }, { log: "e2e-unsaved-killed-destroy", started: (child) => (group = child.pid) });
    await eventually("agent1 has no agent any more", 300, async () => !(await done("agent1")).includes("mesos-agent"));
    process.kill(-group!, "SIGKILL");
    await killed;
    expect(existsSync(note)).toBe(true);
    await stack.must("destroy", { ...once, DATA: "delete" });
    expect(existsSync(note)).toBe(false);
    for (const node of stack.names) {
        expect(await stack.out(node, "ls -d /var/lib/datacentre /var/lib/zookeeper /var/lib/mesos /var/lib/etcd 2>/dev/null || true")).toBe("");
    }
});
