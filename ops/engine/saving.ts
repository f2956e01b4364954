/** When the engine writes its state: at every step, or once, when it ends. */
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { describedNodes, providerOf, type Settings } from "../stack/settings";
import { readCheckpoint, recordedHosts, type Deployment } from "./checkpoint";

export type Saving = "each" | "end";

/**
 * With more nodes than this the state is written once. Each step writes all of it twice, so that costs the square of them. Measured by
 * bench-scale, in processor seconds of an `up` that makes everything, at every step and once: 13 and 5 with 25 nodes, 18 and 6 with 50, 57 and
 * 9 with 100. Below, a killed run that loses nothing is worth the seconds.
 */
export const nodesSavedEach = 50;

/** What is on hosts that are there already, by the type that the engine records: all of it can be made again, and none is lost. */
const repeatable = /^(command:remote:(Command|CopyToRemote)|pulumi:.*)$/;

/** What is said with CHECKPOINTS. @throws Problem for what means nothing, and for the engine's own switch, which notes nothing */
export function askedSaving(env: NodeJS.ProcessEnv = process.env): Saving | undefined {
    const asked = env.CHECKPOINTS ?? "";
    if (/^(1|true)$/i.test(env.PULUMI_SKIP_CHECKPOINTS ?? "")) {
        throw new Problem(
            "PULUMI_SKIP_CHECKPOINTS is set: of a run that was killed nobody would know that it was",
            "unset it; CHECKPOINTS=end does the same, and notes it",
        );
    }
    if (asked !== "" && asked !== "each" && asked !== "end") {
        throw new Problem(
            `CHECKPOINTS=${asked} means nothing`,
            `use CHECKPOINTS=end to have the state written once, at the end of the run, CHECKPOINTS=each at every step; left out, it is once for hosts that are there already and more than ${nodesSavedEach} nodes`,
        );
    }
    return asked === "" ? undefined : asked;
}

/** Why a state that is written once would be a danger, in a sentence. */
function dangerOf(recorded: Deployment | string, settings: Settings): string | undefined {
    const { kind } = providerOf(settings);
    if (kind !== "existing") {
        return `the machines, networks or containers that the provider '${kind}' makes would be lost to a state that is not written: nobody would know of them, and they would be made twice`;
    }
    const all = typeof recorded === "string" ? [] : (recorded.resources ?? []);
    const other = all.find(({ type, custom }) => custom === true && !repeatable.test(type));
    return other && `the state still has ${other.urn.split("::").at(-1) ?? other.urn} (${other.type}), which is more than steps on hosts`;
}

/**
 * When the state is to be written in a run.
 *
 * @throws Problem when CHECKPOINTS has no meaning, or asks for what would lose something
 */
export function savingOf(context: Pick<Context, "bookkeeping" | "remoteCopy" | "project" | "stack">, settings: Settings, env: NodeJS.ProcessEnv = process.env): Saving {
    const asked = askedSaving(env);
    const recorded = readCheckpoint(context);
    const danger = dangerOf(recorded, settings);
    if (asked === "end" && danger !== undefined) {
        throw new Problem(`CHECKPOINTS=end is not for this stack: ${danger}. Nothing was touched`, "leave CHECKPOINTS out");
    }
    const nodes = Math.max(describedNodes(settings).length, recordedHosts(recorded).length);
    return asked ?? (danger === undefined && nodes > nodesSavedEach ? "end" : "each");
}

/**
 * For an engine that writes no state at every step: its memory is looked after less often, up to a limit near which Go does so more. What it has
 * in use is small then (440 MiB at most with 1,000 nodes), and a fifth of its processor time went there. Settings of the user's own hold.
 */
export const collectedSeldom = (nodes: number, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
    env.GOGC !== undefined || env.GOMEMLIMIT !== undefined ? {} : { GOGC: "400", GOMEMLIMIT: `${Math.max(800, nodes)}MiB` };

/** The engine's own switch. Source: pulumi 3.255, pkg/backend/snapshot.go, unsafeServiceLoop. */
export const savingEnvironment = (saving: Saving, nodes = 0): NodeJS.ProcessEnv =>
    saving === "end" ? { PULUMI_SKIP_CHECKPOINTS: "true", ...collectedSeldom(nodes) } : {};
