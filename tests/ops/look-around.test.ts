/** What a stack takes, what publishers have or what stands in for it: decided once, told each time, and the stack's for its life. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { systems } from "../../components/systems";
import { stackNames } from "../../config";
import { projectDirectory, readStackFile } from "../../config/files";
import { lookAround } from "../../ops/publishers/ask";
import { lackingControlGroups } from "../../ops/publishers/look";
import { fallbacksOf, forgetAnswers } from "../../ops/stack/fallbacks";
import { syncSettings } from "../../ops/stack/settings";
import { sampleDataCentre } from "../components/sample";
import { check, checkWhole } from "../config/good";
import { Keyring, layOut, makeDeb, Publisher, type Key } from "../published-repository";
import { makeFixture, type Fixture } from "./fixture";

const folder = mkdtempSync(join(tmpdir(), "look-around-"));
const www = join(folder, "www");
const ring = new Keyring();
let publisher: Publisher;
let fixture: Fixture;
let key: Key;
let said: string[];
const manifest = "/v2/team/marathon/manifests/v1";

beforeAll(() => (key = ring.make("right")));
afterAll(() => {
    ring.close();
    rmSync(folder, { recursive: true });
});
beforeEach(async () => {
    fixture = makeFixture();
    mkdirSync(www, { recursive: true });
    publisher = new Publisher(www);
    await publisher.listen();
    writeFileSync(join(www, "key.asc"), key.armoured);
    const release = layOut(www, "bookworm", [makeDeb(folder, "aventer-mesos", "1.11.0-0.9.0+lab1")]);
    writeFileSync(join(www, "dists/bookworm/InRelease"), ring.sign(release, key, "inline"));
    publisher.answers.set(manifest, () => ({ status: 200, headers: { "docker-content-digest": "sha256:abc" }, body: JSON.stringify({ manifests: [{ platform: { architecture: process.arch === "x64" ? "amd64" : process.arch } }] }) }));
    mkdirSync(join(fixture.directory, "lab"));
    writeFileSync(join(fixture.directory, "lab/doubles.yaml"), stringify({
        config: { "datacentre:sources": { mesos: { kind: "repository", distribution: "mesosphere", apt: { url: "file:///opt/doubles", suite: null, components: null }, keyFingerprint: null, keyUrl: null }, marathon: null } },
    }));
    track();
    said = [];
    jest.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(async () => {
    jest.restoreAllMocks();
    await publisher.close();
    rmSync(www, { recursive: true });
    fixture.remove();
});

const registry = () => `127.0.0.1:${publisher.port}`;

function track(more: object = {}): void {
    const mesos = {
        ...{ kind: "repository", distribution: "clusterd", apt: { url: `http://${registry()}/`, suite: "bookworm", components: ["main"] } },
        ...{ keyFingerprint: key.fingerprint, keyUrl: `http://${registry()}/key.asc` },
    };
    const image = `${registry()}/team/marathon:v1`;
    const config = {
        provider: { kind: "docker", prefix: "test", subnet: "172.18.9.0/24" },
        nodes: [{ name: "one", address: "172.18.9.1", roles: ["docker", "zookeeper", "mesos-master", "mesos-agent", "marathon"] }],
        // In either version of control groups.
        mesos: { containerizers: ["mesos"] },
        ...{ security: "seed", docker: { insecureRegistries: [registry()] }, sources: { mesos, marathon: { kind: "images", image } } },
        fallbacks: [{ unpublished: { repositories: ["mesos"], images: [image] }, take: "lab/doubles.yaml" }],
        ...more,
    };
    writeFileSync(fixture.context.tracked, stringify({ config: Object.fromEntries(Object.entries(config).map(([name, value]) => [`datacentre:${name}`, value])) }));
}

const sources = () => syncSettings(fixture.context).config?.["datacentre:sources"] as Record<string, { apt: object; key?: string }>;
const doubled = { kind: "repository", distribution: "mesosphere", apt: { url: "file:///opt/doubles" } };

it("takes what publishers have, with the key that it fetched, and says of whom", async () => {
    await lookAround(fixture.context);
    expect(sources().mesos).toMatchObject({ apt: { url: `http://${registry()}/` }, key: key.armoured });
    expect(sources().marathon).toMatchObject({ kind: "images" });
    expect(said.join("")).toMatch(/what publishers have is taken, as found on [0-9-]{10}, and nothing of lab\/doubles\.yaml:\n {2}aventer-mesos 1\.11\.0-0\.9\.0\+lab1 of http.*, signed with [0-9A-F ]{49}\n {2}127.*marathon:v1 \(sha256:abc\)/);
});

it("keeps to it while the stack lives, also where nobody is reached any more", async () => {
    await lookAround(fixture.context);
    await publisher.close();
    said = [];
    await lookAround(fixture.context);
    expect(sources().mesos).toMatchObject({ distribution: "clusterd", key: key.armoured });
    expect(said.join("")).toMatch(/what publishers have is taken/);
});

it("takes what stands in where nobody is reached, says why and that it does, and keeps to that", async () => {
    await publisher.close();
    await lookAround(fixture.context);
    expect(sources()).toEqual({ mesos: doubled });
    expect(said.join("")).toMatch(/lab\/doubles\.yaml holds, a STAND-IN, in place of what publishers have, since on [0-9-]{10}:\n {2}.*key\.asc is not reached: ECONNREFUSED.*\n.*make destroy STACK=test DATA=delete/);
    await publisher.listen();
    track();
    await lookAround(fixture.context);
    expect(sources().mesos).toEqual(doubled);
});

it.each([
    ["has no image", () => publisher.answers.delete(manifest), /does not give .*marathon:v1 \(404\)/],
    ["is half there", () => rmSync(join(www, "pool"), { recursive: true }), /its file .* is not there \(404\)/],
    ["gives another key", () => writeFileSync(join(www, "key.asc"), ring.make(`other${Math.random()}`).armoured), /key\.asc gives the key .*, and not/],
    ["is signed by another", () => writeFileSync(join(www, "dists/bookworm/InRelease"), ring.sign("Suite: x\n", ring.make(`signer${Math.random()}`), "inline")), /signed by another key/],
])("takes what stands in where the publisher %s", async (_, harm, why) => {
    harm();
    await lookAround(fixture.context);
    expect(sources()).toEqual({ mesos: doubled });
    expect(said.join("")).toMatch(why);
});

it("asks again for a stack that is gone with its data", async () => {
    publisher.answers.delete(manifest);
    await lookAround(fixture.context);
    forgetAnswers(fixture.context);
    publisher.answers.set(manifest, () => ({ status: 200, headers: {}, body: JSON.stringify({ manifests: [{ platform: { architecture: process.arch === "x64" ? "amd64" : process.arch } }] }) }));
    await lookAround(fixture.context);
    expect(sources().mesos).toMatchObject({ distribution: "clusterd" });
});

it("leaves a stack as it is that was made with what stands in before anybody asked", async () => {
    publisher.answers.delete(manifest);
    await lookAround(fixture.context);
    syncSettings(fixture.context);
    rmSync(join(fixture.context.stackHome, "reached.json"));
    publisher.answers.set(manifest, () => ({ status: 200, body: "{}" }));
    fixture.writeState({ resources: [{ urn: "urn:pulumi:test::datacentre::pulumi:pulumi:Stack::datacentre-test", type: "pulumi:pulumi:Stack" }] });
    await lookAround(fixture.context);
    expect(sources().mesos).toEqual(doubled);
    expect(said.join("")).toMatch(/made with it before/);
});

it("decides nothing about a description with other faults", async () => {
    track({ nodes: [] });
    await lookAround(fixture.context);
    expect(said.join("")).not.toMatch(/publishers have/);
    expect(sources().mesos).toMatchObject({ distribution: "clusterd" });
});

it("goes by a key that the operator gives, over the one that would be fetched", async () => {
    const ended = ring.make("ended-of-theirs", "1y", "20200101T000000");
    writeFileSync(join(www, "key.asc"), ended.armoured);
    const release = layOut(www, "bookworm", [makeDeb(folder, "aventer-mesos", "1.11.0-0.9.0+lab1")]);
    const later = ring.extend(ended.fingerprint, "never");
    writeFileSync(join(www, "dists/bookworm/InRelease"), ring.sign(release, later, "inline"));
    const apt = { url: `http://${registry()}`, suite: "bookworm", components: ["main"] };
    const pinned = { kind: "repository", distribution: "clusterd", apt, keyFingerprint: ended.fingerprint, keyUrl: `http://${registry()}/key.asc` };
    const of = (given: object) => ({ sources: { mesos: { ...pinned, ...given }, marathon: { kind: "images", image: `${registry()}/team/marathon:v1` } } });
    track(of({}));
    await lookAround(fixture.context);
    expect(said.join("")).toMatch(/expired on 2020-12-31 .*sources\.mesos\.key/);
    forgetAnswers(fixture.context);
    track(of({ key: later.armoured }));
    await lookAround(fixture.context);
    expect(sources().mesos).toMatchObject({ key: later.armoured });
    expect(said.at(-1)).toMatch(/what publishers have is taken/);
});

it("asks this machine for the control groups that the published programs need", () => {
    const lacking = (containerizers: ("docker" | "mesos")[], here: 1 | 2) => {
        const dc = sampleDataCentre((raw) => {
            raw.sources = { ...raw.sources, mesos: { kind: "repository", distribution: "clusterd", apt: { url: "file:///opt/apt" } } };
            raw.mesos = { containerizers };
        }, "unchecked");
        return lackingControlGroups(systems, dc, here);
    };
    expect(lacking(["docker", "mesos"], 1)).toEqual([expect.stringMatching(/this machine has cgroup v1, and so would its hosts: clusterd/)]);
    expect(lacking(["docker", "mesos"], 2)).toEqual([]);
    expect(lacking(["mesos"], 1)).toEqual([]);
});

describe("what stands in for real programs", () => {
    const take = "lab/doubles/settings.yaml";
    const unpublished = { repositories: ["mesos"], images: [] };

    it("is taken by no other stack of the project: only local names it, and the lab's registry but one", () => {
        const names = stackNames(projectDirectory).filter((name) => ["local", "dev", "prod", "ha", "kubernetes", "onebox"].includes(name));
        const taken = names.flatMap((name) => fallbacksOf({ "datacentre:fallbacks": readStackFile(name)?.config.fallbacks }).map((one) => `${name}: ${one.take}`));
        expect(taken.sort()).toEqual(["kubernetes: lab/upstream/settings.yaml", `local: ${take}`]);
        for (const name of ["dev", "prod"]) {
            expect(JSON.stringify(readStackFile(name)?.config)).not.toMatch(/datacentre-lab|lab\//);
        }
    });

    it.each([
        { kind: "existing", privateKeyFile: "~/.ssh/id_ed25519" },
        { kind: "alicloud", region: "cn-hangzhou", subnet: "172.18.1.0/24", bastion: "master1", operatorCidrs: ["198.51.100.7/32"] },
        { kind: "containers", prefix: "dc", subnet: "172.18.1.0/24" },
    ])("is refused for nodes that are not the lab's: %o", (provider) => {
        const { faults } = check({ provider, fallbacks: [{ unpublished, take }] });
        expect(faults.find(({ key: at }) => at === "datacentre:fallbacks[0].take")?.problem).toMatch(/is the lab's, and these nodes are not/);
    });

    it("holds for one reason, which is looked at", () => {
        const problems = (fallback: object) => checkWhole({ fallbacks: [fallback] }).faults.map(({ key: at, problem }) => `${at}: ${problem}`);
        expect(problems({ unpublished, take })).toEqual([]);
        expect(problems({ take })).toEqual([expect.stringMatching(/fallbacks\[0\]: nothing says when/)]);
        expect(problems({ take, unpublished, unreached: "https://a.example/" })).toEqual([expect.stringMatching(/or two things do/)]);
        expect(problems({ take, unpublished: {} })).toEqual([expect.stringMatching(/unpublished: nothing is looked at/)]);
        expect(problems({ take, unpublished: { repositories: ["mesoz"] } })).toEqual([expect.stringMatching(/repositories\[0\]: mesoz comes from no repository/)]);
    });
});
