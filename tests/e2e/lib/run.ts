import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(__dirname, "../../..");
export const results = join(root, "tests/e2e/.results");

export interface Result {
    readonly code: number | null;
    /** stdout and stderr as they came. */
    readonly output: string;
    readonly stdout: string;
    readonly seconds: number;
}

export interface RunOptions {
    readonly env?: Record<string, string | undefined>;
    readonly input?: string;
    /** Kept under tests/e2e/.results, for a person who asks why. */
    readonly log?: string;
    /** Called with the child, which leads a process group of its own. */
    readonly started?: (child: ChildProcess) => void;
}

/** What a `make` that runs these tests tells the ones below it, such as its own STACK, is none of theirs. */
function withoutMake(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(MAKE(FLAGS|OVERRIDES|LEVEL)|MFLAGS)$/.test(name)));
}

/** Runs a command to its end; a status other than 0 is for the caller to judge. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
        const begin = Date.now();
        const child = spawn(command, args, {
            cwd: root,
            env: { ...withoutMake(process.env), ...options.env },
            detached: true,
            stdio: ["pipe", "pipe", "pipe"],
        });
        let output = "";
        let stdout = "";
        child.stdout.on("data", (data: Buffer) => {
            output += data.toString();
            stdout += data.toString();
        });
        child.stderr.on("data", (data: Buffer) => (output += data.toString()));
        child.stdin.on("error", () => undefined);
        child.stdin.end(options.input ?? "");
        child.on("error", reject);
        child.on("exit", (code) => {
            const seconds = (Date.now() - begin) / 1000;
            if (options.log) {
                mkdirSync(results, { recursive: true });
                writeFileSync(join(results, `${options.log}.log`), output);
            }
            // A killed engine may leave children that hold the pipes: what came until now is all that is wanted.
            setTimeout(() => {
                child.stdout.destroy();
                child.stderr.destroy();
                resolve({ code, output, stdout, seconds });
            }, 50);
        });
        options.started?.(child);
    });
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `ask` is true; throws with `what` when it is not in time. */
export async function eventually(what: string, seconds: number, ask: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await ask().catch(() => false))) {
        if (Date.now() > end) {
            throw new Error(`not within ${seconds} s: ${what}`);
        }
        await sleep(300);
    }
}

/** Repeats expectations until they hold, or fails with what they said last. */
export async function settles(seconds: number, expectations: () => Promise<void>): Promise<void> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        try {
            await expectations();
            return;
        } catch (error) {
            if (Date.now() > end) {
                throw error;
            }
            await sleep(500);
        }
    }
}
