/**
 * `make renew`: makes every certificate of the stack anew, whatever time they have left, and lets its services take them, in the order and
 * with the care of `up`. The authorities stay: docs/systems.md says how a stack gets others.
 */
import { renewFlag, setHostFlag } from "./engine/host-flags";
import { findOutputs } from "./engine/outputs";
import { askedSaving, savingOf } from "./engine/saving";
import { refuseUntrue } from "./engine/unsaved";
import { main, note, Problem } from "./lib/say";
import { prepareStack } from "./prepare/prepare";
import { convergeStack } from "./rerun/converge";
import { loadContext } from "./stack/context";
import { providerOf, syncSettings } from "./stack/settings";
import { runWatched } from "./timeline/watch";

main(async () => {
    const context = loadContext();
    askedSaving();
    const { options } = await prepareStack(context);
    refuseUntrue(context, "steps would run as they were before");
    const saving = savingOf(context, syncSettings(context));
    const outputs = await findOutputs(context);
    if (!outputs) {
        throw new Problem(`stack ${context.stack} is not up`, `run 'make up${context.stack === "local" ? "" : ` STACK=${context.stack}`}' first: what it makes is new`);
    }
    if (providerOf(syncSettings(context)).kind === "containers") {
        note("services in containers have no certificates here");
        return 0;
    }
    await setHostFlag(outputs, renewFlag, true, "nothing was made anew");
    try {
        // What the operator has, such as a kubeconfig, is an output of the program, which setup has made anew.
        const status = await runWatched(context, "renew", ["up", "--yes", "--skip-preview", "--suppress-outputs", ...options], saving);
        return status === 0 ? await convergeStack(context) : status;
    } finally {
        await setHostFlag(outputs, renewFlag, false, `their ${renewFlag} was not taken back`);
    }
});
