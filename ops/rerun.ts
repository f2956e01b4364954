/** `make up CONVERGE=1`, after the `up`: runs every on-host step of the stack again. Options: --step NAME, --node NODE. */
import { copyRemoteState } from "./engine/remote-state";
import { refuseUntrue } from "./engine/unsaved";
import { main } from "./lib/say";
import { convergeOptions, convergeStack } from "./rerun/converge";
import { loadContext } from "./stack/context";

main(async () => {
    const context = loadContext();
    await copyRemoteState(context);
    refuseUntrue(context, "steps would run as they were before");
    return convergeStack(context, convergeOptions(process.argv.slice(2)));
});
