import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { CallContext } from "../provider/resource";
import { CancelledError, messageOf } from "../provider/errors";
import { endOf } from "../provider/signals";
import { isObject, reveal } from "../provider/values";
import type { PropertyMap } from "../provider/values";
import { Capture, previousOutput } from "./capture";
import type { Output } from "./capture";
import { goQuote } from "./lines";
import { closeWriteEnds, openPipes } from "./pipes";
import { textOf } from "./types";

const SYSTEM_ERRORS: Record<string, string> = {
    ENOENT: "no such file or directory",
    ENOTDIR: "not a directory",
    EACCES: "permission denied",
    E2BIG: "argument list too long",
    ENOEXEC: "exec format error",
    ENOMEM: "cannot allocate memory",
    EAGAIN: "resource temporarily unavailable",
};

/** Why a command could not be started, in the words of Go's os/exec. */
class StartError extends Error {}

function reasonOf(error: unknown): string {
    return SYSTEM_ERRORS[(error as NodeJS.ErrnoException).code ?? ""] ?? messageOf(error);
}

function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
    } catch {
        return false;
    }
}

/** A program's path by the plugin's own PATH: what `environment` sets is for the command alone. */
function findProgram(name: string): string {
    if (name.includes("/")) {
        return name;
    }
    const found = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder === "" ? "." : folder, name))
        .find(isExecutable);
    if (found === undefined) {
        throw new StartError(`exec: ${goQuote(name)}: executable file not found in $PATH`);
    }
    return found;
}

function directoryOf(inputs: PropertyMap): string {
    const directory = textOf(inputs, "dir");
    if (directory === undefined || directory === "") {
        return process.cwd();
    }
    try {
        statSync(directory);
    } catch (error) {
        throw new StartError(`chdir ${directory}: ${reasonOf(error)}`);
    }
    return directory;
}

function environmentOf(inputs: PropertyMap, previous: Output): NodeJS.ProcessEnv {
    const given = reveal(inputs["environment"] ?? null);
    const environment = isObject(given) ? Object.entries(given).map(([name, value]) => [name, String(value)]) : [];
    return { ...process.env, ...Object.fromEntries([...environment, ...previousOutput(inputs, previous)]) };
}

function commandLine(command: string, inputs: PropertyMap): [string, ...string[]] {
    const interpreter = reveal(inputs["interpreter"] ?? null);
    const [program, ...options] = Array.isArray(interpreter) ? interpreter.map(String) : [];
    return program === undefined ? ["/bin/sh", "-c", command] : [program, ...options, command];
}

/** Starts a program as the leader of its own process group, which is what Cancel ends. */
async function start(
    command: string, inputs: PropertyMap, previous: Output, stdout: number, stderr: number,
): Promise<ChildProcess> {
    const [name, ...options] = commandLine(command, inputs);
    const program = findProgram(name);
    const stdin = textOf(inputs, "stdin") ?? "";
    const failed = (error: unknown): StartError => new StartError(`fork/exec ${program}: ${reasonOf(error)}`);
    const cwd = directoryOf(inputs);
    let child: ChildProcess;
    try {
        child = spawn(program, options, {
            argv0: name, cwd, env: environmentOf(inputs, previous), detached: true,
            stdio: [stdin === "" ? "ignore" : "pipe", stdout, stderr],
        });
    } catch (error) {
        throw failed(error);
    }
    // A command that does not read all of its input closes the pipe: that is no fault.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(stdin);
    return new Promise((resolve, reject) => {
        child.once("spawn", () => resolve(child));
        child.once("error", (error) => reject(failed(error)));
    });
}

async function waitFor(child: ChildProcess, signal: AbortSignal, ends: Promise<void>[]): Promise<string | undefined> {
    const kill = (): void => {
        try {
            process.kill(-(child.pid ?? Number.NaN), "SIGKILL");
        } catch {
            // Nobody of the group is left.
        }
    };
    const exit = new Promise<string | undefined>((resolve) =>
        child.once("exit", (code, by) => resolve(code === 0 ? undefined : endOf(code, by))));
    signal.addEventListener("abort", kill);
    if (signal.aborted) {
        kill();
    }
    const [fault] = await Promise.all([exit, ...ends]);
    signal.removeEventListener("abort", kill);
    return fault;
}

/**
 * Runs one command of a `command:local:Command`, and waits until it and all who hold its output have ended. Cancel and a
 * timeout kill it and what it started.
 * @throws ProviderError when it cannot be started or fails.
 */
export async function runLocally(
    context: CallContext, command: string, inputs: PropertyMap, previous: Output,
): Promise<Output> {
    const capture = new Capture(context, inputs);
    if (context.signal.aborted) {
        const { message, code } = new CancelledError(context.signal.reason === "timeout");
        return capture.finish(command, message, code);
    }
    const pipes = openPipes(2);
    const ends = pipes.map(async ({ reader }, index) => new Promise<void>((resolve) => {
        reader.on("data", (chunk: Buffer) => capture.take(index === 0 ? "stdout" : "stderr", chunk));
        reader.on("error", () => undefined);
        reader.once("close", () => resolve());
    }));
    let child: ChildProcess;
    try {
        const [stdout, stderr] = pipes.map(({ writeEnd }) => writeEnd);
        child = await start(command, inputs, previous, stdout ?? 1, stderr ?? 2);
    } catch (error) {
        if (!(error instanceof StartError)) {
            throw error;
        }
        return await capture.finish(command, error.message);
    } finally {
        closeWriteEnds(pipes);
    }
    return capture.finish(command, await waitFor(child, context.signal, ends));
}
