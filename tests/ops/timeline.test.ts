import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { RecordedResource } from "../../ops/engine/checkpoint";
import { lineReader, momentIn } from "../../ops/timeline/moments";
import { goingOf, placeOf, planOf, toldOrder, type Planned } from "../../ops/timeline/order";
import { page, slowest } from "../../ops/timeline/page";
import { countChanges, fileOf, keepTimeline, readTimeline, timelineOf } from "../../ops/timeline/record";
import { Run } from "../../ops/timeline/run";
import { block, duration, outlook, summary } from "../../ops/timeline/say";
import { Screen } from "../../ops/timeline/screen";
import { runWatched } from "../../ops/timeline/watch";
import { makeFixture, resource, type Fixture } from "./fixture";

const command = "command:remote:Command";

describe("a line of the engine's", () => {
    it.each([
        [" +  command:remote:Command zookeeper-agent1 creating (0s) ", "begins", "zookeeper-agent1", "create"],
        [" +  command:remote:Command prepare-agent3 creating (0s) Dial 1/60 failed: retrying", "begins", "prepare-agent3", "create"],
        [" +  command:remote:Command docker-master1 created (25s) ", "ends", "docker-master1", "create"],
        [" ~  command:remote:Command etcd-a updating (3s) [diff: ~stdin]; ", "begins", "etcd-a", "update"],
        [" ~  command:remote:Command etcd-a updated (3s) [diff: ~stdin]", "ends", "etcd-a", "update"],
        [" +  command:remote:Command etcd-a **creating failed** error: run: etcd on a", "fails", "etcd-a", "create"],
        [" ++ command:remote:Command etcd-a created replacement (1s) [diff: ~create]", "ends", "etcd-a", "create"],
        [" -- command:remote:Command etcd-a deleting original (0s) ", "begins", "etcd-a", "delete"],
        [" -  command:remote:Command etcd-a deleted (0.50s) ", "ends", "etcd-a", "delete"],
        [" \u001b[32m+ \u001b[0m command:remote:Command etcd-a \u001b[32mcreating (0s)\u001b[0m ", "begins", "etcd-a", "create"],
    ])("%s", (line, what, name, op) => expect(momentIn(line)).toEqual({ what, type: command, name, op }));

    it.each([
        "@ updating.....",
        "    pulumi:pulumi:Stack datacentre-local running warning: what was created is gone",
        " +- command:remote:Command etcd-a replaced [diff: ~create]",
        "    error: update failed",
        "    + 99 created",
    ])("says of no resource what is done to it: %s", (line) => expect(momentIn(line)).toBeUndefined());

    it("is put together of pieces", () => {
        const read = lineReader();
        expect([read(" +  a"), read(":b\n"), read("c\nd"), read("\n")]).toEqual([[], [" +  a:b"], ["c"], ["d"]]);
    });
});

it("knows a step's node by its name", () => {
    const nodes = ["a", "dc-a", "node.example"];
    expect(placeOf(command, "docker-restart-dc-a", nodes)).toEqual({ step: "docker-restart", node: "dc-a" });
    expect(placeOf("docker:index:Container", "a", nodes)).toEqual({ step: "Container", node: "a" });
    expect(placeOf(command, "app-web-node.example", nodes)).toEqual({ step: "app-web", node: "node.example" });
    expect(placeOf("docker:index:Network", "nodes-network", nodes)).toEqual({ step: "Network nodes-network", node: "" });
});

const id = (name: string) => `${command} ${name}`;
const planned = (name: string, after: string[], recorded = false): Planned => ({ id: id(name), ...placeOf(command, name, ["a", "b", "c"]), after: after.map(id), recorded });

/** One member after another, each on a prepared host. */
const members = (recorded = false) =>
    [["prepare-a"], ["prepare-b"], ["prepare-c"], ["etcd-a", "prepare-a"], ["etcd-b", "prepare-b", "etcd-a"], ["etcd-c", "prepare-c", "etcd-b"]].map(
        ([name = "", ...after]) => planned(name, after, recorded),
    );

const nodes = ["a", "b", "c"];
function running(plan: Planned[], lasted: Record<string, number> = {}): Run {
    const run = new Run([], lasted);
    run.follow(plan, nodes, 0);
    return run;
}
const tell = (run: Run, at: number, what: "begins" | "ends" | "fails", ...names: string[]) => names.forEach((name) => run.note({ what, type: command, name, op: "create" }, at));

describe("a run", () => {
    it("says what each node does, and for whose sake it waits", () => {
        const run = running(members());
        tell(run, 1, "begins", "prepare-a", "prepare-b", "prepare-c");
        tell(run, 3, "ends", "prepare-a", "prepare-b", "prepare-c");
        tell(run, 3, "begins", "etcd-a");
        expect(run.standings(7)).toMatchObject([
            { node: "a", working: [{ step: "etcd", from: 3 }] },
            { node: "b", working: [], next: { step: "etcd", for: { step: "etcd", node: "a" } } },
            // Its own predecessor waits as well: who is at work counts.
            { node: "c", working: [], next: { step: "etcd", for: { step: "etcd", node: "a" } } },
        ]);
        expect(summary(run, 7)).toBe("   3 of 6 steps, 7 s: etcd on a for 4 s; b, c wait for etcd on a");
        expect(block(run, 7, 20, 80)).toEqual(["  a  etcd 4 s", "  b  waits for etcd on a, then etcd", "  c  waits for etcd on a, then etcd", "  3 of 6 steps, 7 s"]);
    });

    it("waits for nothing that the state has and the engine passes over", () => {
        const run = running([...members(true), planned("mesos-a", ["etcd-c"])]);
        expect(run.count(1)).toEqual({ all: 7, done: 0 });
        expect(run.count(20)).toEqual({ all: 7, done: 6 });
        tell(run, 2, "begins", "etcd-b");
        expect(run.standings(20)).toMatchObject([
            { node: "b", working: [{ step: "etcd" }] },
            { node: "c", next: { for: { node: "b" } } },
            { node: "a", next: { step: "mesos", for: { step: "etcd", node: "b" } } },
        ]);
    });

    it("goes on as long as those before each other took", () => {
        const lasted = { [`create ${id("prepare-a")}`]: 10, [`create ${id("etcd-a")}`]: 20 };
        const run = running(members(), lasted);
        tell(run, 0, "begins", "prepare-a", "prepare-b", "prepare-c");
        // b and c as a; 4 of 10 s are over.
        expect(run.estimate(4)).toEqual({ least: 66, most: 66 });
        expect(outlook(run.estimate(4))).toBe("about 1 min 10 s to go");
        expect(running(members()).estimate(4)).toBeUndefined();
        const known = running(members(true), lasted);
        expect(known.estimate(1)).toEqual({ least: 0, most: 70 });
    });

    it("keeps of a step that is replaced what was done last, and of one that repeats itself its beginning", () => {
        const run = running(members());
        tell(run, 1, "begins", "etcd-a");
        tell(run, 5, "begins", "etcd-a");
        expect(run.working).toMatchObject([{ from: 1 }]);
        tell(run, 6, "ends", "etcd-a");
        run.note({ what: "begins", type: command, name: "etcd-a", op: "delete" }, 7);
        expect(run.working).toMatchObject([{ from: 7, op: "delete" }]);
    });

    it("is of what is done, and not of components, whose end the engine does not tell", () => {
        const run = new Run(["a"], {});
        for (const line of [" +  pulumi:pulumi:Stack x-a creating (0s) ", " +  datacentre:host:Host a creating (0s) ", " +  command:remote:Command etcd-a creating (0s) "]) {
            run.note(momentIn(line)!, 1);
        }
        expect(run.working.map(({ step }) => step)).toEqual(["etcd"]);
    });

    it("is told in lines that fit", () => {
        const many = Array.from({ length: 200 }, (_, at) => `h${at}`);
        const run = new Run([], {});
        run.follow(many.map((node) => ({ id: id(`prepare-${node}`), step: "prepare", node, after: [], recorded: false })), many, 0);
        tell(run, 0, "begins", ...many.slice(0, 50).map((node) => `prepare-${node}`));
        const lines = block(run, 9, 12, 30);
        expect(lines).toHaveLength(12);
        expect(lines.every((line) => line.length < 30)).toBe(true);
        expect(lines[10]).toBe("  and 190 more nodes, 40 of …");
    });

    it("costs little with 200 hosts", () => {
        const many = Array.from({ length: 200 }, (_, at) => `h${at}`);
        const kinds = ["prepare", "docker", "zookeeper", "calico", "mesos-agent", "glusterfs", "roll"];
        const plan = kinds.flatMap((step, at) =>
            many.map((node) => ({ id: id(`${step}-${node}`), step, node, after: at === 0 ? [] : many.map((one) => id(`${kinds[at - 1]}-${one}`)), recorded: false })),
        );
        const run = new Run([], {});
        run.follow(plan, many, 0);
        const before = process.cpuUsage();
        plan.forEach(({ id: name }, at) => {
            const line = ` +  ${name} creat`;
            run.note(momentIn(`${line}ing (0s) `)!, at);
            run.note(momentIn(`${line}ed (1s) `)!, at + 1);
        });
        for (let looked = 0; looked < 20; looked++) {
            summary(run, looked * 70);
        }
        const { user, system } = process.cpuUsage(before);
        expect((user + system) / 1e6).toBeLessThan(1);
    });
});

describe("durations", () =>
    it.each([[0, "0 s"], [59.6, "1 min"], [130, "2 min 10 s"], [3900, "1 h 5 min"]])("%d s is %s", (seconds, text) => expect(duration(seconds)).toBe(text)));

describe("the order", () => {
    let fixture: Fixture;
    beforeEach(() => (fixture = makeFixture()));
    afterEach(() => fixture.remove());

    const told = { nodes: ["a"], resources: [{ type: "datacentre:host:Host", name: "a", after: [] }, { type: command, name: "prepare-a", after: [0] }, { type: command, name: "etcd-a", after: [1] }] };

    it("that the program told is planned with what is recorded", () =>
        expect(planOf(told, { resources: [resource(command, "prepare-a")] })).toEqual([
            { id: id("prepare-a"), step: "prepare", node: "a", after: ["datacentre:host:Host a"], recorded: true },
            { id: id("etcd-a"), step: "etcd", node: "a", after: [id("prepare-a")], recorded: false },
        ]));

    it("of an earlier run does not count", () => {
        mkdirSync(join(fixture.context.stackHome, "timeline"), { recursive: true });
        const file = join(fixture.context.stackHome, "timeline", "order.json");
        writeFileSync(file, JSON.stringify(told));
        utimesSync(file, 1000, 1000);
        expect(toldOrder(fixture.context, 1_000_001)).toBeUndefined();
        expect(toldOrder(fixture.context, 999_000)).toEqual(told);
        writeFileSync(file, "{");
        expect(toldOrder(fixture.context, 0)).toBeUndefined();
    });

    it("of a destroy is the state's, the last first, without what goes with its machine", () => {
        const of = (name: string, more: object): RecordedResource => ({ ...resource(command, name), custom: true, inputs: { create: `bash converge # ${name.split("-")[0]} on a, instance i` }, ...more });
        const prepare = of("prepare-a", {});
        const state = { resources: [prepare, of("etcd-a", { dependencies: [prepare.urn] }), of("gone-a", { deletedWith: "urn:x" })] };
        expect(goingOf(state).map(({ id: one, after }) => [one, after])).toEqual([[id("etcd-a"), []], [id("prepare-a"), [id("etcd-a")]]]);
    });
});

describe("a timeline", () => {
    let fixture: Fixture;
    beforeEach(() => (fixture = makeFixture()));
    afterEach(() => fixture.remove());

    const about = { stack: "test", kind: "up", began: "2026-01-02T03:04:05.000Z", lasted: { [`create ${id("old-a")}`]: 3, [`update ${id("etcd-a")}`]: 4 } } as const;

    function finished(): Run {
        const run = running(members());
        tell(run, 1, "begins", "prepare-a", "prepare-b", "prepare-c");
        tell(run, 3, "ends", "prepare-a", "prepare-b", "prepare-c");
        tell(run, 3.04, "begins", "etcd-a");
        tell(run, 13, "ends", "etcd-a");
        tell(run, 13, "begins", "etcd-b");
        return run;
    }

    it("has what each step waited for, what the run took its time for, and what to expect", () => {
        const run = finished();
        tell(run, 20, "ends", "etcd-b");
        const timeline = timelineOf(run, about, 21, "ok");
        expect(timeline.steps.find(({ id: one }) => one === id("etcd-b"))).toEqual({
            ...{ id: id("etcd-b"), step: "etcd", node: "b", op: "create", from: 13, to: 20, state: "done" },
            waitedFor: { step: "etcd", node: "a", until: 13 },
        });
        expect(timeline.path).toEqual([id("prepare-a"), id("etcd-a"), id("etcd-b")]);
        expect(timeline.lasted).toMatchObject({ [`create ${id("etcd-a")}`]: 10, [`update ${id("etcd-a")}`]: 4 });
        expect(timeline.lasted).not.toHaveProperty([`create ${id("old-a")}`]);
        expect(slowest(timeline, 1)).toMatchObject([{ id: id("etcd-a"), took: 10 }]);
    });

    it("of a run that was cut off has what there was of it", () => {
        keepTimeline(fixture.context, timelineOf(finished(), about, 15, "failed"));
        expect(readTimeline(fixture.context, "up")?.steps.at(-1)).toMatchObject({ id: id("etcd-b"), state: "cut off" });
        expect(readTimeline(fixture.context, "up")?.lasted).toHaveProperty([`create ${id("old-a")}`], 3);
        expect(existsSync(fileOf(fixture.context, "up", "json", true))).toBe(false);
        expect(statSync(fileOf(fixture.context, "up", "html")).mode & 0o777).toBe(0o600);
        keepTimeline(fixture.context, timelineOf(finished(), about, 15, "under way"));
        expect(readTimeline(fixture.context, "up")?.steps.at(-1)).toMatchObject({ state: "working" });
    });

    it("counts changes by what steps say, and keeps nothing else of it", () => {
        const run = finished();
        const said = (name: string, stdout: unknown) => ({ ...resource(command, name), outputs: { stdout } });
        countChanges(run, { resources: [said("prepare-a", "2 changes\n  wrote /etc/planted\n"), said("etcd-a", { secret: "x" }), said("etcd-b", "7 changes\n")] });
        const timeline = timelineOf(run, about, 15, "failed");
        expect(timeline.steps.map(({ changes }) => changes)).toEqual([2, undefined, undefined, undefined, undefined]);
        expect(JSON.stringify(timeline) + page(timeline)).not.toContain("planted");
    });

    it("is a page that needs nothing else, whatever things are called", () => {
        const text = page(timelineOf(finished(), { ...about, stack: "<script>" }, 15, "failed"));
        expect(text).toContain("default-src 'none'");
        expect(text).not.toMatch(/<script|src=|href=|https?:/);
        expect(text).toContain("waited for etcd on a until 13 s");
    });

    it("that cannot be read is none", () => {
        mkdirSync(join(fixture.context.stackHome, "timeline"), { recursive: true });
        writeFileSync(fileOf(fixture.context, "up", "json"), "{");
        expect(readTimeline(fixture.context, "up")).toBeUndefined();
    });
});

describe("the engine, watched", () => {
    let fixture: Fixture;
    let printed: string;
    beforeEach(() => {
        fixture = makeFixture();
        printed = "";
        jest.spyOn(process.stdout, "write").mockImplementation((text) => ((printed += String(text)), true));
        jest.spyOn(process.stderr, "write").mockImplementation((text) => ((printed += String(text)), true));
    });
    afterEach(() => {
        jest.restoreAllMocks();
        fixture.remove();
    });

    const engine = (body: string) => writeFileSync(fixture.context.engine, `#!/bin/bash\n${body}`, { mode: 0o755 });

    it("prints what it prints as it is, gives its status, and leaves its steps", async () => {
        const lines = " +  command:remote:Command etcd-a creating (0s) \n +  command:remote:Command etcd-a created (1s) \n +  command:remote:Command etcd-b creating (0s) \n";
        engine(`printf '%s' '${lines}'; echo fault >&2; printf 'no end'; exit 9`);
        expect(await runWatched(fixture.context, "up", ["up"])).toBe(9);
        expect(printed).toContain(`${lines}no end`);
        expect(printed).toContain("fault\n");
        expect(readTimeline(fixture.context, "up")).toMatchObject({ outcome: "failed", steps: [{ state: "done" }, { state: "cut off" }] });
    });

    it("that is killed leaves what ran so far, and no file of what it printed", async () => {
        engine("echo ' +  command:remote:Command etcd-a creating (0s) '; kill -KILL $$");
        expect(await runWatched(fixture.context, "up", ["up"])).toBe(137);
        expect(readTimeline(fixture.context, "up")?.steps).toMatchObject([{ id: id("etcd-a"), state: "cut off" }]);
        expect(readFileSync(fileOf(fixture.context, "up", "html"), "utf8")).toContain("cut off");
        expect(existsSync(join(fixture.context.stackHome, "timeline", "output"))).toBe(false);
    });

    it("has its program tell the order", async () => {
        engine(`mkdir -p "\${DATACENTRE_ORDER%/*}"; echo '{"nodes":["a"],"resources":[{"type":"${command}","name":"etcd-a","after":[]}]}' >"$DATACENTRE_ORDER"; sleep 0.5`);
        expect(await runWatched(fixture.context, "up", ["up"])).toBe(0);
        expect(readTimeline(fixture.context, "up")).toMatchObject({ outcome: "ok", nodes: ["a"], steps: [], untouched: 1 });
    });
});

it("draws over its own lines, and lets whole lines scroll by above them", () => {
    let shown = "";
    const screen = new Screen({ write: (text) => (shown += text), rows: 40, columns: 80 });
    screen.draw(["one", "two"]);
    screen.say("begun");
    screen.say(" and ended\nmore");
    expect(shown).toBe("\u001b[2mone\u001b[0m\n\u001b[2mtwo\u001b[0m\n\u001b[2A\r\u001b[Jbegun and ended\n");
    screen.draw(["three"]);
    screen.close();
    expect(shown.endsWith("\u001b[2mthree\u001b[0m\n\u001b[1A\r\u001b[Jmore")).toBe(true);
});
