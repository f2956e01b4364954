import type { CallContext } from "../provider/resource";
import { ProviderError } from "../provider/errors";
import { isObject, reveal } from "../provider/values";
import type { PropertyMap } from "../provider/values";
import { dial } from "./dial";
import { LineSplitter, LONGEST_LINE, goQuote } from "./lines";
import { runSession } from "./session";
import type { Variable } from "./session";
import { connectionOf, textOf } from "./types";

/** What a command wrote, each without one newline at its end. */
export interface Output {
    stdout: string;
    stderr: string;
}

const REFUSED_HINT = "This only works if your SSH server is configured to accept\n"
    + "\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could\n"
    + "\tprefix the command itself with the variables in the form 'VAR=value command'";

function variablesOf(inputs: PropertyMap, previous: Output): Variable[] {
    const environment = reveal(inputs["environment"] ?? null);
    const variables: Variable[] = isObject(environment)
        ? Object.entries(environment).map(([name, value]) => ({ name, value: String(value), required: true }))
        : [];
    if (reveal(inputs["addPreviousOutputInEnv"] ?? null) !== false) {
        const last = [["PULUMI_COMMAND_STDOUT", previous.stdout], ["PULUMI_COMMAND_STDERR", previous.stderr]] as const;
        variables.push(...last.filter(([, value]) => value !== "").map(([name, value]) =>
            ({ name, value, required: false })));
    }
    return variables;
}

function isLogged(logging: string | undefined, stream: "stdout" | "stderr"): boolean {
    return logging === undefined || logging === stream || logging === "stdoutAndStderr";
}

function withoutNewline(chunks: Buffer[]): string {
    return Buffer.concat(chunks).toString().replace(/\n$/, "");
}

/**
 * Dials and runs one command of a `command:remote:Command`. `previous` is the output of the last run, which goes into
 * the environment unless `addPreviousOutputInEnv` is false.
 * @throws ProviderError with the genuine provider's text, which quotes the command and all its output, whether logged
 *     or not. A line of 64 KiB or more on a logged stream, which makes the genuine provider hang, is an error here.
 */
export async function runCommand(
    context: CallContext, command: string, inputs: PropertyMap, previous: Output,
): Promise<Output> {
    const client = await dial(context, connectionOf(inputs));
    const logging = textOf(inputs, "logging");
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[], both: [] as Buffer[] };
    let logged: Promise<void> = Promise.resolve();
    const lines = new LineSplitter((line) => {
        logged = logged.then(async () => context.status("info", line));
    });
    const fault = await runSession(client, command, {
        variables: variablesOf(inputs, previous),
        stdin: textOf(inputs, "stdin") ?? "",
        onRefused: async ({ name, required }) =>
            context.log(required ? "error" : "warning", `Unable to set '${name}'. ${REFUSED_HINT}`),
        onData: (stream, chunk) => {
            chunks[stream].push(chunk);
            chunks.both.push(chunk);
            if (isLogged(logging, stream)) {
                lines.push(chunk);
            }
        },
    });
    lines.finish();
    await logged;
    if (lines.overflowed) {
        throw new ProviderError(`the command wrote a line of ${LONGEST_LINE} bytes or more to a logged stream, which makes `
            + "the genuine command provider hang: make it quieter, or set logging to \"none\"");
    }
    if (fault !== undefined) {
        throw new ProviderError(`${fault}: running ${goQuote(command)}:\n${Buffer.concat(chunks.both).toString()}`);
    }
    return { stdout: withoutNewline(chunks.stdout), stderr: withoutNewline(chunks.stderr) };
}
