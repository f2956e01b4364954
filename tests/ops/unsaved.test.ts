/** The note of a run whose engine writes the state once: killed at any moment, nothing is taken for true that is not. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { closeRun, forgetUnsaved, lostRun, openRun, refuseUntrue, untruth, unsavedFile, warnUntrue, type Opened } from "../../ops/engine/unsaved";
import { runWatched } from "../../ops/timeline/watch";
import { makeFixture, resource, type Fixture } from "./fixture";

let fixture: Fixture;
beforeEach(() => {
    fixture = makeFixture();
    mkdirSync(fixture.context.stackHome, { recursive: true });
    describe_("a", "b");
    state("a");
    jest.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(() => {
    fixture.remove();
    jest.restoreAllMocks();
});

const describe_ = (...names: string[]): void =>
    writeFileSync(fixture.context.settings, JSON.stringify({ config: { "datacentre:nodes": names.map((name) => ({ name, roles: ["docker"] })) } }));

let written = 0;
/** The state, written anew, with these hosts in it. */
const state = (...hosts: string[]): void =>
    fixture.writeState({ manifest: { time: `2026-01-01T00:00:00.${++written}Z` }, resources: hosts.map((name) => resource("command:remote:Command", `prepare-${name}`)) });

const noted = () => lostRun(fixture.context);
const open = (verb = "up", saving: "each" | "end" = "end"): Promise<Opened> => openRun(fixture.context, verb, saving);
const close = (opened: Opened, code = 0, began = true): Promise<void> => closeRun(fixture.context, opened, code, began);

/** A run that is killed: it is opened, and nothing follows. */
const killed = async (verb = "up"): Promise<void> => {
    await open(verb);
};

describe("a run", () => {
    it("is noted before its engine begins, with the hosts that only it knows", async () => {
        await killed();
        expect(noted()).toMatchObject({ verb: "up", pid: process.pid, nodes: ["b"], saved: false });
        expect(new Date(noted()!.when).getTime()).toBeLessThanOrEqual(Date.now());
    });

    it("is not noted where the state is written at every step", async () => {
        await close(await open("up", "each"));
        expect(noted()).toBeUndefined();
    });

    it.each([0, 1, 255, 130, 137])("is forgotten when the state was written, whatever the engine ended with: %d", async (code) => {
        const opened = await open();
        state("a", "b");
        await close(opened, code);
        expect(noted()).toBeUndefined();
    });

    it.each([1, 2, 137, 139])("is kept when the state was not written, such as on a full disk: %d", async (code) => {
        await close(await open(), code);
        expect(noted()).toMatchObject({ saved: false });
    });

    it("is forgotten when nothing had begun, such as with a wrong passphrase", async () => {
        await close(await open(), 255, false);
        expect(noted()).toBeUndefined();
        await close(await open(), 137, false);
        expect(noted()).toBeDefined();
    });

    it("is kept when the state cannot be read afterwards", async () => {
        const opened = await open();
        writeFileSync(join(fixture.context.bookkeeping!, "stacks/datacentre/test.json"), "{");
        await close(opened);
        expect(noted()).toBeDefined();
    });
});

describe("after a run that was killed", () => {
    beforeEach(() => killed());

    it("the state is not true", () => {
        expect(untruth(fixture.context)).toMatch(/^the engine of 'make up' of 20\S+ was killed before it wrote the state/);
        expect(() => refuseUntrue(fixture.context, "things would be left on hosts")).toThrow(
            expect.objectContaining({
                message: expect.stringMatching(/did, and things would be left on hosts\. Nothing was touched$/) as string,
                remedy: expect.stringMatching(/^run 'make up STACK=test', .* remove \S+\/unsaved/) as string,
            }),
        );
        warnUntrue(fixture.context);
        expect(process.stderr.write).toHaveBeenLastCalledWith(expect.stringMatching(/^warning: .*killed.*'make up STACK=test' mends that\n$/));
    });

    it.each(["each", "end"] as const)("another that ends by itself makes it true, and its hosts are still to be looked at: %s", async (saving) => {
        const opened = await open("up", saving);
        state("a", "b");
        await close(opened, 1);
        expect(noted()).toMatchObject({ saved: true, nodes: ["b"] });
        expect(untruth(fixture.context)).toBeUndefined();
    });

    it("one that did not come to all hosts does not: what was done there is not recorded", async () => {
        const opened = await open("up", "each");
        state("a");
        await close(opened, 1);
        expect(untruth(fixture.context)).toMatch(/did on b$/);
    });

    it.each([
        ["each", 137],
        ["each", 143],
    ] as const)("another that is killed does not, though it wrote the state meanwhile: %s %d", async (saving, code) => {
        const opened = await open("up", saving);
        state("a", "b");
        await close(opened, code);
        expect(noted()).toMatchObject({ saved: false });
    });

    it("one that is killed as well is noted with the hosts of both", async () => {
        describe_("a", "c");
        await killed();
        expect(noted()).toMatchObject({ saved: false, nodes: ["b", "c"] });
    });

    it("one that was killed after the first was made good is not true again", async () => {
        const opened = await open();
        state("a", "b");
        await close(opened);
        await killed();
        expect(untruth(fixture.context)).toMatch(/killed before/);
    });

    it("one that could not begin leaves it as it was", async () => {
        const before = readFileSync(unsavedFile(fixture.context), "utf8");
        await close(await open(), 255, false);
        expect(readFileSync(unsavedFile(fixture.context), "utf8")).toBe(before);
    });
});

it("a killed 'destroy' keeps nobody from destroying: what it did not write is that something is gone", async () => {
    await killed("destroy");
    expect(noted()).toMatchObject({ verb: "destroy", nodes: [] });
    expect(untruth(fixture.context)).toBeUndefined();
    const opened = await open("destroy");
    state();
    await close(opened);
    expect(noted()).toBeUndefined();
});

it("an 'up' after a killed 'destroy' that is killed too makes the state untrue", async () => {
    await killed("destroy");
    await killed("up");
    expect(untruth(fixture.context)).toMatch(/'make up'/);
});

it.each(["", "{", "null", "[]"])("a note that cannot be read counts: %j", (text) => {
    writeFileSync(unsavedFile(fixture.context), text);
    expect(untruth(fixture.context)).toMatch(/killed before/);
    forgetUnsaved(fixture.context);
    expect(untruth(fixture.context)).toBeUndefined();
});

it("a run that is at work is not lost", async () => {
    await killed();
    const file = unsavedFile(fixture.context);
    const run = spawn(process.execPath, ["-e", "setTimeout(() => undefined, 60000)", "ops/up.ts"], { env: { STACK: "test" }, stdio: "ignore" });
    writeFileSync(file, JSON.stringify({ ...noted(), pid: run.pid }));
    try {
        for (let i = 0; i < 50 && noted(); i++) {
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        expect(untruth(fixture.context)).toBeUndefined();
        expect(lostRun({ ...fixture.context, stack: "other" })).toBeDefined();
    } finally {
        run.kill();
    }
});

/** Hosts, and what the state has of them, beside the real note. A run goes through its moments, and may be killed after each of them. */
class World {
    public readonly there = new Set<string>();
    public recorded: string[] = [];
    /** What the engine has, until it writes it: it knows of nothing that another did. */
    private memory = new Set<string>();

    private write(): void {
        this.recorded = [...this.memory];
        state(...this.recorded);
    }

    /**
     * @param killedAfter how many of its moments come to pass; more than there are: all
     * @param reaches how many hosts it comes to before it fails, and ends by itself
     */
    public async run(verb: "up" | "destroy", saving: "each" | "end", killedAfter: number, reaches = 3): Promise<void> {
        if (verb === "destroy" && untruth(fixture.context) !== undefined) {
            return; // Refused.
        }
        let opened: Opened | undefined;
        const each = (): void => (saving === "each" ? this.write() : undefined);
        const step = (work: () => unknown) => () => {
            work();
            each();
        };
        this.memory = new Set(this.recorded);
        const acts = ["a", "b", "c"].slice(0, reaches).map((name) => step(() => [this.there, this.memory].map((names) => (verb === "up" ? names.add(name) : names.delete(name)))));
        // What a well ended `up`, and a `destroy` before its engine, take back, they also forget.
        const forget = () => forgetUnsaved(fixture.context);
        const moments: (() => unknown)[] = [
            ...(verb === "destroy" && lostRun(fixture.context)?.verb === "up" ? [forget] : []),
            async () => (opened = await open(verb, saving)),
            ...acts,
            () => this.write(),
            () => close(opened!),
            ...(verb === "up" && reaches === 3 ? [forget] : []),
        ];
        for (const moment of moments.slice(0, killedAfter)) {
            await moment();
        }
    }
}

describe("killed after each moment, twice and thrice", () => {
    const verbs = ["up", "destroy"] as const;
    const savings = ["each", "end"] as const;
    const kinds = verbs.flatMap((verb) => savings.map((saving) => [verb, saving] as const));
    const pairs = kinds.flatMap((one) => kinds.map((two) => [...one, ...two] as const));

    it.each(pairs)("%s %s, then %s %s", async (verb1, saving1, verb2, saving2) => {
        describe_("a", "b", "c");
        for (let first = 0; first <= 7; first++) {
            for (let second = 0; second <= 7; second++) {
                forgetUnsaved(fixture.context);
                state();
                const world = new World();
                await world.run("up", saving1, first % 3 === 0 ? 99 : first);
                await world.run(verb1, saving1, first);
                await world.run(verb2, saving2, second);
                await world.run("up", saving2, (first + second) % 7, 1 + ((first * second) % 3));
                const unknown = [...world.there].filter((name) => !world.recorded.includes(name));
                const isTrue = untruth(fixture.context) === undefined;
                expect([isTrue ? unknown : [], first, second]).toEqual([[], first, second]);
                await world.run("up", saving2, 99);
                expect([untruth(fixture.context), lostRun(fixture.context), world.recorded.length]).toEqual([undefined, undefined, 3]);
            }
        }
    });
});

describe("with an engine", () => {
    const engine = (body: string): void => writeFileSync(fixture.context.engine, `#!/usr/bin/env bash\n${body}\n`);
    const up = (saving: "each" | "end") => runWatched(fixture.context, "up", ["up"], saving);

    it("tells it, and finds that it has written the state", async () => {
        engine(`echo "skip=$PULUMI_SKIP_CHECKPOINTS" >"$CALLS"; sed -i 's/"time":"[^"]*"/"time":"now"/' "$STATE"; exit 1`);
        expect(await up("end")).toBe(1);
        expect(fixture.calls()).toEqual(["skip=true"]);
        expect(noted()).toBeUndefined();
        await up("each");
        expect(fixture.calls()).toEqual(["skip="]);
    });

    it("finds that it was killed", async () => {
        engine('echo " +  command:remote:Command docker-a creating (0s) "; kill -9 $$');
        expect(await up("end")).toBe(137);
        expect(noted()).toMatchObject({ verb: "up", saved: false });
    });
});
