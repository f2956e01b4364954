/**
 * `make up`: heals what a killed run left, lets members of quorums leave that are described no more, then lets the engine bring the
 * stack to what is described. It needs no input, so there is no question between preview and update: `make preview` shows the same beforehand.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { groupProbes as appProbes } from "../components/apps/check";
import { newNodesVariable } from "../components/step/visits";
import { systems } from "../components/systems";
import { runEngine } from "./engine/engine";
import { findOutputs, placeOf, recordedNodes } from "./engine/outputs";
import { copyRemoteState } from "./engine/remote-state";
import { askedSaving, savingOf } from "./engine/saving";
import { forgetUnsaved, lostRun, type Unsaved } from "./engine/unsaved";
import { writeWhole } from "./lib/files";
import { main, note } from "./lib/say";
import { checkEngine } from "./prepare/engine";
import { planMembership } from "./prepare/membership";
import { prepareStack } from "./prepare/prepare";
import { reachNewHosts, tellUnreached } from "./prepare/reach";
import { lookWhetherSettled } from "./prepare/settled";
import { takeBackLeft, tellUnknownHosts } from "./prepare/take-back";
import { planUpgrades } from "./prepare/upgrades";
import { convergeStack } from "./rerun/converge";
import { loadContext, type Context } from "./stack/context";
import { syncSettings } from "./stack/settings";
import { runWatched } from "./timeline/watch";
import { gather } from "./verify/gather";

main(async () => {
    const context = loadContext();
    askedSaving();
    const prepared = await prepareStack(context);
    const settings = syncSettings(context);
    const saving = savingOf(context, settings);
    const lost = tellLost(context);
    const options = [...prepared.options, ...(lost ? sendAgain : [])];
    await checkEngine(context, settings);
    const fresh = await reachNewHosts(context, settings);
    // Nothing to be made again, no `up` to be finished, nothing described anew.
    const settled = lookWhetherSettled(context);
    const isSettled = settled.isSettled && options.length === 0 && !isUnderWay(context) && !lost;
    const membership = await planMembership(context, settings, undefined, { isSettled, afterLost: lost !== undefined });
    await planUpgrades(context, settings);
    // A description with faults is refused while nobody has left.
    const sound = membership.leaving ? await runEngine(context, ["preview", "--suppress-outputs", ...options]) : 0;
    if (sound !== 0) {
        return sound;
    }
    const again = begin(context) || lost !== undefined;
    context.env[newNodesVariable] = JSON.stringify(again ? [] : fresh);
    await membership.leave();
    let status = await runWatched(context, "up", ["up", "--yes", "--skip-preview", "--suppress-outputs", ...options], saving);
    if (status === 0 && again) {
        note("the 'up' before this one did not come to its end: every step runs once more");
        status = await convergeStack(context);
    }
    if (status !== 0) {
        (await tellUnreached(syncSettings(context))).forEach(note);
        await tellWhatAppsWaitFor(context);
        return status;
    }
    if (lost) {
        await takeBack(context, lost);
    }
    end(context);
    settled.note();
    await tellWhatIsThere(context);
    return 0;
});

/**
 * An `up` that fails leaves a host between two descriptions, and the engine's state at the first: taking the change back
 * would then be no change. So a mark stands while an `up` is under way, and the one after it runs all steps again.
 *
 * @returns whether the mark of another one was there
 */
function begin(context: Context): boolean {
    const there = isUnderWay(context);
    writeWhole(mark(context), "");
    return there;
}

const isUnderWay = (context: Context): boolean => existsSync(mark(context));

const end = (context: Context): void => rmSync(mark(context), { force: true });

const mark = ({ stackHome }: Context): string => join(stackHome, "up-under-way");

/** What the killed run took back on a host was no news to the state: steps that it took for being there find their scripts again. */
const sendAgain = ["--replace", "**::scripts-*"];

function tellLost(context: Context): Unsaved | undefined {
    const lost = lostRun(context);
    if (lost && !lost.saved) {
        note(`the engine of 'make ${lost.verb}' of ${lost.when} was killed before it wrote the state, which does not have what it did: all is done once more`);
    }
    return lost;
}

/** What the killed run left and is described no more: the state is true by now, and does not have it. */
async function takeBack(context: Context, lost: Unsaved): Promise<void> {
    await copyRemoteState(context);
    const outputs = await findOutputs(context);
    if (outputs) {
        await takeBackLeft(context, outputs);
    }
    tellUnknownHosts(context, lost);
    forgetUnsaved(context);
}

/** After a failure: why apps are not deployed, which the step that failed can tell in short only. */
async function tellWhatAppsWaitFor(context: Context): Promise<void> {
    const outputs = await findOutputs(context).catch(() => undefined);
    const groups = outputs ? appProbes(outputs.description, { systems, owner: context.owner }) : [];
    if (!outputs || groups.length === 0) {
        return;
    }
    const rows = await gather({ probes: [], groups }, (node) => placeOf(outputs, node));
    for (const { row, finding } of rows.filter((one) => one.row.startsWith("/") && !one.finding.ok && one.finding.found !== "not there")) {
        process.stderr.write(`${row.split(" ")[0] ?? ""}: ${finding.found}\n  remedy: ${finding.remedy ?? ""}\n`);
    }
}

async function tellWhatIsThere(context: Context): Promise<void> {
    await copyRemoteState(context);
    const nodes = recordedNodes(context) ?? (await findOutputs(context))?.nodes ?? [];
    const width = Math.max(0, ...nodes.map(({ name }) => name.length));
    const lines = nodes.map(({ name, address, ssh, roles }) => {
        const at = ssh ? `${ssh.user}@${ssh.host}${ssh.port === 22 ? "" : `:${ssh.port}`}` : address;
        return `  ${name.padEnd(width)}  ${at}  ${roles.join(", ")}`;
    });
    const suffix = (context.stack === "local" ? "" : ` STACK=${context.stack}`) + (process.env.DATACENTRE_SIMULATE ? " SIMULATE=1" : "");
    process.stdout.write(`\nStack ${context.stack} is up:\n${lines.join("\n")}\n\n'make verify${suffix}' asks every service whether it is as described.\n`);
}
