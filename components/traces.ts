import * as pulumi from "@pulumi/pulumi";

/** Where the SDK gets a resource's place in the program from. Source: @pulumi/pulumi 3.255, resource.ts, `Resource.callsites`. */
interface Positions {
    callsites: () => readonly object[];
}

/** Set to see where in the program an error was made. */
const variable = "DATACENTRE_TRACES";

/**
 * Keeps the SDK from noting where each resource, and each promise, was made. With every resource it records the whole call stack, over a
 * kilobyte that only Pulumi's console shows; and it renders a stack through source maps for each of its promises. Together that is a third of a
 * preview. Errors that a person is to act on do not need theirs.
 */
export function withoutTraces(env: NodeJS.ProcessEnv = process.env): void {
    if (env[variable] !== undefined || env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined) {
        return;
    }
    (pulumi.Resource as unknown as Positions).callsites = () => [];
    Error.stackTraceLimit = 0;
}
