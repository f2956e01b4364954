/** Before plain `pulumi` reads the stack's settings, they get what was changed in the tracked ones since. */
import { main } from "./lib/say";
import { loadContext } from "./stack/context";
import { syncSettings } from "./stack/settings";

main(async () => {
    syncSettings(loadContext());
    return 0;
});
