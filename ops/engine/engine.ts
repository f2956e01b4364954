/** Calls Pulumi's engine, for its own display or for its answer. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { parse, stringify } from "yaml";

import { exec, type ExecOptions } from "../lib/exec";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { engineSettingsOf } from "../stack/engine-settings";
import { syncSettings, type Settings } from "../stack/settings";
import { readCheckpoint, type Deployment } from "./checkpoint";
import { copyRemoteState, stateChanged } from "./remote-state";

/**
 * Runs the engine with its own display on this terminal, and gives its exit status. PULUMI_FLAGS adds options of its.
 *
 * @param into files that take what it prints instead
 * @param saving how it writes its state, by its environment
 */
export async function runEngine(context: Context, args: readonly string[], into?: ExecOptions["into"], saving: NodeJS.ProcessEnv = {}): Promise<number> {
    const more = (process.env.PULUMI_FLAGS ?? "").split(/\s+/).filter((flag) => flag !== "");
    refuseTellingLogs(more, process.env.PULUMI_OPTION_VERBOSE);
    const options = { cwd: context.root, env: { ...context.env, ...engineSettingsOf(context), ...saving }, inherit: true, ...(into ? { into } : {}) };
    const { code } = await exec(context.engine, [...args, ...more], options);
    stateChanged(context);
    return code;
}

/** The last verbosity at which the engine's logs keep secrets to themselves: from 9 on it prints what is inside of them. */
const quietVerbosity = 8;

/**
 * @param flags the engine's options, in which `-v 9`, `-v=9` and `--verbose=9` ask for its log
 * @param variable what PULUMI_OPTION_VERBOSE says
 * @throws Problem for a verbosity whose log would hold secrets in plain text
 */
export function refuseTellingLogs(flags: readonly string[], variable: string | undefined): void {
    const asked = [...` ${flags.join(" ")}`.matchAll(/ (?:-v|--verbose)[= ]?(\d+)/g)].map(([, level]) => Number(level));
    if (Math.max(0, Number(variable ?? 0), ...asked) > quietVerbosity) {
        throw new Problem(
            `at verbosity ${quietVerbosity + 1} and above the engine logs keys and passwords in plain text`,
            `use ${quietVerbosity} at most`,
        );
    }
}

/** Runs the engine for its answer. */
async function ask(context: Context, args: readonly string[], input?: string): Promise<string> {
    const result = await exec(context.engine, [...args, "--non-interactive"], {
        cwd: context.root,
        env: context.env,
        ...(input === undefined ? {} : { input }),
    });
    if (result.code !== 0) {
        throw new Problem(
            `the engine failed at '${args.slice(0, 2).join(" ")}': ${result.stderr.trim() || `status ${result.code}`}`,
            "see above; 'make setup' mends the engine and its plugins",
        );
    }
    return result.stdout;
}

/**
 * Makes sure that the engine knows the stack and that this user's settings have the salt of its secrets.
 *
 * A stack is made from a directory of its own, since the engine would write the salt into the tracked settings.
 *
 * @returns the settings as the engine will read them
 */
export async function ensureStack(context: Context): Promise<Settings> {
    let settings = syncSettings(context);
    await copyRemoteState(context);
    const recorded = readCheckpoint(context);
    if (recorded === "unreadable") {
        return settings;
    }
    if (recorded !== "absent") {
        const salt = recorded.secrets_providers?.state?.salt;
        const known = settings.encryptionsalt ?? settings.secretsprovider;
        return known === undefined && salt !== undefined ? syncSettings(context, { encryptionsalt: salt }) : settings;
    }
    const { encryptionsalt, secretsprovider } = settings;
    if (context.bookkeeping !== undefined) {
        mkdirSync(dirname(context.bookkeeping), { recursive: true, mode: 0o700 });
    }
    const scratch = mkdtempSync(join(tmpdir(), "datacentre-init-"));
    try {
        const file = join(scratch, `Pulumi.${context.stack}.yaml`);
        copyFileSync(join(context.root, "Pulumi.yaml"), join(scratch, "Pulumi.yaml"));
        writeFileSync(file, stringify({ ...(encryptionsalt ? { encryptionsalt } : {}), ...(secretsprovider ? { secretsprovider } : {}) }));
        await ask(context, ["stack", "init", context.stack, "--no-select", "-C", scratch]);
        stateChanged(context);
        const { encryptionsalt: made } = (parse(readFileSync(file, "utf8")) ?? {}) as Settings;
        settings = syncSettings(context, made === undefined ? {} : { encryptionsalt: made });
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
    return settings;
}

/** Sets a secret in this user's settings. The value goes through stdin, for argument lists are seen by everybody. */
export async function setSecret(context: Context, key: string, value: string): Promise<void> {
    await ask(context, ["config", "set", "--secret", "--stack", context.stack, key], value);
}

export async function unsetSetting(context: Context, key: string): Promise<void> {
    await ask(context, ["config", "rm", "--stack", context.stack, key]);
}

/** The stack's outputs with secrets in plain text. Empty when nothing is there. */
export async function stackOutputs(context: Context): Promise<Record<string, unknown>> {
    return JSON.parse(await ask(context, ["stack", "output", "--json", "--show-secrets"])) as Record<string, unknown>;
}

/** The whole recorded stack; secrets as the engine keeps them, or in plain text. */
export async function exportStack(context: Context, showSecrets: boolean): Promise<{ version: number; deployment: Deployment }> {
    const text = await ask(context, ["stack", "export", ...(showSecrets ? ["--show-secrets"] : [])]);
    return JSON.parse(text) as { version: number; deployment: Deployment };
}

export async function importStack(context: Context, stack: { version: number; deployment: Deployment }): Promise<void> {
    await ask(context, ["stack", "import"], JSON.stringify(stack));
    stateChanged(context);
}
