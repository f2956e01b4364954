/** Steps that begin on a host and do not come to their end: what is noted of them, and how the first step takes them back. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compact, renderProgram, root, secretAssignment, type Parameter } from "../../components/step/program";

const script = `
converge() { put; [ -z "$breaks" ] || fail "it breaks" "mend it"; }
put() { mkdir -p "$place" && echo "\${password-}" >"$place/$step"; }
leave() { :; }
tell() { :; }
undo() { rm "$place/$step"; printf '%s\\n' "$step" >>"$place/order"; [ -z "$asks" ] || echo "$password"; }
`;

class TestHost {
    public readonly home = mkdtempSync(join(tmpdir(), "begun-"));
    public readonly state = join(this.home, "state");
    public readonly place = join(this.home, "place");

    /** As root on a host, but for where the state is. */
    public run(program: string, mode: string): { status: number | null; stdout: string; stderr: string } {
        const here = program.replace("state=${DATACENTRE_STEP_STATE:-/var/lib/datacentre}", `state=${this.state}`).replace(/^run=\$\{run.*$/m, `run=${this.home}/run`).replace(/^purge_flag=.*$/m, `purge_flag=${this.home}/purge`);
        return spawnSync("bash", ["-c", 'eval "$(cat)"', "datacentre", mode], { input: here, encoding: "utf8" });
    }

    public step(name: string, parameters: Record<string, Parameter>, mode = "converge", secret?: string): number | null {
        const program = renderProgram(name, "n", [], { place: this.place, breaks: false, asks: false, ...parameters }).replace("end of datacentre program\neval", () => `${script}end of datacentre program\neval`);
        return this.run((secret === undefined ? "" : `${secretAssignment("password", secret)}\n`) + program, mode).status;
    }

    /** What the first step does about them. */
    public takeBack(...described: string[]): string {
        const begun = compact(readFileSync(join(root, "components/host/begun.sh"), "utf8"));
        const program = renderProgram("prepare", "n", [], { leaves_nothing: true, described: described.join("\n") }).replace(
            "end of datacentre program\neval",
            () => `${begun}converge() { take_back_begun "$described"; }\nend of datacentre program\neval`,
        );
        return this.run(program, "converge").stdout;
    }

    /** The steps that the stack has on any host. */
    public elsewhere: string[] = [];

    /** What `make` does after a run that was killed before its state was written. */
    public takeBackLeft(asks: boolean, ...recorded: string[]): string {
        writeFileSync(join(this.state, "claim"), "p/s");
        const parameters = { leaves_nothing: true, stack: "p/s", asks, recorded_steps: recorded.join("\n"), steps_elsewhere: this.elsewhere.join("\n") };
        return this.run(renderProgram("take-back", "n", ["components/host/begun.sh", "components/host/take-back.sh"], parameters), "converge").stdout;
    }

    public list(folder: string): string[] {
        return existsSync(join(this.state, folder)) ? readdirSync(join(this.state, folder)).sort() : [];
    }
}

let host: TestHost;
beforeEach(() => {
    host = new TestHost();
});

it("notes a step until it has come to its end once", () => {
    expect(host.step("store", { breaks: true })).toBe(1);
    expect([host.list("begun"), host.list("done")]).toEqual([["store"], []]);
    expect(host.step("store", {})).toBe(0);
    expect([host.list("begun"), host.list("done")]).toEqual([[], ["store"]]);
    // The engine has it by now, and takes it back itself.
    expect(host.step("store", { breaks: true })).toBe(1);
    expect([host.list("begun"), host.list("done")]).toEqual([[], ["store"]]);
    expect(host.takeBack()).toBe("0 changes\n");
    expect(host.step("store", {}, "undo")).toBe(0);
    expect([host.list("begun"), host.list("done")]).toEqual([[], []]);
});

it("keeps the note of a member that only leaves, or is asked how it is", () => {
    expect(host.step("store", { breaks: true })).toBe(1);
    for (const mode of ["leave", "tell"]) {
        expect(host.step("store", {}, mode)).toBe(0);
        expect([host.list("begun"), host.list("done")]).toEqual([["store"], []]);
    }
    expect(host.takeBack()).toMatch(/^1 changes/);
});

it("notes nothing of a step that leaves nothing on the host", () => {
    expect(host.step("app-web", { breaks: true, leaves_nothing: true })).toBe(1);
    expect(host.list("begun")).toEqual([]);
});

it("keeps no secret in a note, which only root can read", () => {
    expect(host.step("store", { breaks: true }, "converge", "hunter2\nsecond line")).toBe(1);
    const note = join(host.state, "begun/store");
    expect(readFileSync(join(host.place, "store"), "utf8")).toContain("hunter2");
    expect(readFileSync(note, "utf8")).not.toMatch(/hunter2|second line/);
    expect(statSync(note).mode & 0o777).toBe(0o600);
});

it("takes back what is described no more, the last first, and nothing else", () => {
    for (const name of ["first", "second", "third"]) {
        host.step(name, { breaks: true });
        execFileSync("sleep", ["0.05"]);
    }
    expect(host.takeBack("second").split("\n")).toEqual(["2 changes", "  took back what the step third had begun here", "  took back what the step first had begun here", ""]);
    expect(host.list("begun")).toEqual(["second"]);
    expect(existsSync(join(host.place, "second"))).toBe(true);
    expect(readFileSync(join(host.place, "order"), "utf8")).toBe("third\nfirst\n");
    expect(host.takeBack("second")).toBe("0 changes\n");
});

it("leaves what cannot be taken back without its secrets, and says so", () => {
    host.step("store", { breaks: true, asks: true }, "converge", "hunter2");
    const said = host.takeBack();
    expect(said).toMatch(/^0 changes\n {2}note: the step store began here, is described no more, and could not be taken back: .*password/);
    expect(said).not.toContain("hunter2");
    expect(host.list("begun")).toEqual(["store"]);
});

describe("after an engine that was killed before it wrote its state", () => {
    const order = (): string => readFileSync(join(host.place, "order"), "utf8");
    const ended = (...names: string[]): void =>
        names.forEach((name) => {
            expect(host.step(name, {})).toBe(0);
            execFileSync("sleep", ["0.05"]);
        });

    it("keeps the program of a step that ended, without its secrets, and drops it when it is undone", () => {
        expect(host.step("store", {}, "converge", "hunter2")).toBe(0);
        const note = join(host.state, "done/store");
        expect(readFileSync(note, "utf8")).toContain('main "$1"');
        expect(readFileSync(note, "utf8")).not.toContain("hunter2");
        expect(statSync(note).mode & 0o777).toBe(0o600);
        expect(host.step("store", {}, "undo")).toBe(0);
        expect([host.list("begun"), host.list("done")]).toEqual([[], []]);
    });

    it("tells what is left, and changes nothing for it", () => {
        ended("first", "second");
        host.step("third", { breaks: true });
        expect(host.takeBackLeft(true, "second").split("\n")).toEqual(["0 changes", "  note: step first", "  note: step third", ""]);
        expect([host.list("begun"), host.list("done")]).toEqual([["third"], ["first", "second"]]);
        expect(host.takeBackLeft(true, "first", "second", "third")).toBe("0 changes\n");
    });

    it("takes back what began and what ended and is not recorded, the last first", () => {
        ended("first", "second");
        host.step("third", { breaks: true });
        expect(host.takeBackLeft(false, "second").split("\n")).toEqual(["2 changes", "  took back what the step third had begun here", "  took back what the step first had begun here", ""]);
        expect(order()).toBe("third\nfirst\n");
        expect([host.list("begun"), host.list("done")]).toEqual([[], ["second"]]);
        expect(host.takeBackLeft(false, "second")).toBe("0 changes\n");
    });

    it("takes nothing back on a host of another stack", () => {
        ended("first");
        const program = renderProgram("take-back", "n", ["components/host/begun.sh", "components/host/take-back.sh"], { leaves_nothing: true, stack: "p/other", asks: false, recorded_steps: "", steps_elsewhere: "" });
        writeFileSync(join(host.state, "claim"), "p/s");
        expect(host.run(program, "converge").stdout).toBe("0 changes\n");
        expect(host.list("done")).toEqual(["first"]);
    });

    it("leaves what ended before its program was kept, and says so", () => {
        ended("first");
        writeFileSync(join(host.state, "done/old"), "");
        expect(host.takeBackLeft(false).split("\n")).toEqual([
            "1 changes",
            "  took back what the step first had begun here",
            "  note: what these steps put here stays, since they ended before their programs were kept: old",
            "",
        ]);
        expect(host.list("done")).toEqual(["old"]);
    });

    it("keeps what cannot be taken back among what was begun, where verify names it", () => {
        host.step("store", { asks: true }, "converge", "hunter2");
        expect(host.takeBackLeft(false)).toMatch(/note: the step store began here, is described no more, and could not be taken back/);
        expect([host.list("begun"), host.list("done")]).toEqual([["store"], []]);
    });

    it("lets a member leave before it is taken back, and keeps one that cannot", () => {
        ended("member");
        mkdirSync(join(host.state, "scripts"));
        writeFileSync(join(host.state, "scripts/0123456789"), "converge() {\n:\n}\nleave() {\n:\n}\n");
        const note = join(host.state, "done/member");
        const program = (leaves: string) =>
            `step_scripts='aaaaaaaaaa step/x\n0123456789 zookeeper/member'\nplace=${host.place}\nmain() { echo "$1" >>$place/modes; ${leaves}; [ "$1" != undo ] || rm -f ${host.state}/begun/member; }\nmain "$1"\n`;
        writeFileSync(note, program('[ "$1" != leave ] || exit 1'));
        expect(host.takeBackLeft(true)).toBe("0 changes\n  note: step member\n");
        // One whose system goes as a whole has nobody to leave.
        host.elsewhere = ["member"];
        expect(host.takeBackLeft(true)).toBe("0 changes\n  note: member member\n");
        expect(host.takeBackLeft(false)).toMatch(/note: the member member of this host does not leave, so it stays/);
        expect(readFileSync(join(host.place, "modes"), "utf8")).toBe("leave\n");
        writeFileSync(join(host.state, "begun/member"), program(":"));
        expect(host.takeBackLeft(false)).toMatch(/^1 changes\n {2}took back what the step member/);
        expect(readFileSync(join(host.place, "modes"), "utf8")).toBe("leave\nleave\nundo\n");
    });

    it("is in one place at least, at whatever moment the step is killed", () => {
        host.step("store", { breaks: true });
        // As if it was killed before its last line: both are there, and it is no longer begun.
        const note = readFileSync(join(host.state, "begun/store"), "utf8");
        expect(host.step("store", {})).toBe(0);
        writeFileSync(join(host.state, "begun/store"), note);
        expect(host.takeBack()).toBe("0 changes\n");
        expect(host.takeBackLeft(false)).toMatch(/^1 changes/);
        expect([host.list("begun"), host.list("done")]).toEqual([[], []]);
    });
});

it("counts the steps of a host that was prepared before there were notes as the engine's", () => {
    const begun = compact(readFileSync(join(root, "components/host/begun.sh"), "utf8"));
    const know = (): void => void execFileSync("bash", ["-c", `set -eu\nstate=${host.state}\ndescribed_steps=$'store\\nother'\n${begun}know_steps`]);
    know();
    expect(existsSync(host.state)).toBe(false);
    mkdirSync(host.state);
    writeFileSync(join(host.state, "claim"), "p/s");
    know();
    expect(host.list("done")).toEqual(["other", "store"]);
    host.step("store", { breaks: true });
    expect(host.takeBack()).toBe("0 changes\n");
});

describe("a step that was undone, by an engine that was killed before it wrote that", () => {
    const undo = (name: string, parameters: Record<string, Parameter> = {}) => host.step(name, parameters, "undo");

    it("is not undone again, until it is done again", () => {
        for (const parameters of [{}, { leaves_nothing: true }]) {
            const order = () => readFileSync(join(host.place, "order"), "utf8").split("\n").length;
            expect([host.step("apps", parameters), undo("apps", parameters), undo("apps", parameters)]).toEqual([0, 0, 0]);
            const once = order();
            expect([host.step("apps", parameters), undo("apps", parameters), order()]).toEqual([0, 0, once + 1]);
        }
    });

    it("that failed is", () => {
        expect([host.step("web", {}), undo("web")]).toEqual([0, 0]);
        expect(host.step("web", { breaks: true })).toBe(1);
        expect([undo("web"), existsSync(join(host.place, "web"))]).toEqual([0, false]);
    });

    it("is undone again where its data is to go and was kept the first time", () => {
        expect([host.step("web", {}), undo("web")]).toEqual([0, 0]);
        writeFileSync(join(host.home, "purge"), "");
        // What it removed is gone, so this script's own second time fails.
        expect(undo("web")).toBe(1);
        writeFileSync(join(host.place, "web"), "");
        expect([undo("web"), undo("web")]).toEqual([0, 0]);
    });
});
