import type { CallContext } from "../provider/resource";
import { ProviderError } from "../provider/errors";
import { reveal } from "../provider/values";
import type { PropertyMap } from "../provider/values";
import type { status } from "@grpc/grpc-js";
import { LineSplitter, LONGEST_LINE, goQuote } from "./lines";
import { textOf } from "./types";

/** What a command wrote, each without one newline at its end. */
export interface Output {
    stdout: string;
    stderr: string;
}

/** The variables with the output of the last run, unless `addPreviousOutputInEnv` is false; an empty one is left out. */
export function previousOutput(inputs: PropertyMap, previous: Output): [string, string][] {
    if (reveal(inputs["addPreviousOutputInEnv"] ?? null) === false) {
        return [];
    }
    const last: [string, string][] = [["PULUMI_COMMAND_STDOUT", previous.stdout], ["PULUMI_COMMAND_STDERR", previous.stderr]];
    return last.filter(([, value]) => value !== "");
}

function isLogged(logging: string | undefined, stream: "stdout" | "stderr"): boolean {
    return logging === undefined || logging === stream || logging === "stdoutAndStderr";
}

function withoutNewline(chunks: Buffer[]): string {
    return Buffer.concat(chunks).toString().replace(/\n$/, "");
}

/** Takes a running command's output: shows it line by line as `logging` asks for, and keeps all of it. */
export class Capture {
    private readonly chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[], both: [] as Buffer[] };
    private readonly logging: string | undefined;
    private logged: Promise<void> = Promise.resolve();
    private readonly lines = new LineSplitter((line) => {
        this.logged = this.logged.then(async () => this.context.status("info", line));
    });

    public constructor(private readonly context: CallContext, inputs: PropertyMap) {
        this.logging = textOf(inputs, "logging");
    }

    public take(stream: "stdout" | "stderr", chunk: Buffer): void {
        this.chunks[stream].push(chunk);
        this.chunks.both.push(chunk);
        if (isLogged(this.logging, stream)) {
            this.lines.push(chunk);
        }
    }

    /**
     * The output of the command that has ended, when its last line is logged.
     * @throws ProviderError for a fault, with the genuine provider's text, which quotes the command and all its output,
     *     whether logged or not. A line of 64 KiB or more on a logged stream, which makes the genuine provider hang, is an
     *     error here.
     */
    public async finish(command: string, fault: string | undefined, code?: status): Promise<Output> {
        this.lines.finish();
        await this.logged;
        if (this.lines.overflowed) {
            throw new ProviderError(`the command wrote a line of ${LONGEST_LINE} bytes or more to a logged stream, which makes `
                + "the genuine command provider hang: make it quieter, or set logging to \"none\"");
        }
        const { stdout, stderr, both } = this.chunks;
        if (fault !== undefined) {
            throw new ProviderError(`${fault}: running ${goQuote(command)}:\n${Buffer.concat(both).toString()}`, code);
        }
        return { stdout: withoutNewline(stdout), stderr: withoutNewline(stderr) };
    }
}
