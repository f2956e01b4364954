/** `make preview`: what `make up` would change, by resource and line. Touches no host. */
import { ensureStack, runEngine } from "./engine/engine";
import { hideKeysInLogs } from "./engine/log-filter";
import { collectedSeldom } from "./engine/saving";
import { warnUntrue } from "./engine/unsaved";
import { namesOf } from "./lib/docker";
import { main, note } from "./lib/say";
import { tellMembership } from "./prepare/membership";
import { findNodes } from "./prepare/nodes";
import { dockerOf } from "./prepare/prepare";
import { tellUpgrades } from "./prepare/upgrades";
import { lookAround } from "./publishers/ask";
import { loadContext } from "./stack/context";
import { describedNodes } from "./stack/settings";

main(async () => {
    const context = loadContext();
    await lookAround(context);
    const settings = await ensureStack(context);
    const docker = dockerOf(settings);
    await hideKeysInLogs(context);
    const { asleep, gone } = docker ? await findNodes(context, docker) : { asleep: [], gone: 0 };
    if (asleep.length > 0) {
        note(`'make up' would start ${asleep.length} hosts that do not run: ${namesOf(asleep)}`);
    }
    warnUntrue(context);
    [...tellMembership(context, settings), ...tellUpgrades(context, settings)].forEach(note);
    const seldom = collectedSeldom(describedNodes(settings).length);
    return runEngine(context, ["preview", "--diff", "--suppress-outputs", ...(gone > 0 ? ["--refresh"] : [])], undefined, seldom);
});
