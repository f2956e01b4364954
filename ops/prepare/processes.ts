/** The processes of this machine. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** A process of this machine, as /proc shows it. */
export interface Process {
    readonly pid: number;
    readonly parent: number;
    /** Ended, and only waits for its parent to notice. */
    readonly zombie: boolean;
    /** The program's file name; empty when it may not be seen. */
    readonly program: string;
    readonly args: readonly string[];
}

/** @returns undefined when there is none with this number, or no /proc */
export function findProcess(pid: number): Process | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        // The name in parentheses may hold spaces and parentheses itself.
        const [state = "", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return {
            pid,
            parent: Number(parent),
            zombie: state === "Z" || state === "X",
            program: program(pid),
            args: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1),
        };
    } catch {
        return undefined;
    }
}

function program(pid: number): string {
    try {
        return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ""));
    } catch {
        return "";
    }
}

/** A process's environment, as it was when it started; empty when it may not be seen. */
export function environmentOf(pid: number): string[] {
    try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    } catch {
        return [];
    }
}

/** Those whose command line is meant. A machine has thousands of others, of which no more than that is read. */
export function processesOf(isMeant: (args: readonly string[]) => boolean): Process[] {
    return readdirSync("/proc")
        .filter((name) => /^[0-9]+$/.test(name) && isMeant(argsOf(Number(name))))
        .flatMap((pid) => findProcess(Number(pid)) ?? []);
}

function argsOf(pid: number): string[] {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    } catch {
        return []; // It has ended in between.
    }
}
