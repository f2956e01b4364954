import type { CallContext } from "../provider/resource";
import { isObject, reveal } from "../provider/values";
import type { PropertyMap } from "../provider/values";
import { Capture, previousOutput } from "./capture";
import type { Output } from "./capture";
import { dial } from "./dial";
import { runSession } from "./session";
import type { Variable } from "./session";
import { connectionOf, textOf } from "./types";

const REFUSED_HINT = "This only works if your SSH server is configured to accept\n"
    + "\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could\n"
    + "\tprefix the command itself with the variables in the form 'VAR=value command'";

function variablesOf(inputs: PropertyMap, previous: Output): Variable[] {
    const environment = reveal(inputs["environment"] ?? null);
    const variables: Variable[] = isObject(environment)
        ? Object.entries(environment).map(([name, value]) => ({ name, value: String(value), required: true }))
        : [];
    const last = previousOutput(inputs, previous).map(([name, value]) => ({ name, value, required: false }));
    return [...variables, ...last];
}

/**
 * Dials and runs one command of a `command:remote:Command`. `previous` is the output of the last run, which goes into
 * the environment.
 * @throws ProviderError when it cannot be dialled or fails.
 */
export async function runCommand(
    context: CallContext, command: string, inputs: PropertyMap, previous: Output,
): Promise<Output> {
    const client = await dial(context, connectionOf(inputs));
    const capture = new Capture(context, inputs);
    const fault = await runSession(client, command, {
        variables: variablesOf(inputs, previous),
        stdin: textOf(inputs, "stdin") ?? "",
        onRefused: async ({ name, required }) =>
            context.log(required ? "error" : "warning", `Unable to set '${name}'. ${REFUSED_HINT}`),
        onData: (stream, chunk) => capture.take(stream, chunk),
    });
    return capture.finish(command, fault);
}
