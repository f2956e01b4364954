import { createHash } from "node:crypto";

import { allChecks } from "../../components/rows";
import { systems } from "../../components/systems";
import type { Answer, Finding, GroupProbe, Probe } from "../../components/verify/probe";
import { zooCfg } from "../../components/zookeeper/plan";
import { factsOf } from "../../config/systems";
import { sampleDataCentre } from "../components/sample";

const dc = sampleDataCentre();
const { probes, groups } = allChecks(systems, dc, "datacentre/local");

const rowOf = (system: string, row: string, node = "master1"): Probe => {
    const found = probes.find((probe) => probe.system === system && probe.row === row && probe.node === node);
    if (!found) {
        throw new Error(`no row ${row}: ${probes.map((probe) => probe.row).join(", ")}`);
    }
    return found;
};
const groupOf = (system: string, row: string): GroupProbe => groups.find((group) => group.system === system && group.row === row)!;
const judge = (system: string, row: string, output: string, at = 0): [boolean, string] => {
    const finding = rowOf(system, row).evaluate(output, at);
    expect(finding.ok || (finding.remedy ?? "") !== "").toBe(true);
    return [finding.ok, finding.found];
};

it("names the steps that a failed run left half done", () => {
    expect(judge("host", "no step was left half done", "end\n")).toEqual([true, "none"]);
    expect(judge("host", "no step was left half done", "docker\nzookeeper\nend\n")).toEqual([false, "docker, zookeeper"]);
    expect(judge("host", "no step was left half done", "")).toEqual([false, "no answer"]);
});

it("names each row once for a node", () => {
    const keys = probes.map(({ node, system, row }) => `${node} ${system} ${row}`);
    expect(new Set(keys).size).toBe(keys.length);
    const held = new Set(dc.nodes.flatMap(({ roles }) => roles as string[]));
    const onHosts = systems.systems.filter(({ leaf }) => leaf.roles.some((role) => held.has(role))).map(({ leaf }) => leaf.name);
    expect(new Set(probes.map(({ system }) => system))).toEqual(new Set(["host", ...onHosts]));
});

it("finds nothing as described on a host that says nothing, and says what to do", () => {
    const silent: Finding[] = [
        ...probes.map((probe) => probe.evaluate("", 0)),
        ...groups.map((group) => group.evaluateAll(new Map(group.questions.map(({ node }) => [node, { output: "", at: 0 }])))),
    ];
    expect(silent.filter(({ ok }) => ok)).toEqual([]);
    expect(silent.filter(({ remedy }) => !remedy)).toEqual([]);
});

it("asks a node without a role only whether it is there, and its clock", () => {
    const bare = allChecks(systems, sampleDataCentre((raw) => raw.nodes.push({ name: "spare", address: "172.18.1.9" })), "o");
    expect(bare.probes.filter(({ node }) => node === "spare").map(({ row }) => row)).toEqual([
        "answers by SSH with its known key, as root",
        "clock agrees with this machine's",
    ]);
});

describe("hosts", () => {
    it.each([
        ["belongs to this stack", "datacentre/local", true, "datacentre/local"],
        ["belongs to this stack", "datacentre/dev", false, "datacentre/dev"],
        ["answers by SSH with its known key, as root", "1000\n", false, "not root"],
        ["keeps its time", "chrony end\n", true, "chrony"],
        ["keeps its time", "end\n", false, "no time service is active"],
        ["SELinux not enforcing, firewalld off", "none inactive\n", true, "both out of the way"],
        ["SELinux not enforcing, firewalld off", "Permissive unknown\n", true, "both out of the way"],
        ["SELinux not enforcing, firewalld off", "Enforcing active\n", false, "SELinux enforcing, firewalld active"],
        ["no unit of ours has failed", "end\n", true, "none"],
        ["no unit of ours has failed", "etcd\nend\n", false, "etcd"],
    ])("%s: %j", (row, output, ok, found) => {
        expect(judge("host", row, output)).toEqual([ok, found]);
    });

    it("holds the hosts file to every node's name", () => {
        const block = dc.nodes.map(({ address, name }) => `${address}\t${name}\n`).join("");
        expect(judge("host", "hosts file names every node", `${block}end\n`)).toEqual([true, "4 names"]);
        expect(judge("host", "hosts file names every node", `${block.replace("172.18.1.2", "172.18.1.7")}end\n`)).toEqual([
            false,
            "lacks '172.18.1.2 agent1', has '172.18.1.7 agent1'",
        ]);
    });

    it("holds a clock to two seconds", () => {
        const row = "clock agrees with this machine's";
        expect(judge("host", row, "1700000001.500000000\n", 1_700_000_000_000)).toEqual([true, "1.5 s ahead"]);
        expect(judge("host", row, "1699999990.000000000\n", 1_700_000_000_000)).toEqual([false, "10.0 s behind"]);
        const together = (second: number): Finding =>
            groupOf("host", "clocks agree with each other").evaluateAll(
                new Map(dc.nodes.map(({ name }, i) => [name, { output: `${i === 1 ? second : 1000}.0\n`, at: 999_000 }])),
            );
        expect(together(1001).ok).toBe(true);
        expect(together(1003)).toMatchObject({ ok: false, found: "3.0 s apart (master1 and agent1)" });
    });

    it("wants space and inodes where data is kept, and an answer for every path", () => {
        const row = "disk space where data is kept";
        const paths = rowOf("host", row).command.match(/'([^']+)'/g)!.map((word) => word.slice(1, -1));
        expect(paths).toEqual(expect.arrayContaining(["/var", "/var/lib/etcd", "/var/lib/zookeeper", "/data"]));
        const answer = (odd: string) => paths.map((path) => (path === "/var/lib/etcd" ? odd : `${path} 9000 80\n`)).join("");
        expect(judge("host", row, answer("/var/lib/etcd 9000 -\n"))).toEqual([true, "9000 MiB free"]);
        expect(judge("host", row, answer("/var/lib/etcd 100 80\n"))).toEqual([false, "/var/lib/etcd: 100 MiB and 80 % of inodes free"]);
        expect(judge("host", row, answer("/var/lib/etcd 9000 1\n"))[0]).toBe(false);
        expect(judge("host", row, answer(""))).toEqual([false, "no answer"]);
    });

    it("wants the catalogue's packages in their versions", () => {
        const row = "packages as in the catalogue";
        const specs = [...new Set(dc.nodes[0]!.roles.flatMap((role) => factsOf(systems, role).packages(dc, "apt")))].map((spec) => spec.split("|")[0]!.split("="));
        const output = (skip: string, change: Record<string, string> = {}) =>
            ["apt", ...specs.filter(([name]) => name !== skip).map(([name = "", prefix = "1"]) => `${name} ${change[name] ?? `${prefix}-1`}`)].join("\n");
        expect(judge("host", row, output(""))[0]).toBe(true);
        expect(judge("host", row, output("docker.io"))).toEqual([false, "docker.io is not installed"]);
        expect(judge("host", row, output("", { "docker.io": "26.1" }))[1]).toMatch(/^docker.io 26.1, not 20.10/);
    });
});

describe("ZooKeeper", () => {
    const srvr = (mode: string) => `Zookeeper version: 3.8.0-1, built on 2022\nLatency min/avg/max: 0/0.0/0\nReceived: 1\nMode: ${mode}\nNode count: 5\n`;

    it.each([
        ["srvr: serves in a quorum", srvr("follower"), true, "follower"],
        ["srvr: serves in a quorum", srvr("standalone"), false, "standalone"],
        ["srvr: serves in a quorum", "This ZooKeeper instance is not currently serving requests\n", false, "This ZooKeeper instance is not currently serving requests"],
        ["member number", "1\n", true, "1"],
        ["member number", "2\n", false, "2"],
        ["service runs, and starts with the host", "active enabled\n", true, "active, enabled"],
        ["service runs, and starts with the host", "active disabled\n", false, "active, disabled"],
        ["old snapshots are purged", "3\n", true, "3 older than 12 h"],
        ["old snapshots are purged", "40\n", false, "40 older than 12 h"],
    ])("%s: %j", (row, output, ok, found) => {
        expect(judge("zookeeper", row, output)).toEqual([ok, found]);
    });

    it("knows its configuration to the byte", () => {
        const row = "configuration files as described";
        const paths = rowOf("zookeeper", row).command.match(/'([^']+)'/g)!.map((word) => word.slice(1, -1));
        expect(paths).toContain("/etc/zookeeper/conf/zoo.cfg");
        const sum = createHash("sha256").update(zooCfg(dc)).digest("hex");
        const [ok, found] = judge("zookeeper", row, `${sum} /etc/zookeeper/conf/zoo.cfg\nabsent ${paths[1]}\nffff ${paths[2]}\n`);
        expect([ok, found]).toEqual([false, `${paths[1]} is absent, ${paths[2]} differs`]);
    });

    const mntr = (state: string, followers?: number): Answer => ({
        output: `zk_version\t3.8.0\nzk_server_state\t${state}\n${followers === undefined ? "" : `zk_synced_followers\t${followers}\n`}`,
        at: 0,
    });
    const lead = (...answers: Answer[]) =>
        groupOf("zookeeper", "mntr: one leader, followed by all others").evaluateAll(new Map(answers.map((answer, i) => [`n${i}`, answer])));

    it("has one leader that all others follow", () => {
        expect(lead(mntr("follower"), mntr("leader", 2), mntr("follower"))).toMatchObject({ ok: true, found: "n1 leads, 2 follow" });
        expect(lead(mntr("follower"), mntr("leader", 1), { output: "", at: 0 })).toMatchObject({ ok: false, found: "n1 leads, 1 follow" });
        expect(lead(mntr("leader", 2), mntr("leader", 2), mntr("follower"))).toMatchObject({ ok: false, found: "2 leaders: n0, n1" });
        expect(lead(mntr("follower"), mntr("follower"))).toMatchObject({ ok: false, found: "0 leaders" });
    });
});

describe("etcd", () => {
    const url = (n: number) => `http://172.18.1.${n}:2380`;
    const list = dc.nodes.map(({ name }, i) => `${1000 + i}, started, ${name}, ${url(i + 1)}, http://172.18.1.${i + 1}:2379, false`);
    const status = (member: string, leader: string, size = 20480): string =>
        `[{"Endpoint":"http://172.18.1.1:2379","Status":{"header":{"cluster_id":17237436991929493444,"member_id":${member},"revision":1,` +
        `"raft_term":2},"version":"3.4.23","dbSize":${size},"leader":${leader},"raftIndex":9,"raftTerm":2}}]\n`;

    it.each([
        ["/health on port 2379", '200\n{"health":"true"}\n', true, "healthy"],
        ["/health on port 4001", '503\n{"health":"false"}\n', false, '503 {"health":"false"}'],
        ["members as described", list.join("\n"), true, "4 members"],
        ["members as described", list.slice(1).join("\n"), false, "lacks master1"],
        ["members as described", [...list, `99, started, old, http://172.18.1.9:2380, , false`].join("\n"), false, "has old"],
        ["members as described", list.join("\n").replace("started, agent2", "unstarted, "), false, "lacks agent2"],
        ["database within its quota", status("1", "1"), true, "0.0 MiB"],
        ["database within its quota", status("1", "1", 2000 * 1024 * 1024), false, "2000.0 MiB"],
        ["no alarms", "end\n", true, "none"],
        ["no alarms", "memberID:13803658152347727308 alarm:NOSPACE \nend\n", false, "NOSPACE"],
    ])("%s: %j", (row, output, ok, found) => {
        expect(judge("etcd", row, output)).toEqual([ok, found]);
    });

    const lead = (...outputs: string[]) =>
        groupOf("etcd", "one leader, named by all members").evaluateAll(new Map(outputs.map((output, i) => [`n${i}`, { output, at: 0 }])));

    it("has one leader that all members name, by ids larger than JavaScript's numbers", () => {
        const [a, b] = ["13803658152347727308", "13803658152347727309"];
        expect(lead(status(a, b), status(b, b), status("3", b), status("4", b))).toMatchObject({ ok: true, found: "n1 leads, named by 4" });
        expect(lead(status(a, b), status(b, b), status("3", b), "")).toMatchObject({ ok: false, found: "n1 leads, named by 3" });
        expect(lead(status(a, a), status(b, b), status("3", b), status("4", b)).found).toBe("4 answers, different leaders named");
        expect(lead(status(a, "0"), status(b, "0")).found).toBe("2 answers, no leader");
    });
});
