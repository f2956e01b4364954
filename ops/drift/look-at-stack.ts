/** Looks at all recorded steps of a stack. */
import { readCheckpoint } from "../engine/checkpoint";
import { exportStack } from "../engine/engine";
import { notThere } from "../engine/outputs";
import { copyRemoteState } from "../engine/remote-state";
import { warnUntrue } from "../engine/unsaved";
import { Problem } from "../lib/say";
import { lookAtAll, type Look, type Runner } from "../rerun/look";
import { recordedSteps } from "../rerun/steps";
import type { Context } from "../stack/context";

/** @throws Problem, with the status 2, when the stack is not there; with 1 where its nodes are no hosts */
export async function lookAtStack(context: Context, run: Runner): Promise<Look[]> {
    await copyRemoteState(context);
    warnUntrue(context);
    const there = readCheckpoint(context) !== "absent";
    const { deployment } = there ? await exportStack(context, true) : { deployment: {} };
    const steps = recordedSteps(deployment);
    if (steps.length === 0) {
        throw new Problem(`stack ${context.stack} is not there, or has no steps on hosts`, `run 'make up STACK=${context.stack}'`, notThere);
    }
    const looks = await lookAtAll(steps, run);
    if (looks.size === 0) {
        throw new Problem(
            `the nodes of stack ${context.stack} are containers, and nothing of it is on hosts`,
            "'make verify' names what was changed within a container, and 'make up CONVERGE=1' what the engine finds changed of it",
        );
    }
    return steps.flatMap(({ id }) => looks.get(id) ?? []);
}
