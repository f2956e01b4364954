/** Processes that a killed engine left running. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Context } from "../stack/context";
import { environmentOf, findProcess, processesOf, type Process } from "./processes";

/** Plugins and the program that an engine starts, by their command lines. */
const started = /pulumi-(resource|language|analyzer)-|@pulumi\/pulumi\/cmd\/run|\/lab\/plugins\/[a-z-]+\/main\.ts/;

const parentsIn = (pid: number, all: Map<number, Process>): void => {
    for (let at = findProcess(pid); at && !all.has(at.pid); at = findProcess(at.parent)) {
        all.set(at.pid, at);
    }
};

/** True when an engine is among a process's ancestors: then it is at work, or about to end by itself. */
function hasEngine(process: Process, all: ReadonlyMap<number, Process>): boolean {
    for (let at = all.get(process.parent), depth = 0; at && depth < 64; at = all.get(at.parent), depth++) {
        if (at.program.startsWith("pulumi")) {
            return true;
        }
    }
    return false;
}

/**
 * What an engine that was killed alone left running: its plugins and the program. Only processes that carry this
 * stack's name and state in their environment, so that it was surely our engine that started them.
 */
export function leftovers(context: Pick<Context, "stack" | "env">): Process[] {
    const marks = [`PULUMI_STACK=${context.stack}`, `PULUMI_BACKEND_URL=${context.env.PULUMI_BACKEND_URL ?? ""}`];
    const all = new Map<number, Process>();
    return processesOf((args) => started.test(args.slice(0, 8).join(" "))).filter((process) => {
        parentsIn(process.pid, all);
        if (process.zombie || hasEngine(process, all)) {
            return false;
        }
        const environment = environmentOf(process.pid);
        return marks.every((mark) => environment.includes(mark));
    });
}

/** Ends leftovers: they could still be talking to hosts. @returns what was done, in words */
export async function endLeftovers(context: Pick<Context, "stack" | "env">): Promise<string[]> {
    const found = leftovers(context);
    const living = (): Process[] => found.filter(({ pid }) => findProcess(pid)?.zombie === false);
    const send = (signal: NodeJS.Signals): void => {
        for (const { pid } of living()) {
            try {
                process.kill(pid, signal);
            } catch {
                // It ended by itself in between.
            }
        }
    };
    send("SIGTERM");
    for (let waited = 0; waited < 20 && living().length > 0; waited++) {
        await sleep(100);
    }
    send("SIGKILL");
    return found.length === 0 ? [] : [`ended ${found.length} plugin processes of the killed engine`];
}
