/** Shows a run while it goes on, and keeps its timeline. */
import { readCheckpoint, type Deployment } from "../engine/checkpoint";
import { runEngine } from "../engine/engine";
import { parallelOptions } from "../engine/parallel";
import { savingEnvironment, type Saving } from "../engine/saving";
import { closeRun, openRun } from "../engine/unsaved";
import type { Context } from "../stack/context";
import { describedNodes, settingsIfAny } from "../stack/settings";
import { lineReader, momentIn } from "./moments";
import { askOrder, goingOf, nodesWithSteps, planOf, toldOrder } from "./order";
import { Outlet } from "./outlet";
import { countChanges, directoryOf, keepTimeline, readTimeline, timelineOf, type Kind, type Timeline } from "./record";
import { Run } from "./run";
import { block, summary } from "./say";
import { Screen } from "./screen";

/** How often what the engine says is read, in ms. */
const period = 200;

/** In a log, how often it is said what is waited for, in seconds. */
const logEvery = 30;

/** No more than this part of the time goes into looking at what waits, and as much into keeping what was. */
const share = 1 / 4000;

/** The engine begins to sum up. */
const summing = /^(\u001b\[[0-9;]*m)*(Diagnostics|Resources):/;

/** Whether a person sees this on a terminal that can be drawn on. */
export const isLive = (env: NodeJS.ProcessEnv = process.env): boolean =>
    process.stdout.isTTY && process.stderr.isTTY && (env.CI ?? "") === "" && env.TERM !== "dumb";

const deploymentOf = (context: Context): Deployment | undefined => {
    const recorded = readCheckpoint(context);
    return typeof recorded === "string" ? undefined : recorded;
};

/** Does a thing now and then: not before `least` seconds have gone by, and the longer it takes the more seldom. */
function seldom(least: number, work: () => void): (now: number) => void {
    let next = least;
    return (now) => {
        if (now >= next) {
            const begun = performance.now();
            work();
            next = now + Math.max(least, (performance.now() - begun) / 1000 / share);
        }
    };
}

/** One run that is watched, whoever does its steps. */
export class Watch {
    public readonly run: Run;
    private readonly began = new Date();
    private readonly screen: Screen | undefined;
    private readonly lasted: Timeline["lasted"];
    private readonly show: (now: number) => void;
    private readonly keep: (now: number) => void;
    /** Something began or ended since it was last kept. */
    private news = false;
    /** What was printed last ends with a line's end. */
    private atStart = true;
    private quiet = false;

    public constructor(
        private readonly context: Context,
        private readonly kind: Kind,
        live = isLive(),
    ) {
        this.lasted = { ...(kind === "renew" ? readTimeline(context, "up")?.lasted : {}), ...readTimeline(context, kind)?.lasted };
        this.run = new Run([], this.lasted, kind === "converge");
        this.screen = live ? new Screen(process.stderr) : undefined;
        this.show = this.screen ? seldom(1, () => this.draw()) : seldom(logEvery, () => this.log());
        this.keep = seldom(5, () => this.put("under way"));
    }

    public get isLive(): boolean {
        return this.screen !== undefined;
    }

    /** Seconds since it began. */
    public get now(): number {
        return (Date.now() - this.began.getTime()) / 1000;
    }

    /** When it began, in ms since 1970. */
    public get since(): number {
        return this.began.getTime();
    }

    /** Something began or ended. */
    public changed(): void {
        this.news = true;
    }

    /** Prints what somebody says, above the lines that are drawn. */
    public say(text: string, to: NodeJS.WriteStream): void {
        if (text === "") {
            return;
        }
        if (this.screen) {
            this.screen.say(text);
        } else {
            to.write(text);
        }
        this.atStart = text.endsWith("\n");
    }

    /** The engine sums up: nothing is said in between. */
    public hush(): void {
        this.quiet = true;
        this.screen?.clear();
    }

    public tick(): void {
        if (!this.quiet) {
            this.show(this.now);
        }
        if (this.news) {
            this.keep(this.now);
        }
    }

    private draw(): void {
        const { rows, columns } = this.screen!.size;
        this.screen!.draw(block(this.run, this.now, rows, columns));
    }

    private log(): void {
        if (this.run.working.length > 0) {
            process.stderr.write(`${this.atStart ? "" : "\n"}${summary(this.run, this.now)}\n`);
            this.atStart = true;
        }
    }

    private put(outcome: Timeline["outcome"]): void {
        const about = { stack: this.context.stack, kind: this.kind, began: this.began.toISOString(), lasted: this.lasted };
        keepTimeline(this.context, timelineOf(this.run, about, this.now, outcome));
        this.news = false;
    }

    /** The run is over. */
    public close(ok: boolean): void {
        this.screen?.close();
        if (this.run.spans.size > 0 && this.kind !== "converge") {
            countChanges(this.run, deploymentOf(this.context));
        }
        this.put(ok ? "ok" : "failed");
    }
}

/**
 * Runs the engine, shows what is at work and what waits, and keeps the run's timeline: of one that was cut off, what there was of it.
 *
 * What the engine prints is printed here as it is. On a terminal it is its plain display, without its tree: a tree of all resources
 * says nothing of hosts, and is longer than a screen where there are many.
 *
 * @param saving when the engine writes its state
 * @returns the engine's exit status
 */
export async function runWatched(context: Context, kind: Kind, args: readonly string[], saving: Saving = "each"): Promise<number> {
    const opened = await openRun(context, kind, saving);
    const settings = settingsIfAny(context);
    const watch = new Watch(context, kind);
    const { run } = watch;
    const streams = [process.stdout, process.stderr].map((to) => ({ to, outlet: new Outlet(directoryOf(context), "output"), lines: lineReader() }));
    const [out, err] = streams as [(typeof streams)[0], (typeof streams)[0]];
    if (kind === "destroy") {
        const recorded = deploymentOf(context);
        run.follow(goingOf(recorded), nodesWithSteps(recorded), 0);
    } else {
        askOrder(context);
    }
    const read = (): void => {
        for (const { to, outlet, lines } of streams) {
            const text = outlet.read();
            for (const line of lines(text)) {
                const moment = momentIn(line);
                if (moment && run.note(moment, watch.now)) {
                    watch.changed();
                } else if (summing.test(line)) {
                    watch.hush();
                }
            }
            watch.say(text, to);
        }
        const order = run.hasPlan ? undefined : toldOrder(context, watch.since);
        if (order) {
            run.follow(planOf(order, deploymentOf(context)), order.nodes, watch.now);
        }
        watch.tick();
    };
    const timer = setInterval(read, period);
    let status = 70;
    try {
        const plain = watch.isLive ? ["--suppress-progress", ...(process.env.NO_COLOR === undefined ? ["--color", "always"] : [])] : [];
        const into = { stdout: out.outlet.descriptor, stderr: err.outlet.descriptor };
        const environment = savingEnvironment(saving, describedNodes(settings).length);
        status = await runEngine(context, [...args, ...parallelOptions(settings), ...plain], into, environment);
    } finally {
        clearInterval(timer);
        watch.hush();
        read();
        watch.close(status === 0);
        streams.forEach(({ outlet }) => outlet.close());
        await closeRun(context, opened, status, run.spans.size > 0);
    }
    return status;
}
