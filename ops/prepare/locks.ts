/** The engine's locks on a stack, and which of them are dead. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import { lockDirectory } from "../engine/checkpoint";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { findProcess } from "./processes";

interface Lock {
    readonly pid: number;
    readonly username: string;
    readonly hostname: string;
    readonly timestamp: string;
}

function parseLock(path: string): Lock | undefined {
    try {
        const lock = JSON.parse(readFileSync(path, "utf8")) as Partial<Lock>;
        return typeof lock.pid === "number" && typeof lock.hostname === "string" ? (lock as Lock) : undefined;
    } catch {
        return undefined;
    }
}

/** Whether an engine may be at work behind this lock. A process number is used again: another program does not count. */
function mayLive(lock: Lock): boolean {
    if (lock.hostname !== hostname()) {
        return true;
    }
    try {
        process.kill(lock.pid, 0);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ESRCH") {
            return false;
        }
    }
    const found = findProcess(lock.pid);
    return found === undefined || (!found.zombie && (found.program === "" || found.program.startsWith("pulumi")));
}

/**
 * Removes the locks of engines that are dead, as `pulumi cancel` would, but only those.
 *
 * @returns what was done, in words
 * @throws Problem when an engine is, or may be, at work on the stack
 */
export function dropDeadLocks(context: Pick<Context, "bookkeeping" | "project" | "stack">): string[] {
    const directory = lockDirectory(context);
    if (directory === undefined || !existsSync(directory)) {
        return [];
    }
    const done: string[] = [];
    // Each file may have one with its attributes beside it, which goes with it.
    for (const name of readdirSync(directory).filter((file) => !file.endsWith(".attrs"))) {
        const path = join(directory, name);
        const lock = parseLock(path);
        if (lock && mayLive(lock)) {
            const here = lock.hostname === hostname();
            throw new Problem(
                `another engine holds this stack: process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}`,
                here
                    ? `wait for it, or end it with 'kill -INT ${lock.pid}', then run this again`
                    : `wait for it; if that run is over, 'eval "$(make -s env STACK=${context.stack})"' and 'pulumi cancel'`,
            );
        }
        rmSync(path, { force: true });
        rmSync(`${path}.attrs`, { force: true });
        done.push(
            lock
                ? `removed the lock of an engine that was killed (process ${lock.pid}, ${lock.timestamp})`
                : "removed a lock that an engine was killed at writing",
        );
    }
    return done;
}
