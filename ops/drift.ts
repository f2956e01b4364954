/**
 * `make drift`: what of every host is not as the last `up` left it, to the line of a file. Changes nothing.
 * Exit status 0: nothing; 1: something differs, or was not seen; 2: the stack is not there.
 */
import { Sessions } from "../components/ssh/sessions";
import { driftReport, jsonDrift, sawAll } from "./drift/report";
import { lookAtStack } from "./drift/look-at-stack";
import { main } from "./lib/say";
import { loadContext } from "./stack/context";

main(async () => {
    const context = loadContext();
    const sessions = new Sessions();
    try {
        const drift = await lookAtStack(context, sessions.run);
        process.stdout.write(process.argv.includes("--json") ? jsonDrift(context.stack, drift) : driftReport(drift));
        return sawAll(drift) ? 0 : 1;
    } finally {
        sessions.close();
    }
});
