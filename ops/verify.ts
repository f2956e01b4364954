/**
 * `make verify`: asks every service on every host whether it is as described. Changes nothing.
 * Exit status 0: all is; 1: something is not; 2: the stack is not there.
 */
import { allChecks } from "../components/rows";
import { systems } from "../components/systems";
import { loadOutputs, placeOf } from "./engine/outputs";
import { warnUntrue } from "./engine/unsaved";
import { main } from "./lib/say";
import { loadContext } from "./stack/context";
import { gather } from "./verify/gather";
import { jsonReport, report, terminalStyle } from "./verify/table";

main(async () => {
    const context = loadContext();
    const outputs = await loadOutputs(context);
    warnUntrue(context);
    const rows = await gather(allChecks(systems, outputs.description, context.owner), (node) => placeOf(outputs, node));
    const asJson = process.argv.includes("--json");
    const style = terminalStyle(process.env, process.stdout.isTTY);
    process.stdout.write(asJson ? jsonReport(context.stack, rows) : report(rows, style));
    return rows.every(({ finding }) => finding.ok) ? 0 : 1;
});
