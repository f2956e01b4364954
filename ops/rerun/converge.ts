/** Runs recorded steps again on their hosts. */
import { parseArgs } from "node:util";

import { Sessions } from "../../components/ssh/sessions";
import { ssh, SshError, type SshResult } from "../../components/ssh/ssh";
import { exportStack } from "../engine/engine";
import { exec } from "../lib/exec";
import { ordered } from "../lib/pool";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { providerOf, syncSettings } from "../stack/settings";
import { idOfUrn } from "../timeline/order";
import { runWatched, Watch } from "../timeline/watch";
import { atOnce, lookAtAll, type Look, type Runner, type Watched } from "./look";
import { recordedSteps, type RecordedStep } from "./steps";

/** What one step did when it was run again. */
export interface StepReport {
    readonly step: string;
    readonly node: string;
    readonly ok: boolean;
    /** How many things it changed; 0 for a host as it was left. */
    readonly changes: number;
    /** The changes by name, and notes. */
    readonly lines: readonly string[];
    /** What went wrong, with its remedy. */
    readonly error?: string;
}

/** On its host, or on this machine with the engine's environment. */
const runWhere = ({ target, command, stdin }: RecordedStep, run: Runner, env: NodeJS.ProcessEnv): Promise<SshResult> =>
    "here" in target ? exec("/bin/sh", ["-c", command], { env, input: stdin }) : run(target, command, { stdin, connectSeconds: 30, commandSeconds: 1800 });

/** Reads a step's own account: `N changes` and a line for each. */
export function readAccount(stdout: string): { changes: number; lines: string[] } | undefined {
    const [first = "", ...rest] = stdout.trimEnd().split("\n");
    const count = /^(\d+) changes$/.exec(first)?.[1];
    return count === undefined ? undefined : { changes: Number(count), lines: rest.map((line) => line.trim()).filter((line) => line !== "") };
}

/** What a step says of its failure, with all faults that it found; of anything else, such as sudo's words, the end. */
function faultText(stderr: string): string {
    const lines = stderr.trim().split("\n");
    const first = lines.findIndex((line) => line.startsWith("datacentre: "));
    return (first < 0 ? lines.slice(-8) : lines.slice(first, first + 60)).join("\n");
}

/** A step's error text on stderr never quotes its program. */
export async function runStep(step: RecordedStep, run: Runner, env: NodeJS.ProcessEnv): Promise<StepReport> {
    const who = { step: step.step, node: step.node };
    try {
        const result = await runWhere(step, run, env);
        const account = result.code === 0 ? readAccount(result.stdout) : undefined;
        if (account) {
            return { ...who, ok: true, ...account };
        }
        const error = faultText(result.stderr) || `ended with status ${result.code} and said nothing`;
        return { ...who, ok: false, changes: 0, lines: [], error };
    } catch (error) {
        if (error instanceof SshError) {
            return { ...who, ok: false, changes: 0, lines: [], error: `${error.message}\n  remedy: ${error.remedy}` };
        }
        throw error;
    }
}

/**
 * Runs steps again in dependency order, one a host at once. After a failed step, those that need it are left out and reported.
 *
 * @param looks what was seen of steps before. One where nothing is due is not run, unless one before it on its host has changed something;
 * one whose host was not reached has failed
 */
export async function converge(
    steps: readonly RecordedStep[],
    run: Runner = ssh,
    report: (report: StepReport) => void = () => undefined,
    env: NodeJS.ProcessEnv = process.env,
    begins: (step: RecordedStep) => void = () => undefined,
    looks: ReadonlyMap<string, Look> = new Map(),
): Promise<StepReport[]> {
    const reports: StepReport[] = [];
    const add = (one: StepReport): boolean => {
        reports.push(one);
        report(one);
        return one.ok;
    };
    const moved = new Set<string>();
    const left = await ordered(steps, atOnce, async (step) => {
        const who = { step: step.step, node: step.node };
        const look = looks.get(step.id);
        if (look?.unreached) {
            return add({ ...who, ok: false, changes: 0, lines: [], error: look.problem ?? "not reached" });
        }
        if (look?.state === "clean" && !moved.has(step.node)) {
            return add({ ...who, ok: true, changes: 0, lines: look.notes.map((note) => `note: ${note}`) });
        }
        begins(step);
        const done = await runStep(step, run, env);
        if (done.changes > 0) {
            moved.add(step.node);
        }
        return add(done);
    });
    for (const { step, node } of steps.filter(({ id }) => left.includes(id))) {
        add({ step, node, ok: false, changes: 0, lines: [], error: "not run, since a step before it failed" });
    }
    return reports;
}

/** `zookeeper on master1: 1 changes: started zookeeper`, counted in the words of the step itself. */
export function reportText({ step, node, ok, changes, lines, error }: StepReport): string {
    if (!ok) {
        return `${step} on ${node}: failed: ${error ?? ""}`;
    }
    return `${step} on ${node}: ${changes} changes${lines.length > 0 ? `: ${lines.join("; ")}` : ""}`;
}

/**
 * Runs what is due of the recorded steps of the stack again, since the engine itself sees no drift on hosts: all hosts are looked at first,
 * and the steps that would change something, or could not be looked at, run in their order. What it can see, containers that are
 * nodes, it is told to look at before.
 *
 * @param only limits it to a step's name and a node's name
 * @returns the exit status: 0 when all steps ended well
 */
export async function convergeStack(context: Context, only: { step?: string; node?: string } = {}): Promise<number> {
    if (providerOf(syncSettings(context)).kind === "containers") {
        const status = await runWatched(context, "up", ["up", "--yes", "--skip-preview", "--suppress-outputs", "--refresh"]);
        if (status !== 0) {
            return status;
        }
    }
    const { deployment } = await exportStack(context, true);
    const all = recordedSteps(deployment);
    const steps = all.filter(({ step, node }) => (only.step ?? step) === step && (only.node ?? node) === node);
    if (steps.length === 0) {
        throw new Problem(
            all.length === 0 ? `stack ${context.stack} has no steps on hosts` : "no recorded step has that name and node",
            all.length === 0 ? "run 'make up' first" : `steps: ${[...new Set(all.map(({ step }) => step))].join(", ")}`,
        );
    }
    const sessions = new Sessions();
    try {
        return account(
            await watchConverge(context, steps, async (report, begins, looking) =>
                converge(steps, sessions.run, report, context.env, begins, await lookAtAll(steps, sessions.run, looking)),
            ),
        );
    } finally {
        sessions.close();
    }
}

function account(reports: readonly StepReport[]): number {
    const failed = reports.filter(({ ok }) => !ok).length;
    const total = reports.reduce((sum, { changes }) => sum + changes, 0);
    process.stdout.write(`total: ${total} changes in ${reports.length} steps${failed > 0 ? `, ${failed} failed` : ""}\n`);
    return failed > 0 ? 1 : 0;
}

/** Shows what is at work, prints what each step did, and keeps the timeline. */
async function watchConverge(
    context: Context,
    steps: readonly RecordedStep[],
    work: (report: (report: StepReport) => void, begins: (step: RecordedStep) => void, looking: Watched) => Promise<StepReport[]>,
): Promise<StepReport[]> {
    const watch = new Watch(context, "converge");
    const nodes = [...new Set(steps.map(({ node }) => node))];
    const plan = steps.map(({ id, step, node, after }) => ({ id: idOfUrn(id), step, node, after: after.map(idOfUrn), recorded: true }));
    watch.run.follow(plan, nodes, 0);
    const ids = new Map(steps.map(({ id, step, node }): [string, string] => [`${step} ${node}`, idOfUrn(id)]));
    const begins = ({ id, step, node }: RecordedStep): void => {
        watch.run.begin({ id: idOfUrn(id), step, node, op: "converge" }, watch.now);
        watch.changed();
    };
    const report = (one: StepReport): void => {
        const id = ids.get(`${one.step} ${one.node}`) ?? "";
        if (!watch.run.end(id, one.ok, watch.now, one.changes) && one.ok) {
            watch.run.leave(id, watch.now);
        }
        watch.changed();
        watch.say(`${reportText(one)}\n`, process.stdout);
    };
    const looking: Watched = {
        begins: (node) => {
            watch.run.begin({ id: `look ${node}`, step: "look", node, op: "converge" }, watch.now);
            watch.changed();
        },
        ends: (node, ok) => {
            watch.run.end(`look ${node}`, ok, watch.now);
            watch.changed();
        },
    };
    const timer = setInterval(() => watch.tick(), 200);
    let reports: StepReport[] = [];
    try {
        reports = await work(report, begins, looking);
        return reports;
    } finally {
        clearInterval(timer);
        watch.close(reports.length > 0 && reports.every(({ ok }) => ok));
    }
}

/** `--step NAME --node NODE`. */
export function convergeOptions(args: readonly string[]): { step?: string; node?: string } {
    const { values } = parseArgs({ args: [...args], options: { step: { type: "string" }, node: { type: "string" } } });
    return values;
}
