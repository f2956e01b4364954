/** Runs programs to their end. */
import { spawn } from "node:child_process";

export interface ExecOptions {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    /** Written to the program's stdin, which is closed then; without it, stdin is empty. */
    readonly input?: string;
    /** The program talks to the terminal itself, and nothing is captured. */
    readonly inherit?: boolean;
    /** With `inherit`: open files that take what it prints in place of this process's own stdout and stderr. */
    readonly into?: { readonly stdout: number; readonly stderr: number };
}

export interface ExecResult {
    /** The exit status; 128 and the signal's number for a program that was killed, 127 for one that is not there. */
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a program to its end. Ctrl-C reaches it through the terminal and a SIGTERM is passed on; this process outlives it
 * either way, since an engine that is asked to stop still has its state to write.
 */
export function exec(program: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return new Promise((resolve) => {
        const child = spawn(program, args, {
            ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
            ...(options.env === undefined ? {} : { env: options.env }),
            stdio: options.inherit ? ["inherit", options.into?.stdout ?? "inherit", options.into?.stderr ?? "inherit"] : ["pipe", "pipe", "pipe"],
        });
        const out: Buffer[] = [];
        const err: Buffer[] = [];
        child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
        child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
        // A program that ends without reading its input is no fault of ours.
        child.stdin?.on("error", () => undefined);
        child.stdin?.end(options.input ?? "");

        const ignore = (): undefined => undefined;
        const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
        process.on("SIGINT", ignore);
        process.on("SIGTERM", forward);
        const finish = (code: number, extra = ""): void => {
            process.off("SIGINT", ignore);
            process.off("SIGTERM", forward);
            resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() + extra });
        };
        child.on("error", (error) => finish(127, error.message));
        child.on("close", (code, signal) => finish(code ?? 128 + (signalNumbers[signal ?? "SIGTERM"] ?? 15)));
    });
}
