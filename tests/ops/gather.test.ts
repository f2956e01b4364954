import { spawnSync } from "node:child_process";

import type { Finding } from "../../components/verify/probe";
import { askingProgram, evaluate, gather, Splitter, type Row } from "../../ops/verify/gather";
import { SshError, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { nameOf, type Place } from "../../ops/lib/place";
import { jsonReport, report, summary, terminalStyle } from "../../ops/verify/table";

const target = (node: string): Target => ({ host: node, port: 22, user: "root", privateKey: "", hostKey: "" });
const says = (expected: string) => (output: string): Finding =>
    output.trim() === expected
        ? { ok: true, found: expected, expected }
        : { ok: false, found: output.trim() || "no answer", expected, remedy: `make it say ${expected}` };
const probe = (node: string, row: string, command: string, expected: string) => ({ node, system: "test", row, command, evaluate: says(expected) });

/** Runs the program that a host would get in a shell here. */
function local(_place: Place, _word: string, options: SshOptions): Promise<SshResult> {
    const result = spawnSync("bash", ["-c", 'eval "$(cat)"', "datacentre", "verify"], { input: options.stdin, encoding: "utf8" });
    options.onStdout?.(result.stdout);
    return Promise.resolve({ code: result.status ?? 255, stdout: result.stdout, stderr: result.stderr });
}

it("asks all of a node's questions in one program, and gives each its own answer", async () => {
    const probes = [
        probe("a", "says one", "echo one", "one"),
        probe("a", "fails", "echo before; exit 1", "before"),
        probe("a", "quotes", `printf '%s' "it's" '"$x"'`, `it's"$x"`),
        probe("a", "is silent", "false", ""),
        probe("b", "says two", "echo two", "zwei"),
    ];
    const rows = await gather({ probes, groups: [] }, target, local);
    expect(rows.map(({ nodes, row, finding }) => [nodes[0], row, finding.found, finding.ok])).toEqual([
        ["a", "says one", "one", true],
        ["a", "fails", "before", true],
        ["a", "quotes", `it's"$x"`, true],
        ["a", "is silent", "", true],
        ["b", "says two", "two", false],
    ]);
});

it("asks the same question of a node once, for all rows that need it", async () => {
    let program = "";
    const asker = (to: Place, word: string, options: SshOptions) => {
        program = options.stdin ?? "";
        return local(to, word, options);
    };
    const group = { system: "test", row: "together", questions: [{ node: "a", command: "echo same" }], evaluateAll: () => says("x")("x") };
    await gather({ probes: [probe("a", "1", "echo same", "same"), probe("a", "2", "echo same", "same")], groups: [group] }, target, asker);
    expect(program.match(/echo same/g)).toHaveLength(1);
});

it("cuts a question off that does not end, and goes on", () => {
    const program = askingProgram(["sleep 30", "echo next"], "mark").replace(/^seconds=.*$/m, "seconds=0.2");
    const begun = Date.now();
    const { stdout } = spawnSync("bash", ["-c", program], { encoding: "utf8" });
    expect(Date.now() - begun).toBeLessThan(5000);
    const splitter = new Splitter("mark");
    splitter.push(stdout);
    expect([...splitter.result().values()].map(({ output }) => output)).toEqual(["", "next\n"]);
});

it("notes when each answer was here, however its text is cut", () => {
    let now = 100;
    const splitter = new Splitter("m", () => now);
    for (const piece of ["m begin 0\nfir", "st\n\nm e", "nd 0\nm begin 1\n"]) {
        splitter.push(piece);
        now += 100;
    }
    splitter.push("\nm end 1\n");
    expect([...splitter.result()]).toEqual([
        [0, { output: "first\n", at: 300 }],
        [1, { output: "", at: 400 }],
    ]);
});

describe("a node that is not reached", () => {
    const lost = new SshError("b does not answer", "start it");
    const group = {
        system: "test",
        row: "agree",
        questions: ["a", "b"].map((node) => ({ node, command: "echo one" })),
        evaluateAll: (answers: ReadonlyMap<string, unknown>): Finding =>
            answers.size === 2 ? says("2")("2") : { ok: false, found: `${answers.size} answered`, expected: "2", remedy: "start it" },
    };
    const checks = { probes: [probe("a", "one", "echo one", "one"), probe("b", "one", "echo one", "one"), probe("b", "two", "echo two", "two")], groups: [group] };
    const asker = (to: Place, word: string, options: SshOptions) => (nameOf(to) === "b" ? Promise.reject(lost) : local(to, word, options));

    it("has a failed row for each of its checks, with what to do", async () => {
        const rows = await gather(checks, target, asker);
        const failed = rows.filter(({ finding }) => !finding.ok);
        expect(failed.map(({ row, nodes }) => [row, nodes])).toEqual([
            ["one", ["b"]],
            ["two", ["b"]],
            ["agree", ["a", "b"]],
        ]);
        expect(failed[0]!.finding).toEqual({ ok: false, found: "not reached", expected: "an answer", remedy: "b does not answer: start it" });
        expect(failed[2]!.finding.found).toBe("1 answered");
    });

    it("fails what holds between nodes when no node is reached at all", () => {
        const rows = evaluate(checks, new Map([["a", lost], ["b", lost]]));
        expect(rows.map(({ finding }) => finding.ok)).toEqual([false, false, false, false]);
        expect(rows[3]!.finding.found).toBe("not reached");
    });
});

it("keeps what was heard before a host fell silent", async () => {
    const asker = (_to: Place, _word: string, options: SshOptions): Promise<SshResult> => {
        const mark = /^mark='(.*)'$/m.exec(options.stdin ?? "")![1]!;
        options.onStdout?.(`${mark} begin 0\none\n\n${mark} end 0\n${mark} begin 1\n`);
        return Promise.reject(new SshError("silent", "wait"));
    };
    const rows = await gather({ probes: [probe("a", "1", "x", "one"), probe("a", "2", "y", "two")], groups: [] }, target, asker);
    expect(rows.map(({ finding }) => finding.found)).toEqual(["one", "no answer"]);
});

it("takes an evaluator that cannot read the answer for a failed row", () => {
    const broken = { ...probe("a", "1", "x", "one"), evaluate: (): Finding => JSON.parse("{") as Finding };
    const [row] = evaluate({ probes: [broken], groups: [] }, new Map([["a", new Map()]]));
    expect(row!.finding.ok).toBe(false);
    expect(row!.finding.found).toContain("cannot be read");
});

it("says why a host runs nothing for us", async () => {
    const asker = (): Promise<SshResult> => Promise.resolve({ code: 1, stdout: "", stderr: "sudo: a password is required\n" });
    const [row] = await gather({ probes: [probe("a", "1", "x", "one")], groups: [] }, target, asker);
    expect(row!.finding.remedy).toContain("a runs nothing for us: sudo: a password is required");
});

describe("the report", () => {
    const row = (system: string, name: string, nodes: string[], ok: boolean): Row => ({
        system,
        row: name,
        nodes,
        finding: ok ? { ok, found: "yes", expected: "yes" } : { ok, found: "no", expected: "yes", remedy: "say yes" },
    });
    const rows = [
        row("host", "claim", ["n1"], true),
        row("host", "claim", ["node2"], false),
        row("host", "clocks", ["n1", "node2"], true),
        row("etcd", "health", ["n1"], true),
    ];

    it("is a table of systems by nodes, a summary, and each failure with its remedy", () => {
        expect(report(rows, { unicode: true, colour: false })).toBe(
            [
                "          n1  node2  all",
                "host",
                "  claim   ✓   ✗",
                "  clocks             ✓",
                "etcd",
                "  health  ✓",
                "",
                "4 checks, 3 as described, 1 not",
                "",
                "✗ host on node2: claim",
                "  found:    no",
                "  expected: yes",
                "  remedy:   say yes",
                "",
            ].join("\n"),
        );
    });

    it("says it plainly when all is well, and in plain ASCII", () => {
        const good = rows.filter(({ finding }) => finding.ok);
        expect(summary(good)).toBe("3 checks, 3 as described");
        expect(report(rows, { unicode: false, colour: false })).toMatch(/^ {2}claim {3}ok {4}FAIL$/m);
    });

    it("tells failures with one cause once", () => {
        const same = ["claim", "time"].map((name) => row("host", name, ["n1"], false));
        const text = report(same, { unicode: false, colour: false });
        expect(text.match(/remedy/g)).toHaveLength(1);
        expect(text).toContain("FAIL host on n1: claim\nFAIL host on n1: time\n");
    });

    it("tells a node that fails whole in one line, and never one of which a single check is well", () => {
        const many = ["a", "b", "c", "d", "e"].map((name) => row("host", name, ["n1"], false));
        expect(report(many, { unicode: false, colour: false })).toContain("\n\nFAIL n1: all its 5 checks\n  found:    no\n");
        const mixed = report([...many, row("host", "f", ["n1"], true)], { unicode: false, colour: false });
        expect(mixed.match(/^FAIL host on n1: [a-e]$/gm)).toHaveLength(5);
    });

    it("is for programs as well", () => {
        const data = JSON.parse(jsonReport("local", rows)) as { ok: boolean; total: number; asDescribed: number; checks: object[] };
        expect(data).toMatchObject({ stack: "local", ok: false, total: 4, asDescribed: 3 });
        expect(data.checks[1]).toEqual({ system: "host", row: "claim", nodes: ["node2"], ok: false, found: "no", expected: "yes", remedy: "say yes" });
    });

    it("suits the terminal", () => {
        expect(terminalStyle({ LANG: "C.UTF-8", TERM: "xterm" }, true)).toEqual({ unicode: true, colour: true });
        expect(terminalStyle({ LANG: "C.UTF-8" }, false)).toEqual({ unicode: true, colour: false });
        expect(terminalStyle({ LANG: "C.UTF-8", LC_ALL: "C" }, true)).toEqual({ unicode: false, colour: true });
        expect(terminalStyle({ LANG: "C.UTF-8", NO_COLOR: "1" }, true)).toEqual({ unicode: false, colour: false });
    });
});
