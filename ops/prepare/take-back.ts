/**
 * After a run that was killed before its state was written, and one that came well to its end: what the first put on hosts, and the second neither
 * has described nor recorded, is taken back there by the programs that hosts have noted (components/host/take-back.sh).
 */
import { Sessions } from "../../components/ssh/sessions";
import { SshError } from "../../components/ssh/ssh";
import { launcher, renderProgram } from "../../components/step/program";
import { readCheckpoint, recordedHosts, stepNamed, stepType, type RecordedResource } from "../engine/checkpoint";
import { targetOf, type Outputs } from "../engine/outputs";
import type { Unsaved } from "../engine/unsaved";
import { pooled } from "../lib/pool";
import { note, Problem } from "../lib/say";
import { atOnce, type Runner } from "../rerun/look";
import type { Context } from "../stack/context";

const scripts = ["components/host/begun.sh", "components/host/take-back.sh"];

/** How long one host may take, in seconds: a member's leaving waits for the others, and undoing removes packages. */
const patience = { asks: 120, takes: 1800 };

/** Names of recorded steps by host. */
function stepsByHost(resources: readonly RecordedResource[]): Map<string, string[]> {
    const steps = new Map<string, string[]>();
    for (const { type, inputs } of resources) {
        const named = type === stepType ? stepNamed(inputs?.["create"]) : undefined;
        if (named) {
            steps.set(named.node, [...(steps.get(named.node) ?? []), named.step]);
        }
    }
    return steps;
}

/** The lines of a step's account, without "note: " before some. */
const linesOf = (stdout: string): string[] => stdout.split("\n").slice(1).map((line) => line.trim().replace(/^note: /, "")).filter((line) => line !== "");

async function ask(outputs: Outputs, node: string, program: string, run: Runner, commandSeconds: number): Promise<string[]> {
    const target = targetOf(outputs, node);
    try {
        const { code, stdout, stderr } = await run(target, `${launcher(target.user)} converge # takes back on ${node}`, { stdin: program, connectSeconds: 30, commandSeconds });
        if (code === 0) {
            return linesOf(stdout);
        }
        throw new Problem(`what a killed run left on ${node} could not be taken back: ${stderr.trim() || `status ${code}`}`, "see above, then run 'make up' again");
    } catch (error) {
        if (error instanceof SshError) {
            throw new Problem(`what a killed run left on ${node} could not be looked for: ${error.message}`, error.remedy);
        }
        throw error;
    }
}

/**
 * Takes back on all hosts of the stack what is not recorded. Hosts with members of quorums go one after another.
 *
 * @throws Problem when a host is not reached, or something cannot be done there
 */
export async function takeBackLeft(context: Context, outputs: Outputs, given?: Runner): Promise<void> {
    const recorded = readCheckpoint(context);
    const resources = typeof recorded === "string" ? [] : (recorded.resources ?? []);
    const sessions = new Sessions();
    const run = given ?? sessions.run;
    const steps = stepsByHost(resources);
    const hosts = recordedHosts(recorded);
    const all = [...new Set([...steps.values()].flat())].join("\n");
    const programFor = (node: string, asks: boolean): string =>
        renderProgram("take-back", node, scripts, {
            ...{ leaves_nothing: true, stack: context.owner, asks },
            ...{ recorded_steps: (steps.get(node) ?? []).join("\n"), steps_elsewhere: all },
        });
    const take = async (node: string): Promise<void> => {
        const said = await ask(outputs, node, programFor(node, false), run, patience.takes);
        note(`on ${node}: ${said.join("; ") || "nothing was left"}`);
    };
    try {
        const look = (node: string): Promise<string[]> => ask(outputs, node, programFor(node, true), run, patience.asks);
        const found = await pooled(hosts, atOnce, async (node) => ({ node, left: await look(node) }));
        const due = found.filter(({ left }) => left.length > 0);
        const isMembers = ({ left }: { left: readonly string[] }): boolean => left.some((line) => line.startsWith("member "));
        for (const { node } of due.filter(isMembers)) {
            await take(node);
        }
        await pooled(due.filter((one) => !isMembers(one)), atOnce, ({ node }) => take(node));
    } finally {
        sessions.close();
    }
}

/** Of nodes that only the killed run knew: where they are told of, since nobody asks them any more. */
export function tellUnknownHosts(context: Context, { nodes }: Unsaved): void {
    const recorded = recordedHosts(readCheckpoint(context));
    const gone = nodes.filter((name) => !recorded.includes(name));
    if (gone.length > 0) {
        note(
            `the run that was killed was to put something on ${gone.join(", ")}, and nothing is described there now: what it put there stays.\n` +
                "  remedy: where such a machine is kept, put it back into datacentre:nodes with a role that it can hold, 'make up', then take it out and 'make up' again",
        );
    }
}
