/** What Mesos and Marathon are told, and how their answers are read. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ownApps } from "../../components/apps/own";
import { parseApp } from "../../components/marathon-app/definition";
import { app as balancer } from "../../components/marathon-lb/plan";
import { unitDropIn as marathonUnit } from "../../components/marathon/plan";
import { groupProbes, probes } from "../../components/mesos/check";
import { agentFlags, flagLines, masterFlags, offeredPorts, quorumOf, resources, zkUrl } from "../../components/mesos/plan";
import { renderProgram } from "../../components/step/program";
import { systems } from "../../components/systems";
import { sampleDataCentre } from "./sample";

const dc = sampleDataCentre();
const [master1, agent1] = dc.nodes;

describe("flags", () => {
    it("name addresses, ZooKeeper and a quorum that fits", () => {
        expect(zkUrl(dc)).toBe("zk://172.18.1.1:2181,172.18.1.2:2181,172.18.1.3:2181/mesos");
        expect(masterFlags(dc, master1!)).toMatchObject({ ip: "172.18.1.1", hostname: "172.18.1.1", quorum: "1", work_dir: "/var/lib/mesos/master" });
        expect(agentFlags(dc, agent1!)).toMatchObject({
            hostname: "172.18.1.2",
            containerizers: "docker,mesos",
            executor_registration_timeout: "5mins",
            reconfiguration_policy: "additive",
        });
        expect(flagLines({ a: "1", b: "x=y" })).toEqual(["a=1", "b=x=y"]);
    });

    it.each([
        [1, 1],
        [3, 2],
        [5, 3],
    ])("of %i masters, %i must agree", (count, quorum) => {
        const many = sampleDataCentre((raw) => {
            raw.nodes.push({ name: "agent4", address: "172.18.1.5" });
            raw.nodes.forEach((node, i) => (node.roles = [...(node.roles ?? []).filter((role) => role !== "mesos-master"), ...(i < count ? ["mesos-master" as const] : [])]));
        });
        expect(quorumOf(many)).toBe(quorum);
    });

    it("offer the ports of the registry and of marathon-lb where they run", () => {
        expect(offeredPorts(dc, master1!)).toEqual([[5000, 5000], [9090, 9090], [9091, 9091], [31000, 32000]]);
        expect(resources(dc, agent1!)).toBe("ports:[31000-32000]");
        const small = sampleDataCentre((raw) => (raw.nodes[1]!.mesos = { cpus: 1.5, memMiB: 512, ports: ["80", "31000-31100"] }));
        expect(resources(small, small.nodes[1]!)).toBe("cpus:1.5;mem:512;ports:[80-80, 31000-31100]");
    });

    it("call agents by name where that is described, and tell their attributes", () => {
        const named = sampleDataCentre((raw) => {
            raw.mesos = { advertise: "name", attributes: { zone: "a" } };
            raw.nodes[1]!.mesos = { attributes: { rack: "r1" } };
        });
        expect(agentFlags(named, named.nodes[1]!)).toMatchObject({ hostname: "agent1", attributes: "zone:a;rack:r1" });
    });
});

it("Marathon is told its masters and its ZooKeeper in its own command", () => {
    const flagged = sampleDataCentre((raw) => (raw.marathon = { flags: { mesos_role: 'a "b" $c %d' } }));
    const unit = marathonUnit(flagged, flagged.nodes[0]!);
    expect(unit).toContain("--master zk://172.18.1.1:2181,172.18.1.2:2181,172.18.1.3:2181/mesos \\\n");
    expect(unit).toContain("--zk zk://172.18.1.1:2181,172.18.1.2:2181,172.18.1.3:2181/marathon \\\n");
    expect(unit).toContain('--mesos_role "a \\"b\\" $$c %%d"');
    expect(unit).toContain("ExecStart=\nExecStart=");
    expect(unit).toContain("LIBPROCESS_IP=172.18.1.1\n");
});

describe("the apps that come with the program", () => {
    it("are in Marathon's form", () => {
        expect(ownApps(systems, dc).map(({ definition }) => definition.id)).toEqual(["/registry", "/system/marathon-lb"]);
        for (const { definition } of ownApps(systems, dc)) {
            expect(parseApp(definition).faults).toBeUndefined();
        }
    });

    it("keep one registry on its node, and marathon-lb apart on several", () => {
        const [registry] = ownApps(systems, dc);
        expect(registry?.definition).toMatchObject({ constraints: [["hostname", "CLUSTER", "172.18.1.1"]], upgradeStrategy: { minimumHealthCapacity: 0 } });
        const two = sampleDataCentre((raw) => (raw.marathonLb = { nodes: ["master1", "agent1"] }));
        expect(balancer(two, two.marathonLb!)).toMatchObject({
            instances: 2,
            constraints: [["hostname", "LIKE", "172\\.18\\.1\\.1|172\\.18\\.1\\.2"], ["hostname", "UNIQUE"]],
        });
    });

    it("never have Marathon's password in their arguments", () => {
        const secret = sampleDataCentre((raw) => (raw.marathon = { credentials: { username: "u", password: "pass-word" } }));
        const text = JSON.stringify(ownApps(systems, secret));
        expect(text).not.toContain("pass-word");
        expect(text).toContain("--marathon-auth-credential-file");
    });
});

describe("verify", () => {
    const row = (name: string) => probes(dc).find((probe) => probe.row === name && probe.node !== "master1")!;
    const group = (name: string) => groupProbes(dc).find((probe) => probe.row === name)!;
    const of = (output: string) => new Map([["master1", { output, at: 0 }]]);

    it.each([
        ["agent is registered", '200\n{"slave/registered":1.0,"slave/uptime_secs":2.0}', true],
        ["agent is registered", '200\n{"slave/registered":0.0}', false],
        ["mesos-master is kept off", "inactive disabled", true],
        ["mesos-master is kept off", "unknown unknown", true],
        ["mesos-master is kept off", "active disabled", false],
        ["mesos-master is kept off", "inactive enabled", false],
    ])("%s: %j is %s", (name, output, ok) => expect(row(name).evaluate(output, 0).ok).toBe(ok));

    it.each([
        ["one master leads", '{"master/elected": 1.0,"registrar/registry_size_bytes":491.0}', true],
        ["one master leads", '{"master\\/elected":1.0,"registrar\\/registry_size_bytes":491.0}', true],
        ["one master leads", '{"master/elected": 1.0}', false],
        ["one master leads", '{"master/elected":0.0}', false],
        ["every replica of the masters' log votes", '{"registrar/log/recovered":1.0}', true],
        ["every replica of the masters' log votes", '{"registrar/log/recovered":0.0}', false],
        ["every replica of the masters' log votes", "", false],
        ["every agent is active at the leader", '{"master/elected":1.0,"master/slaves_active":4.0}', true],
        ["every agent is active at the leader", '{"master/elected":1.0,"master/slaves_active":3.0}', false],
        ["agents call themselves as described", [1, 2, 3, 4].map((n) => `"hostname":"172.18.1.${n}"`).join("\n"), true],
        ["agents call themselves as described", '"hostname":"master1"\nend', false],
        ["the quorum fits the masters", '"quorum":"1"', true],
        ["the quorum fits the masters", '"quorum":"2"', false],
    ])("%s: %s is %s", (name, output, ok) => {
        const finding = group(name).evaluateAll(of(output));
        expect([finding.ok, finding.ok || (finding.remedy ?? "") !== ""]).toEqual([ok, true]);
    });
});

describe("three masters of which one votes", () => {
    const many = sampleDataCentre((raw) => raw.nodes.forEach((node, i) => (node.roles = [...(node.roles ?? []).filter((role) => role !== "mesos-master"), ...(i < 3 ? ["mesos-master" as const] : [])])));
    const names = many.nodes.slice(0, 3).map(({ name }) => name);
    const answers = (recovered: (0 | 1 | undefined)[], more = "") =>
        new Map(recovered.flatMap((one, i) => (one === undefined ? [] : [[names[i]!, { output: `{"master/elected":${i === 0 ? 1 : 0}.0,"registrar/log/recovered":${one}.0${i === 0 ? more : ""}}`, at: 0 }] as const])));
    const row = (name: string, of: ReturnType<typeof answers>) => groupProbes(many).find((probe) => probe.row === name)!.evaluateAll(of);

    it("are stuck, and the way out is said", () => {
        expect(row("every replica of the masters' log votes", answers([1, 0, 0]))).toMatchObject({ ok: false, found: `${names[0]} vote; ${names[1]}, ${names[2]} not: stuck, 2 must` });
        const leads = row("one master leads", answers([1, 0, 0]));
        expect(leads.found).toBe(`${names[0]} is elected, and has not read the registry: of 3 replicas of the log ${names[0]} alone vote, and 2 must`);
        expect(leads.remedy).toMatch(/take the change of their number back; .*mesos\.reinitialiseRegistry/);
    });

    it("wait for the others where those are down", () => {
        expect(row("every replica of the masters' log votes", answers([1, undefined, undefined])).found).toBe(`${names[0]} vote; no answer of ${names[1]}, ${names[2]}`);
        expect(row("one master leads", answers([1, undefined, undefined])).remedy).toMatch(/2 masters must vote, and 1 do: start the others/);
    });

    it("are well when one more does and one leads", () => {
        const of = answers([1, 1, 0], ',"registrar/registry_size_bytes":1.0');
        expect(row("one master leads", of)).toMatchObject({ ok: true, found: `${names[0]} leads` });
        expect(row("every replica of the masters' log votes", of)).toMatchObject({ ok: false, found: `${names[0]}, ${names[1]} vote; ${names[2]} not` });
    });
});

describe("flag files", () => {
    let host: string;
    beforeEach(() => (host = mkdtempSync(join(tmpdir(), "flags-"))));
    afterEach(() => rmSync(host, { recursive: true }));

    /** Without owners, which a test's user may not set. */
    const plainFiles = `put_file() {
        mkdir -p "\${1%/*}"
        [ "$(cat "$1" 2>/dev/null; printf x)" = "$4x" ] || { printf %s "$4" >"$1"; changed "wrote $1"; }
    }`;

    /** Runs `put_flags` for a directory with a file of somebody else's, with lib.sh's frame on this machine. */
    function put(flags: string[]): string[] {
        const program = renderProgram("mesos-agent", "n", ["components/step/helpers/flag-files.sh"], { flags, dir: join(host, "etc") })
            .replace(/^state=.*$/m, `state=${host}/state`)
            .replace('main "$1"\n', () => `${plainFiles}\nput_flags "$dir" "\${flags[@]}"; printf '%s\\n' "\${#changes[@]}"\n`);
        return execFileSync("bash", ["--norc", "-c", 'eval "$(cat)"'], { input: program, encoding: "utf8" }).trim().split("\n");
    }

    it("are just those that are described", () => {
        mkdirSync(join(host, "etc"));
        writeFileSync(join(host, "etc", "quorum"), "1\n");
        expect(put(["ip=172.18.1.1", "resources=ports:[1-2, 3-4]"])).toEqual(["3"]);
        expect(readdirSync(join(host, "etc")).sort()).toEqual(["ip", "resources"]);
        expect(readFileSync(join(host, "etc", "resources"), "utf8")).toBe("ports:[1-2, 3-4]\n");
        expect(put(["ip=172.18.1.1", "resources=ports:[1-2, 3-4]"])).toEqual(["0"]);
    });
});

it("lets systemd remove old logs, restarts nothing for it, and takes the rule back with the last of a host's two", () => {
    const host = mkdtempSync(join(tmpdir(), "logs-"));
    const run = (body: string): string => {
        const program = renderProgram("mesos-master", "n", ["components/step/helpers/flag-files.sh", "components/mesos/units.sh"], {})
            .replace(/^state=.*$/m, `state=${host}/state`)
            .replaceAll(/(["=])(\/etc\/)/g, `$1${host}$2`)
            .replace('main "$1"\n', () => `${body}\nprintf '%s ' "\${changes[@]}"\n`);
        return execFileSync("bash", ["--norc", "-c", 'eval "$(cat)"'], { input: program, encoding: "utf8" });
    };
    const rule = join(host, "etc/tmpfiles.d/datacentre-mesos.conf");
    run("mark_applied mesos-master x; for_unit mesos-master; put_logs mesos-master; put_logs mesos-slave; [ $service = mesos-master ]");
    expect(readFileSync(join(host, "state/applied/mesos-master"), "utf8")).toBe("x");
    expect(readFileSync(rule, "utf8")).toContain("d /var/log/mesos - - - 14d\n");
    expect(readFileSync(join(host, "etc/systemd/system/mesos-slave.service.d/datacentre-logs.conf"), "utf8")).toContain("GLOG_max_log_size=100");
    expect(run("for_unit mesos-slave; put_logs mesos-slave").trim()).toBe("");
    expect(run("drop_logs mesos-master")).not.toContain("tmpfiles.d");
    expect(run("drop_logs mesos-slave")).toContain(`removed ${rule}`);
    expect([existsSync(rule), readdirSync(join(host, "etc/systemd/system/mesos-slave.service.d"))]).toEqual([false, []]);
    rmSync(host, { recursive: true });
});
