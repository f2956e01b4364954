/**
 * ZooKeeper, etcd and Docker go to another version, the real ones of Debian 12 and 13, GlusterFS and the lab's double of Mesos under another
 * number, while a client of each writes: members one after another, nothing that was acknowledged is lost, and running tasks stay.
 */
import type { DataCentreInput } from "../../config";
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { offerLater, offerRenumbered } from "./lib/later";
import { Api } from "./lib/mesos";
import { engineChanges, totalChanges } from "./lib/output";
import { RegistryWriter } from "./lib/registry-writer";
import { run, settles, sleep, type Result } from "./lib/run";
import { TestStack } from "./lib/stack";
import { etcdStore, Writer, zookeeperStore } from "./lib/writers";

const network = networkOf("upgrade");
const lab = "file:///opt/datacentre-lab";
const names = ["u1", "u2", "u3", "u4"];
const members = names.slice(0, 3);
const address = (name: string): string => `${network.net}.${name.slice(1)}`;
const addresses = members.map(address);
const before = { mesos: "1.5.3", zookeeper: "3.8.0", etcd: "3.4.23", docker: "20.10.24", glusterfs: "10.3" };
const after = { mesos: "1.11.0", zookeeper: "3.9.3", etcd: "3.5.16", docker: "26.1.5", glusterfs: "10.4" };

const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name) => ({
        name,
        address: address(name),
        roles: [
            ...(members.includes(name) ? (["zookeeper", "etcd", "mesos-master", "glusterfs"] as const) : []),
            ...(name === "u1" ? (["marathon"] as const) : []),
            ...(["u3", "u4"].includes(name) ? (["docker", "mesos-agent"] as const) : []),
        ],
    })),
    security: "seed",
    glusterfs: { volumes: [{ name: "data", type: "replicated", bricks: members.map((name) => `${name}:/srv/brick/data`), mount: "/mnt/data" }] },
    versions: before,
    sources: {
        mesos: { kind: "repository", apt: { url: `${lab}/apt` } },
        marathon: { kind: "repository", apt: { url: `${lab}/apt` } },
    },
    mesos: { containerizers: ["mesos"], beforeDockerRestart: "deactivate" },
    apps: [{ id: "/sleeper", cmd: "sleep 86397", cpus: 0.1, mem: 16, instances: 2 }],
};

const stack = new TestStack("e2e-upgrade", config);
const key = `${stack.home}/id_ed25519`;
const api = new Api(stack, "u1");

const green = () => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const describeVersions = (versions: Record<string, string>): void => stack.edit((raw) => (raw.versions = versions));

const programs: Record<string, (name: string) => string> = {
    zookeeper: (name) => `timeout 3 bash -c 'exec 3<>/dev/tcp/${address(name)}/2181; printf srvr >&3; cat <&3' | sed -n 's/^Zookeeper version: \\([0-9.]*\\).*/\\1/p'`,
    etcd: (name) => `curl -sf http://${address(name)}:2379/version | sed 's/.*"etcdserver":"\\([^"]*\\)".*/\\1/'`,
    docker: () => "docker version -f '{{.Server.Version}}' | cut -d+ -f1",
    glusterfs: () => "dpkg-query -W -f '${Version}' glusterfs-server | cut -d- -f1",
    mesos: () => "dpkg-query -W -f '${Version}' mesos | cut -d- -f1",
};
/** What runs, as it says itself. */
const running = (system: string, on: readonly string[]): Promise<string[]> =>
    Promise.all(on.map(async (name) => (await stack.out(name, programs[system]!(name))).trim()));
const pids = (unit: string): Promise<string[]> => Promise.all(members.map(async (name) => stack.out(name, `systemctl show -p MainPID --value ${unit}`)));
const tasks = async (): Promise<string[]> => (await api.app("/sleeper")).tasks.map(({ id, state }) => `${id} ${state}`).sort();
const processes = (): Promise<string[]> => Promise.all(["u3", "u4"].map((node) => stack.out(node, "pgrep -xf 'sleep 86397' | sort | tr '\\n' ' '")));

/** Runs `work` under writers of all three, and prints and checks their figures: an election and its session are what anybody waits for. */
async function underWrites(what: string, work: () => Promise<unknown>): Promise<void> {
    const root = `/w${Date.now()}`;
    const writers = { zookeeper: new Writer(zookeeperStore(addresses, root)), etcd: new Writer(etcdStore(addresses, root)) };
    const registry = new RegistryWriter(addresses);
    // A number a file, written on one member's mount, and noted when the file is there.
    await stack.out("u2", "rm -rf /root/noted /mnt/data/f*; touch /root/writing; (i=0; while [ -e /root/writing ]; do i=$((i+1)); timeout 30 bash -c \"echo $i >/mnt/data/f$i\" && echo $i $(date +%s%N) >>/root/noted; sleep 0.05; done) >/dev/null 2>&1 </dev/null &");
    try {
        await work();
    } finally {
        await stack.out("u2", "rm -f /root/writing; sleep 1");
        const [files = 0, missing = 0, longest = 0] = (
            await stack.out(
                "u2",
                `wc -l </root/noted; while read -r i at; do [ "$(cat /mnt/data/f$i)" = "$i" ] || echo $i; done </root/noted | wc -l
                awk 'NR > 1 && $2 - last > gap {gap = $2 - last} {last = $2} END {printf "%.1f\\n", gap / 1e9}' /root/noted`,
            )
        )
            .trim()
            .split("\n")
            .map(Number);
        console.log(`${what}: GlusterFS: ${files} files written, ${missing} lost, longest gap ${longest} s`);
        expect(missing).toBe(0);
        // A brick's end may hold its clients for as long as pingTimeoutSeconds.
        expect(longest).toBeLessThan(20);
        for (const [system, writer] of Object.entries(writers)) {
            const { acknowledged, lost, gap, perSecond } = await writer.end();
            console.log(`${what}: ${system}: ${acknowledged} writes acknowledged (${perSecond.toFixed(1)} a second), ${lost} lost, longest gap ${gap.toFixed(1)} s`);
            expect([system, lost]).toEqual([system, 0]);
            expect(gap).toBeLessThan(10);
            // Ten and more where the machine does nothing else.
            expect(perSecond).toBeGreaterThan(5);
        }
        const { acknowledged, rate, gap, lost } = await registry.stop();
        console.log(`${what}: Mesos' registry: ${acknowledged} writes acknowledged (${rate.toFixed(1)} a second), ${lost.length} lost, longest gap ${(gap / 1000).toFixed(1)} s`);
        expect(lost).toEqual([]);
        expect(gap).toBeLessThan(20_000);
    }
}

beforeAll(async () => {
    await stack.must("setup");
    await makeKey(key);
    const hosts = await bareHosts(network, names.length, key, "current");
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: hosts[i]!.hostKey }));
    });
    await Promise.all(
        names.map(async (name) => {
            await offerLater(stack, name, "trixie", ["zookeeper", "zookeeperd", "libzookeeper-java", "etcd-server", "etcd-client", "docker.io", "docker-cli"]);
            // One release of the double is all there is, and one of etcd above 3.5.16 that does not start.
            await offerRenumbered(stack, name, [
                { of: "/opt/datacentre-lab/apt/mesos_1.11*.deb", name: "mesos", version: "1.5.3-0+lab1" },
                { of: "etcd-server=3.5.16*", name: "etcd-server", version: "3.5.17-0+lab1", change: "printf '#!/bin/sh\\necho it does not start >&2\\nexit 1\\n' >x/usr/bin/etcd" },
                { of: "etcd-client=3.5.16*", name: "etcd-client", version: "3.5.17-0+lab1" },
                ...["glusterfs-server", "glusterfs-client"].map((of) => ({ of: `${of}=10.3*`, name: of, version: "10.4-0+lab1" })),
                ...(name === "u2" ? [] : ["etcd-server", "etcd-client"].map((of) => ({ of: `${of}=3.4.23*`, name: of, version: "3.4.24-0+lab1" }))),
            ]);
        }),
    );
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

let tasksBefore: { tasks: string[]; processes: string[] };

it("comes up with the older ones", async () => {
    await stack.must("up");
    await settles(60, async () => expect((await tasks()).filter((task) => task.endsWith("TASK_RUNNING"))).toHaveLength(2));
    tasksBefore = { tasks: await tasks(), processes: await processes() };
    expect(await running("etcd", members)).toEqual(members.map(() => before.etcd));
    expect(await running("mesos", names)).toEqual(names.map(() => before.mesos));
    await green();
});

it("refuses all that the systems' makers forbid, before anything is touched, and a preview says so", async () => {
    const were = [await pids("etcd"), await pids("zookeeper")];
    describeVersions({ ...before, etcd: "3.6", zookeeper: "3.7" });
    const preview = await stack.make("preview");
    const refused = await stack.make("up");
    for (const { output } of [preview, refused]) {
        expect(output).toContain("etcd goes from 3.4.23 to 3.6 by every series between them");
        expect(output).toContain("zookeeper 3.8.0 does not go back to 3.7");
    }
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("Nothing was touched");
    expect([await pids("etcd"), await pids("zookeeper")]).toEqual(were);
});

it("names a host whose sources lack the version, before any host's turn", async () => {
    const were = await pids("etcd");
    describeVersions({ ...before, etcd: "3.4.24" });
    const refused = await stack.make("up");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/etcd on u2: no package source of this host offers etcd-server of version 3\.4\.24/);
    expect(await pids("etcd")).toEqual(were);
});

it("goes to the later ones host by host, also when the engine and a host are killed on the way", async () => {
    describeVersions(after);
    const { output } = await stack.make("preview");
    expect(output).toMatch(/etcd goes from 3\.4\.23 to 3\.5\.16, host by host: etcd on u1, u2, u3, the one that leads last/);
    expect(output).toContain("mesos goes from 1.5.3 to 1.11.0, host by host: mesos-master on u1, u2, u3, the one that leads last; then mesos-agent on u3, u4");
    await underWrites("an upgrade of all", async () => {
        const state: { pid?: number | undefined; ended?: Result } = {};
        const up = stack.make("up", {}, { log: "e2e-upgrade-killed", started: ({ pid }) => (state.pid = pid) }).then((result) => (state.ended = result));
        let first = -1;
        while (!state.ended && first < 0) {
            await sleep(200);
            first = (await running("etcd", members).catch((): string[] => [])).indexOf(after.etcd);
        }
        expect(state.ended?.output).toBeUndefined();
        process.kill(-state.pid!, "SIGKILL");
        // The host whose turn it is as well.
        for (const verb of ["kill", "start"]) {
            await run("docker", [verb, `${network.prefix}-node${first + 1}`]);
        }
        await up;
        const again = await stack.must("up");
        console.log(`the second up, which ended it: ${again.seconds.toFixed(0)} s`);
    });
    expect(await running("zookeeper", members)).toEqual(members.map(() => after.zookeeper));
    expect(await running("etcd", members)).toEqual(members.map(() => after.etcd));
    expect(await running("docker", ["u3", "u4"])).toEqual([after.docker, after.docker]);
    expect(await running("mesos", names)).toEqual(names.map(() => after.mesos));
    expect(await running("glusterfs", members)).toEqual(members.map(() => after.glusterfs));
    await settles(90, async () => expect(await tasks()).toEqual(tasksBefore.tasks));
    expect(await processes()).toEqual(tasksBefore.processes);
    await green();
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("puts the former packages back where the new ones do not serve, and stops there", async () => {
    const were = await pids("etcd");
    describeVersions({ ...after, etcd: "3.5.17" });
    await underWrites("a version that does not start", async () => {
        const { code, output } = await stack.make("up");
        expect(code).not.toBe(0);
        expect(output).toMatch(/etcd on u[123] has its former packages again, and serves with them: .*etcd-server=3\.5\.16/);
    });
    expect(await running("etcd", members)).toEqual(members.map(() => after.etcd));
    expect((await pids("etcd")).filter((pid, i) => pid !== were[i])).toHaveLength(1);
    describeVersions(after);
    await stack.must("up");
    await green();
});
