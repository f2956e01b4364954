/** One run as it goes: what is at work, what waits for what, and for how long it may yet go on. */
import { idOf, isWork, placeOf, type Planned } from "./order";
import type { Moment } from "./moments";

export type Op = Moment["op"] | "converge";

/** A step that was begun. */
export interface Span {
    readonly id: string;
    readonly step: string;
    readonly node: string;
    readonly op: Op;
    /** Of all times: seconds since the run began. */
    readonly from: number;
    to?: number;
    state: "working" | "done" | "failed";
    /** How many things it changed on its host, where it said so in no secret way. */
    changes?: number;
}

/** How long a step took the last times, in seconds, by what was done and its id. */
export type Lasted = Readonly<Record<string, number>>;

export const lastedKey = (op: Op, id: string): string => `${op} ${id}`;

/** What a node does at a moment. */
export interface Standing {
    readonly node: string;
    readonly working: readonly Span[];
    /** Its next step, and what that waits for; nothing where it is at work, or has all done. */
    readonly next?: { readonly step: string; readonly for?: Pick<Planned, "step" | "node"> };
}

/** How long it may go on, in seconds: with all that is recorded left as it is, and with all of it done again. */
export interface Estimate {
    readonly least: number;
    /** Undefined where something was never timed. */
    readonly most?: number;
}

/** The engine comes to a step at once when nothing is before it; one that is recorded and has not begun by then is left as it is. In seconds. */
const passing = 2;

export class Run {
    public readonly spans = new Map<string, Span>();
    private plan: readonly Planned[] = [];
    private planned = new Map<string, Planned>();
    /** When the plan came. */
    private known = 0;
    /** Steps that were found to need nothing, and when. */
    private readonly left = new Map<string, number>();

    /**
     * @param lasted of earlier runs
     * @param always nothing is left as it is, whether it is recorded or not
     */
    public constructor(
        private nodes: readonly string[],
        private readonly lasted: Lasted,
        private readonly always = false,
    ) {}

    public get hasPlan(): boolean {
        return this.plan.length > 0;
    }

    public get names(): readonly string[] {
        return this.nodes;
    }

    public get steps(): readonly Planned[] {
        return this.plan;
    }

    public follow(plan: readonly Planned[], nodes: readonly string[], at: number): void {
        this.plan = plan;
        this.nodes = nodes;
        this.planned = new Map(plan.map((one): [string, Planned] => [one.id, one]));
        this.known = at;
    }

    /** @returns whether anything is different now */
    public note({ what, type, name, op }: Moment, at: number): boolean {
        if (!isWork(type)) {
            return false;
        }
        const id = idOf(type, name);
        if (what === "begins" || !this.spans.has(id)) {
            const { step, node } = this.planned.get(id) ?? placeOf(type, name, this.nodes);
            const begun = this.begin({ id, step, node, op }, at);
            return what === "begins" ? begun : this.end(id, what === "ends", at);
        }
        return this.end(id, what === "ends", at);
    }

    public begin(one: Pick<Span, "id" | "step" | "node" | "op">, at: number): boolean {
        const before = this.spans.get(one.id);
        // What is replaced begins twice; lines of what is at work come again with each of its messages.
        if (before && (before.state === "working" || before.op === one.op)) {
            return false;
        }
        this.spans.set(one.id, { ...one, from: at, state: "working" });
        return true;
    }

    public end(id: string, ok: boolean, at: number, changes?: number): boolean {
        const span = this.spans.get(id);
        if (span?.state !== "working") {
            return false;
        }
        span.to = at;
        span.state = ok ? "done" : "failed";
        if (ok && changes !== undefined) {
            span.changes = changes;
        }
        return true;
    }

    /** The step is left as it is. */
    public leave(id: string, at: number): void {
        this.left.set(id, at);
    }

    public get working(): Span[] {
        return [...this.spans.values()].filter(({ state }) => state === "working").sort((a, b) => a.from - b.from);
    }

    /** When each step is done with; those that are not by `now` are left out. */
    private settled(now: number): Map<string, number> {
        const found = new Map<string, number>();
        for (const { id, after, recorded } of this.plan) {
            const span = this.spans.get(id);
            const left = span ? undefined : this.left.get(id);
            if (left !== undefined) {
                found.set(id, left);
                continue;
            }
            let at = span ? (span.state === "done" ? span.to! : Infinity) : this.always || !recorded ? Infinity : this.known + passing;
            if (!span && at < Infinity) {
                for (const before of after) {
                    at = Math.max(at, this.planned.has(before) ? (found.get(before) ?? Infinity) + passing : 0);
                }
            }
            if (at <= now) {
                found.set(id, at);
            }
        }
        return found;
    }

    /** How many steps there are, and how many of them are done with. */
    public count(now: number): { all: number; done: number } {
        return { all: this.plan.length, done: this.settled(now).size };
    }

    /** What each node does, those at work for longest first, then those that wait; in seconds of the run. */
    public standings(now: number): Standing[] {
        const settled = this.settled(now);
        const blocked = new Map<string, Planned>();
        const next = new Map<string, Standing["next"]>();
        for (const one of this.plan) {
            if (settled.has(one.id) || this.spans.has(one.id)) {
                continue;
            }
            const before = one.after.find((id) => this.planned.has(id) && !settled.has(id));
            const holder = before === undefined ? undefined : (blocked.get(before) ?? this.planned.get(before));
            if (holder) {
                blocked.set(one.id, holder);
            }
            if (!next.has(one.node)) {
                next.set(one.node, { step: one.step, ...(holder ? { for: { step: holder.step, node: holder.node } } : {}) });
            }
        }
        const working = new Map<string, Span[]>();
        for (const span of this.working) {
            working.set(span.node, [...(working.get(span.node) ?? []), span]);
        }
        const nodes = new Set([...working.keys(), ...next.keys()]);
        return [...nodes].map((node) => {
            const then = next.get(node);
            return { node, working: working.get(node) ?? [], ...(then ? { next: then } : {}) };
        });
    }

    /** How long the one step takes, by how long it took; of one that was never timed, as long as on other nodes. */
    public expected({ id, step }: Pick<Span, "id" | "step">, op: Op): number | undefined {
        const of = (key: Op): number | undefined => this.lasted[lastedKey(key, id)] ?? this.onOthers().get(lastedKey(key, step));
        return of(op) ?? (op === "create" ? of("update") : op === "update" ? of("create") : undefined);
    }

    private medians: Map<string, number> | undefined;

    /** The median over nodes. */
    private onOthers(): Map<string, number> {
        if (!this.medians) {
            const all = new Map<string, number[]>();
            for (const [key, seconds] of Object.entries(this.lasted)) {
                const [op = "", type = "", name = ""] = key.split(" ");
                const by = `${op} ${placeOf(type, name, this.nodes).step}`;
                all.set(by, [...(all.get(by) ?? []), seconds]);
            }
            this.medians = new Map([...all].map(([by, many]): [string, number] => [by, many.sort((a, b) => a - b)[many.length >> 1]!]));
        }
        return this.medians;
    }

    /** @returns undefined where nothing can be said */
    public estimate(now: number): Estimate | undefined {
        if (!this.hasPlan) {
            return undefined;
        }
        const settled = this.settled(now);
        const least = this.ends(now, settled, false);
        const most = this.ends(now, settled, true);
        return least === undefined ? undefined : { least, ...(most === undefined ? {} : { most }) };
    }

    /** Seconds until the last step ends: each after those that it waits for, and one at a time on a node. */
    private ends(now: number, settled: ReadonlyMap<string, number>, all: boolean): number | undefined {
        const ends = new Map<string, number>();
        const free = new Map<string, number>();
        let last = now;
        for (const one of this.plan) {
            const span = this.spans.get(one.id);
            if (settled.has(one.id) || (span && span.state !== "working")) {
                continue;
            }
            let takes: number | undefined = 0;
            if (span || all || this.always || !one.recorded) {
                takes = this.expected(one, span?.op ?? (this.always ? "converge" : one.recorded ? "update" : "create"));
            }
            if (takes === undefined) {
                return undefined;
            }
            let from = span ? span.from : Math.max(now, one.node === "" ? 0 : (free.get(one.node) ?? 0));
            for (const before of span ? [] : one.after) {
                from = Math.max(from, ends.get(before) ?? 0);
            }
            const to = Math.max(now, from + takes);
            ends.set(one.id, to);
            if (takes > 0) {
                free.set(one.node, to);
            }
            last = Math.max(last, to);
        }
        return last - now;
    }
}
