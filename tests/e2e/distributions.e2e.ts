/**
 * Mesos in the layouts of two distributions, on hosts that are there already: Mesosphere's of Mesos 1.5, found on the hosts; a change to
 * clusterd's under running tasks, and back to Mesosphere's 1.11; clusterd's from nothing; and nothing is left in the end.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { networkOf, removeHosts, standOnBareHosts } from "./lib/hosts";
import { Api } from "./lib/mesos";
import { totalChanges } from "./lib/output";
import { TestStack } from "./lib/stack";

const network = networkOf("distributions");
const repository = { kind: "repository" as const, apt: { url: "file:///opt/datacentre-lab/apt" } };
const stack = new TestStack("e2e-distributions", {
    provider: { kind: "existing", privateKeyFile: "" },
    nodes: [
        { name: "master1", address: "", roles: ["zookeeper", "mesos-master", "marathon", "mesos-agent"] },
        { name: "agent1", address: "", roles: ["mesos-agent"] },
    ],
    security: "seed",
    // The machine that the hosts are on may have version 1 of control groups, where clusterd takes no Docker tasks.
    mesos: { containerizers: ["mesos"], attributes: { rack: "r1" } },
    sources: { mesos: repository, marathon: repository },
    versions: { mesos: "1.5.3" },
});
const api = new Api(stack);
const distribution = (name: "clusterd" | "mesosphere"): void =>
    stack.edit((config) => {
        config.sources!.mesos = { ...repository, distribution: name };
        delete config.versions;
    });

const app = { id: "/stays", cpus: 0.1, mem: 16, instances: 2, cmd: "sleep 3456", constraints: [["hostname", "UNIQUE"]] };

/** What a host is told by its package managers and its file system, and what runs there of tasks. */
const state = (node: string): Promise<string> =>
    stack.out(
        node,
        `dpkg-query -W -f '\${db:Status-Abbrev} \${Package}\\n' | sort; ls -A /etc /etc/default /etc/systemd/system /etc/systemd/system/*.wants /run/systemd/system /var/lib /usr/sbin /usr/bin;
        pgrep -a sleep; pgrep -a mesos; systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort; true`,
    );
const agentOf = async (node: string): Promise<string> => /"id": ?"([^"]*-S\d+)"/.exec(await stack.out(node, `curl -sS --max-time 20 http://${stack.node(node).address}:5051/state`))![1]!;
const taskPid = async (node: string): Promise<string> => (await stack.out(node, "pgrep -fx 'sleep 3456'")).trim();
const units = (node: string): Promise<string> =>
    stack.out(node, "for unit in mesos-slave mesos-agent; do echo $unit $(systemctl is-active $unit) $(systemctl is-enabled $unit 2>/dev/null); done");
const packages = async (node: string): Promise<string> => (await stack.on(node, "dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\\n' mesos aventer-mesos 2>/dev/null | grep ^installed")).stdout;
const before: Record<string, string> = {};

/** All that holds of a stack at rest. */
async function whole(): Promise<void> {
    await stack.must("verify");
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
    expect((await api.app("/stays")).tasksRunning).toBe(2);
}

beforeAll(async () => {
    mkdirSync(stack.home, { recursive: true });
    await stack.must("setup");
    await standOnBareHosts(stack, network, join(stack.home, "id_ed25519"));
    for (const node of stack.names) {
        before[node] = await state(node);
    }
    stack.edit((config) => (config.apps = [app] as never));
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

const ids: Record<string, string> = {};
const pids: Record<string, string> = {};

it("finds Mesosphere's layout on hosts where nobody says it, and reads the JSON of Mesos 1.5", async () => {
    await stack.must("up");
    expect(await api.get("/metrics/snapshot", 5050)).toContain('"master\\/elected":1.0');
    await whole();
    for (const node of stack.names) {
        expect(await units(node)).toBe("mesos-slave active enabled\nmesos-agent inactive\n");
        expect(await packages(node)).toBe("installed mesos 1.5.3-0+lab1\n");
        [ids[node], pids[node]] = [await agentOf(node), await taskPid(node)];
    }
});

async function changed(to: "slave" | "agent", from: "slave" | "agent", version: string): Promise<void> {
    await whole();
    for (const node of stack.names) {
        expect(await units(node)).toBe(["slave", "agent"].map((name) => `mesos-${name} ${name === to ? "active enabled" : "inactive"}\n`).join(""));
        expect(await packages(node)).toBe(`installed ${version}\n`);
        expect([await agentOf(node), await taskPid(node)]).toEqual([ids[node], pids[node]]);
        expect(await stack.out(node, `tr '\\0' '\\n' <"/proc/$(systemctl show -p MainPID --value mesos-${to})/cmdline"`)).toMatch(/^--attributes=rack:r1$/m);
        expect(await stack.out(node, `ls -A /etc/mesos-${from} /etc/systemd/system/mesos-${from}.service.d /run/systemd/system/mesos-${from}.service 2>/dev/null || true`)).not.toMatch(/hostname|\.conf|service$/m);
    }
}

it("changes to clusterd's under running tasks, which stay, as agents' ids do", async () => {
    distribution("clusterd");
    await stack.must("up");
    await changed("agent", "slave", "aventer-mesos 1.11.0-0.9.0+lab1");
    expect(await stack.out("agent1", "cat /etc/mesos-agent/systemd_enable_support")).toBe("false\n");
});

it("changes back", async () => {
    distribution("mesosphere");
    await stack.must("up");
    await changed("slave", "agent", "mesos 1.11.0-0+lab1");
});

async function destroyed(): Promise<void> {
    await stack.must("destroy", { DATA: "delete" });
    for (const node of stack.names) {
        expect(await state(node)).toBe(before[node]);
    }
}

it("leaves nothing when it is destroyed", destroyed);

it("comes up from nothing with clusterd's, which a destroy takes back as well", async () => {
    distribution("clusterd");
    await stack.must("up");
    await whole();
    for (const node of stack.names) {
        expect(await units(node)).toBe("mesos-slave inactive\nmesos-agent active enabled\n");
    }
    await destroyed();
});
