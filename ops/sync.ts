/**
 * Before plain `pulumi` reads the stack's settings, they get what was changed in the tracked ones since. And a change of members that
 * `make up` refuses is refused here as well: new members cannot see on their own hosts that there were others.
 */
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
    return 0;
});
