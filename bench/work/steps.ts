/** What the program tells each step: the program itself runs, on mocks of the engine, and what it hands to hostStep is written down. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type * as pulumiModule from "@pulumi/pulumi";

import type { StepArgs } from "../../components/step/step";
import type { DataCentreInput } from "../../config";
import { exec } from "../../ops/lib/exec";
import { comparedName } from "./stack";

export interface Told {
    readonly step: string;
    readonly node: string;
    readonly scripts: readonly string[];
    readonly parameters: StepArgs["parameters"];
}

interface StepModule {
    hostStep: (args: StepArgs, options: object) => unknown;
}

/** In the order in which the program makes them, which is one in which they may run. Once a process, since modules are loaded once. */
export async function toldSteps(describe: (privateKeyFile: string) => DataCentreInput): Promise<Told[]> {
    const home = mkdtempSync(join(tmpdir(), "bench-plan-"));
    process.env.DATACENTRE_HOME = home;
    const key = join(home, "id_ed25519");
    try {
        const made = await exec("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        if (made.code !== 0) {
            writeFileSync(key, "");
        }
        // Loaded here: the key must be there, and index.ts runs when it is loaded.
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const pulumi = require("@pulumi/pulumi") as typeof pulumiModule;
        await pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }), call: () => ({}) }, "datacentre", comparedName);
        const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
        const settings = Object.entries(describe(key) as Record<string, unknown>).map(([name, value]) => [`datacentre:${name}`, text(value)] as const);
        pulumi.runtime.setAllConfig(Object.fromEntries(settings));
        const told = listen();
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        require("../../index");
        await pulumi.runtime.disconnect();
        return told;
    } finally {
        rmSync(home, { recursive: true, force: true });
    }
}

/** Stands between components and the module of steps from here on. */
function listen(): Told[] {
    const told: Told[] = [];
    const path = require.resolve("../../components/step/step");
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const genuine = require(path) as StepModule;
    const hostStep: StepModule["hostStep"] = (args, options) => {
        told.push({ step: args.step, node: args.node.spec.name, scripts: args.scripts, parameters: args.parameters });
        return genuine.hostStep(args, options);
    };
    require.cache[path]!.exports = { ...genuine, hostStep };
    return told;
}
