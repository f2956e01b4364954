/** What is kept of a run: names, times, states and counts of changes, and nothing that a step said. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { writeWhole } from "../lib/files";
import type { Deployment } from "../engine/checkpoint";
import type { Context } from "../stack/context";
import { idOf } from "./order";
import { page } from "./page";
import { lastedKey, type Lasted, type Run, type Span } from "./run";

/** Runs of which a timeline is kept, each by itself. */
export const kinds = ["up", "converge", "renew", "destroy"] as const;
export type Kind = (typeof kinds)[number];

/** A step in a timeline. */
export interface Kept extends Omit<Span, "state"> {
    /** "cut off": at work when the run was interrupted. */
    readonly state: Span["state"] | "cut off";
    /** Of the steps that it waits for, the one that ended last before it began, and when. */
    readonly waitedFor?: { readonly step: string; readonly node: string; readonly until: number };
}

/** The form of the file. */
export interface Timeline {
    readonly version: 1;
    readonly stack: string;
    readonly kind: Kind;
    /** ISO 8601. */
    readonly began: string;
    /** Of the run up to its end, or to when this was written. */
    readonly seconds: number;
    readonly outcome: "under way" | "ok" | "failed";
    readonly nodes: readonly string[];
    /** In the order of their beginning; without those that were left as they are. */
    readonly steps: readonly Kept[];
    readonly untouched: number;
    /** Ids of steps of which each began when the one before it ended, up to the last: what the run took its time for. */
    readonly path: readonly string[];
    readonly lasted: Lasted;
}

export const directoryOf = ({ stackHome }: Pick<Context, "stackHome">): string => join(stackHome, "timeline");

export const fileOf = (context: Pick<Context, "stackHome">, kind: Kind, form: "json" | "html", good = false): string =>
    join(directoryOf(context), `${kind}${good ? "-good" : ""}.${form}`);

/** @returns undefined where there is none, or none that can be read */
export function readTimeline(context: Pick<Context, "stackHome">, kind: Kind, good = false): Timeline | undefined {
    const file = fileOf(context, kind, "json", good);
    try {
        const found = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Timeline>) : {};
        return found.version === 1 ? (found as Timeline) : undefined;
    } catch {
        return undefined;
    }
}

export function timelineOf(
    run: Run,
    about: Pick<Timeline, "stack" | "kind" | "began" | "lasted">,
    seconds: number,
    outcome: Timeline["outcome"],
): Timeline {
    const after = new Map(run.steps.map((one) => [one.id, one.after]));
    const spans = [...run.spans.values()].sort((a, b) => a.from - b.from);
    const steps = spans.map((span): Kept => {
        const last = lastOf(after.get(span.id) ?? [], run, span.from);
        const state = span.state === "working" && outcome !== "under way" ? "cut off" : span.state;
        return { ...rounded(span), state, ...(last ? { waitedFor: { step: last.step, node: last.node, until: round(last.to!) } } : {}) };
    });
    // Of what is described no more nothing is to be expected.
    const gone = (key: string): boolean => outcome === "ok" && run.hasPlan && !after.has(key.slice(key.indexOf(" ") + 1));
    const took = spans.filter(({ state }) => state === "done").map(({ op, id, from, to }): [string, number] => [lastedKey(op, id), round(to! - from)]);
    return {
        ...about,
        version: 1,
        nodes: run.names,
        seconds: round(seconds),
        outcome,
        steps,
        untouched: outcome === "ok" ? run.steps.filter(({ id }) => !run.spans.has(id)).length : 0,
        path: outcome === "under way" ? [] : pathOf(run, spans),
        lasted: Object.fromEntries([...Object.entries(about.lasted).filter(([key]) => !gone(key)), ...took]),
    };
}

/** What is read at one moment may have come in any order, in seconds. */
const tolerance = 0.5;

/** Of many, in one go: where all of a step's hosts wait for all of another's, there are tens of thousands. */
function lastOf(ids: readonly string[], run: Run, from: number): Span | undefined {
    let last: Span | undefined;
    for (const id of ids) {
        const span = run.spans.get(id);
        if (span?.to !== undefined && span.to <= from + tolerance && span.to > (last?.to ?? -1)) {
            last = span;
        }
    }
    return last;
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;
const rounded = (span: Span): Span => ({ ...span, from: round(span.from), ...(span.to === undefined ? {} : { to: round(span.to) }) });

/** From the step that ended last back, each time to the one that it waited for, or that its node was at work with. */
function pathOf(run: Run, spans: readonly Span[]): string[] {
    const ended = spans.filter(({ to }) => to !== undefined);
    const after = new Map(run.steps.map((one) => [one.id, one.after]));
    const path: string[] = [];
    let at = [...ended].sort((a, b) => b.to! - a.to!)[0];
    while (at && path.length < 1000) {
        const { id, from, node } = at;
        path.unshift(id);
        const earlier = ended.filter((one) => one.to! <= from + tolerance && one.from < from);
        const before = earlier.filter((one) => one.node === node || after.get(id)?.includes(one.id));
        at = before.sort((a, b) => b.to! - a.to!)[0];
    }
    return path;
}

/** Takes from the state how many things each step changed: it is in the first line that a step prints. */
export function countChanges(run: Run, recorded: Deployment | undefined): void {
    for (const { type, urn, outputs } of recorded?.resources ?? []) {
        const span = type.startsWith("command:") ? run.spans.get(idOf(type, urn.split("::").at(-1) ?? "")) : undefined;
        const stdout = outputs?.["stdout"];
        const count = typeof stdout === "string" ? /^(\d+) changes$/m.exec(stdout.split("\n", 1)[0] ?? "")?.[1] : undefined;
        if (span?.state === "done" && span.op !== "delete" && count !== undefined) {
            span.changes = Number(count);
        }
    }
}

/** Writes it for programs; when the run is over, for a browser as well, and as the last good one if it is. */
export function keepTimeline(context: Pick<Context, "stackHome">, timeline: Timeline): void {
    const text = `${JSON.stringify(timeline)}\n`;
    writeWhole(fileOf(context, timeline.kind, "json"), text);
    if (timeline.outcome === "under way") {
        return;
    }
    writePage(context, timeline);
    if (timeline.outcome === "ok") {
        writeWhole(fileOf(context, timeline.kind, "json", true), text);
    }
}

export const writePage = (context: Pick<Context, "stackHome">, timeline: Timeline): void => writeWhole(fileOf(context, timeline.kind, "html"), page(timeline));
