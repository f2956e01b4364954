/** What measurements belong to: the machine, and how busy it is with other things. */
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
    readonly cores: number;
    readonly processor: string;
    readonly memoryGiB: number;
    readonly kernel: string;
    /** The mean number of processes that ran or waited to, over the last minute. */
    readonly load: number;
    /** ISO 8601, UTC. */
    readonly date: string;
}

/** This machine now. Under a control group's quota it may have fewer cores than it says. */
export const machine = (): Machine => ({
    cores: cpus().length,
    processor: /^model name\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? process.arch,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    date: new Date().toISOString(),
});

export const machineLine = ({ cores, processor, memoryGiB, kernel, load, date }: Machine): string =>
    `${date.slice(0, 16).replace("T", " ")} UTC, ${cores} cores (${processor}), ${memoryGiB} GiB, Linux ${kernel}, load ${load} at the beginning`;
