import { SshError, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { driftReport, jsonDrift, sawAll } from "../../ops/drift/report";
import { converge } from "../../ops/rerun/converge";
import { lookAtAll, readLook, type Look } from "../../ops/rerun/look";
import type { RecordedStep } from "../../ops/rerun/steps";

const one = (step: string, node: string, ...after: string[]): RecordedStep => ({
    ...{ id: `${step}-${node}`, after, alone: node, step, node, command: "converge", stdin: `program of ${step}`, secret: false },
    target: { host: node, port: 22, user: "root", privateKey: "KEY", hostKey: "ssh-ed25519 AAAA" },
});
const steps = [one("prepare", "n1"), one("prepare", "n2"), one("zookeeper", "n1", "prepare-n1"), one("zookeeper", "n2", "prepare-n2", "zookeeper-n1"), one("etcd", "n1", "prepare-n1")];

const markOf = (stdin: string): string => /^mark='(.*)'$/m.exec(stdin)![1]!;
/** A host that says of each of its steps, by number, what is given. */
const saying =
    (said: Record<string, string[]>, calls: string[] = []) =>
    (target: Target, command: string, { stdin = "" }: SshOptions): Promise<SshResult> => {
        calls.push(target.host);
        expect(command).toContain("datacentre look");
        const mark = markOf(stdin);
        const stdout = (said[target.host] ?? []).map((text, i) => `\n${mark} begin ${i}\n${text}\n${mark} end ${i}\n`).join("");
        return Promise.resolve({ code: 0, stdout, stderr: "" });
    };

describe("a look", () => {
    it("asks each host once, for all of its steps in their order", async () => {
        const calls: string[] = [];
        const looks = await lookAtAll(steps, saying({ n1: ["E whole\n", "D zookeeper is inactive, not active\nA systemctl start zookeeper\nE whole\n", "E whole\n"], n2: ["E whole\n", "E whole\n"] }, calls));
        expect(calls.sort()).toEqual(["n1", "n2"]);
        expect([...looks].map(([id, { state }]) => `${id} ${state}`).sort()).toEqual(["etcd-n1 clean", "prepare-n1 clean", "prepare-n2 clean", "zookeeper-n1 differs", "zookeeper-n2 clean"]);
        expect(looks.get("zookeeper-n1")!.differences).toEqual([{ what: "zookeeper is inactive, not active", lines: [] }]);
    });

    it("counts a thing once, and what a step would run only where it names nothing", () => {
        expect(readLook("x", "n", "D made /a\nD /a is not there\nL never\nA systemctl start x\nE whole\n").differences).toEqual([{ what: "/a is not there", lines: [] }]);
        expect(readLook("x", "n", "A systemctl start x\nA systemctl start x\nE whole\n").differences).toEqual([{ what: "it would run: systemctl start x", lines: [] }]);
        expect(readLook("x", "n", "D /etc/a differs\nL -x\nL +y\nU /etc/a would be written\nU /etc/b would be written\nE whole\n").differences).toEqual([
            { what: "/etc/a differs", lines: ["-x", "+y"] },
            { what: "/etc/b would be written", lines: [] },
        ]);
    });

    it("has not seen what failed, came to no end, or was on a host that cannot be looked at", async () => {
        expect(readLook("x", "n", "P it is broken\nR mend it\nE cut\n")).toMatchObject({ state: "unseen", problem: "it is broken\n  remedy: mend it" });
        expect(readLook("x", "n", "")).toMatchObject({ state: "unseen" });
        const cannot = await lookAtAll(steps, () => Promise.resolve({ code: 3, stdout: "cannot look: this user may not mount\n", stderr: "" }));
        expect(cannot.get("etcd-n1")).toMatchObject({ state: "unseen", problem: expect.stringContaining("this user may not mount") as string });
        expect(cannot.get("etcd-n1")!.unreached).toBeUndefined();
    });
});

describe("converge with looks", () => {
    const ran = async (looks: [string, Partial<Look>][], changes = 1) => {
        const done: string[] = [];
        const reports = await converge(
            steps,
            (target, _command, { stdin = "" }) => {
                done.push(`${stdin.replace("program of ", "")}-${target.host}`);
                return Promise.resolve({ code: 0, stdout: `${changes} changes\n`, stderr: "" });
            },
            undefined,
            {},
            undefined,
            new Map(looks.map(([id, look]) => [id, { step: "", node: "", state: "clean", differences: [], notes: [], ...look }])),
        );
        return { done, reports };
    };
    const allClean: [string, Partial<Look>][] = steps.map(({ id }) => [id, {}]);

    it("runs nothing where nothing is due, and reports every step", async () => {
        const { done, reports } = await ran(allClean);
        expect(done).toEqual([]);
        expect(reports.map(({ ok, changes }) => [ok, changes])).toEqual(steps.map(() => [true, 0]));
    });

    it("runs what is due in its order, and what comes after a change on the same host", async () => {
        const { done } = await ran([...allClean, ["zookeeper-n2", { state: "differs" }], ["prepare-n1", { state: "unseen" }]]);
        expect([...done].sort()).toEqual(["etcd-n1", "prepare-n1", "zookeeper-n1", "zookeeper-n2"]);
        expect(done.indexOf("zookeeper-n2")).toBeGreaterThan(done.indexOf("zookeeper-n1"));
        expect((await ran([...allClean, ["prepare-n1", { state: "unseen" }]], 0)).done).toEqual(["prepare-n1"]);
    });

    it("runs nothing on a host that was not reached, nor what needs it", async () => {
        const { done, reports } = await ran([...allClean, ["prepare-n1", { state: "unseen", unreached: true, problem: "n1 does not answer\n  remedy: start it" }], ["zookeeper-n2", { state: "differs" }]]);
        expect(done).toEqual([]);
        expect(reports.filter(({ ok }) => !ok).map(({ error }) => error)).toEqual(expect.arrayContaining(["n1 does not answer\n  remedy: start it", "not run, since a step before it failed"]));
    });
});

describe("the report", () => {
    const looks = async (said: Record<string, string[]>, lost?: string) =>
        [...(await lookAtAll(steps, (target, ...rest) => (target.host === lost ? Promise.reject(new SshError(`${lost} does not answer`, "start it")) : saying(said)(target, ...rest)))).values()].sort(
            (a, b) => steps.findIndex(({ id }) => id === `${a.step}-${a.node}`) - steps.findIndex(({ id }) => id === `${b.step}-${b.node}`),
        );
    const clean = ["E whole\n", "E whole\n", "E whole\n"];

    it("is one line where nothing differs", async () => {
        const seen = await looks({ n1: clean, n2: clean });
        expect([driftReport(seen), sawAll(seen)]).toEqual(["0 differences on 2 hosts\n", true]);
    });

    it("names what differs by host and step, and a host that is not reached with its steps", async () => {
        const seen = await looks({ n1: ["E whole\n", "D /etc/a differs\nL -x\nL +y\nE whole\n", "E whole\n"] }, "n2");
        expect(driftReport(seen)).toBe(
            "n1\n  zookeeper\n    /etc/a differs\n        -x\n        +y\nn2\n  not reached, with its steps prepare, zookeeper: n2 does not answer\n    remedy: start it\n1 difference on 1 host, 1 host not reached, 2 steps not seen\n",
        );
        expect(sawAll(seen)).toBe(false);
        const told = JSON.parse(jsonDrift("local", seen)) as { same: boolean; steps: Look[] };
        expect([told.same, told.steps.map(({ step, node, state }) => `${step} ${node} ${state}`)]).toEqual([false, ["prepare n1 clean", "prepare n2 unseen", "zookeeper n1 differs", "zookeeper n2 unseen", "etcd n1 clean"]]);
    });
});
