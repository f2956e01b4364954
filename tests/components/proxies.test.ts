/** What the proxies are told, what a description of them may not be, and how verify reads their answers. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDataCentre } from "../../components/description";
import { hostPlan } from "../../components/host/plan";
import { openingsOf } from "../../components/nodes/alicloud/openings";
import type { AlicloudSpec } from "../../components/nodes/alicloud/schema";
import { probes } from "../../components/proxies/check";
import { haproxyConfig } from "../../components/proxies/haproxy";
import { endpoints, proxyNodes } from "../../components/proxies/plan";
import { proxyContainer, unitFile } from "../../components/proxies/program";
import { proxiesSystem } from "../../components/proxies/system";
import { renderProgram } from "../../components/step/program";
import { systems } from "../../components/systems";
import type { DataCentre, NodeSpec } from "../../config";
import { faultLine } from "../../config/faults";
import { changed, node, whole, type Edit } from "../config/good";
import { isStep, programOf, runIndex } from "../structure/run-index";
import { sampleDataCentre } from "./sample";

const all = ["mesos-proxy", "marathon-proxy", "zookeeper-proxy"];
/** The default stack with one node more, which has the proxies. */
const withProxy: Edit = { "nodes[4]": node("proxy1", 9, ...all) };
const parsed = (edit: Edit = {}) => parseDataCentre(changed({ ...withProxy, ...edit }, whole()), { stack: "local" });
const described = (edit: Edit = {}): DataCentre => {
    const { dataCentre, faults } = parsed(edit);
    expect(faults.map(faultLine)).toEqual([]);
    return dataCentre!;
};
const dc = described();
const proxy = dc.nodes[4]!;
const login: Edit = { security: "default", "docker.insecureRegistries": undefined, marathon: { credentials: { username: "ops", password: "planted" } } };

/** A data centre whose nodes are containers, as it is after its description was looked at. */
const contained = (edit: Partial<DataCentre> = {}): DataCentre => ({
    ...dc,
    nodes: [...dc.nodes.slice(0, 4), ...all.map((role, at): NodeSpec => ({ ...proxy, name: `proxy${at + 1}`, address: `172.18.1.${at + 9}`, roles: [role] as NodeSpec["roles"] }))],
    provider: { kind: "containers", prefix: "dc", engine: "unix:///var/run/docker.sock", subnet: "172.18.1.0/24", mtu: 1500, publishAddress: "0.0.0.0" },
    ...edit,
});

/** Lines of a section, without the blanks before them. */
const section = (config: string, name: string): string[] =>
    (config.split("\n\n").find((text) => text.startsWith(`${name}\n`)) ?? "").split("\n").map((line) => line.trim());

describe("haproxy.cfg", () => {
    const config = haproxyConfig(dc, proxy);

    it("has a section for each of the node's proxies, at its address", () => {
        expect(section(config, "listen mesos")).toEqual(expect.arrayContaining(["bind 172.18.1.9:5050", "server master1 172.18.1.1:5050"]));
        expect(section(config, "listen marathon")).toEqual(expect.arrayContaining(["bind 172.18.1.9:8080", "server 172.18.1.1:8080 172.18.1.1:8080"]));
        expect(section(config, "listen zookeeper")).toEqual(expect.arrayContaining(["bind 172.18.1.9:2181", "server master1 172.18.1.1:2181 maxconn 180"]));
        const one = haproxyConfig(dc, { ...proxy, roles: ["zookeeper-proxy"] });
        expect(one.match(/^listen .*/gm)).toEqual(["listen zookeeper"]);
    });

    it("compares with what Marathon calls itself", () => {
        const named = haproxyConfig(described({ "mesos.advertise": "name" }), proxy);
        const lines = section(named, "listen marathon");
        expect(lines).toContain("server master1:8080 172.18.1.1:8080");
        expect(lines).toContain('http-request add-header X-Marathon-Via "1.1 master1:8080"');
    });

    it("follows the description", () => {
        const times = { checkIntervalMs: 50_000, checkTimeoutMs: 900, connectTimeoutMs: 800, idleTimeoutSeconds: 60 };
        const settings = { mesosPort: 15050, maxConnections: 100, ...times };
        const other = haproxyConfig(described({ proxies: settings, "zookeeper.tickTimeMs": 9000, "zookeeper.maxClientConnections": 0 }), proxy);
        expect(section(other, "global")).toContain("maxconn 100");
        expect(section(other, "defaults")).toEqual(
            expect.arrayContaining(["timeout check 900ms", "timeout connect 800ms", "timeout client 60s", expect.stringContaining("inter 50000ms fastinter 100ms") as unknown]),
        );
        expect(section(other, "listen mesos")).toContain("bind 172.18.1.9:15050");
        // Longer than the longest session, and as many clients as there are.
        expect(section(other, "listen zookeeper")).toEqual(expect.arrayContaining(["timeout client 360s", "server master1 172.18.1.1:2181"]));
    });

    it("wants one mode of a member that is alone, and another of those in a quorum", () => {
        const alone = { ...dc, nodes: dc.nodes.map((one, at) => (at === 1 || at === 2 ? { ...one, roles: [] } : one)) };
        expect(haproxyConfig(alone, proxy)).toContain('"Mode: standalone"');
        expect(config).toContain('"Mode: (leader|follower)"');
    });

    it("has Marathon's login by its variable's name", () => {
        const other = described(login);
        expect(haproxyConfig(other, proxy)).toContain('hdr Authorization "Basic %[env(MARATHON_LOGIN),base64]"');
        expect(haproxyConfig(other, proxy)).not.toContain("planted");
        expect(config).not.toContain("Authorization");
        expect(unitFile(other, proxy)).toContain("-Ws -f /etc/datacentre-proxies/login.cfg -f /etc/datacentre-proxies/haproxy.cfg\n");
        expect(unitFile(other, { ...proxy, roles: ["mesos-proxy"] })).not.toContain("login.cfg");
    });
});

describe("on hosts", () => {
    it("brings the package, and keeps its own unit out of the way, on the proxies' nodes alone", () => {
        const plan = hostPlan(systems, dc, proxy);
        expect([plan.packages.apt, plan.packages.yum]).toEqual([expect.arrayContaining(["haproxy=2.6.12"]), expect.arrayContaining(["haproxy"])]);
        expect([plan.units, plan.watched]).toEqual([expect.arrayContaining(["haproxy.service"]), expect.arrayContaining(["datacentre-proxies"])]);
        expect(hostPlan(systems, dc, dc.nodes[0]!).packages.apt).not.toContain("haproxy=2.6.12");
    });

    it("costs nothing where there is none", () => {
        const none = sampleDataCentre();
        expect([proxyNodes(none), probes(none), proxiesSystem.images(none)]).toEqual([[], [], []]);
        expect([none.proxies, proxiesSystem.output(none)]).toEqual([undefined, undefined]);
    });

    it("is let in to what it passes on to, and opened to whom the description says", () => {
        const openings = openingsOf(systems, dc, { kind: "alicloud", bastion: "master1", operatorCidrs: [], openings: [] } as unknown as AlicloudSpec);
        const from = (why: string) => openings.find((one) => one.why === why)?.from;
        expect(from("the Mesos master")).toContain("mesos-proxy");
        expect(from("Marathon's API")).toContain("marathon-proxy");
        expect(from("ZooKeeper for clients")).toContain("zookeeper-proxy");
        expect(openings.filter(({ to }) => all.includes(to)).map((one) => [one.to, one.ports, one.from])).toEqual([
            ["mesos-proxy", "5050/5050", []],
            ["marathon-proxy", "8080/8080", []],
            ["zookeeper-proxy", "2181/2181", []],
        ]);
    });

    it("makes one step a node, with the login as a secret, and says where clients find them", async () => {
        const { made, outputs } = await runIndex(changed({ ...withProxy, ...login }, whole()), ["marathon"]);
        const steps = made.filter(isStep).filter(({ name }) => name.startsWith("proxies-"));
        expect(steps.map(({ name }) => name)).toEqual(["proxies-proxy1"]);
        expect(programOf(steps[0]!)).toContain("ops:planted");
        expect(JSON.stringify([{ ...steps[0]!.inputs, stdin: "" }, outputs.description, outputs.services])).not.toContain("planted");
        expect(outputs.services.proxies).toEqual({ mesos: ["http://172.18.1.9:5050"], marathon: ["http://172.18.1.9:8080"], zookeeper: "172.18.1.9:2181" });
    });
});

describe("the package's own unit", () => {
    let host: string;
    beforeEach(() => (host = mkdtempSync(join(tmpdir(), "proxies-"))));
    afterEach(() => {
        rmSync(host, { recursive: true });
    });

    /** Runs functions of the helper with a systemctl that keeps what it was told in a file. */
    function run(...lines: string[]): string {
        const fake = [
            `systemctl() { case $1 in is-enabled) cat "${host}/enabled" ;; is-active) cat "${host}/active" ;; enable) echo enabled >"${host}/enabled" ;; disable) echo disabled >"${host}/enabled" ;; start) echo active >"${host}/active" ;; stop) echo inactive >"${host}/active" ;; esac; }`,
            "quietly() { \"$@\"; }",
            ...lines,
            `printf '%s %s' "$(cat "${host}/active")" "$(cat "${host}/enabled")"`,
        ];
        const program = renderProgram("x", "n", ["components/step/helpers/kept-off.sh"], {})
            .replaceAll("/var/lib/datacentre", `${host}/state`)
            .replace('main "$1"\n', () => `${fake.join("\n")}\n`);
        return execFileSync("bash", ["--norc", "-c", 'eval "$(cat)"'], { input: program, encoding: "utf8" });
    }

    it("is given back by the last that needed it off, as it was found", () => {
        expect(run(`echo enabled >"${host}/enabled"; echo active >"${host}/active"`, "keep_off haproxy bridge", "keep_off haproxy proxies", "keep_off haproxy proxies")).toBe("inactive disabled");
        expect(run("give_back haproxy bridge || true")).toBe("inactive disabled");
        expect(run("give_back haproxy bridge || true")).toBe("inactive disabled");
        expect(run("give_back haproxy proxies")).toBe("active enabled");
        expect(run("give_back haproxy proxies")).toBe("active enabled");
    });

    it("is given back by one that kept it off before there were marks", () => {
        expect(run(`mkdir -p "${host}/state/units"; echo enabled active >"${host}/state/units/haproxy"; echo disabled >"${host}/enabled"; echo inactive >"${host}/active"`, "give_back haproxy bridge")).toBe(
            "active enabled",
        );
    });
});

describe("in containers", () => {
    const here = contained();

    it("is the image's own HAProxy with the file, published at the same port", () => {
        const [, , , , mesos, marathon, zookeeper] = here.nodes.map((one) => proxyContainer(here, one));
        expect(mesos).toEqual({
            image: "haproxy:2.8",
            files: { "/usr/local/etc/haproxy/haproxy.cfg": haproxyConfig(here, here.nodes[4]!) },
            published: [{ port: 5050, at: 5050 }],
            answers: "port_open 172.18.1.9 5050",
            serves: '[ "$(http_status 172.18.1.9 5050 /master/maintenance/status)" = 200 ]',
        });
        expect([marathon!.published, zookeeper!.published]).toEqual([[{ port: 8080, at: 8080 }], [{ port: 2181, at: 2181 }]]);
    });

    it("has Marathon's login as a secret of its environment", () => {
        const secret = contained({ marathon: { ...dc.marathon, credentials: { username: "ops", password: "planted" } } });
        const [mesos, marathon] = secret.nodes.slice(4).map((one) => proxyContainer(secret, one));
        expect([mesos!.secrets, marathon!.secrets]).toEqual([undefined, { MARATHON_LOGIN: "ops:planted" }]);
        expect(JSON.stringify({ ...marathon, secrets: undefined })).not.toContain("planted");
    });

    it("takes the described image", () => {
        const other = contained({ sources: { ...dc.sources, proxies: { kind: "images", image: "registry.example/haproxy:3.0" } } });
        expect(proxyContainer(other, other.nodes[4]!).image).toBe("registry.example/haproxy:3.0");
        expect(proxiesSystem.images(other).map(({ image, nodes, role }) => [image, nodes.map(({ name }) => name), role])).toEqual(
            all.map((role, at) => ["registry.example/haproxy:3.0", [`proxy${at + 1}`], role]),
        );
    });

    it("is found at the engine's machine", () => {
        expect(all.map((role) => endpoints(here, role as "mesos-proxy"))).toEqual([["172.18.1.254:5050"], ["172.18.1.254:8080"], ["172.18.1.254:2181"]]);
    });

    it("is asked for nothing that only a host has", () => {
        expect(probes(here).map(({ command }) => command.split(" ")[0])).toEqual(["http_get", "http_get", "talk"]);
    });
});

it.each<[what: string, edit: Edit, key: string, text: RegExp, severity?: "warning"]>([
    ["a port that the master has on the same node", { "nodes[0].roles": [...(whole().nodes[0]!.roles ?? []), "mesos-proxy"] }, "proxies.mesosPort", /proxy of Mesos and the Mesos master would both listen on port 5050 of master1/],
    ["two proxies at one port", { proxies: { mesosPort: 8080 } }, "proxies.marathonPort", /proxy of Marathon and the proxy of Mesos would both listen on port 8080 of proxy1/],
    ["an image on hosts", { "sources.proxies": { kind: "images", image: "haproxy:2.8" } }, "sources.proxies", /only where nodes are containers.*package/],
    ["a port that is none", { proxies: { mesosPort: 0 } }, "proxies.mesosPort", /out of range/],
    ["asking all the time", { proxies: { checkIntervalMs: 1 } }, "proxies.checkIntervalMs", /at least 100/],
    ["no patience", { proxies: { idleTimeoutSeconds: 1 } }, "proxies.idleTimeoutSeconds", /at least 60/],
    ["more connections than files", { proxies: { maxConnections: 1_000_000 } }, "proxies.maxConnections", /at most 30000/],
    ["masters that ask everybody for a login", { "mesos.masterFlags": { authenticate_http_readonly: "true" } }, "mesos.masterFlags.authenticate_http_readonly", /none would answer/],
    ["settings, and nobody with a role", { "nodes[4].roles": [], proxies: {} }, "proxies", /no node has a role of mesos-proxy, marathon-proxy, zookeeper-proxy/, "warning"],
    ["no Marathon", { ...Object.fromEntries([0, 1, 2, 3].map((at) => [`nodes[${at}].roles`, (whole().nodes[at]!.roles ?? []).filter((role) => role !== "marathon")])), apps: [], registry: undefined, marathonLb: undefined }, "nodes", /none with marathon: it passes on to the leading Marathon/],
])("refuses, or warns of, %s", (...[, edit, key, text, severity]) => {
    const { faults, warnings } = parsed(edit);
    const told = (severity === "warning" ? warnings : faults).filter((fault) => fault.key === `datacentre:${key}`).map(faultLine);
    expect(told.join("\n")).toMatch(text);
});

describe("verify", () => {
    const row = (name: string, of: DataCentre = dc) => probes(of).find((probe) => probe.row === name)!;
    const mesos = "the leading Mesos master answers through it";
    const marathon = "the leading Marathon answers through it";
    const zookeeper = "a ZooKeeper member in the quorum answers through it";
    const config = "HAProxy takes its configuration";
    const kept = "Marathon's login is kept from others";

    it.each<[name: string, output: string, ok: boolean, of?: DataCentre]>([
        ["HAProxy runs, and starts with the host", "active enabled", true],
        [mesos, "200\n{}", true],
        [mesos, "503\nNo Mesos master leads", false],
        [mesos, "", false],
        [marathon, "200\npong", true],
        [marathon, "401\n", false],
        [marathon, "401\n", true, described(login)],
        [marathon, "503\n", false, described(login)],
        [zookeeper, "Zookeeper version: 3.8.0\nMode: follower\n", true],
        [zookeeper, "Zookeeper version: 3.8.0\nMode: standalone\n", false],
        [zookeeper, "", false],
        [config, "taken", true],
        [config, "", false],
        [kept, "640 root:datacentre-proxies", true, described(login)],
        [kept, "644 root:datacentre-proxies", false, described(login)],
        ["haproxy is kept off", "inactive disabled", true],
        ["haproxy is kept off", "active enabled", false],
    ])("%s: %j is %s", (...[name, output, ok, of]) => {
        const finding = row(name, of).evaluate(output, 0);
        expect([finding.ok, finding.ok || (finding.remedy ?? "") !== ""]).toEqual([ok, true]);
    });

    it("names what is away", () => {
        expect(row(zookeeper).evaluate("", 0).found).toBe("nobody serves: fewer than 2 of 3 members, a quorum, are up; writes stop until one is back");
        expect(row(mesos).evaluate("503\n", 0).found).toBe("503: no master leads that it reaches");
        expect(row(marathon).evaluate("503\n", 0).found).toBe("503: no Marathon leads that it reaches");
    });
});
