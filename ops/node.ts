/**
 * `make node NODE=agent2 DO=drain`, before a node is rebooted, repaired or switched off: its tasks and pods run elsewhere, if the rest
 * can do without it. `DO=activate`, when it is back. FORCE=1 drains whatever the rest can do.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { allChecks } from "../components/rows";
import { systems } from "../components/systems";
import { areContainers } from "../config/nodes";
import { loadOutputs, placeOf, type Outputs } from "./engine/outputs";
import { refuseUntrue, warnUntrue } from "./engine/unsaved";
import { runAt } from "./lib/place";
import { main, note, Problem } from "./lib/say";
import { hindrances } from "./node/gates";
import { deedOf, ordersFor, type Deed } from "./node/orders";
import { readAccount } from "./rerun/converge";
import { loadContext, type Context } from "./stack/context";
import { gather, type Row } from "./verify/gather";

main(async () => {
    const { NODE: name = "", DO = "", FORCE = "" } = process.env;
    const deed = deedOf(DO);
    const context = loadContext();
    const outputs = await loadOutputs(context);
    const dc = outputs.description;
    const node = dc.nodes.find((one) => one.name === name);
    if (!node) {
        throw new Problem(`stack ${context.stack} has no node '${name}'`, `NODE is one of ${dc.nodes.map((one) => one.name).join(", ")}`);
    }
    if (areContainers(dc)) {
        throw new Problem("the nodes of this stack are containers of one engine, with one role each", "stop and start them by Docker's client: 'make up' starts what is down");
    }
    // One that is back is given back, whatever else is true.
    if (deed === "drain" && FORCE !== "1") {
        refuseUntrue(context, "whether the rest can do without this node would be judged by what was described before");
    } else {
        warnUntrue(context);
    }
    if (deed === "drain") {
        await mayGo(context, outputs, name, FORCE);
    }
    for (const { at, program, seconds } of ordersFor(dc, node)) {
        const { code, stdout, stderr } = await runAt(placeOf(outputs, at), deed, { stdin: program, connectSeconds: 20, commandSeconds: seconds });
        if (code !== 0) {
            process.stderr.write(stderr);
            return 1;
        }
        (readAccount(stdout)?.lines ?? []).forEach((line) => process.stdout.write(`${line}\n`));
    }
    return deed === "drain" ? gone(name) : await isBack(context, outputs, name);
});

const rowsOf = (context: Context, outputs: Outputs): Promise<Row[]> =>
    gather(allChecks(systems, outputs.description, context.owner), (node) => placeOf(outputs, node));

/** @throws Problem where the rest could not do without it */
async function mayGo(context: Context, outputs: Outputs, name: string, force: string): Promise<void> {
    const reasons = hindrances(outputs.description, name, await rowsOf(context, outputs));
    if (reasons.length > 0 && force !== "1") {
        throw new Problem(`${name} should not go away now: ${reasons.join("; ")}`, "bring the others back first ('make up', 'make verify'), or add members; FORCE=1 drains it all the same");
    }
    reasons.forEach((reason) => note(`warning: ${reason}`));
}

function gone(name: string): number {
    process.stdout.write(`${name} may go away. When it is back: make node NODE=${name} DO=${"activate" satisfies Deed}\n`);
    return 0;
}

/** How long its services may take after a boot, in ms. */
const patience = 180_000;

async function isBack(context: Context, outputs: Outputs, name: string): Promise<number> {
    const end = Date.now() + patience;
    for (;;) {
        const bad = (await rowsOf(context, outputs)).filter(({ nodes, finding }) => nodes.length === 1 && nodes[0] === name && !finding.ok);
        if (bad.length === 0) {
            process.stdout.write(`${name} is back, and as described\n`);
            return 0;
        }
        if (Date.now() > end) {
            throw new Problem(`${name} is not as described: ${bad.map(({ system, row, finding }) => `${system}: ${row}: ${finding.found}`).join("; ")}`, "'make up CONVERGE=1', and 'make verify' for the remedies");
        }
        await sleep(5000);
    }
}
