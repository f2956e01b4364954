/**
 * Members of ZooKeeper and etcd come, go and change their address, the real ones, while a client of each writes: nothing that was
 * acknowledged is lost, and nobody waits longer than for an election.
 */
import type { DataCentreInput } from "../../config";
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, run, settles } from "./lib/run";
import { TestStack } from "./lib/stack";
import { etcdStore, Writer, zookeeperStore } from "./lib/writers";

const network = networkOf("quorum");
const { net } = network;
const names = ["n1", "n2", "n3", "n4", "n5"];
const first = (name: string): string => `${net}.${name.slice(1)}`;

const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name, i) => ({ name, address: first(name), zookeeperId: i + 1, roles: [] })),
};

const stack = new TestStack("e2e-quorum", config);
const key = `${stack.home}/id_ed25519`;
const address = (name: string): string => stack.node(name).address;
/** The longest that an election may keep writers waiting, in seconds, on a busy machine: both take one or two. */
const election = { zookeeper: 10, etcd: 5 };

type Members = { zookeeper?: readonly string[]; etcd?: readonly string[] };

/** Describes the members, nodes that are new before those that were there. */
function describeMembers({ zookeeper = [], etcd = [] }: Members): void {
    stack.edit((raw) => {
        raw.nodes.sort((a, b) => a.roles!.length - b.roles!.length || b.name.localeCompare(a.name));
        raw.nodes.forEach((node) => {
            node.roles = [...(zookeeper.includes(node.name) ? ["zookeeper" as const] : []), ...(etcd.includes(node.name) ? ["etcd" as const] : [])];
            if (zookeeper.includes(node.name)) {
                node.zookeeperId = Number(node.name.slice(1));
            } else {
                delete node.zookeeperId;
            }
        });
    });
}

const green = () => settles(90, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const unchanged = async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
};

const talk = (name: string, word: string) => `timeout 3 bash -c 'exec 3<>/dev/tcp/${address(name)}/2181; printf ${word} >&3; cat <&3'`;
async function zookeeperLeader(among: readonly string[]): Promise<string> {
    for (const name of among) {
        if (/^Mode: leader$/m.test((await stack.on(name, talk(name, "srvr"))).stdout)) {
            return name;
        }
    }
    throw new Error("no member of ZooKeeper leads");
}
const ctl = (name: string): string => `ETCDCTL_API=3 etcdctl --command-timeout=8s --endpoints=http://${address(name)}:2379`;
async function etcdLeader(among: readonly string[]): Promise<string> {
    for (const name of among) {
        if ((await stack.out(name, `${ctl(name)} endpoint status -w simple`)).split(", ")[4] === "true") {
            return name;
        }
    }
    throw new Error("no member of etcd leads");
}

/** Runs `work` under writers of both, and prints and checks their figures. */
async function underWrites(what: string, work: () => Promise<void>): Promise<void> {
    const addresses = names.map(address);
    const run = { zookeeper: new Writer(zookeeperStore(addresses, `/w${Date.now()}`)), etcd: new Writer(etcdStore(addresses, `/w${Date.now()}`)) };
    try {
        await work();
    } finally {
        for (const [system, writer] of Object.entries(run) as [keyof typeof run, Writer][]) {
            const { acknowledged, lost, gap, gaps, perSecond } = await writer.end();
            console.log(`${what}: ${system}: ${acknowledged} writes acknowledged (${perSecond.toFixed(1)} a second), ${lost} lost, longest gap ${gap.toFixed(1)} s, over a second: ${gaps.map((one) => one.toFixed(1)).join(" ") || "none"}`);
            expect(lost).toBe(0);
            expect(gap).toBeLessThan(election[system]);
            expect(perSecond).toBeGreaterThan(10);
        }
    }
}

let three: { zookeeper: string[]; etcd: string[] };
/** Three of the five, with the leaders of both among those that leave. */
async function withoutLeaders(): Promise<typeof three> {
    const leaders = [await zookeeperLeader(names), await etcdLeader(names)];
    const stay = names.filter((name) => !leaders.includes(name)).slice(0, 3);
    return { zookeeper: stay, etcd: stay };
}
const all = { zookeeper: names, etcd: names };

/** What an operator runs who goes past make. */
const plain = () => {
    const engine = `eval "$(make -s env STACK=${stack.name})" && pulumi up --yes --skip-preview`;
    return run("bash", ["-c", engine], { env: { DATACENTRE_HOME: stack.home, NO_COLOR: "1" }, log: "e2e-quorum-plain" });
};
async function mustPlainly(): Promise<void> {
    const { code, output } = await plain();
    if (code !== 0) {
        throw new Error(output.slice(-6000));
    }
}

/** `make up`, killed when members' units, asked at `watched`, are in a state that `when` is true of. */
async function killed(watched: readonly string[], when: (states: readonly string[]) => boolean): Promise<void> {
    let done = false;
    await stack.make("up", {}, {
        log: "e2e-quorum-killed",
        started: (child) => {
            const timer = setInterval(() => {
                const asked = watched.map(async (name) => (await stack.on(name, "systemctl is-active zookeeper etcd")).stdout.trim().split("\n"));
                void Promise.all(asked).then((answers) => {
                    const states = answers.flat();
                    if (!done && !states.includes("") && when(states)) {
                        done = true;
                        process.kill(-child.pid!, "SIGKILL");
                    }
                });
            }, 700);
            child.on("close", () => clearInterval(timer));
        },
    });
    expect(done).toBe(true);
}

beforeAll(async () => {
    await stack.must("setup");
    await makeKey(key);
    const hosts = await bareHosts(network, names.length, key, "current");
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: hosts[i]!.hostKey }));
    });
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

/** Those that left do not run. */
async function gone(): Promise<void> {
    for (const name of names.filter((one) => !three.zookeeper.includes(one))) {
        expect((await stack.on(name, "systemctl is-active zookeeper etcd")).stdout).not.toMatch(/^active$/m);
    }
}

it("comes up with one member of ZooKeeper and three of etcd", async () => {
    describeMembers({ zookeeper: ["n1"], etcd: ["n1", "n2", "n3"] });
    await stack.must("up");
    await green();
    await unchanged();
});

it("grows from one member to three, which are listed before it, and restarts nobody", async () => {
    const started = await stack.out("n1", "systemctl show -p MainPID --value zookeeper");
    await underWrites("ZooKeeper 1 to 3", async () => {
        describeMembers({ zookeeper: ["n1", "n2", "n3"], etcd: ["n1", "n2", "n3"] });
        await stack.must("up");
    });
    expect(await stack.out("n1", "systemctl show -p MainPID --value zookeeper")).toBe(started);
    await green();
    await unchanged();
});

/** The one that is described last: those before it are visited first, so that a member that is dead is not simply started. */
it.each(["zookeeper", "etcd"] as const)("refuses a restart of %s while another member's process is dead on a host that is there, and says what to do", async (system) => {
    await stack.out("n1", `systemctl stop ${system}`);
    await eventually("a leader", 30, async () => Boolean(await (system === "etcd" ? etcdLeader : zookeeperLeader)(["n2", "n3"])));
    const pids = () => Promise.all(["n2", "n3"].map((name) => stack.out(name, "systemctl show -p MainPID --value zookeeper etcd")));
    const before = await pids();
    stack.edit((raw) => (system === "etcd" ? (raw.etcd = { snapshotCount: 9999 }) : (raw.zookeeper = { maxClientConnections: 201 })));
    const { code, output } = await stack.make("up");
    expect(code).not.toBe(0);
    expect(output).toMatch(new RegExp(`${system} on n[23]: a restart of this member would leave 1 at work, and 2 must agree; not at work: ${address("n1")}`));
    expect(output).toContain(`'systemctl start ${system}' there`);
    expect(await pids()).toEqual(before);
    await stack.out("n1", `systemctl start ${system}`);
    await underWrites(`a setting of ${system} changed, member by member`, async () => {
        await stack.must("up");
    });
    await green();
});

it("grows to five, killed in the middle", async () => {
    await underWrites("3 to 5, the engine killed", async () => {
        describeMembers(all);
        await killed(["n4"], (states) => states.includes("active"));
        await stack.must("up");
    });
    await green();
    await unchanged();
});

it("shrinks to three, with the members that lead among those that leave", async () => {
    three = await withoutLeaders();
    await underWrites("5 to 3, the leaders leave", async () => {
        describeMembers(three);
        const preview = await stack.must("preview");
        expect(preview.output).toMatch(/'make up' would first let these leave zookeeper, one after another: n\d, n\d/);
        await stack.must("up");
    });
    await green();
    await unchanged();
    await gone();
});

it("takes a member of etcd whose node has got another address for the same one", async () => {
    const moved = three.etcd[0]!;
    const member = async () => (await stack.out(three.etcd[1]!, `${ctl(three.etcd[1]!)} member list`)).split("\n").find((line) => line.includes(` ${moved},`))!.split(", ");
    const [id] = await member();
    await stack.out(moved, `ip addr add ${net}.15/24 dev $(ip -o -4 addr show | awk '/${address(moved)}\\//{print $2}')`);
    await underWrites("another address of a member of etcd", async () => {
        stack.edit(({ nodes }) => (nodes.find(({ name }) => name === moved)!.address = `${net}.15`));
        await stack.must("up");
    });
    expect((await member()).slice(0, 4)).toEqual([id, "started", moved, `http://${net}.15:2380`]);
    await green();
    await unchanged();
});

it("lets etcd write again after NOSPACE, when its quota is raised", async () => {
    stack.edit((raw) => (raw.etcd = { quotaBackendMiB: 16 }));
    await stack.must("up");
    const one = three.etcd[1]!;
    const fill = `for n in $(seq 40); do head -c 1000000 /dev/zero | tr '\\0' x | ${ctl(one)} put fill$n >/dev/null || exit 0; done; exit 1`;
    await stack.out(one, fill);
    expect((await stack.on(one, `${ctl(one)} put word lost`)).output).toContain("database space exceeded");
    const full = await stack.make("up", { CONVERGE: "1" });
    expect(full.output).toMatch(/etcd takes no writes \(NOSPACE\)[^]*raise datacentre:etcd.quotaBackendMiB to \d+ or more[^]*compact/);
    stack.edit((raw) => (raw.etcd = { quotaBackendMiB: 64 }));
    await stack.must("up");
    expect(await stack.out(one, `${ctl(one)} put word kept`)).toBe("OK\n");
    await green();
    await unchanged();
});

it("gives a member of ZooKeeper its data back that were lost", async () => {
    const lost = three.zookeeper[0]!;
    await underWrites("a member's data lost", async () => {
        await stack.out(lost, "systemctl stop zookeeper; rm -rf /var/lib/zookeeper/version-2 /var/lib/zookeeper/conf");
        await stack.must("up", { CONVERGE: "1" });
    });
    await green();
});

it("refuses to replace all members at once, with the stages", async () => {
    const fresh = names.filter((name) => !three.zookeeper.includes(name));
    const before = JSON.stringify(stack.config.nodes);
    describeMembers({ zookeeper: [fresh[0]!], etcd: three.etcd });
    const { code, output } = await stack.make("up");
    expect(code).not.toBe(0);
    expect(output).toMatch(/of the 3 members of zookeeper none would stay, and 1 must[^]*go in stages/);
    stack.edit((raw) => (raw.nodes = JSON.parse(before) as typeof raw.nodes));
    await stack.must("up");
    await green();
});

it("grows to five by plain pulumi up, the new ones listed first", async () => {
    await underWrites("3 to 5, by plain pulumi", async () => {
        describeMembers(all);
        await mustPlainly();
    });
    await green();
    await unchanged();
});

it("shrinks to three by plain pulumi up, with the members that lead among those that leave", async () => {
    three = await withoutLeaders();
    await underWrites("5 to 3, by plain pulumi, the leaders leave", async () => {
        describeMembers(three);
        await mustPlainly();
    });
    await green();
    await unchanged();
    await gone();
});

it("shrinks from five to three, killed when one has left", async () => {
    describeMembers(all);
    await stack.must("up");
    three = await withoutLeaders();
    const leavers = names.filter((name) => !three.zookeeper.includes(name));
    await underWrites("5 to 3, the engine killed", async () => {
        describeMembers(three);
        await killed(leavers, (states) => states.includes("active") && states.some((state) => state !== "active"));
        await stack.must("up");
    });
    await green();
    await unchanged();
    await gone();
});

it("shrinks to one and grows to three again, the new ones listed first, by plain pulumi up", async () => {
    const [one = ""] = three.zookeeper;
    await underWrites("3 to 1, by plain pulumi", async () => {
        describeMembers({ zookeeper: [one], etcd: [one] });
        await mustPlainly();
    });
    await underWrites("1 to 3, by plain pulumi", async () => {
        describeMembers(three);
        await mustPlainly();
    });
    await green();
    await unchanged();
});

it("is not led by plain pulumi up to members that have nothing of what the old ones agreed on", async () => {
    const before = JSON.stringify(stack.config.nodes);
    const fresh = names.filter((name) => !three.zookeeper.includes(name)).slice(0, 1);
    for (const system of ["zookeeper", "etcd"] as const) {
        describeMembers({ ...three, [system]: fresh });
        const { code, output } = await plain();
        expect(code).not.toBe(0);
        expect(output).toMatch(new RegExp(`of the 3 members of ${system} none would stay[^]*go in stages`));
        expect((await stack.on(fresh[0]!, `systemctl is-active ${system}`)).stdout).not.toBe("active\n");
        stack.edit((raw) => (raw.nodes = JSON.parse(before) as typeof raw.nodes));
    }
    await stack.must("up");
    await green();
});
