import * as pulumi from "@pulumi/pulumi";

/** Where the SDK gets a resource's place in the program from. Source: @pulumi/pulumi 3.255, resource.ts, `Resource.callsites`. */
interface Positions {
    callsites: () => readonly object[];
}

/** What the SDK makes of nearly each of its promises. Source: @pulumi/pulumi 3.255, runtime/debuggable.ts and runtime/state.ts. */
interface Debuggable {
    debuggablePromise: <T>(promise: Promise<T>, context?: unknown) => Promise<T>;
}
interface State {
    getStore: () => { readonly leakCandidates: Set<Promise<unknown>> };
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
    withoutLabels();
}

/**
 * Keeps the SDK from putting a number, a label and a stack on each promise: there are some fifty a resource, all alive at once, and that was a
 * third of the program's memory. It still knows which have not ended when the program does, and fails for them.
 */
function withoutLabels(): void {
    /* eslint-disable @typescript-eslint/no-require-imports */
    const debuggable = require("@pulumi/pulumi/runtime/debuggable") as Debuggable;
    const { getStore } = require("@pulumi/pulumi/runtime/state") as State;
    /* eslint-enable @typescript-eslint/no-require-imports */
    // The first one has it look for such promises at the end.
    void debuggable.debuggablePromise(Promise.resolve());
    debuggable.debuggablePromise = (promise) => {
        const { leakCandidates } = getStore();
        leakCandidates.add(promise);
        return promise.then(
            (value) => {
                leakCandidates.delete(promise);
                return value;
            },
            (error: unknown) => {
                leakCandidates.delete(promise);
                throw error;
            },
        );
    };
}
