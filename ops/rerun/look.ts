/** Looks at hosts: what running their recorded steps again would change, without changing anything. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { SshError, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { assignment, compact, launcher, root } from "../../components/step/program";
import { pooled } from "../lib/pool";
import type { RecordedStep } from "./steps";

/** One thing on a host that is not as described. */
export interface Difference {
    /** `/etc/hosts differs`, `zookeeper is inactive, not active`. */
    readonly what: string;
    /** Of a file: its lines as `diff -u` has them, what is there with `-` and what is described with `+`. */
    readonly lines: readonly string[];
}

/** What was seen of one step. */
export interface Look {
    readonly step: string;
    readonly node: string;
    /** `clean`: running it would change nothing. `unseen`: it could not be looked at, and `problem` says why. */
    readonly state: "clean" | "differs" | "unseen";
    readonly differences: readonly Difference[];
    readonly notes: readonly string[];
    /** What is wrong with the host, or what the step would refuse. */
    readonly problem?: string;
    /** Its host was not reached at all. */
    readonly unreached?: boolean;
}

/** How a command is run on a host. */
export type Runner = (target: Target, command: string, options: SshOptions) => Promise<SshResult>;

/** Hosts that are worked on at once, by a connection each. */
export const atOnce = 50;

/** Bounds on the host itself: each of its steps 100 s, all of them 600 s (components/step/look/host.sh). */
const commandSeconds = 640;

const text = (name: string): string => compact(readFileSync(join(root, "components/step/look", `${name}.sh`), "utf8"));

/** The program that looks at all of a host's steps. What the steps' programs hold goes by stdin alone, as they do. */
export function lookingProgram(steps: readonly RecordedStep[], mark: string): string {
    const values = {
        mark,
        frame: text("frame"),
        commands: text("commands"),
        programs: steps.map(({ stdin }) => stdin),
        secrets: steps.map(({ secret }) => (secret ? "yes" : "")),
    };
    return `${text("host")}${Object.entries(values)
        .map(([key, value]) => assignment(key, value))
        .join("\n")}\nlook_host\n`;
}

/** What the words of a step's own account mean before it did anything: it counts what it has done. */
const meanings: readonly (readonly [RegExp, string])[] = [
    [/^made (\/.*)$/, "$1 is not there"],
    [/^wrote (\/.*)$/, "$1 differs"],
    [/^started (\S+)$/, "$1 does not run"],
    [/^restarted (\S+)$/, "$1 runs, and not with what is described"],
    [/^reloaded (\S+)$/, "$1 has not read its settings"],
    [/^enabled (\S+)$/, "$1 is not enabled"],
    [/^stopped (\S+)(.*)$/, "$1 runs, and should not$2"],
    [/^disabled (\S+?)(,.*)?$/, "$1 is enabled, and should not be$2"],
    [/^restored (\/.*)$/, "$1 is still ours, and is described no more"],
    [/^removed (\/.*)$/, "$1 is still there, and is described no more"],
    [/^installed ([^\s=]+)=?(\S*)$/, "package $1 $2 is not there, or in another version"],
    [/^loaded image (.*)$/, "image $1 is not there"],
];

function meaning(did: string): string {
    for (const [pattern, words] of meanings) {
        if (pattern.test(did)) {
            return did.replace(pattern, words).replaceAll("  ", " ");
        }
    }
    return did;
}

/** Reads what one step said: see components/step/look/frame.sh. */
export function readLook(step: string, node: string, output: string): Look {
    const differences: { what: string; lines: string[] }[] = [];
    const ran: string[] = [];
    const notes: string[] = [];
    const unaccounted: string[] = [];
    let problem: string | undefined;
    let current: { what: string; lines: string[] } | undefined;
    let ended = false;
    for (const line of output.split("\n")) {
        const said = line.slice(2);
        switch (line.slice(0, 2)) {
            case "D ": {
                const what = meaning(said);
                // What two parts of a step tell is one difference, told once.
                current = { what, lines: [] };
                if (!differences.some((one) => one.what === what)) {
                    differences.push(current);
                }
                break;
            }
            case "L ":
                current?.lines.push(said);
                break;
            case "A ":
                ran.push(said);
                break;
            case "N ":
                notes.push(said);
                break;
            case "U ":
                unaccounted.push(said);
                break;
            case "P ":
                problem ??= said;
                break;
            case "R ":
                problem = problem?.includes("\n") ? problem : `${problem ?? ""}\n  remedy: ${said}`;
                break;
            case "E ":
                ended = true;
                break;
        }
    }
    // What a step does behind a difference that it named is no other one.
    if (differences.length === 0) {
        differences.push(...[...new Set(ran)].map((what) => ({ what: `it would run: ${what}`, lines: [] })));
    }
    for (const what of unaccounted) {
        // By its last name, since a directory above may be a link.
        const name = /[^/]*$/.exec(what.split(" ")[0] ?? "")?.[0] ?? "";
        if (!differences.some((one) => one.what.includes(name))) {
            differences.push({ what, lines: [] });
        }
    }
    if (!ended && problem === undefined) {
        problem = "it came to no end\n  remedy: run 'make up CONVERGE=1', which says more";
    }
    const state = differences.length > 0 ? "differs" : problem === undefined ? "clean" : "unseen";
    return { step, node, state, differences, notes, ...(problem === undefined ? {} : { problem }) };
}

const unseen = (steps: readonly RecordedStep[], problem: string, unreached = false): Look[] =>
    steps.map(({ step, node }) => ({ step, node, state: "unseen", differences: [], notes: [], problem, ...(unreached ? { unreached } : {}) }));

/** Is told when a node is looked at, and whether it was reached. */
export interface Watched {
    begins?(node: string): void;
    ends?(node: string, ok: boolean): void;
}

/**
 * Looks at the hosts of all steps, some at once; the order of steps counts on each host alone.
 *
 * @returns a look for each step, by its id. A step that runs on this machine is not looked at, and has none
 */
export async function lookAtAll(steps: readonly RecordedStep[], run: Runner, watched: Watched = {}): Promise<Map<string, Look>> {
    const hosts = new Map<string, RecordedStep[]>();
    for (const step of steps) {
        if (!("here" in step.target)) {
            hosts.set(step.node, [...(hosts.get(step.node) ?? []), step]);
        }
    }
    const looks = new Map<string, Look>();
    await pooled([...hosts.values()], atOnce, async (own) => {
        const node = own[0]!.node;
        watched.begins?.(node);
        const found = await lookAtHost(own, run);
        watched.ends?.(node, found.every(({ unreached }) => unreached !== true));
        found.forEach((look, i) => looks.set(own[i]!.id, look));
    });
    return looks;
}

/**
 * Looks at the steps of one host, in one go.
 *
 * @param steps in the order in which they were recorded, which is one that they may run in
 * @returns a look for each
 */
async function lookAtHost(steps: readonly RecordedStep[], run: Runner): Promise<Look[]> {
    const target = steps[0]!.target as Target;
    const mark = `look-${randomBytes(8).toString("hex")}`;
    let result: SshResult;
    try {
        result = await run(target, `${launcher(target.user)} look # looks at ${steps[0]?.node ?? ""}`, { stdin: lookingProgram(steps, mark), connectSeconds: 30, commandSeconds });
    } catch (error) {
        if (error instanceof SshError) {
            return unseen(steps, `${error.message}\n  remedy: ${error.remedy}`, true);
        }
        throw error;
    }
    const busy = /^a step is at work$/m.test(result.stdout.split(`${mark} begin`)[0] ?? "") ? ["a step was at work meanwhile, so this may have changed since"] : [];
    const why = /^cannot look: (.*)$/m.exec(result.stdout)?.[1] ?? (result.stderr.trim().split("\n").at(-1) || `status ${result.code}`);
    return steps.map((step, i) => {
        const from = result.stdout.indexOf(`${mark} begin ${i}\n`);
        const to = result.stdout.indexOf(`\n${mark} end ${i}\n`);
        if (from < 0 || to < 0) {
            return unseen([step], `the host cannot be looked at: ${why}\n  remedy: run 'make up CONVERGE=1', which runs the steps themselves`)[0]!;
        }
        const look = readLook(step.step, step.node, result.stdout.slice(result.stdout.indexOf("\n", from) + 1, to));
        return look.state === "clean" ? look : { ...look, notes: [...look.notes, ...busy] };
    });
}
