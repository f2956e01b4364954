import { loadContext } from "./context";
import { namesOf } from "./docker";
import { ensureStack, runEngine } from "./engine";
import { hideKeysInLogs } from "./log-filter";
import { findNodes } from "./nodes";
import { dockerOf } from "./prepare";
import { main, note } from "./say";

/** `make preview`: what `make up` would change, by resource and line. Touches no host. */
main(async () => {
    const context = loadContext();
    const docker = dockerOf(await ensureStack(context));
    await hideKeysInLogs(context);
    const { asleep, gone } = docker ? await findNodes(context, docker) : { asleep: [], gone: 0 };
    if (asleep.length > 0) {
        note(`'make up' would start ${asleep.length} hosts that do not run: ${namesOf(asleep)}`);
    }
    return runEngine(context, ["preview", "--diff", "--suppress-outputs", ...(gone > 0 ? ["--refresh"] : [])]);
});
