/**
 * The default stack's shape, from nothing to gone: what document 000 checks by hand, a second run, drift, one node's
 * change, rolling changes, a reboot, and data that outlives the stack.
 */
import { networkOf } from "./lib/hosts";
import { run } from "./lib/run";
import { askEtcd, askZooKeeper, watch, type Watch } from "./lib/poll";
import { fourNodes, TestStack } from "./lib/stack";
import { hostState } from "./lib/state";
import { eventually } from "./lib/run";
import { changesOf, engineChanges, totalChanges } from "./lib/output";

const network = networkOf("stack");
const stack = new TestStack("e2e-stack", fourNodes(network));
const all = stack.names;
const zookeepers = all.slice(0, 3);
const address = (name: string) => stack.node(name).address;

afterAll(() => stack.clean());

it("comes up from one command", async () => {
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
});

it("is as described, says verify", async () => {
    const verify = await stack.must("verify");
    expect(verify.output).toMatch(/([0-9]+) checks, \1 as described/);
});

describe("document 000's own checks", () => {
    it.each(all)("gluster peer status on %s names three connected peers", async (node) => {
        const status = await stack.out(node, "gluster peer status");
        expect(status.match(/State: Peer in Cluster \(Connected\)/g)).toHaveLength(3);
    });

    it.each(["/data/mnt", "/data/mnt_hash"])("a file written under %s on one node is read on the others", async (mount) => {
        await stack.out("master1", `echo kept > ${mount}/from-master1`);
        for (const node of all) {
            expect(await stack.out(node, `cat ${mount}/from-master1`)).toBe("kept\n");
        }
    });

    it("srvr on three members names one leader and two followers", async () => {
        const modes = await Promise.all(
            zookeepers.map((node) => stack.out(node, `exec 3<>/dev/tcp/127.0.0.1/2181; printf srvr >&3; grep Mode: <&3`)),
        );
        expect(modes.map((mode) => mode.trim()).sort()).toEqual(["Mode: follower", "Mode: follower", "Mode: leader"]);
    });

    it("etcd is healthy on four", async () => {
        const endpoints = all.map((node) => `http://${address(node)}:2379`).join(",");
        const health = await stack.on("agent3", `ETCDCTL_API=3 etcdctl --endpoints=${endpoints} endpoint health`);
        expect(health.output.match(/is healthy/g)).toHaveLength(4);
    });

    it.each(all)("docker run works on %s", async (node) => {
        // An image of one program and what it is linked with, since there is no registry here.
        const image = "tar -C / -ch usr/bin/echo lib64/ld-linux-x86-64.so.2 lib/x86_64-linux-gnu/libc.so.6";
        await stack.out(node, `docker image inspect tiny >/dev/null 2>&1 || ${image} 2>/dev/null | docker import - tiny >/dev/null`);
        expect(await stack.out(node, "docker run --rm tiny /usr/bin/echo it runs")).toBe("it runs\n");
    });
});

describe("a second run", () => {
    it("plans and changes nothing", async () => {
        const preview = await stack.must("preview");
        expect(engineChanges(preview.output)).toEqual({});
        const up = await stack.must("up");
        expect(engineChanges(up.output)).toEqual({});
    });

    it("of every step on the hosts changes nothing: neither a file nor a service's start", async () => {
        const before = await Promise.all(all.map((node) => hostState(stack, node)));
        const converge = await stack.must("up", { CONVERGE: "1" });
        expect(totalChanges(converge.output)).toBe(0);
        expect(await Promise.all(all.map((node) => hostState(stack, node)))).toEqual(before);
    });
});

describe("damage is counted and mended", () => {
    // A file's content, a mode and a service, for each component; what the step has to say it changed is just these.
    const damages: { step: string; node: string; damage: string[] }[] = [
        { step: "prepare", node: "agent3", damage: ["sed -i /agent1/d /etc/hosts"] },
        {
            step: "docker",
            node: "agent3",
            damage: ["echo '{}' > /etc/docker/daemon.json", "chmod 0755 /mnt/docker-data", "systemctl stop docker.socket docker"],
        },
        { step: "glusterfs", node: "agent3", damage: ["systemctl stop glusterd"] },
        {
            step: "zookeeper",
            node: "agent2",
            damage: [
                "echo broken=1 >> /etc/zookeeper/conf/zoo.cfg",
                "chmod 0600 /etc/systemd/system/zookeeper.service",
                "systemctl stop zookeeper",
            ],
        },
        {
            step: "etcd",
            node: "agent3",
            damage: [
                "sed -i /SNAPSHOT/d /etc/etcd/etcd.conf",
                "chmod 0600 /etc/systemd/system/etcd.service",
                "systemctl stop etcd",
            ],
        },
    ];
    it.each(damages)("$step on $node", async ({ step, node, damage }) => {
        await stack.out(node, damage.join(" && "));
        const mended = await stack.must("up", { CONVERGE: "1" });
        expect(changesOf(mended.output, step, node)).toBe(damage.length);
        expect(totalChanges(mended.output)).toBe(damage.length);
        await stack.must("verify");
    });
});

it("a change of one node's setting touches that node alone", async () => {
    const others = all.slice(0, 3);
    const before = await Promise.all(others.map((node) => hostState(stack, node)));
    stack.edit((config) => (config.nodes[3]!.docker = { logMaxFiles: 5 }));
    const up = await stack.must("up");
    expect(engineChanges(up.output)).toEqual({ updated: 1 });
    expect(await stack.out("agent3", "cat /etc/docker/daemon.json")).toContain('"max-file": "5"');
    expect(await Promise.all(others.map((node) => hostState(stack, node)))).toEqual(before);
});

describe("a change of a quorum's setting goes member by member", () => {
    const print = (name: string, seen: Watch): void =>
        console.log(
            `${name}: ${seen.rounds} rounds, ${seen.rate.toFixed(1)} a second, fewest up ${seen.fewestAlive}, ` +
                `fewest serving ${seen.fewestServing}, longest without a serving quorum ${seen.longestGap} ms`,
        );

    /** At most one at a time, and that at all; one that is back between two looks is missed only by who serves. */
    const expectOneAway = (seen: Watch, members: number): void => {
        expect(seen.fewestAlive).toBeGreaterThanOrEqual(members - 1);
        expect(Math.min(seen.fewestAlive, seen.fewestServing)).toBeLessThan(members);
    };

    it("of ZooKeeper", async () => {
        const members = zookeepers.map(address);
        stack.edit((config) => (config.zookeeper = { heapMiB: 192 }));
        const seen = await watch(members, 2, askZooKeeper, stack.must("up"));
        print("zookeeper", seen);
        expect(seen.rate).toBeGreaterThan(5);
        // A quorum of members is up all the time; when it is the leader's turn, the others elect the next.
        expectOneAway(seen, zookeepers.length);
        expect(seen.longestGap).toBeLessThan(4000);
        for (const node of zookeepers) {
            expect(await stack.out(node, "tr '\\0' ' ' < /proc/$(systemctl show -p MainPID --value zookeeper)/cmdline")).toContain("-Xmx192m");
        }
    });

    it("of etcd, whose leader hands over first", async () => {
        stack.edit((config) => (config.etcd = { snapshotCount: 5000 }));
        const seen = await watch(all.map(address), 3, askEtcd, stack.must("up"));
        print("etcd", seen);
        expect(seen.rate).toBeGreaterThan(5);
        expectOneAway(seen, all.length);
        // A read that is under way while the leadership moves may fail. An election would take more than its timeout, a second.
        expect(seen.longestGap).toBeLessThan(500);
    });
});

it("a rebooted host comes back with everything", async () => {
    await run("docker", ["restart", `${network.prefix}-agent1`]);
    await eventually("agent1's ssh", 60, async () => (await stack.on("agent1", "true")).code === 0);
    await eventually("verify is green", 120, async () => (await stack.make("verify")).code === 0);
});

describe("destroy", () => {
    it("says what it removes, and keeps what was stored; a later up adopts it", async () => {
        await stack.out("master1", `ETCDCTL_API=3 etcdctl put planted kept`);
        const destroy = await stack.must("destroy");
        expect(destroy.output).toContain(`${network.prefix}-master1-data`);
        expect((await run("docker", ["ps", "-aq", "--filter", "label=datacentre.stack=datacentre/e2e-stack"])).stdout).toBe("");
        await stack.must("up");
        expect(await stack.out("agent2", "cat /data/mnt/from-master1 /data/mnt_hash/from-master1")).toBe("kept\nkept\n");
        expect(await stack.out("agent3", `ETCDCTL_API=3 etcdctl get planted --print-value-only`)).toBe("kept\n");
        await stack.must("verify");
    });

    it("with DATA=delete leaves nothing", async () => {
        await stack.must("destroy", { DATA: "delete" });
        const label = "label=datacentre.stack=datacentre/e2e-stack";
        for (const kind of [["ps", "-aq"], ["volume", "ls", "-q"], ["network", "ls", "-q"]]) {
            expect((await run("docker", [...kind, "--filter", label])).stdout).toBe("");
        }
    });
});
