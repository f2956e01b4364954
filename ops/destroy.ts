/**
 * `make destroy`: removes what the stack made and keeps data, unless DATA=delete. Asks only a person at a terminal, and
 * not with YES=1. One that was killed is finished by the next.
 */
import { createInterface } from "node:readline/promises";

import { keptDisks, whatGoes } from "./destroy/plan";
import { readCheckpoint } from "./engine/checkpoint";
import { purgeFlag, setHostFlag } from "./engine/host-flags";
import { findOutputs, type Outputs } from "./engine/outputs";
import { askedSaving, savingOf } from "./engine/saving";
import { forgetUnsaved, lostRun, refuseUntrue } from "./engine/unsaved";
import type { DockerHost } from "./lib/docker";
import { main, note, Problem } from "./lib/say";
import { prepareStack } from "./prepare/prepare";
import { takeBackLeft } from "./prepare/take-back";
import { loadContext, type Context } from "./stack/context";
import { forgetAnswers } from "./stack/fallbacks";
import { providerOf, syncSettings } from "./stack/settings";
import { runWatched } from "./timeline/watch";

async function confirmed(context: Context): Promise<boolean> {
    if (!process.stdin.isTTY || process.env.YES === "1") {
        return true;
    }
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
    try {
        return (await prompt.question(`Type the stack's name (${context.stack}) to go on: `)).trim() === context.stack;
    } finally {
        prompt.close();
    }
}

async function dropVolumes(context: Context, docker: DockerHost): Promise<void> {
    const volumes = await docker.volumes(context.owner);
    await docker.removeVolumes(volumes);
    note(volumes.length > 0 ? `removed data: ${volumes.map(({ name }) => name).join(", ")}` : "there was no data left to remove");
}

/** Hosts that outlive the stack learn whether their data goes; without DATA=delete, a flag of an earlier try is taken back. */
async function tellHosts(outputs: Outputs | undefined, purge: boolean): Promise<void> {
    if (outputs?.description.provider.kind === "existing") {
        await setHostFlag(outputs, purgeFlag, purge, "nothing was removed");
    }
}

main(async () => {
    const data = process.env.DATA ?? "";
    if (data !== "" && data !== "keep" && data !== "delete") {
        throw new Problem(`DATA=${data} means nothing`, "use DATA=delete to remove data as well, or leave it out");
    }
    const purge = data === "delete";
    const context = loadContext();
    askedSaving();
    const { docker, options } = await prepareStack(context, { leaving: true });
    // What a killed `destroy` did not write is only that something is gone: the next one finds nothing left there.
    refuseUntrue(context, "things would be left on hosts");
    const settings = syncSettings(context);
    const provider = providerOf(settings);
    const saving = savingOf(context, settings);
    const outputs = await findOutputs(context);
    const plan = await whatGoes(context, outputs, docker, purge);
    process.stdout.write(`${plan.join("\n")}\n`);
    if (!(await confirmed(context))) {
        note("nothing was removed");
        return 1;
    }
    const recorded = readCheckpoint(context);
    const empty = typeof recorded !== "string" && (recorded.resources ?? []).length === 0;
    if (!empty) {
        await tellHosts(outputs, purge);
    }
    const lost = lostRun(context);
    if (lost && lost.verb !== "destroy" && outputs) {
        await takeBackLeft(context, outputs);
    }
    if (lost && (lost.verb !== "destroy" || empty)) {
        forgetUnsaved(context);
    }
    const status = empty ? 0 : await runWatched(context, "destroy", ["destroy", "--yes", "--skip-preview", "--suppress-outputs", ...options], saving);
    if (status !== 0) {
        note(`the stack is not all gone: see above, then run this again${purge ? ` (hosts still have ${purgeFlag})` : ""}`);
        return status;
    }
    if (docker && provider.kind === "containers") {
        const left = await docker.removeTasks(context.owner, provider.prefix);
        left.forEach((name) => note(`removed a task's container that was left: ${name}`));
    }
    if (purge && docker) {
        await dropVolumes(context, docker);
    }
    if (purge) {
        forgetAnswers(context);
    }
    const disks = typeof recorded === "string" ? [] : keptDisks(recorded.resources ?? []);
    if (disks.length > 0) {
        note(`data disks stay, and cost: ${disks.map(({ name, id }) => `${name} ${id}`).join(", ")}`);
        note("name them in datacentre:provider.disks[].existing to take them up again; 'aliyun ecs DeleteDisk --DiskId ID' removes one for good");
    } else if (!purge && !empty) {
        const stack = context.stack === "local" ? "" : ` STACK=${context.stack}`;
        note(`data was kept; the next 'make up${stack}' takes it up again` + (docker ? `, 'make destroy${stack} DATA=delete' removes it` : ""));
    }
    note(`the stack's keys and passphrase stay in ${context.stackHome}`);
    return 0;
});
