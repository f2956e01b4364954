/** A run that is under way, in words: a block of lines for a terminal, one line for a log. */
import type { Estimate, Run, Span, Standing } from "./run";

/** `4 s`, `2 min 10 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
    if (hours > 0) {
        return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
    }
    return minutes === 0 ? `${rest} s` : rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/** To two places, since it is no more than what the last run took. */
function roughly(seconds: number): string {
    const unit = seconds < 20 ? 5 : seconds < 120 ? 10 : seconds < 600 ? 30 : 60;
    return duration(Math.max(unit, Math.ceil(seconds / unit) * unit));
}

/** What the last runs let expect; empty where that is nothing. */
export function outlook(estimate: Estimate | undefined): string {
    if (!estimate) {
        return "";
    }
    const { least, most } = estimate;
    if (most !== undefined && most <= Math.max(least * 1.3, least + 10)) {
        return `about ${roughly(most)} to go`;
    }
    return most === undefined ? `${roughly(least)} or more to go` : `${roughly(least)} to ${roughly(most)} to go`;
}

export const placed = ({ step, node }: { readonly step: string; readonly node: string }): string => (node === "" ? step : `${step} on ${node}`);

/** `12 of 28 steps, 2 min 10 s, about 1 min to go`. */
function heading(run: Run, now: number): string {
    const { all, done } = run.count(now);
    const steps = run.hasPlan ? `${done} of ${all} steps` : "the program has not said what there is to do";
    return [steps, duration(now), outlook(run.estimate(now))].filter((part) => part !== "").join(", ");
}

function atWork(run: Run, { id, step, op, from }: Span, now: number): string {
    const usual = run.expected({ id, step }, op);
    return `${op === "delete" ? `undoes ${step}` : step} ${duration(now - from)}${usual === undefined ? "" : ` of about ${roughly(usual)}`}`;
}

/** What one node does. */
function nodeText(run: Run, { working, next }: Standing, now: number): string {
    if (working.length > 0) {
        return working.map((span) => atWork(run, span, now)).join(", ");
    }
    return next?.for ? `waits for ${placed(next.for)}, then ${next.step}` : `${next?.step ?? "nothing"} is next`;
}

/** @param rows how many lines there may be, and @param columns how long each */
export function block(run: Run, now: number, rows: number, columns: number): string[] {
    const standings = run.standings(now).sort((a, b) => Number(b.working.length > 0) - Number(a.working.length > 0));
    const room = Math.max(1, Math.min(rows, 16) - 2);
    const shown = standings.length > room ? standings.slice(0, room) : standings;
    const more = standings.slice(shown.length);
    const width = Math.max(0, ...shown.map(({ node }) => node.length));
    const lines = [
        ...shown.map((one) => `  ${one.node.padEnd(width)}  ${nodeText(run, one, now)}`),
        ...(more.length > 0 ? [`  and ${more.length} more nodes, ${more.filter(({ working }) => working.length > 0).length} of them at work`] : []),
        `  ${heading(run, now)}`,
    ];
    return lines.map((line) => (line.length < columns ? line : `${line.slice(0, Math.max(1, columns - 2))}…`));
}

/** The most that are named in one line. */
const named = 4;

const list = (names: readonly string[]): string =>
    names.length <= named ? names.join(", ") : `${names.slice(0, named - 1).join(", ")} and ${names.length - named + 1} more`;

/** One line for a log. */
export function summary(run: Run, now: number): string {
    const standings = run.standings(now);
    const working = run.working;
    const waiting = new Map<string, string[]>();
    for (const { node, working: spans, next } of standings) {
        if (spans.length === 0 && next?.for) {
            const holder = placed(next.for);
            waiting.set(holder, [...(waiting.get(holder) ?? []), node === "" ? next.step : node]);
        }
    }
    const parts = [
        ...working.slice(0, named).map((span) => `${span.op === "delete" ? "undoing " : ""}${placed(span)} for ${duration(now - span.from)}`),
        ...(working.length > named ? [`${working.length - named} more at work`] : []),
        ...[...waiting].slice(0, named).map(([holder, nodes]) => `${list(nodes)} ${nodes.length > 1 ? "wait" : "waits"} for ${holder}`),
    ];
    return `   ${heading(run, now)}${parts.length > 0 ? `: ${parts.join("; ")}` : ""}`;
}
