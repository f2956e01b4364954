/** What the bridges are told, what a description of them may not be, and how verify reads their answers. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDataCentre } from "../../components/description";
import { hostPlan } from "../../components/host/plan";
import { preflight } from "../../components/host/preflight";
import { groupProbes, probes } from "../../components/marathon-bridge/check";
import { bridges, bridgeUnitFile, configOf, filesOf, proxyUnitFile, serviceFiles } from "../../components/marathon-bridge/plan";
import { openingsOf } from "../../components/nodes/alicloud/openings";
import type { AlicloudSpec } from "../../components/nodes/alicloud/schema";
import { renderProgram, root } from "../../components/step/program";
import { systems } from "../../components/systems";
import { readStackFile, type DataCentre, type NodeSpec } from "../../config";
import { faultLine } from "../../config/faults";
import { changed, type Edit } from "../config/good";
import { isStep, programOf, runIndex } from "../structure/run-index";
import { sampleDataCentre } from "./sample";

const base = () => structuredClone(readStackFile("ha")!.config) as never;
const parsed = (edit: Edit = {}, isSecret?: () => boolean) => parseDataCentre(changed(edit, base()), { stack: "ha", ...(isSecret ? { isSecret } : {}) });
const described = (edit: Edit = {}): DataCentre => {
    const { dataCentre, faults } = parsed(edit);
    expect(faults.map(faultLine)).toEqual([]);
    return dataCentre!;
};
const dc = described();
const [master1, master2] = dc.nodes as [NodeSpec, NodeSpec];
const about = { owner: "datacentre/ha", systems };

describe("config.json", () => {
    const read = (of: DataCentre, node: NodeSpec) => JSON.parse(configOf(systems, of, node)) as Record<string, unknown>;

    it("is what the service takes", () => {
        expect(read(dc, master2)).toEqual({
            // The host's own first.
            marathons: ["http://172.18.3.2:8080", "http://172.18.3.1:8080", "http://172.18.3.3:8080"],
            loginFile: null,
            haproxyConfig: "/var/lib/haproxy-marathon-bridge/haproxy.cfg",
            masterSocket: "/run/haproxy-marathon-bridge-proxy/master.sock",
            haproxy: "/usr/sbin/haproxy",
            bind: "0.0.0.0",
            maxConnections: 4096,
            timeouts: { connectMs: 5000, clientMs: 50000, serverMs: 50000 },
            stats: { port: 9090, user: "admin", passwordFile: "/etc/haproxy-marathon-bridge/stats-password" },
            listen: { address: "127.0.0.1", port: 9092 },
            resyncSeconds: 30,
            reserved: expect.any(Array) as unknown,
        });
    });

    it("reserves all that a service of the host listens on, and not what its agent gives away", () => {
        const agent = described({ "nodes[0].roles": ["docker", "zookeeper", "mesos-master", "marathon", "marathon-bridge", "mesos-agent"], "docker.reachableRegistries": undefined });
        const { reserved } = read(agent, agent.nodes[0]!) as { reserved: { port: number; what: string }[] };
        expect(reserved).toEqual(
            expect.arrayContaining([
                { port: 22, what: "SSH" },
                { port: 2181, what: "ZooKeeper for clients" },
                { port: 5050, what: "the Mesos master" },
                { port: 5051, what: "the Mesos agent" },
                { port: 8080, what: "Marathon" },
                { port: 9090, what: "HAProxy's own page" },
                { port: 9092, what: "the bridge's health" },
            ]),
        );
        expect(reserved.filter(({ port }) => port >= 31000)).toEqual([]);
    });

    it("follows the description, and holds no secret", () => {
        const settings = { bind: "127.0.0.1", maxConnections: 100, connectTimeoutMs: 1000, clientTimeoutMs: 2000, serverTimeoutMs: 3000, statsPort: 9190, healthPort: 9192, resyncSeconds: 5, statsPassword: "planted-1" };
        const other = described({ marathonBridge: settings, "marathon.credentials": { username: "u", password: "planted-2" }, "marathon.port": 8081 });
        expect(read(other, master1)).toMatchObject({
            marathons: ["http://172.18.3.1:8081", "http://172.18.3.2:8081", "http://172.18.3.3:8081"],
            loginFile: "/etc/haproxy-marathon-bridge/login",
            ...{ bind: "127.0.0.1", maxConnections: 100, resyncSeconds: 5 },
            timeouts: { connectMs: 1000, clientMs: 2000, serverMs: 3000 },
            ...{ stats: { port: 9190 }, listen: { port: 9192 } },
        });
        expect(Object.values(filesOf(systems, other, master1)).join("\n")).not.toContain("planted");
    });

    it("is taken by the service itself", () => {
        const at = mkdtempSync(join(tmpdir(), "bridge-"));
        try {
            writeFileSync(join(at, "password"), "admin\n");
            writeFileSync(join(at, "config.json"), configOf(systems, dc, master1).replace("/etc/haproxy-marathon-bridge/stats-password", join(at, "password")));
            const ask = "import sys; sys.path.insert(0, sys.argv[1]); import settings; print(settings.load(sys.argv[2]).reserved[5050])";
            const service = join(root, "components/marathon-bridge/service");
            expect(execFileSync("python3", ["-B", "-c", ask, service, join(at, "config.json")], { encoding: "utf8" })).toBe("the Mesos master\n");
        } finally {
            rmSync(at, { recursive: true });
        }
    });
});

describe("the units", () => {
    it("run the service as a user of its own, and again whenever it ends", () => {
        for (const line of [
            "ExecStart=/usr/bin/python3 -B /usr/local/lib/haproxy-marathon-bridge /etc/haproxy-marathon-bridge/config.json",
            ...["User=haproxy-marathon-bridge", "RuntimeDirectory=haproxy-marathon-bridge", "StateDirectory=haproxy-marathon-bridge"],
            ...["AmbientCapabilities=CAP_NET_BIND_SERVICE", "NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "Restart=always", "StartLimitIntervalSec=0"],
        ]) {
            expect(bridgeUnitFile.split("\n")).toContain(line);
        }
    });

    it("run HAProxy without root, with a master that the bridge's group may ask", () => {
        for (const line of [
            "ExecStart=/usr/sbin/haproxy -Ws -f /var/lib/haproxy-marathon-bridge/haproxy.cfg -S /run/haproxy-marathon-bridge-proxy/master.sock,mode,660,group,haproxy-marathon-bridge",
            ...["Type=notify", "User=haproxy", "Group=haproxy", "SupplementaryGroups=haproxy-marathon-bridge", "RuntimeDirectory=haproxy-marathon-bridge-proxy"],
            ...["AmbientCapabilities=CAP_NET_BIND_SERVICE", "NoNewPrivileges=yes", "Restart=always", "StartLimitIntervalSec=0"],
            // The bridge goes first, and neither takes the other along.
            "After=network-online.target haproxy-marathon-bridge.service",
        ]) {
            expect(proxyUnitFile.split("\n")).toContain(line);
        }
        expect(proxyUnitFile).not.toMatch(/Requires|BindsTo|PartOf/);
    });
});

it("sends the service's files, and not its tests", () => {
    const names = Object.keys(serviceFiles());
    expect(names).toEqual(expect.arrayContaining(["__main__.py", "settings.py"]));
    expect(names.filter((name) => /test|\//.test(name))).toEqual([]);
});

it("brings packages that do not start by themselves, to its nodes alone", () => {
    expect(bridges(dc).map(({ name }) => name)).toEqual(["master1", "master2", "master3"]);
    const plan = hostPlan(systems, dc, master1);
    expect(plan.packages.apt).toEqual(expect.arrayContaining(["haproxy=2.6.12", "python3"]));
    expect(plan.packages.yum).toEqual(expect.arrayContaining(["haproxy", "python3"]));
    expect(plan.units).toContain("haproxy.service");
    expect(plan.watched).toEqual(expect.arrayContaining(["haproxy-marathon-bridge", "haproxy-marathon-bridge-proxy"]));
    expect(hostPlan(systems, dc, dc.nodes[3]!).packages.apt).not.toContain("python3");
    expect(preflight(systems, dc, master1).ports).toContain("9090 datacentre:marathonBridge.statsPort HAProxy's own page");
});

it("costs nothing where there is none", () => {
    const none = sampleDataCentre();
    expect([bridges(none), probes(none, about), groupProbes(none), none.marathonBridge]).toEqual([[], [], [], undefined]);
    const bridge = systems.systems.find(({ leaf }) => leaf.name === "marathonBridge")!;
    expect([bridge.offers(none), bridge.output(none)]).toEqual([[], undefined]);
});

it("is let in to Marathon and to apps, and opened to whom the description says", () => {
    const provider = { kind: "alicloud", bastion: "master1", operatorCidrs: [], openings: [] } as unknown as AlicloudSpec;
    const openings = openingsOf(systems, dc, provider);
    expect(openings.find(({ why }) => why === "Marathon's API")?.from).toContain("marathon-bridge");
    expect(openings.find(({ why }) => why === "host ports of apps")?.from).toContain("marathon-bridge");
    expect(openings.filter(({ to }) => to === "marathon-bridge")).toEqual([{ to: "marathon-bridge", protocol: "tcp", ports: "80/80", from: [], why: "apps at their service ports" }]);
});

it("may be opened to the whole internet, with a word on it", () => {
    const raw = structuredClone(readStackFile("prod")!.config) as never;
    const all = { "provider.openings": [{ to: "marathon-bridge", ports: "80", from: ["0.0.0.0/0"] }], "nodes[0].roles": ["zookeeper", "etcd", "mesos-master", "marathon", "docker", "marathon-bridge"] };
    const { faults, warnings } = parseDataCentre(changed({ ...all, "marathonBridge.statsPort": 9190 }, raw), { stack: "prod" });
    expect(faults.map(faultLine)).toEqual([]);
    expect(warnings.map(faultLine).join("\n")).toContain("anybody on the internet may reach ports 80 of marathon-bridge's nodes");
});

describe("a description is refused, or warned of, with a remedy", () => {
    const port = "apps[1].container.portMappings[0].servicePort";
    const masters = ["docker", "zookeeper", "mesos-master", "marathon"];
    const both: Edit = { "nodes[0].roles": [...masters, "marathon-bridge", "mesos-agent"], "docker.reachableRegistries": undefined };
    const anyImage: Edit = { "docker.reachableRegistries": undefined };
    const none = Object.fromEntries([0, 1, 2].map((at) => [`nodes[${at}].roles`, masters]));

    it.each<[what: string, edit: Edit, key: string, text: RegExp, severity?: "warning"]>([
        ["a service port that Mesos has", { [port]: 5050 }, port, /5050 of \/nginx is to be served on master1, where the Mesos master listens.*another port for that \(datacentre:mesos.masterPort\)/],
        ["one that SSH has", { [port]: 22 }, port, /where SSH listens on it/],
        ["one that HAProxy's own page has", { [port]: 9090 }, port, /HAProxy's own page.*marathonBridge\.statsPort/],
        ["one that the mirror has", { [port]: 3128, mirror: { node: "master2" } }, port, /on master2, where the mirror listens/],
        ["one that two apps share", { "apps[0].portDefinitions": [{ port: 80 }] }, port, /80 of \/nginx is that of \/hello too.*one of its own/i],
        ["one that is none", { [port]: 70000 }, port, /70000 is out of range.*at most 65535/i],
        ["one of UDP", { "apps[1].container.portMappings[0].protocol": "udp" }, port, /is of UDP/, "warning"],
        ["one that an agent gives away", { ...both, [port]: 31500 }, port, /31500 of \/nginx is among the host ports that the agent on master1 offers.*outside of mesos\.ports/, "warning"],
        ["marathon-lb on the same node", { ...both, ...anyImage, marathonLb: { nodes: ["master1"] } }, "marathonLb.nodes[0]", /both serve apps at their service ports on master1/],
        ["marathon-lb's port 9090 on the same node", { ...both, ...anyImage, marathonLb: { nodes: ["master1"] } }, "marathonLb.nodes", /marathon-lb and HAProxy's own page would both listen on port 9090/],
        ["marathon-lb's own service port", { ...anyImage, marathonLb: { nodes: ["agent1"] } }, "marathonLb", /9090 of \/system\/marathon-lb.*use another port there \(datacentre:marathonBridge\.statsPort\)/i],
        ["no Marathon", { "nodes[0].roles": ["zookeeper", "mesos-master", "marathon-bridge"], "nodes[1].roles": ["zookeeper"], "nodes[2].roles": ["zookeeper"], apps: [] }, "nodes", /none with marathon: it serves what Marathon runs/],
        ["settings, and nobody with the role", { ...none, marathonBridge: {} }, "marathonBridge", /no node has the role/, "warning"],
        ["a page's port that is taken", { "marathonBridge.statsPort": 8080 }, "marathonBridge.statsPort", /Marathon would both listen on port 8080/],
        ["a page's port that is SSH's", { "marathonBridge.statsPort": 22 }, "marathonBridge.statsPort", /SSH would both listen/],
        ["two ports that are the same", { marathonBridge: { statsPort: 9092 } }, "marathonBridge.healthPort", /would both listen on port 9092/],
        ["a port that is none", { "marathonBridge.healthPort": 0 }, "marathonBridge.healthPort", /out of range/],
        ["an address of one of them", { "marathonBridge.bind": "172.18.3.1" }, "marathonBridge.bind", /not the address of master2, master3.*0\.0\.0\.0/],
        ["an address that is none", { "marathonBridge.bind": "everywhere" }, "marathonBridge.bind", /dotted IPv4/],
        ["no connections", { "marathonBridge.maxConnections": 0 }, "marathonBridge.maxConnections", /at least 100/],
        ["more connections than files", { "marathonBridge.maxConnections": 1_000_000 }, "marathonBridge.maxConnections", /at most 30000/],
        ["asking all the time", { "marathonBridge.resyncSeconds": 1 }, "marathonBridge.resyncSeconds", /at least 5/],
        ["asking hardly ever", { "marathonBridge.resyncSeconds": 86400 }, "marathonBridge.resyncSeconds", /at most 3600/],
        ["no patience", { "marathonBridge.connectTimeoutMs": 5 }, "marathonBridge.connectTimeoutMs", /at least 100/],
        ["a password that HAProxy's file would take apart", { "marathonBridge.statsPassword": 'pla"nted' }, "marathonBridge.statsPassword", /without blanks, quotes/],
        ["a network that masters are not in", { "apps[1].networks": [{ mode: "container", name: "calico" }], "calico.networks": [{ name: "calico" }], "calico.pools": [{ name: "apps", cidr: "10.240.0.0/16" }] }, "apps[1].networks", /which master1, master2, master3 cannot reach/, "warning"],
    ])("%s", (...[, edit, key, text, severity]) => {
        const { faults, warnings } = parsed(edit);
        const told = (severity === "warning" ? warnings : faults).filter((fault) => fault.key === `datacentre:${key}`).map(faultLine);
        expect(told.join("\n")).toMatch(text);
        expect([...faults, ...warnings].map(faultLine).join("\n")).not.toContain("nted");
    });

    it("a password in plain text", () => {
        const lines = parsed({ "marathonBridge.statsPassword": "planted" }, () => false).faults.map(faultLine);
        expect(lines.join("\n")).toMatch(/marathonBridge\.statsPassword: this stands in the stack file as plain text.*config set --stack ha --secret/);
        expect(lines.join("\n")).not.toContain("planted");
    });

    it("and not for having no app with a service port", () => {
        expect(parsed({ apps: [] }).faults).toEqual([]);
        expect(parsed({ apps: [] }).warnings).toEqual([]);
    });
});

describe("the program", () => {
    /** As stack local, which shares this machine's engine with stack ha. */
    const run = (edit: Edit, secrets: string[] = []) => {
        const text = JSON.stringify(changed(edit, base())).replaceAll("172.18.3.", "172.18.9.").replace("dc-ha", "dc-test");
        return runIndex(JSON.parse(text) as Record<string, unknown>, secrets);
    };
    const stepsOf = (made: Awaited<ReturnType<typeof run>>["made"]) => made.filter(isStep).filter(({ name }) => name.startsWith("marathon-bridge-"));

    it("makes one step a node, and says where apps are", async () => {
        const { made, outputs } = await run({});
        expect(stepsOf(made).map(({ name }) => name)).toEqual([1, 2, 3].map((n) => `marathon-bridge-master${n}`));
        expect(programOf(stepsOf(made)[0]!)).toContain("seed='yes'");
        expect(outputs.services.marathonBridge).toEqual({ addresses: ["172.18.9.1", "172.18.9.2", "172.18.9.3"], stats: "http://127.0.0.1:9090/haproxy?stats" });
    });

    it("keeps Marathon's login and the page's password out of all that is stored as plain text", async () => {
        const secret = { "marathon.credentials": { username: "ops", password: "planted-1" }, "marathonBridge.statsPassword": "planted-2", security: "default" };
        const { made, outputs } = await run(secret, ["marathon", "marathonBridge"]);
        const [step] = stepsOf(made);
        expect(typeof step!.inputs.stdin).toBe("object");
        for (const planted of ["ops:planted-1", "planted-2"]) {
            expect(programOf(step!)).toContain(planted);
            expect(JSON.stringify([{ ...step!.inputs, stdin: "" }, outputs.description, outputs.services])).not.toContain(planted);
        }
    });
});

describe("the password of HAProxy's page", () => {
    let host: string;
    beforeEach(() => (host = mkdtempSync(join(tmpdir(), "bridge-"))));
    afterEach(() => rmSync(host, { recursive: true }));

    /** Runs `put_password` with lib.sh's frame on this machine, whose owners stay as they are. */
    function put(parameters: Record<string, string | boolean>): string {
        const program = renderProgram("marathon-bridge", "n", ["components/marathon-bridge/bridge.sh"], parameters)
            .replace(/^etc=.*$/m, `etc=${host}`)
            .replace('main "$1"\n', () => `put_file() { [ "$2 $3" = "0640 root:haproxy-marathon-bridge" ] && printf %s "$4" >"$1"; }\nput_password\n`);
        const told = execFileSync("bash", ["--norc", "-c", 'eval "$(cat)"'], { input: program, encoding: "utf8" });
        expect([told, readdirSync(host)]).toEqual(["", ["stats-password"]]);
        return readFileSync(join(host, "stats-password"), "utf8");
    }

    it("is the document's with the profile seed, and else made once on the host", () => {
        expect(put({ seed: true })).toBe("admin\n");
        const made = put({ seed: false });
        expect(made).toMatch(/^[A-Za-z0-9]{32}\n$/);
        expect(put({ seed: false })).toBe(made);
        expect(put({ seed: false, stats_password: "described!" })).toBe("described!\n");
        expect(put({ seed: true, stats_password: "described!" })).toBe("described!\n");
        expect(put({ seed: false })).not.toBe(made);
    });
});

describe("verify", () => {
    const row = (name: string) => probes(dc, about).find((probe) => probe.row === name && probe.node === "master2")!;
    const health = (status: number, more: object = {}) => `${status}\n${JSON.stringify({ healthy: status === 200, reasons: [], servicePorts: 1, unserved: [], ...more }, null, 1)}\n`;
    const unserved = (reason: string) => health(200, { unserved: [{ app: "/web", port: 80, reason }] });

    it.each([
        ["bridge runs, and starts with the host", "active enabled", true],
        ["HAProxy runs, and starts with the host", "activating enabled", false],
        ["/health says that all is well", health(200), true],
        ["/health says that all is well", health(503, { reasons: ["Marathon was never heard: it answers 401"] }), false],
        ["/health says that all is well", "", false],
        ["every service port is served", health(200), true],
        ["every service port is served", unserved("is in use by another program of this host"), false],
        ["every service port is served", unserved("is of UDP, and HAProxy passes TCP on"), true],
        ["every service port is served", "200\n<html>", false],
        ["HAProxy takes its configuration", "taken", true],
        ["HAProxy takes its configuration", "", false],
        ["passwords are kept from others", "640 root:haproxy-marathon-bridge", true],
        ["passwords are kept from others", "644 root:haproxy-marathon-bridge", false],
        ["passwords are kept from others", "", false],
        ["haproxy is kept off", "inactive disabled", true],
        ["haproxy is kept off", "unknown unknown", true],
        ["haproxy is kept off", "inactive enabled", false],
    ])("%s: %j is %s", (name, output, ok) => {
        const finding = row(name).evaluate(output, 0);
        expect([finding.ok, finding.ok || (finding.remedy ?? "") !== ""]).toEqual([ok, true]);
    });

    it("names why", () => {
        expect(row("/health says that all is well").evaluate(health(503, { reasons: ["a", "b"] }), 0).found).toBe("503; a; b");
        expect(row("every service port is served").evaluate(unserved("is reserved on this host for SSH"), 0).found).toBe("/web: 80 is reserved on this host for SSH");
    });

    it("finds the bridge that serves other than the others", () => {
        const [group] = groupProbes(dc);
        const of = (...outputs: string[]) => group!.evaluateAll(new Map(outputs.map((output, at) => [`master${at + 1}`, { output, at: 0 }])));
        const one = "web-80 \nweb-80 a=1.1.1.1:80\nweb-80 b=1.1.1.2:80\nend\n";
        expect(of(one, one, "web-80 \nweb-80 b=1.1.1.2:80\nweb-80 a=1.1.1.1:80\nend\n")).toMatchObject({ ok: true });
        expect(of(one, one, "web-80 \nweb-80 a=1.1.1.1:80\nend\n")).toMatchObject({ ok: false, found: expect.stringContaining("web-80") as unknown });
        expect(of(one, one, "end\n").ok).toBe(false);
        expect(of(one, one, "")).toMatchObject({ ok: false, found: "nothing from master3" });
        expect(of(one, one)).toMatchObject({ ok: false, found: "2 of 3 answered" });
        // What a host answers is no secret.
        const file = "listen stats\n    bind 127.0.0.1:9090\n    stats auth 'admin:planted'\n\nlisten web-80\n    bind 0.0.0.0:80\n    server a 1.1.1.1:80 check\n";
        const command = group!.questions[0]!.command.replace(/'[^']*haproxy\.cfg'/, "/dev/stdin");
        expect(execFileSync("bash", ["-c", command], { input: file, encoding: "utf8" })).toBe("web-80 \nweb-80 a=1.1.1.1:80\nend\n");
    });
});
