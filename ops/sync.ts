import { loadContext } from "./context";
import { main } from "./say";
import { syncSettings } from "./settings";

/** Before plain `pulumi` reads the stack's settings, they get what was changed in the tracked ones since. */
main(() => {
    syncSettings(loadContext());
    return Promise.resolve(0);
});
