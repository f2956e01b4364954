/** A GlusterFS node that leaves: its brick moves to another with every file, while somebody writes; what cannot move is refused first. */
import { networkOf } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { run, settles, sleep } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("gluster-leave");
const names = ["one", "two", "three", "four"];
const repl = (...bricks: string[]) => ({ name: "repl", type: "replicated" as const, bricks: bricks.map((node) => `${node}:/data/repl`), arbiter: "three:/data/arbiter", mount: "/data/mnt" });
const hash = (...bricks: string[]) => ({ name: "hash", type: "distributed" as const, bricks: bricks.map((node) => `${node}:/data/hash`), mount: "/data/mnt_hash" });
const stack = new TestStack("e2e-gluster-leave", {
    provider: { kind: "docker", prefix: network.prefix, subnet: network.subnet, gateway: `${network.net}.254` },
    nodes: names.map((name, i) => ({ name, address: `${network.net}.${i + 1}`, roles: ["glusterfs"] })),
    glusterfs: { volumes: [repl("one", "two"), hash("one", "two")] },
});
const leave = (name: string): void => void (stack.config.nodes = stack.config.nodes.filter((node) => node.name !== name));
const pool = async (node: string): Promise<string[]> =>
    (await stack.out(node, "gluster pool list")).trim().split("\n").slice(1).map((line) => line.split(/\s+/)[1]!).sort();
const bricks = async (node: string, volume: string): Promise<string[]> =>
    [...(await stack.out(node, `gluster volume info ${volume}`)).matchAll(/^Brick\d+: (\S+)/gm)].map(([, brick = ""]) => brick);
const sums = (node: string, path: string): Promise<string> => stack.out(node, `cd ${path} && find . -path ./.glusterfs -prune -o -type f -print0 | sort -z | xargs -0 sha256sum`);
const green = (): Promise<void> => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));

afterAll(() => stack.clean());

it("comes up, and holds files", async () => {
    await stack.must("up");
    await stack.out("one", "mkdir /data/mnt/d && for i in $(seq 200); do head -c $((i * 50)) /dev/urandom >/data/mnt/d/$i; head -c 100 /dev/urandom >/data/mnt_hash/$i; done");
    await green();
});

it("refuses what cannot be moved, with the commands, before anything is touched", async () => {
    const before = [await pool("one"), await bricks("one", "repl"), await bricks("one", "hash")];
    stack.edit((config) => {
        leave("two");
        config.glusterfs = { volumes: [repl("one", "four"), hash("one")] };
    });
    const failed = await stack.make("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/volume hash has bricks that are not described: two:\/data\/hash/);
    expect(failed.output).toMatch(/remedy: .*here on one: 'gluster volume remove-brick hash two:\/data\/hash start'/);
    expect([await pool("one"), await bricks("one", "repl"), await bricks("one", "hash")]).toEqual(before);
});

it("moves the brick of a replicated volume with every file, while somebody writes, and detaches the node", async () => {
    // As the refusal says.
    const remove = "gluster --mode=script volume remove-brick hash two:/data/hash";
    await stack.out("one", `${remove} start`);
    await settles(120, async () => expect(await stack.out("one", `${remove} status`)).toMatch(/completed/));
    await stack.out("one", `${remove} commit`);
    const old = [await sums("one", "/data/mnt/d"), (await stack.out("one", "ls /data/mnt_hash | wc -l")).trim()];
    let written = 0;
    const up = stack.must("up");
    const ended = up.then(() => true, () => true);
    do {
        await stack.out("three", `echo ${written} >/data/mnt/w-${written}`);
        written += 1;
    } while (!(await Promise.race([ended, sleep(100).then(() => false)])));
    await up;
    console.log(`${written} files written meanwhile`);
    expect(await bricks("one", "repl")).toEqual(["one:/data/repl", "four:/data/repl", "three:/data/arbiter"]);
    expect(await pool("one")).toEqual(["four", "localhost", "three"]);
    expect([await sums("one", "/data/mnt/d"), (await stack.out("one", "ls /data/mnt_hash | wc -l")).trim()]).toEqual(old);
    expect(await sums("four", "/data/repl/d")).toBe(old[0]);
    expect((await stack.out("four", "ls /data/repl | grep -c ^w-")).trim()).toBe(String(written));
    expect(await stack.out("one", "gluster volume heal repl info summary")).not.toMatch(/Total Number of entries: [1-9-]/);
    await green();
});

it("a second run, and every step run again, change nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("the member that the pool is changed from may leave as well, to one that is told of it first", async () => {
    const old = await sums("three", "/data/mnt/d");
    stack.edit((config) => {
        config.nodes.push({ name: "five", address: `${network.net}.5`, roles: ["glusterfs"] });
        config.glusterfs = { volumes: [repl("five", "four")] };
    });
    const stranger = await stack.make("up");
    expect(stranger.code).not.toBe(0);
    expect(stranger.output).toMatch(/remedy: if it is this one, in which five is new or was lost: 'gluster peer probe five' on one/);
    await stack.out("one", "gluster peer probe five");
    await stack.must("up");
    expect(await bricks("three", "repl")).toEqual(["five:/data/repl", "four:/data/repl", "three:/data/arbiter"]);
    expect(await sums("five", "/data/repl/d")).toBe(old);
    // The former lead's step is taken back by then, and its volumes go on.
    expect(await stack.out("three", "gluster volume info all | grep -c '^Status: Started$'")).toBe("2\n");
    expect(await sums("three", "/data/mnt/d")).toBe(old);
    stack.edit(() => leave("one"));
    const failed = await stack.make("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/one leaves, and volume hash, which is not described, has bricks there: one:\/data\/hash/);
    await stack.out("three", "gluster --mode=script volume stop hash && gluster --mode=script volume delete hash");
    await stack.must("up");
    expect(await pool("three")).toEqual(["five", "four", "localhost"]);
    expect(await sums("three", "/data/mnt/d")).toBe(old);
    await green();
});

it("destroyed with its data, it leaves nothing", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect((await run("docker", ["ps", "-aq", "--filter", `name=${network.prefix}-`])).stdout).toBe("");
});
