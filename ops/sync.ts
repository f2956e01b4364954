/**
 * Before plain `pulumi` reads the stack's settings, they get what was changed in the tracked ones since. And a change of members that
 * `make up` refuses is refused here as well: new members cannot see on their own hosts that there were others.
 */
import { copyRemoteState } from "./engine/remote-state";
import { main } from "./lib/say";
import { changesOf } from "./prepare/membership";
import { refuse } from "./prepare/stages";
import { loadContext } from "./stack/context";
import { syncSettings } from "./stack/settings";

main(async () => {
    const context = loadContext();
    const settings = syncSettings(context);
    if (process.argv.includes("--members")) {
        await copyRemoteState(context);
        changesOf(context, settings).forEach(refuse);
    }
    return 0;
});
