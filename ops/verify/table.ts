/** The report of `make verify`, for a person and for programs. */
import type { Row } from "./gather";

export interface Style {
    /** ✓ and ✗ and lines; else plain ASCII. */
    readonly unicode: boolean;
    readonly colour: boolean;
}

/** What this terminal can show: the locale says whether it is UTF-8; NO_COLOR asks for plain text. */
export function terminalStyle(env: NodeJS.ProcessEnv, isTerminal: boolean): Style {
    const plain = env.NO_COLOR !== undefined && env.NO_COLOR !== "";
    const locale = env.LC_ALL ?? env.LC_CTYPE ?? env.LANG ?? "";
    return { unicode: !plain && /utf-?8/i.test(locale), colour: !plain && isTerminal && env.TERM !== "dumb" };
}

const codes = { red: 31, green: 32, bold: 1, dim: 2 };

type Paint = (kind: keyof typeof codes, text: string) => string;

const painter =
    (style: Style): Paint =>
    (kind, text) =>
        style.colour ? `\u001b[${codes[kind]}m${text}\u001b[0m` : text;

/** The column of rows that are about several nodes at once. */
const together = "all";

interface Line {
    readonly system: string;
    readonly row: string;
    readonly cells: Map<string, boolean>;
}

function toLines(rows: readonly Row[]): Line[] {
    const lines = new Map<string, Line>();
    for (const { system, row, nodes, finding } of rows) {
        const key = `${system}\0${row}`;
        const line = lines.get(key) ?? { system, row, cells: new Map<string, boolean>() };
        line.cells.set(nodes.length === 1 ? (nodes[0] ?? "") : together, finding.ok);
        lines.set(key, line);
    }
    return [...lines.values()];
}

function table(rows: readonly Row[], style: Style, paint: Paint): string[] {
    const lines = toLines(rows);
    const nodes = [...new Set(rows.flatMap((row) => row.nodes))];
    const columns = [...nodes, ...(rows.some((row) => row.nodes.length > 1) ? [together] : [])];
    const [good, bad] = style.unicode ? ["✓", "✗"] : ["ok", "FAIL"];
    const width = Math.max(...lines.map(({ row }) => row.length)) + 4;
    const widths = columns.map((column) => Math.max(column.length, bad.length) + 2);
    const cell = (ok: boolean | undefined, size: number): string => {
        const text = ok === undefined ? "" : ok ? good : bad;
        return (ok === undefined ? text : paint(ok ? "green" : "red", text)) + " ".repeat(size - text.length);
    };
    const out: string[] = [paint("dim", `${" ".repeat(width)}${columns.map((column, i) => column.padEnd(widths[i] ?? 0)).join("")}`.trimEnd())];
    let system = "";
    for (const line of lines) {
        if (line.system !== system) {
            system = line.system;
            out.push(paint("bold", system));
        }
        const cells = columns.map((column, i) => cell(line.cells.get(column), widths[i] ?? 0)).join("");
        out.push(`  ${line.row.padEnd(width - 2)}${cells}`.trimEnd());
    }
    return out;
}

/** `47 checks, 47 as described`. */
export function summary(rows: readonly Row[]): string {
    const good = rows.filter(({ finding }) => finding.ok).length;
    return `${rows.length} checks, ${good} as described${good < rows.length ? `, ${rows.length - good} not` : ""}`;
}

const whoOf = (row: Row, all: readonly string[]): string => (row.nodes.length > 1 && row.nodes.length === all.length ? "all nodes" : row.nodes.join(", "));

/** Failures with the same reading and remedy, such as all those of a node that is down, are told once. */
function failures(rows: readonly Row[], paint: Paint, bad: string): string[] {
    const all = [...new Set(rows.flatMap(({ nodes }) => nodes))];
    const groups = new Map<string, Row[]>();
    for (const row of rows.filter(({ finding }) => !finding.ok)) {
        const { found, expected, remedy } = row.finding;
        const key = [found, expected, remedy, ...row.nodes].join("\0");
        groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    return [...groups.values()].flatMap((same) => {
        const [{ finding, nodes }] = same as [Row];
        const named = same.map((row) => `${paint("red", bad)} ${paint("bold", `${row.system} on ${whoOf(row, all)}`)}: ${row.row}`);
        const whole = rows.filter((row) => row.nodes.join() === nodes.join()).length;
        return [
            "",
            ...(same.length === whole && whole > 4 ? [`${paint("red", bad)} ${paint("bold", nodes.join(", "))}: all its ${whole} checks`] : named),
            `  found:    ${finding.found}`,
            `  expected: ${finding.expected}`,
            `  remedy:   ${finding.remedy ?? ""}`,
        ];
    });
}

/** The whole report as a person reads it: a table of systems by nodes, a summary, then each failure with its remedy. */
export function report(rows: readonly Row[], style: Style): string {
    const paint = painter(style);
    const ok = rows.every(({ finding }) => finding.ok);
    const lines = [
        ...table(rows, style, paint),
        "",
        paint(ok ? "green" : "red", summary(rows)),
        ...failures(rows, paint, style.unicode ? "✗" : "FAIL"),
    ];
    return `${lines.join("\n")}\n`;
}

/** The same for programs. */
export function jsonReport(stack: string, rows: readonly Row[]): string {
    const good = rows.filter(({ finding }) => finding.ok).length;
    const checks = rows.map(({ system, row, nodes, finding }) => ({ system, row, nodes, ...finding }));
    return `${JSON.stringify({ stack, ok: good === rows.length, total: rows.length, asDescribed: good, checks }, undefined, 2)}\n`;
}
