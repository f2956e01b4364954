/** `make bench`: how big the stack is, and how long verbs take that change nothing on a stack that is up. */
import { containerType, localStepType, readCheckpoint, stepType } from "./engine/checkpoint";
import { copyRemoteState } from "./engine/remote-state";
import { exec } from "./lib/exec";
import { main, Problem } from "./lib/say";
import { loadContext, type Context } from "./stack/context";

async function timed(context: Context, verb: string): Promise<string> {
    const begun = process.hrtime.bigint();
    const { code } = await exec(process.execPath, ["--require", "tsx/cjs", `ops/${verb}.ts`], { cwd: context.root, env: process.env });
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    return `${verb.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s${code === 0 ? "" : `  (ended with status ${code})`}`;
}

main(async () => {
    const context = loadContext();
    await copyRemoteState(context);
    const recorded = readCheckpoint(context);
    const resources = typeof recorded === "string" ? [] : (recorded.resources ?? []);
    const steps = resources.filter(({ type }) => type === stepType || type === localStepType);
    const hosts = resources.filter(({ type }) => type === "datacentre:host:Host").length;
    const [nodes, kind] = hosts > 0 ? [hosts, "host"] : [resources.filter(({ type }) => type === containerType).length, "container"];
    if (steps.length === 0) {
        throw new Problem(`stack ${context.stack} is not up`, "run 'make up' first");
    }
    const each = (count: number): string => `${(count / nodes).toFixed(1)} a ${kind}`;
    process.stdout.write(`${nodes} ${kind}s: ${resources.length} resources (${each(resources.length)}), ${steps.length} steps (${each(steps.length)})\n`);
    for (const verb of ["preview", "up", "verify"]) {
        process.stdout.write(`${await timed(context, verb)}\n`);
    }
    return 0;
});
