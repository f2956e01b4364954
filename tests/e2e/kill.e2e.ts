/**
 * `up` killed with SIGKILL, engine and process group, at some moment: the next `make up` finishes by itself, and what
 * was stored is there. One seeded moment by default; FULL=1 tries twelve, spread from the first second to the last.
 */
import { networkOf } from "./lib/hosts";
import { sleep } from "./lib/run";
import { engineChanges } from "./lib/output";
import { threeNodes, TestStack, withMesos } from "./lib/stack";

const network = networkOf("kill");
const stack = new TestStack("e2e-kill", withMesos(threeNodes(network)));
const moments = process.env.FULL ? 12 : 1;
const seed = Number(process.env.SEED ?? 20);

/** Seconds that an `up` takes when nobody kills it: the moments are spread over it. */
let whole = { make: 60, change: 30 };

afterAll(() => stack.clean());

async function killedUp(after: number): Promise<boolean> {
    let killed = false;
    let ended = false;
    const run = stack.make("up", {}, {
        log: `e2e-kill-${after.toFixed(1)}`,
        started: (child) => {
            void sleep(after * 1000).then(() => {
                if (!ended && child.pid !== undefined) {
                    process.kill(-child.pid, "SIGKILL");
                    killed = true;
                }
            });
        },
    });
    await run;
    ended = true;
    return killed;
}

const spread = (index: number, seconds: number): number =>
    moments === 1 ? 1 + ((seed * 7919) % 1000) / 1000 * (seconds - 2) : 0.5 + (index / (moments - 1)) * (seconds - 1);

async function plant(): Promise<void> {
    await stack.out("master1", "echo kept > /data/mnt/planted && echo kept > /data/mnt_hash/planted");
    await stack.out("agent1", "ETCDCTL_API=3 etcdctl put planted kept");
    await stack.out("master1", "docker tag busybox master1:5000/planted && docker push -q master1:5000/planted");
}

async function planted(): Promise<void> {
    expect(await stack.out("agent2", "cat /data/mnt/planted /data/mnt_hash/planted")).toBe("kept\nkept\n");
    expect(await stack.out("agent2", "ETCDCTL_API=3 etcdctl get planted --print-value-only")).toBe("kept\n");
    expect(await stack.out("master1", `curl -fsS http://${network.net}.1:5000/v2/_catalog`)).toContain('"planted"');
}

it("takes its time when nobody kills it", async () => {
    whole.make = (await stack.must("up")).seconds;
    await plant();
    await stack.must("destroy");
});

it.each(Array.from({ length: moments }, (_, i) => i))("killed while the stack is made (%i)", async (index) => {
    const after = spread(index, whole.make);
    const killed = await killedUp(after);
    const up = await stack.must("up");
    console.log(`killed after ${after.toFixed(1)} s of ${whole.make.toFixed(0)}: ${killed}; the next up took ${up.seconds.toFixed(0)} s`);
    await planted();
    await stack.must("verify");
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    if (index < moments - 1) {
        await stack.must("destroy");
    }
});

it.each(Array.from({ length: moments }, (_, i) => i))("killed while every service gets a new configuration (%i)", async (index) => {
    stack.edit((config) => {
        config.zookeeper = { heapMiB: 130 + index };
        config.etcd = { snapshotCount: 6000 + index };
        config.docker = { ...config.docker, logMaxFiles: 4 + index };
    });
    if (index === 0) {
        const begin = Date.now();
        await stack.must("up");
        whole = { ...whole, change: (Date.now() - begin) / 1000 };
        stack.edit((config) => (config.zookeeper = { heapMiB: 180 }));
    }
    const after = spread(index, whole.change);
    const killed = await killedUp(after);
    await stack.must("up");
    console.log(`killed after ${after.toFixed(1)} s of ${whole.change.toFixed(0)}: ${killed}`);
    await planted();
    await stack.must("verify");
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
});
