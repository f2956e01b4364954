/** A system that there is not goes through everything, and no file outside of its folder knows of it. */
import { allChecks } from "../../components/rows";
import { needsOf } from "../../components/bundle/needs";
import { hostPlan } from "../../components/host/plan";
import { preflight } from "../../components/host/preflight";
import { openingsOf } from "../../components/nodes/alicloud/openings";
import type { AlicloudSpec } from "../../components/nodes/alicloud/schema";
import { systems } from "../../components/systems";
import { compose, type DataCentre, type NodeSpec } from "../../config";
import { faultLine } from "../../config/faults";
import { stackFileSchema } from "../../config/jsonschema";
import { parseDataCentre } from "../../config/parse";
import { changed, good, type Edit } from "../config/good";
import { ledgerSystem } from "./made-up/system";
import { isStep, programOf, runIndex, type Run } from "./run-index";

const more = compose({ ...systems, systems: [...systems.systems, ledgerSystem] });
const secret = "planted-token-0815";
const base = { "nodes[0].roles": ["docker", "glusterfs", "zookeeper", "etcd", "ledger"], ledger: { token: secret } };
const check = (edit: Edit = {}, isSecret?: () => boolean) => parseDataCentre(more, changed({ ...base, ...edit }, good()), { stack: "local", ...(isSecret ? { isSecret } : {}) });
const described = (edit: Edit = {}): DataCentre => check(edit).dataCentre!;
const faults = (edit: Edit): string[] => check(edit).faults.map(faultLine);
const first = (dc: DataCentre): NodeSpec => dc.nodes[0]!;

it("is described: a group, a role, a version, a source and a node's key", () => {
    const archive = { kind: "archive", url: "https://a.example/ledger.tar.gz", sha256: "a".repeat(64) };
    expect(faults({ "ledger.port": 7071, "nodes[0].ledgerWeight": 3, "versions.ledger": "2.1" })).toEqual([]);
    expect(faults({ "sources.ledger": archive, "versions.ledger": "3.0.0" })).toEqual([]);
    expect(faults({ "sources.ledger": archive })[0]).toContain("datacentre:versions.ledger: datacentre:sources.ledger is an archive, and nothing says which version it holds");
    expect(faults({ "versions.ledger": "9.9" })[0]).toBe(
        "datacentre:versions.ledger: ledger 9.9 is not in the catalogue. Use one of: 2.1.0, or give an archive of it in datacentre:sources.ledger.",
    );
    expect(faults({ "ledger.listen": 1 })[0]).toContain("use port, if you meant that".replace("use", "Use"));
    expect(faults({ "nodes[0].roles": ["ledgr", "zookeeper"] })[0]).toContain("Use ledger, if you meant that");
    const file = JSON.parse(stackFileSchema(more.form)) as { properties: { config: { properties: Record<string, any> } } };
    expect(file.properties.config.properties["datacentre:ledger"].properties.token.anyOf[1].properties.secure).toEqual({ type: "string" });
});

it("has its rules, and the rules that compare systems go over it", () => {
    expect(faults(Object.fromEntries([0, 1, 2].map((at) => [`nodes[${at}].roles`, ["ledger", "zookeeper"]])))).toContainEqual(
        expect.stringContaining("more than two nodes have the role ledger"),
    );
    expect(faults({ "ledger.port": 2181 })[0]).toContain("would both listen on port 2181 of master1");
    expect(faults({ "ledger.dataDir": "/var/lib/zookeeper/ledger" }).join()).toContain("on master1, /var/lib/zookeeper/ledger, the ledger's data, is within /var/lib/zookeeper");
    expect(faults({ "ledger.dataDir": "/etc/ledger" })[0]).toContain("is within the system's /etc");
    const without = { "nodes[0].roles": ["ledger"], ...Object.fromEntries([1, 2, 3].map((at) => [`nodes[${at}].roles`, []])), glusterfs: undefined };
    expect(faults(without)[0]).toContain("there are nodes with the role ledger and none with zookeeper: it keeps its leader there");
    const [warned] = check({ "nodes[0].packages": "yum" }).warnings.map(faultLine).filter((line) => line.includes("ledger"));
    expect(warned).toContain("no public source packages ledger 2.1.0 for the yum family");
});

it("is in the plan of its host, and is looked for before anything is touched", () => {
    const dc = described();
    const plan = hostPlan(more, dc, first(dc));
    expect(plan.packages.apt).toContain("ledger=2.1.0");
    expect(plan.packages.yum).toContain("ledger-server=2.1.0");
    expect([plan.units, plan.watched, plan.dataPaths]).toEqual([
        expect.arrayContaining(["ledger.service"]),
        expect.arrayContaining(["ledger"]),
        expect.arrayContaining(["/var/lib/ledger"]),
    ]);
    expect(preflight(more, dc, first(dc))).toEqual({
        needs: expect.arrayContaining(["fuse the ledger needs"]) as string[],
        ports: expect.arrayContaining(["7070 datacentre:ledger.port the ledger"]) as string[],
    });
});

it("is let in to what it calls, and others to it", () => {
    const provider = { kind: "alicloud", bastion: "master1", operatorCidrs: [], openings: [] } as unknown as AlicloudSpec;
    const openings = openingsOf(more, described(), provider);
    expect(openings.find(({ why }) => why === "ZooKeeper for clients")?.from).toContain("ledger");
    expect(openings).toContainEqual({ to: "ledger", protocol: "tcp", ports: "7070/7070", from: ["ledger"], why: "the ledger's API" });
});

it("is in the bundle", () => {
    expect(needsOf(more, described(), "apt").packages).toContain("ledger=2.1.0");
    const archive = { url: "https://a.example/ledger.tar.gz", sha256: "b".repeat(64) };
    const { archives } = needsOf(more, described({ "sources.ledger": { kind: "archive", ...archive }, "versions.ledger": "3.0.0" }), "apt");
    expect(archives).toContainEqual({ name: "ledger", ...archive });
});

it("has rows", () => {
    const { probes } = allChecks(more, described(), "datacentre/local");
    expect(probes.filter(({ system }) => system === "ledger").map(({ node }) => node)).toEqual(["master1"]);
    expect(probes.find(({ node, row }) => node === "master1" && row === "no unit of ours has failed")?.command).toContain("'ledger'");
});

describe("the program", () => {
    let run: Run;

    beforeAll(async () => {
        run = await runIndex(changed(base, good()), ["ledger"], "./made-up/program");
    });

    it("has its step, which converges and takes back", () => {
        const [step, ...others] = run.made.filter(isStep).filter(({ name }) => name.startsWith("ledger-"));
        expect([step?.name, others.length]).toEqual(["ledger-master1", 0]);
        expect(programOf(step!)).toMatch(/^converge\(\) \{$/m);
        expect(programOf(step!)).toMatch(/^undo\(\) \{$/m);
        expect(programOf(step!)).toContain("data_dir='/var/lib/ledger'");
        const prepare = run.made.find(({ name }) => name === "prepare-master1");
        expect(programOf(prepare!)).toContain("ledger=2.1.0");
    });

    it("tells where it is", () => {
        expect(run.outputs.services.ledger).toEqual({ urls: ["http://172.18.1.1:7070"] });
    });

    it("keeps its secret out of outputs, logs and what is stored as plain text", () => {
        const plainOf = (inputs: object) => Object.entries(inputs).filter(([, value]) => !isSecret(value));
        const plain = run.made.map(({ type, name, inputs }) => JSON.stringify({ type, name, inputs: plainOf(inputs) }));
        expect(plain.filter((text) => text.includes(secret))).toEqual([]);
        expect(JSON.stringify([run.outputs.description, run.outputs.services])).not.toContain(secret);
        expect(run.outputs.description.ledger).toEqual({ port: 7070, dataDir: "/var/lib/ledger", token: "" });
        expect(run.told.join("\n")).not.toContain(secret);
        // It is there, where it belongs.
        expect(programOf(run.made.find(({ name }) => name === "ledger-master1")!)).toContain(secret);
    });
});

it("keeps its secret out of errors, and refuses one that is plain", () => {
    const wrong = ["Planted-Token", { planted: secret }, [secret], `${secret} `];
    for (const token of wrong) {
        expect(faults({ ledger: { token } }).join("\n")).not.toMatch(/planted/i);
    }
    expect(faults({ "ledger.port": secret, "ledger.token": secret }).join("\n")).not.toContain(secret);
    const [plain] = check({}, () => false).faults.map(faultLine);
    expect(plain).toContain("pulumi config set --stack local --secret --path 'datacentre:ledger.token'");
});

const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value;
