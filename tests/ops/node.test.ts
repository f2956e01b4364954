/** `make node`: who lets a node go, and what Mesos and Kubernetes are told. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDataCentre } from "../../components/description";
import { hindrances } from "../../ops/node/gates";
import { deedOf, ordersFor, type Deed } from "../../ops/node/orders";
import type { Row } from "../../ops/verify/gather";
import { readStackFile } from "../../config/files";
import { sampleDataCentre } from "../components/sample";

const dc = sampleDataCentre();
const row = (system: string, ok: boolean, ...nodes: string[]): Row => ({ system, row: "serves", nodes, finding: { ok, found: ok ? "yes" : "no", expected: "yes" } });
const members = (role: string) => dc.nodes.filter(({ roles }) => (roles as string[]).includes(role)).map(({ name }) => name);

describe("a node may go", () => {
    const keepers = members("zookeeper");
    const whole = ["zookeeper", "etcd", "mesos", "glusterfs"].flatMap((system) => dc.nodes.map(({ name }) => row(system, true, name)));
    const [first = "", second = "", third = ""] = keepers;

    it("while the other members of its quorums hold it", () => {
        expect(keepers).toHaveLength(3);
        expect(hindrances(dc, second, [...whole, row("zookeeper", true, ...keepers)])).toEqual([]);
        // What is wrong with itself is why it goes.
        expect(hindrances(dc, second, [...whole, row("zookeeper", false, second)])).toEqual([]);
        // Another one's trouble with something else is not its own.
        expect(hindrances(dc, second, [...whole, row("docker", false, first)])).toEqual([]);
    });

    it("not while another member is down", () => {
        expect(hindrances(dc, second, [...whole, row("zookeeper", false, third)])).toEqual([
            `without ${second} 1 of 3 nodes with role zookeeper are as described, and it takes 2 (${third}: serves: no)`,
        ]);
    });

    it("not as the only one", () => {
        const [only = ""] = members("mesos-master");
        expect(members("mesos-master")).toHaveLength(1);
        expect(hindrances(dc, only, whole)).toContain(`without ${only} 0 of 1 nodes with role mesos-master are as described, and it takes 1`);
    });

    it("not while a volume is not whole elsewhere", () => {
        expect(hindrances(dc, second, [...whole, row("glusterfs", false, first, second)])).toEqual([`GlusterFS is not whole without ${second}: serves: no`]);
        expect(hindrances(dc, second, [...whole, row("glusterfs", false, second)])).toEqual([]);
    });
});

it("knows two deeds", () => {
    expect([deedOf("drain"), deedOf("activate")]).toEqual(["drain", "activate"]);
    expect(() => deedOf("reboot")).toThrow("DO=reboot is nothing that can be done to a node");
});

describe("is told", () => {
    it("to who gives an agent its tasks, on another node than itself, and to who gives a node its pods", () => {
        const agent = dc.nodes.find(({ name }) => name === "agent2")!;
        expect(ordersFor(dc, agent).map(({ at }) => at)).toEqual(["master1"]);
        const cluster = parseDataCentre(structuredClone(readStackFile("kubernetes")!.config), { stack: "kubernetes" }).dataCentre!;
        const node = cluster.nodes.find(({ roles }) => roles.includes("kubernetes-node"))!;
        expect(ordersFor(cluster, node).some(({ program }) => program.includes("kube cordon"))).toBe(true);
        expect(ordersFor(dc, { ...agent, roles: ["zookeeper"] })).toEqual([]);
    });

    /** Runs the order against a leader and an agent whose answers stand in files. */
    function run(deed: Deed, answers: Record<string, string>): { status: number | null; stdout: string; stderr: string; told: string } {
        const home = mkdtempSync(join(tmpdir(), "node-"));
        Object.entries(answers).forEach(([name, text]) => writeFileSync(join(home, name), text));
        writeFileSync(join(home, "told"), "");
        const curl = `curl() { local data=; case "$*" in *"--data @-"*) data=$(cat); echo "$data" >>${home}/told ;; esac
            case "$*" in *api/v1*) cat "${home}/$(sed -n 's/.*"type":"\\([A-Z_]*\\)".*/\\1/p' <<<"$data")"; [ -e ${home}/after ] && mv ${home}/after ${home}/slaves; true ;; *slaves*) cat ${home}/slaves ;;
            */state) cat ${home}/state ;; *metrics/snapshot*) cat ${home}/metrics ;; *) return 22 ;; esac 2>/dev/null; }
            timeout() { shift; "$@"; }; wait_for() { local n; shift; for n in 1 2 3; do "$@" && return 0; done; return 1; }; flock() { :; }`;
        const [order] = ordersFor(dc, dc.nodes.find(({ name }) => name === "agent2")!);
        const program = order!.program.replace(/^run=\$\{run.*$/m, `run=${home}/run`).replace('main "$1"\n', () => `${curl}\nmain "$1"\n`);
        const result = spawnSync("bash", ["-c", 'eval "$(cat)"', "datacentre", deed], { input: program, encoding: "utf8" });
        return { ...result, told: readFileSync(join(home, "told"), "utf8") };
    }
    const here = { state: '{"id": "m-S3", "flags": {}}', metrics: '{"slave/registered":1.0,"x":2}' };
    const running = { slaves: '{"slaves":[{"id":"m-S3","active":true}]}' };
    const drained = '{"slaves": [{"id": "m-S3", "drain_info": {"state": "DRAINED"}}]}';

    it("an agent is drained, keeps its id, and is waited for", () => {
        const done = run("drain", { ...here, ...running, DRAIN_AGENT: "\n200", after: drained });
        expect([done.status, done.told]).toEqual([0, '{"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"m-S3"}}}\n']);
        expect(done.stdout).toContain("drained the agent on agent2: its tasks run elsewhere");
        expect(run("drain", { ...here, slaves: drained }).told).toBe("");
    });

    it("an agent whose tasks do not end is not let go", () => {
        const stays = run("drain", { ...here, ...running, DRAIN_AGENT: "\n200" });
        const told = /the tasks on agent2 do not end within \d+ s\n\s+remedy: .*DO=activate/;
        expect([stays.status, stays.stderr]).toEqual([1, expect.stringMatching(told)]);
    });

    it("what masters refuse is told", () => {
        const refused = run("drain", { ...here, ...running, DRAIN_AGENT: "unknown call\n400" });
        expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("the masters do not drain agent2: status 400: unknown call")]);
        expect(run("drain", { ...here, ...running, DRAIN_AGENT: "\n503" }).stderr).toContain("no master takes the order DRAIN_AGENT for agent2 (last answer: 503)");
    });

    it("an agent that is dead has nothing to hand over", () => {
        const dead = run("drain", running);
        expect([dead.status, dead.told]).toEqual([0, ""]);
        expect(dead.stdout).toContain("note: the agent on agent2 does not answer");
    });

    it("an agent that is back takes tasks again, drained or not", () => {
        const back = run("activate", { ...here, REACTIVATE_AGENT: "\n200" });
        expect([back.status, back.told]).toEqual([0, '{"type":"REACTIVATE_AGENT","reactivate_agent":{"agent_id":{"value":"m-S3"}}}\n']);
        const never = run("activate", { ...here, REACTIVATE_AGENT: "Agent m-S3 is not deactivated\n400" });
        expect([never.status, never.stdout]).toEqual([0, expect.stringContaining("was not drained")]);
        expect(run("activate", {}).stderr).toContain("the agent on agent2 is not registered");
    });
});

it("is a verb that says what it takes", () => {
    const help = execFileSync("make", ["-s", "help"], { encoding: "utf8" });
    expect(help).toMatch(/make node +NODE=name DO=drain\|activate/);
});
