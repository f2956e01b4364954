/**
 * Mesos' masters from one to three, to five and back, on the lab's double, which has replicas of the log with Mesos' own rules: running
 * tasks stay, and a client that writes the registry all the while loses nothing.
 */
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { Api } from "./lib/mesos";
import { engineChanges } from "./lib/output";
import { RegistryWriter, schedule, scheduled, type Written } from "./lib/registry-writer";
import { run, settles, sleep, type Result } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("masters");
const { net } = network;
const lab = "file:///opt/datacentre-lab";
const names = ["m1", "m2", "m3", "m4", "m5"] as const;
type Name = (typeof names)[number];
const address = (name: Name): string => `${net}.${names.indexOf(name) + 1}`;
const all = names.map(address);

const stack = new TestStack("e2e-masters", {
    // Hosts that are there already: one of our own is made anew when it gets another role's data.
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name) => ({ name, address: address(name) })),
    security: "seed",
    sources: {
        mesos: { kind: "repository", apt: { url: `${lab}/apt` } },
        marathon: { kind: "repository", apt: { url: `${lab}/apt` } },
    },
    mesos: { containerizers: ["mesos"] },
    apps: [{ id: "/sleeper", cmd: "sleep 86399", cpus: 0.1, mem: 16, instances: 2 }],
});
const key = `${stack.home}/id_ed25519`;
const api = new Api(stack, "m1");

/** ZooKeeper on the first three, agents on the last two; masters where they are said. */
const give = (...masters: Name[]): void =>
    stack.edit((raw) =>
        raw.nodes.forEach((node) => {
            const name = node.name as Name;
            node.roles = [
                ...(["m1", "m2", "m3"].includes(name) ? (["zookeeper"] as const) : (["mesos-agent"] as const)),
                ...(name === "m1" ? (["marathon"] as const) : []),
                ...(masters.includes(name) ? (["mesos-master"] as const) : []),
            ];
        }),
    );
const ask = (word?: string): void => stack.edit((raw) => (raw.mesos = { containerizers: ["mesos"], ...(word ? { reinitialiseRegistry: word } : {}) }));

const green = () => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const tasks = async (): Promise<string[]> => (await api.app("/sleeper")).tasks.map(({ id, state }) => `${id} ${state}`).sort();
/** The tasks' own processes, which an executor that was started anew would not have. */
const processes = (): Promise<string[]> => Promise.all((["m4", "m5"] as const).map((node) => stack.out(node, "pgrep -xf 'sleep 86399' | sort | tr '\\n' ' '")));
const metric = async (name: Name, of: string): Promise<number | undefined> => {
    const reply = await fetch(`http://${address(name)}:5050/metrics/snapshot`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    return reply && ((await reply.json()) as Record<string, number>)[of];
};
const quorum = async (name: Name): Promise<string | undefined> => {
    const reply = await fetch(`http://${address(name)}:5050/flags`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    return reply && ((await reply.json()) as { flags: Record<string, string> }).flags["quorum"];
};
const voting = async (): Promise<Name[]> => {
    const found = await Promise.all(names.map(async (name) => ((await metric(name, "registrar/log/recovered")) === 1 ? [name] : [])));
    return found.flat();
};
const leader = async (): Promise<Name> => {
    for (const name of names) {
        if ((await metric(name, "master/elected")) === 1) {
            return name;
        }
    }
    throw new Error("nobody leads");
};
const told = (what: string, { seconds }: Result, written?: Written): void =>
    console.log(`${what}: ${seconds.toFixed(0)} s${written ? `; ${written.acknowledged} writes, ${written.rate.toFixed(1)} a second, longest gap ${written.gap} ms` : ""}`);

/** An election and the reading of the registry, after a session of ZooKeeper's that may have to end first. */
const gap = 20_000;
function whole(written: Written): void {
    expect(written.lost).toEqual([]);
    expect(written.rate).toBeGreaterThanOrEqual(10);
    expect(written.gap).toBeLessThan(gap);
}

/** `up`, killed with all its group as soon as `when` is true. */
async function killed(when: () => Promise<boolean>, also: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const state: { pid?: number | undefined; ended?: Result } = {};
    const up = stack.make("up", {}, { log: "e2e-masters-killed", started: ({ pid }) => (state.pid = pid) }).then((result) => (state.ended = result));
    while (!(await when().catch(() => false))) {
        if (state.ended) {
            throw new Error(`it ended before it could be killed:\n${state.ended.output.slice(-3000)}`);
        }
        await sleep(100);
    }
    process.kill(-state.pid!, "SIGKILL");
    await also();
    await up;
}

let before: { tasks: string[]; processes: string[] };
const untouched = async (): Promise<void> => {
    await settles(90, async () => expect(await tasks()).toEqual(before.tasks));
    expect(await processes()).toEqual(before.processes);
};

beforeAll(async () => {
    await stack.must("setup");
    await makeKey(key);
    const made = await bareHosts(network, names.length, key, "current");
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: made[i]!.hostKey }));
    });
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

it("comes up with one master and two tasks", async () => {
    give("m1");
    told("make up", await stack.must("up"));
    await settles(60, async () => expect((await tasks()).filter((task) => task.endsWith("TASK_RUNNING"))).toHaveLength(2));
    before = { tasks: await tasks(), processes: await processes() };
    await green();
});

describe("from one master to three", () => {
    it("is refused by make, before anything is touched", async () => {
        await schedule(address("m1"), 7);
        give("m1", "m2", "m3");
        const refused = await stack.make("up");
        expect(refused.code).not.toBe(0);
        expect(refused.output).toMatch(/of the 1 members of mesos-master 1 would stay, and 2 must/);
        expect(refused.output).toMatch(/remedy: .*datacentre:mesos\.reinitialiseRegistry/);
        expect(await quorum("m1")).toBe("1");
        expect(await scheduled(address("m1"))).toBe(7);
    });

    it("is refused on the host, where the engine is run past all that comes before it", async () => {
        const engine = `eval "$(make -s env STACK=${stack.name})" && .datacentre/bin/pulumi up --yes --skip-preview`;
        const refused = await run("bash", ["-c", engine], { env: { DATACENTRE_HOME: stack.home, NO_COLOR: "1" }, log: "e2e-masters-plain" });
        expect(refused.code).not.toBe(0);
        expect(refused.output).toMatch(/the masters' log is held by 1, and the quorum would be 2/);
        expect(await quorum("m1")).toBe("1");
        expect(await scheduled(address("m1"))).toBe(7);
        await untouched();
    });

    it("is done whole where it is asked for, also when the engine is killed with the log put aside", async () => {
        ask("from-1-to-3");
        const aside = "/var/lib/mesos/master/replicated_log.before-from-1-to-3";
        await killed(async () => (await stack.on("m1", `test -d ${aside}`)).code === 0);
        const up = await stack.must("up");
        told("1 to 3, after the kill", up);
        expect(await voting()).toEqual(["m1", "m2", "m3"]);
        expect(await stack.out("m1", `ls ${aside}`)).not.toBe("");
        // What was in the registry is gone, as the documents say; what runs is not.
        expect(await scheduled(address("m1"))).toBeUndefined();
        await untouched();
        await green();
    });

    it("leaves a word that has no more to do", async () => {
        await schedule(address("m1"), 8);
        expect(engineChanges((await stack.must("up")).output)).toEqual({});
        await stack.must("up", { CONVERGE: "1" });
        expect(await scheduled(address("m1"))).toBe(8);
        ask();
        await stack.must("up");
        expect(await scheduled(address("m1"))).toBe(8);
    });
});

describe("with a client that writes all the while", () => {
    it("from three to five", async () => {
        give(...names);
        const writer = new RegistryWriter(all);
        const up = await stack.must("up");
        const written = await writer.stop();
        told("3 to 5", up, written);
        whole(written);
        expect(await voting()).toEqual(names);
        expect(await Promise.all(names.map(quorum))).toEqual(["3", "3", "3", "3", "3"]);
        await untouched();
        await green();
    });

    it("from five to three, with the leader among those that leave", async () => {
        const leads = await leader();
        const staying = names.filter((name) => name !== leads).slice(0, 3);
        give(...staying);
        const writer = new RegistryWriter(all);
        const up = await stack.must("up");
        const written = await writer.stop();
        told(`5 to 3, ${leads} led`, up, written);
        whole(written);
        expect(await voting()).toEqual(staying);
        for (const gone of names.filter((name) => !staying.includes(name))) {
            expect((await stack.on(gone, "systemctl is-active mesos-master")).stdout.trim()).not.toBe("active");
            expect((await stack.on(gone, "systemctl is-enabled mesos-master")).stdout.trim()).not.toBe("enabled");
        }
        await untouched();
        await green();
    });

    it("from three to five and back, killed in the middle with a host", async () => {
        const three = await voting();
        const first = three.find((name) => name !== "m1")!;
        const host = `${network.prefix}-node${names.indexOf(first) + 1}`;
        give(...names);
        await killed(
            async () => (await Promise.all(three.map(quorum))).includes("3"),
            () => run("docker", ["kill", host]),
        );
        await run("docker", ["start", host]);
        await settles(60, async () => expect((await stack.on(first, "true")).code).toBe(0));
        told("3 to 5, after the kill", await stack.must("up"));
        expect(await voting()).toEqual(names);
        give(...three);
        await killed(async () => (await voting()).length < 5);
        told("5 to 3, after the kill", await stack.must("up"));
        await settles(30, async () => expect(await voting()).toEqual(three));
        expect(await Promise.all(three.map(quorum))).toEqual(["2", "2", "2"]);
        await untouched();
        await green();
    });
});

it("a master whose log was lost counts when it votes, and the others wait for it", async () => {
    const [one, other] = (await voting()) as [Name, Name];
    await schedule(address(other), 9);
    await stack.out(one, "systemctl stop mesos-master && mv /var/lib/mesos/master /var/lib/mesos/lost");
    // With one replica away a restart of another would leave one.
    stack.edit((raw) => (raw.mesos = { containerizers: ["mesos"], masterFlags: { max_completed_tasks_per_framework: "900" } }));
    await stack.must("up");
    expect(await voting()).toHaveLength(3);
    expect(await metric(other, "registrar/log/recovered")).toBe(1);
    expect(await scheduled(address(other))).toBe(9);
    await untouched();
    await green();
});
