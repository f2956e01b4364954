/**
 * Before plain `pulumi` reads the stack's settings, they get what was changed in the tracked ones since. And a change of members that
 * `make up` refuses is refused here as well: new members cannot see on their own hosts that there were others. So is a `destroy` on a state
 * that a killed run has not written.
 */
import { copyRemoteState } from "./engine/remote-state";
import { refuseUntrue } from "./engine/unsaved";
import { main } from "./lib/say";
import { checkMembers } from "./prepare/membership";
import { loadContext } from "./stack/context";
import { engineSettingsOf } from "./stack/engine-settings";
import { syncSettings } from "./stack/settings";

main(async () => {
    const context = loadContext();
    const settings = syncSettings(context);
    engineSettingsOf(context);
    if (process.argv.includes("--members")) {
        await checkMembers(context, settings);
    }
    if (process.argv.includes("--going")) {
        await copyRemoteState(context);
        refuseUntrue(context, "things would be left on hosts");
    }
    return 0;
});
