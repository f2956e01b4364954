/** Ours, as a person runs it: `make up`, the run of all steps again, and the engine by itself. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { root } from "../../components/step/program";
import { exec } from "../../ops/lib/exec";
import { Problem } from "../../ops/lib/say";
import { loadContext } from "../../ops/stack/context";
import { measured, type Cost } from "../lib/measure";
import { comparedName, comparedStack } from "../work/stack";
import type { BenchHost } from "./hosts";

export class Ours {
    public readonly stack = comparedName;
    private readonly file = join(root, `Pulumi.${this.stack}.yaml`);
    private readonly home: string;

    public constructor(scratch: string) {
        this.home = join(scratch, "home");
    }

    private get env(): NodeJS.ProcessEnv {
        return { ...process.env, STACK: this.stack, DATACENTRE_HOME: this.home, YES: "1", NO_COLOR: "1", DATA: "", CONVERGE: "", JSON: "" };
    }

    /** A stack that nobody has brought up: no state, but its keys and settings, which `make setup` makes. */
    public async begin(hosts: readonly BenchHost[], privateKeyFile: string): Promise<void> {
        rmSync(this.home, { recursive: true, force: true });
        mkdirSync(this.home, { recursive: true });
        const settings = Object.entries(comparedStack(hosts, privateKeyFile) as unknown as Record<string, unknown>).map(([key, value]) => [`datacentre:${key}`, value] as const);
        writeFileSync(this.file, stringify({ config: Object.fromEntries(settings) }));
        const { code, stderr } = await exec("make", ["-s", "setup", `STACK=${this.stack}`], { cwd: root, env: this.env });
        if (code !== 0) {
            throw new Problem(`setup of the compared stack failed: ${stderr.trim()}`, "see above");
        }
    }

    public up(): Promise<Cost> {
        return measured("make", ["-s", "up", `STACK=${this.stack}`], { cwd: root, env: this.env });
    }

    /** What `make up CONVERGE=1` does after its `up`. */
    public converge(): Promise<Cost> {
        return measured(process.execPath, ["--require", "tsx/cjs", "ops/rerun.ts"], { cwd: root, env: this.env });
    }

    /** Plain `pulumi up --skip-preview`, as in a shell of `make env`, but for the wrapper there. */
    public plain(): Promise<Cost> {
        const before = { ...process.env };
        Object.assign(process.env, this.env);
        const { engine, env } = loadContext(root);
        Object.keys(process.env).forEach((key) => before[key] === undefined && delete process.env[key]);
        Object.assign(process.env, before);
        return measured(engine, ["up", "--yes", "--skip-preview"], { cwd: root, env });
    }

    public static changes(output: string): number | undefined {
        const total = /^total: (\d+) changes/m.exec(output)?.[1];
        return total === undefined ? undefined : Number(total);
    }

    public remove(): void {
        rmSync(this.file, { force: true });
    }
}
