import { dataCentreSchema, parseDataCentre } from "../../components/description";
import { hostPlan } from "../../components/host/plan";
import { probes } from "../../components/mirror/check";
import { engineProxy, mirrorFile, mirrorOf, noProxy, squidConf } from "../../components/mirror/plan";
import { openingsOf } from "../../components/nodes/alicloud/openings";
import { securityPlan } from "../../components/nodes/alicloud/security";
import { systems } from "../../components/systems";
import type { DataCentreInput } from "../../config";
import { readStackFile } from "../../config/files";
import { changed, good, whole } from "../config/good";
import { sampleDataCentre } from "./sample";

const withMirror = (more: object = {}) => sampleDataCentre((raw) => (raw.mirror = { node: "master1", ...more }));
const dc = withMirror({ cacheGiB: 2 });
const [master, agent] = dc.nodes as [(typeof dc.nodes)[number], (typeof dc.nodes)[number]];

it("serves the other nodes, to the web alone", () => {
    const lines = squidConf(dc).split("\n");
    expect(lines[0]).toBe("http_port 172.18.1.1:3128");
    expect(lines.filter((line) => line.startsWith("acl hosts"))).toEqual(["acl hosts src 172.18.1.2", "acl hosts src 172.18.1.3", "acl hosts src 172.18.1.4"]);
    // The first rule that fits decides: what is inside, and ports that are not the web's, are refused before anybody is let in.
    expect(lines.filter((line) => line.startsWith("http_access"))).toEqual([
        "http_access deny inside",
        "http_access deny !web",
        "http_access deny CONNECT !tls",
        "http_access allow hosts",
        "http_access deny all",
    ]);
    for (const address of [...dc.nodes.map((node) => node.address), "100.100.100.200/32", "169.254.0.0/16", "127.0.0.0/8"]) {
        expect(lines).toContain(`acl inside dst ${address}`);
    }
    expect(lines).toContain("cache_dir aufs /var/cache/datacentre-mirror 2048 16 256");
});

it("is the others' way, and not its own", () => {
    expect(mirrorOf(dc, agent)).toBe("172.18.1.1:3128");
    expect(mirrorOf(dc, master)).toBeUndefined();
    expect([mirrorFile(dc, master), engineProxy(dc, master)]).toEqual(["", ""]);
    expect(mirrorFile(dc, agent)).toBe(`http://172.18.1.1:3128\n${noProxy(dc).join(",")}\n`);
    const url = "http://172.18.1.1:3128";
    expect(engineProxy(dc, agent)).toContain(`[Service]\nEnvironment="HTTP_PROXY=${url}" "HTTPS_PROXY=${url}"\n`);
    // The stack's own registry is asked directly.
    expect(engineProxy(dc, agent)).toMatch(/NO_PROXY=[^"]*\bmaster1\b/);
});

it("costs nothing where there is none", () => {
    const none = sampleDataCentre();
    expect([squidConf(none), mirrorFile(none, agent), engineProxy(none, agent), probes(none)]).toEqual(["", "", "", []]);
    expect(hostPlan(systems, none, none.nodes[0]!).packages.apt).not.toContain("squid");
});

it("brings its package, which does not start by itself, to its node", () => {
    expect(hostPlan(systems, dc, master).packages).toMatchObject({ apt: expect.arrayContaining(["squid"]) as unknown, yum: expect.arrayContaining(["squid"]) as unknown });
    expect(hostPlan(systems, dc, master).units).toContain("squid.service");
    expect(hostPlan(systems, dc, agent).packages.apt).not.toContain("squid");
});

it("is asked after on every node that fetches by it", () => {
    expect(probes(dc).map(({ node, row }) => [node, row])).toEqual([
        ["master1", "service runs, and starts with the host"],
        ["master1", "configuration files as described"],
        ...["agent1", "agent2", "agent3"].map((node) => [node, "reaches the mirror"]),
    ]);
    const reach = probes(dc).at(-1)!;
    expect(reach.evaluate("reached\n", 0).ok).toBe(true);
    expect(reach.evaluate("", 0)).toMatchObject({ ok: false, found: "no answer" });
});

it("is let in from every node in a VPC, and from nowhere else", () => {
    const raw = { ...structuredClone(readStackFile("dev")?.config), mirror: { node: "master1" } } as unknown as DataCentreInput;
    const cloud = dataCentreSchema.parse(raw);
    if (cloud.provider.kind !== "alicloud") {
        throw new Error("dev is no longer a cloud's");
    }
    expect(openingsOf(systems, cloud, cloud.provider).filter(({ to }) => to === "mirror")).toEqual([expect.objectContaining({ ports: "3128/3128", from: ["all"] })]);
    const rules = securityPlan(systems, cloud, cloud.provider).rules.filter(({ ports }) => ports === "3128/3128");
    expect(rules).toEqual([expect.objectContaining({ from: { group: "all" } })]);
    expect(rules[0]!.group).toMatch(/mirror/);
});

describe("a description is told", () => {
    const faults = (edit: object, base: object = good()) => {
        const { faults: errors, warnings } = parseDataCentre(changed(edit as never, base as never), { stack: "local" });
        return [...errors, ...warnings].filter(({ key }) => /mirror|outbound/.test(key)).map(({ key, problem, remedy }) => `${key}: ${problem}; ${remedy}`);
    };
    const dev = () => structuredClone(readStackFile("dev")!.config);

    it.each([
        ["a node that is not there", { mirror: { node: "master2" } }, /mirror\.node: there is no node master2; write master1/],
        ["a node without roles", { mirror: { node: "agent3" }, "nodes[3].roles": [] }, /agent3 has no roles/],
        ["a port that is taken", { mirror: { node: "master1", port: 2379 } }, /mirror\.port|etcd\.clientPort/],
        ["a port that is none", { mirror: { node: "master1", port: 0 } }, /mirror\.port/],
        ["a cache of nothing", { mirror: { node: "master1", cacheGiB: 0 } }, /mirror\.cacheGiB/],
    ])("%s", (_, edit, text) => {
        const { faults: errors } = parseDataCentre(changed(edit), { stack: "local" });
        expect(errors.map(({ key, problem, remedy }) => `${key}: ${problem}; ${remedy}`).join("\n")).toMatch(text);
    });

    it("that a closed cloud has to have a way to packages", () => {
        expect(faults({ "provider.outbound": "none" }, dev()).join()).toMatch(/provider\.outbound: no node but master1 reaches packages and images; set datacentre:mirror/);
        expect(faults({ "provider.outbound": "none", mirror: { node: "master1" } }, dev())).toEqual([]);
        expect(faults({ "provider.outbound": "none", mirror: { node: "agent1" } }, dev()).join()).toMatch(/agent1 does not reach the internet itself.*name master1/);
        expect(faults({ mirror: { node: "master1" } }, dev()).join()).toMatch(/mirror: every node has a way out by the NAT gateway/);
    });

    it("that apps do not fetch by it, where agents have no other way out", () => {
        const app = { id: "/web", cmd: "./web", cpus: 0.1, mem: 32, fetch: [{ uri: "https://files.example/web.tgz" }] };
        const fetched = (edit: object, base: object) =>
            parseDataCentre(changed({ ...edit, apps: [app] }, base as never), { stack: "local" }).warnings.filter(({ key }) => key.endsWith("fetch[0].uri")).map(({ problem }) => problem);
        expect(fetched({ mirror: { node: "master1" } }, whole())).toEqual([expect.stringMatching(/^172\.18\.1\.2 \(agent1\), .*\(agent3\) have no way out to files\.example/)]);
        expect(fetched({ mirror: { node: "master1" }, "provider.outbound": "none" }, dev())).toHaveLength(1);
        expect(fetched({ mirror: { node: "master1" } }, dev())).toEqual([]);
        expect(fetched({}, whole())).toEqual([]);
    });
});
