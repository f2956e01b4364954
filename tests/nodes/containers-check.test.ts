/** Rows of `make verify` about containers as nodes, held against what an engine says of them. */
import { onEngine } from "../../config/container";
import { groupProbes, probes } from "../../components/nodes/containers/check";
import { containerName, specOf, volumeName } from "../../components/nodes/containers/plan";
import { containerOf } from "../../components/nodes/containers/roles";
import { allChecks } from "../../components/rows";
import { systems } from "../../components/systems";
import type { Finding } from "../../components/verify/probe";
import { login, oneboxDc, secret } from "./containers-sample";

const dc = oneboxDc(login);
const provider = specOf(dc);
const about = { owner: "datacentre/onebox", systems };
const all = probes(dc, about);
const mountpoint = (volume: string): string => `/var/lib/docker/volumes/${volume}/_data`;

/** What the engine says of a container that is as described; `image inspect` knows its image by the name's id. */
function inspected(name: string): any {
    const node = dc.nodes.find((one) => one.name === name)!;
    const spec = containerOf(systems, dc, node);
    const volumes = (spec.volumes ?? []).map((volume) => ({ ...volume, full: volumeName(provider, name, volume.name) }));
    const filled = (value: string) => volumes.reduce((text, volume) => text.replaceAll(onEngine(volume.name), mountpoint(volume.full)), value);
    return {
        Name: `/${containerName(provider, name)}`,
        Image: `id of ${spec.image}`,
        RestartCount: 0,
        State: { Status: "running" },
        Config: {
            Env: ["PATH=/bin", ...Object.entries({ ...spec.environment, ...spec.secrets }).map(([key, value]) => `${key}=${filled(value)}`)],
            Cmd: spec.command ?? ["the image's own"],
            Entrypoint: spec.entrypoint ?? null,
        },
        HostConfig: {
            RestartPolicy: { Name: "unless-stopped" },
            PortBindings: Object.fromEntries((spec.published ?? []).map(({ port, at }) => [`${port}/tcp`, [{ HostIp: "0.0.0.0", HostPort: String(at) }]])),
        },
        NetworkSettings: { Networks: { onebox: { IPAMConfig: { IPv4Address: node.address } } } },
        Mounts: [
            { Type: "bind", Source: "/var/run/docker.sock", Destination: "/var/run/docker.sock" },
            ...volumes.map(({ full, path }) => ({ Type: "volume", Name: full, Source: mountpoint(full), Destination: path ?? mountpoint(full) })),
        ],
    };
}

const images = [...new Set(dc.nodes.map((node) => containerOf(systems, dc, node).image))].map((image) => ({ Id: `id of ${image}`, RepoTags: [image], RepoDigests: [] as string[] }));

/** The engine's whole answer, with one container changed. */
function answer(name: string, change: (container: any) => void, known: readonly object[] = images): string {
    const list = dc.nodes.map((node) => inspected(node.name)).map((one) => {
        if (one.Name === `/onebox-${name}`) {
            change(one);
        }
        return one as object;
    });
    return [...list, ...known, "end"].map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n");
}

/** What rows about the engine's own answer find of a node. */
function findings(name: string, output: string): Record<string, Finding> {
    const own = all.filter(({ node, command }) => node === name && command.startsWith("docker container inspect"));
    return Object.fromEntries(own.map(({ row, evaluate }) => [row, evaluate(output, 0)]));
}

/** The one row that fails. */
function failed(name: string, change: (container: any) => void, known?: readonly object[]): [row: string, finding: Finding] {
    const rows = Object.entries(findings(name, answer(name, change, known))).filter(([, { ok }]) => !ok);
    expect(rows.map(([row]) => row)).toHaveLength(1);
    return rows[0]!;
}

const remedyOf = (finding: Finding): string => ("remedy" in finding ? (finding.remedy ?? "") : "");

it("asks the engine one question for all containers", () => {
    const questions = new Set(all.filter(({ command }) => command.startsWith("docker container inspect")).map(({ at, command }) => `${at ?? ""} ${command}`));
    expect(questions.size).toBe(1);
    const [question] = questions;
    expect(question).toMatch(/^engine docker container inspect -f '\{\{json \.\}\}' 'onebox-zk1' 'onebox-zk2'/);
    expect(question).toMatch(/; docker image inspect .*'datacentre-lab\/zookeeper:3\.8\.0'.*; echo end$/);
});

it("asks no host for anything, and each row once", () => {
    const { probes: single, groups } = allChecks(systems, dc, "datacentre/onebox");
    expect(single.filter(({ system }) => system === "host")).toEqual([]);
    expect(single.filter(({ command }) => /unit_state|failed_units|free_space/.test(command)).map(({ row }) => row)).toEqual([]);
    const names = [...single.map(({ node, system, row }) => `${node} ${system} ${row}`), ...groups.map(({ system, row }) => `${system} ${row}`)];
    expect(new Set(names).size).toBe(names.length);
});

it.each(dc.nodes.map(({ name }) => name))("finds %s as described", (name) => {
    const rows = findings(name, answer(name, () => undefined));
    expect(Object.keys(rows).length).toBeGreaterThanOrEqual(4);
    expect(Object.entries(rows).filter(([, { ok }]) => !ok)).toEqual([]);
});

describe("a container that is not", () => {
    const cases: [what: string, node: string, change: (container: any) => void, row: string, found: RegExp, remedy: RegExp][] = [
        ["is stopped", "zk1", (one) => (one.State.Status = "exited"), "runs, and starts with the engine", /^exited, unless-stopped$/, /'make up' starts it.*docker logs onebox-zk1/],
        ["is paused", "zk1", (one) => (one.State.Status = "paused"), "runs, and starts with the engine", /^paused/, /make up/],
        ["starts again and again", "zk1", (one) => Object.assign(one, { State: { Status: "restarting" }, RestartCount: 7 }), "runs, and starts with the engine", /^restarting \(7 times\)/, /docker logs/],
        ["stays away after the machine's start", "zk1", (one) => (one.HostConfig.RestartPolicy.Name = "no"), "runs, and starts with the engine", /^running, no$/, /docker update --restart unless-stopped onebox-zk1/],
        ["has a policy without name", "zk1", (one) => (one.HostConfig.RestartPolicy.Name = ""), "runs, and starts with the engine", /^running, no$/, /docker update/],
        ["runs an older image of that name", "zk1", (one) => (one.Image = "sha256:old"), "runs in the described image", /another one, or an older one of that name/, /CONVERGE=1/],
        ["has another variable", "master1", (one) => (one.Config.Env = one.Config.Env.map((text: string) => text.replace(/^MESOS_QUORUM=.*/, "MESOS_QUORUM=1"))), "is started as described", /^MESOS_QUORUM not as described$/, /'make up'/],
        ["has no variables", "master1", (one) => (one.Config.Env = null), "is started as described", /MESOS_ZK.*MESOS_QUORUM.*not as described/, /'make up'/],
        ["has another command", "marathon1", (one) => (one.Config.Cmd = ["--zk", "zk://elsewhere"]), "is started as described", /^its command not as described$/, /'make up'/],
        ["has another entrypoint", "slave1", (one) => (one.Config.Entrypoint = null), "is started as described", /^its entrypoint not as described$/, /'make up'/],
        ["lacks its login", "marathon1", (one) => (one.Config.Env = one.Config.Env.filter((text: string) => !text.startsWith("MARATHON_HTTP"))), "is started as described", /^MARATHON_HTTP_CREDENTIALS not as described$/, /'make up'/],
        ["has no address of its own", "zk1", (one) => (one.NetworkSettings.Networks.onebox.IPAMConfig = null), "has its address", /none in the network onebox/, /docker network connect --ip 172\.18\.1\.1 --alias zk1 onebox onebox-zk1/],
        ["has another address", "zk1", (one) => (one.NetworkSettings.Networks.onebox.IPAMConfig.IPv4Address = "172.18.1.99"), "has its address", /^172\.18\.1\.99$/, /docker network connect/],
        ["is in another network", "zk1", (one) => (one.NetworkSettings.Networks = { bridge: { IPAMConfig: null } }), "has its address", /none in the network onebox/, /docker rm -f onebox-zk1/],
        ["keeps its data nowhere", "zk1", (one) => (one.Mounts = []), "keeps its data on volumes", /^on none$/, /'make up'/],
        ["keeps its data in another place", "zk1", (one) => (one.Mounts[1].Destination = "/data"), "keeps its data on volumes", /^on none$/, /'make up'/],
        ["is not published", "mesos-proxy", (one) => (one.HostConfig.PortBindings = null), "publishes 5050", /^not published$/, /'make up'/],
        ["is published elsewhere", "mesos-proxy", (one) => (one.HostConfig.PortBindings["5050/tcp"][0].HostIp = "127.0.0.1"), "publishes 5050", /^127\.0\.0\.1:5050$/, /'make up'/],
    ];

    it.each(cases)("%s: %s", (_, node, change, row, found, remedy) => {
        const [name, finding] = failed(node, change);
        expect(name).toBe(row);
        expect(finding.found).toMatch(found);
        expect(remedyOf(finding)).toMatch(remedy);
    });

    it("is told of by itself: the others are well", () => {
        const output = answer("zk1", (one) => (one.State.Status = "exited"));
        expect(Object.values(findings("zk2", output)).every(({ ok }) => ok)).toBe(true);
    });

    it("is not there", () => {
        const output = answer("zk1", (one) => (one.Name = "/somebody"));
        const rows = Object.values(findings("zk1", output));
        expect(rows.map(({ found }) => found)).toEqual(rows.map(() => "not there"));
        expect(rows.map(remedyOf).every((text) => text.includes("'make up' makes it again, on its kept data"))).toBe(true);
    });
});

it.each(["", "Cannot connect\n", "{\"Name\":"])("finds nothing in an answer that is not whole: %j", (output) => {
    for (const finding of Object.values(findings("zk1", output))) {
        expect(finding).toMatchObject({ ok: false, found: "the engine does not answer" });
        expect(remedyOf(finding)).toMatch(/is it running\?/);
    }
});

it("knows an image that is gone from the engine for another one", () => {
    const [row] = failed("zk1", () => undefined, images.filter(({ RepoTags }) => !RepoTags[0]!.includes("zookeeper")));
    expect(row).toBe("runs in the described image");
});

it.each([
    ["docker.io/library/zookeeper:3.8", { RepoTags: ["zookeeper:3.8"], RepoDigests: null }],
    ["registry.example:5000/zookeeper@sha256:abc", { RepoTags: null, RepoDigests: ["registry.example:5000/zookeeper@sha256:abc"] }],
    ["zookeeper:3.8@sha256:abc", { RepoTags: [], RepoDigests: ["zookeeper@sha256:abc"] }],
])("knows %s by what the engine calls it", (image, names) => {
    const other = { ...oneboxDc(login) };
    const raw = { ...other, sources: { ...other.sources, zookeeper: { kind: "images" as const, image } } };
    const [row] = probes(raw, about).filter(({ node, row: one }) => node === "zk1" && one === "runs in the described image");
    const container = { ...inspected("zk1"), Image: "sha256:1" };
    const said = [container, { Id: "sha256:1", ...names }].map((one) => JSON.stringify(one)).join("\n");
    expect(row!.evaluate(`${said}\nend\n`, 0)).toMatchObject({ ok: true, found: image });
    expect(row!.evaluate(`${said.replace('"Image":"sha256:1"', '"Image":"sha256:2"')}\nend\n`, 0).ok).toBe(false);
});

it("asks what a container reads in it, and what clients reach from here", () => {
    const files = all.filter(({ row }) => row === "configuration files as described");
    expect(files.map(({ node }) => node)).toEqual(["zk1", "zk2", "zk3", "mesos-proxy", "marathon-proxy", "zk-proxy"]);
    expect(files.every(({ at }) => at === undefined)).toBe(true);
    const reached = all.filter(({ row }) => row === "is reached from outside");
    expect(reached.map(({ at, command }) => [at, command])).toEqual([5050, 8080, 2181].map((port) => ["engine", `port_open '172.18.1.254' '${port}'`]));
    expect(reached[0]!.evaluate("reached\n", 0)).toMatchObject({ ok: true });
    const not = reached[0]!.evaluate("", 0);
    expect(not).toMatchObject({ ok: false, found: "not reached" });
    expect(remedyOf(not)).toMatch(/172\.18\.1\.254:5050 is where clients look.*provider\.address/);
});

describe("the network", () => {
    const groups = groupProbes(dc);
    const judge = (at: number, output: string): Finding => groups[at]!.evaluateAll(new Map([["zk1", { output, at: 0 }]]));

    it("is as described, another one, or not there", () => {
        expect(groups[0]!.questions).toEqual([{ node: "zk1", at: "engine", command: expect.stringMatching(/^docker network inspect .* 'onebox'$/) }]);
        expect(judge(0, "172.18.1.0/24 172.18.1.254\n").ok).toBe(true);
        expect(judge(0, "172.18.1.0/24 172.18.1.1\n")).toMatchObject({ ok: false, found: "172.18.1.0/24 172.18.1.1", expected: "172.18.1.0/24 172.18.1.254" });
        expect(judge(0, "")).toMatchObject({ ok: false, found: "not there", remedy: expect.stringMatching(/'make up' makes it again/) });
    });

    it("has one bridge with its gateway's address: document 001's drew the others' packets", () => {
        expect(judge(1, "br-1234\nend\n").ok).toBe(true);
        expect(judge(1, "br-1234\nbr-5678\nend\n")).toMatchObject({ ok: false, found: "br-1234, br-5678", remedy: expect.stringMatching(/ip link delete/) });
        expect(judge(1, "end\n")).toMatchObject({ ok: false, found: "no interface has 172.18.1.254" });
        expect(judge(1, "")).toMatchObject({ ok: false });
    });

    it("is asked of its engine alone where that is on another machine", () => {
        expect(groupProbes(oneboxDc({ "provider.engine": "ssh://ops@box" })).map(({ row }) => row)).toEqual(["the network is as described"]);
    });
});

it("never says what is in a variable", () => {
    const texts: string[] = [];
    for (const node of dc.nodes) {
        for (const change of [() => undefined, (one: any) => (one.Config.Env = null), (one: any) => (one.Config.Env = ["MARATHON_HTTP_CREDENTIALS=ops:hunter2-Tr0ub4dor", "MARATHON_LOGIN=hunter2-Tr0ub4dor", "X=hunter2-Tr0ub4dor"])]) {
            texts.push(JSON.stringify(findings(node.name, answer(node.name, change))));
        }
    }
    expect(texts.join("\n")).not.toMatch(secret);
    const { probes: single, groups } = allChecks(systems, dc, "datacentre/onebox");
    expect(JSON.stringify([single, groups])).not.toMatch(secret);
});

it("has no rows for hosts", () => {
    const hosts = { ...dc, provider: { kind: "docker" as const, prefix: "t", subnet: "172.30.9.0/24", mtu: 1450, socket: "/var/run/docker.sock", image: "x" } };
    expect([probes(hosts as never, about), groupProbes(hosts as never)]).toEqual([[], []]);
});
