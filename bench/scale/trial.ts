/** One stack of bench-scale: made for one measurement, with a home, a state and plugins of its own, and removed. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { checkpointFile, stepType, type Deployment } from "../../ops/engine/checkpoint";
import { ensureStack } from "../../ops/engine/engine";
import { collectedSeldom, savingEnvironment, savingOf } from "../../ops/engine/saving";
import { exec } from "../../ops/lib/exec";
import { Problem } from "../../ops/lib/say";
import { loadContext, type Context } from "../../ops/stack/context";
import { engineSettingsOf } from "../../ops/stack/engine-settings";
import { settingsNow } from "../../ops/stack/settings";
import { measured, type Cost } from "../lib/measure";
import { median } from "../lib/statistics";
import { scaledStack } from "./description";

const root = join(__dirname, "../..");

/** What processes of an engine's run do, by what their command says; the null provider's part is none of the engine's. */
const roles: readonly (readonly [role: string, pattern: RegExp])[] = [
    ["null provider", /null-command\.ts/],
    ["program", /@pulumi\/pulumi\/cmd\/run/],
    ["language host", /language-nodejs/],
    ["engine", /bin\/pulumi (up|preview)/],
];

export interface Measurement {
    readonly verb: "up" | "preview";
    readonly nodes: number;
    readonly resources: number;
    readonly steps: number;
    /** Of the engine, its language host and the program. */
    readonly cpuSeconds: number;
    /** Of the null provider, which is not in the above. */
    readonly nullProviderCpuSeconds: number;
    readonly wallSeconds: number;
    readonly peakMiB: Readonly<Record<string, number>>;
    /** Of the state's file; absent after a preview, as are the others. */
    readonly stateBytes?: number;
    /** Of a step's record as JSON without blanks. */
    readonly medianRecordBytes?: number;
    readonly maxRecordBytes?: number;
}

export class Trial {
    private readonly name = `bench-scale-${process.pid}`;
    private readonly scratch = mkdtempSync(join(tmpdir(), "bench-scale-"));
    private readonly file = join(root, `Pulumi.${this.name}.yaml`);

    public constructor(
        private readonly nodes: number,
        /** Where each Node.js process of the run leaves a profile. */
        private readonly profiles?: string,
    ) {}

    public async prepare(): Promise<Context> {
        const key = join(this.scratch, "id_ed25519");
        const { code, stderr } = await exec("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        if (code !== 0) {
            throw new Problem(`ssh-keygen made no key: ${stderr}`, "run 'make setup'");
        }
        const settings = Object.entries(scaledStack(this.nodes, key) as Record<string, unknown>).map(([name, value]) => [`datacentre:${name}`, value] as const);
        writeFileSync(this.file, stringify({ config: Object.fromEntries(settings) }));
        const stackHome = join(this.scratch, "home/stacks", this.name);
        mkdirSync(join(this.scratch, "home/state"), { recursive: true });
        mkdirSync(stackHome, { recursive: true });
        writeFileSync(join(stackHome, "passphrase"), "of a stack that holds nothing", { mode: 0o600 });
        Object.assign(process.env, { STACK: this.name, DATACENTRE_HOME: join(this.scratch, "home"), PULUMI_HOME: this.plugins() });
        delete process.env.PULUMI_BACKEND_URL;
        delete process.env.PULUMI_CONFIG_PASSPHRASE;
        const context = loadContext(root);
        await ensureStack(context);
        return context;
    }

    /** The clone's plugins, but the null provider in place of `command`. */
    private plugins(): string {
        const [home, theirs] = [join(this.scratch, "pulumi-home"), join(root, ".datacentre/pulumi-home/plugins")];
        const names = existsSync(theirs) ? readdirSync(theirs).filter((name) => name.startsWith("resource-")) : [];
        const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> };
        names.filter((name) => !name.startsWith("resource-command-")).forEach((name) => cpSync(join(theirs, name), join(home, "plugins", name), { recursive: true }));
        const folder = join(home, "plugins", `resource-command-v${dependencies["@pulumi/command"] ?? ""}`);
        mkdirSync(folder, { recursive: true });
        const program = `exec node --require ${root}/node_modules/tsx/dist/cjs/index.cjs ${join(__dirname, "null-command.ts")} "$@"`;
        writeFileSync(join(folder, "pulumi-resource-command"), `#!/bin/bash\n# NULL PROVIDER of bench-scale\n${program}\n`, { mode: 0o755 });
        return home;
    }

    /** Runs the engine as `make up` and `make preview` do. */
    public async run(context: Context, verb: Measurement["verb"]): Promise<Measurement> {
        const args = verb === "up" ? ["up", "--yes", "--skip-preview", "--suppress-outputs"] : ["preview", "--suppress-outputs"];
        const profiling = this.profiles ? { NODE_OPTIONS: `--require ${join(__dirname, "profiler.cjs")}`, BENCH_PROFILES: this.profiles } : {};
        const saving = verb === "up" ? savingEnvironment(savingOf(context, settingsNow(context)), this.nodes) : collectedSeldom(this.nodes);
        const cost = await measured(context.engine, args, { cwd: context.root, env: { ...context.env, ...engineSettingsOf(context), ...profiling, ...saving, NO_COLOR: "1" }, watch: true });
        if (cost.code !== 0) {
            throw new Problem(`the engine ended with status ${cost.code} at ${this.nodes} nodes:\n${cost.output.slice(-3000)}`, "see above");
        }
        return { ...this.account(cost, verb), ...(verb === "up" ? this.state(context) : created(cost.output)) };
    }

    private account(cost: Cost, verb: Measurement["verb"]): Pick<Measurement, "verb" | "nodes" | "cpuSeconds" | "nullProviderCpuSeconds" | "wallSeconds" | "peakMiB"> {
        const of = (role: string) => cost.processes.filter(({ command }) => roles.find(([, pattern]) => pattern.test(command))?.[0] === role);
        const nullProviderCpuSeconds = of("null provider").reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
        const peak = (role: string): number => Math.round(Math.max(0, ...of(role).map(({ peakBytes }) => peakBytes)) / 2 ** 20);
        return {
            verb,
            nodes: this.nodes,
            cpuSeconds: cost.cpuSeconds - nullProviderCpuSeconds,
            nullProviderCpuSeconds,
            wallSeconds: cost.wallSeconds,
            peakMiB: Object.fromEntries(roles.map(([role]) => [role, peak(role)])),
        };
    }

    private state(context: Context): Pick<Measurement, "resources" | "steps" | "stateBytes" | "medianRecordBytes" | "maxRecordBytes"> {
        const path = checkpointFile(context) ?? "";
        const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as { checkpoint: { latest: Deployment } };
        const { resources = [] } = checkpoint.latest;
        const sizes = resources.filter(({ type }) => type === stepType).map((one) => Buffer.byteLength(JSON.stringify(one)));
        return {
            resources: resources.length,
            steps: sizes.length,
            stateBytes: statSync(path).size,
            medianRecordBytes: median(sizes),
            maxRecordBytes: Math.max(...sizes),
        };
    }

    public remove(): void {
        rmSync(this.file, { force: true });
        rmSync(this.scratch, { recursive: true, force: true });
    }
}

/** What a preview says that it would make. */
function created(output: string): Pick<Measurement, "resources" | "steps"> {
    const resources = Number(/\+ (\d+) to create/.exec(output)?.[1]);
    return { resources, steps: (output.match(/command:remote:Command/g) ?? []).length };
}
