/** Steps that begin on a host and do not come to their end: what is noted of them, and how the first step takes them back. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compact, renderProgram, root, secretAssignment, type Parameter } from "../../components/step/program";

const script = `
converge() { put; [ -z "$breaks" ] || fail "it breaks" "mend it"; }
put() { mkdir -p "$place" && echo "\${password-}" >"$place/$step"; }
undo() { rm "$place/$step"; printf '%s\\n' "$step" >>"$place/order"; [ -z "$asks" ] || echo "$password"; }
`;

class TestHost {
    public readonly home = mkdtempSync(join(tmpdir(), "begun-"));
    public readonly state = join(this.home, "state");
    public readonly place = join(this.home, "place");

    /** As root on a host, but for where the state is. */
    public run(program: string, mode: string): { status: number | null; stdout: string; stderr: string } {
        const here = program.replace("state=${DATACENTRE_STEP_STATE:-/var/lib/datacentre}", `state=${this.state}`).replace(/^run=\$\{run.*$/m, `run=${this.home}/run`).replace(/^purge_flag=.*$/m, "purge_flag=/nonexistent");
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
