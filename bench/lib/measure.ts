/** What a program costs: its wall time, and the processor time and memory of all the processes that it starts. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One process, as it was when it was last seen. */
export interface ProcessCost {
    readonly command: string;
    /** Of itself, without its children; up to one look (0.1 s) short of what it had at its end. */
    readonly cpuSeconds: number;
    /** The most memory that it ever held, in bytes (VmHWM). */
    readonly peakBytes: number;
}

export interface Cost {
    /** The exit status; 128 and more for a program that a signal ended. */
    readonly code: number;
    /** stdout and stderr as they came. */
    readonly output: string;
    readonly wallSeconds: number;
    /** User and system time of the program and of all that it started, those that outlive it included where control groups tell. */
    readonly cpuSeconds: number;
    readonly processes: readonly ProcessCost[];
}

export interface MeasureOptions {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly input?: string;
    /** Looks at each process, ten times a second. */
    readonly watch?: boolean;
}

/** Where control groups count processor time: version 1's cpuacct, or version 2. */
const accounts = [
    { folder: "/sys/fs/cgroup/cpuacct", file: "cpuacct.usage", read: (text: string) => Number(text) / 1e9 },
    { folder: "/sys/fs/cgroup", file: "cpu.stat", read: (text: string) => Number(/usage_usec (\d+)/.exec(text)?.[1]) / 1e6 },
];

interface Group {
    readonly path: string;
    readonly seconds: () => number;
}

/** A control group for one program; undefined where this user may not make one: then what a program has waited for is counted. */
function makeGroup(): Group | undefined {
    for (const { folder, file, read } of accounts.filter((one) => existsSync(join(one.folder, one.file)))) {
        const path = join(folder, `datacentre-bench-${process.pid}-${Date.now()}`);
        try {
            mkdirSync(path);
            if (existsSync(join(path, file)) && existsSync(join(path, "cgroup.procs"))) {
                return { path, seconds: () => read(readFileSync(join(path, file), "utf8")) };
            }
            rmdirSync(path);
        } catch {
            // Not as root, or not in this machine's groups.
        }
    }
    return undefined;
}

/** Who is still in the group, such as ssh's masters, goes with it: they would serve the next run. */
function removeGroup({ path }: Group): void {
    for (let round = 0; round < 50; round++) {
        const left = readFileSync(join(path, "cgroup.procs"), "utf8").split("\n").filter((pid) => pid !== "");
        left.forEach((pid) => stop(Number(pid)));
        try {
            rmdirSync(path);
            return;
        } catch {
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
        }
    }
}

function stop(pid: number): void {
    try {
        process.kill(pid, "SIGTERM");
    } catch {
        // It has ended by itself.
    }
}

const textOf = (path: string): string => {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return "";
    }
};

const ticksPerSecond = 100;

function look(pid: number, seen: Map<number, ProcessCost>): void {
    const stat = textOf(`/proc/${pid}/stat`);
    // The name, in brackets, may hold blanks and brackets. Source: proc(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1];
    if (fields.length > 12 && peak !== undefined) {
        const command = textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
        seen.set(pid, { command, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond, peakBytes: Number(peak) * 1024 });
    }
    let threads: string[] = [];
    try {
        threads = readdirSync(`/proc/${pid}/task`);
    } catch {
        return;
    }
    const children = threads.flatMap((thread) => textOf(`/proc/${pid}/task/${thread}/children`).trim().split(" "));
    children.filter((child) => child !== "").forEach((child) => look(Number(child), seen));
}

/** The shell counts what it waits for; its own exit status is the program's. */
const wrapper = 'group=$1 times=$2; shift 2; [ -z "$group" ] || echo $$ >"$group/cgroup.procs"; TIMEFORMAT="%U %S"; { time "$@" 2>&3; } 3>&2 2>"$times"';

/** Runs a program to its end. A status other than 0 is for the caller to judge. */
export async function measured(program: string, args: readonly string[], options: MeasureOptions = {}): Promise<Cost> {
    const scratch = mkdtempSync(join(tmpdir(), "bench-"));
    const times = join(scratch, "times");
    writeFileSync(times, "");
    const group = makeGroup();
    const seen = new Map<number, ProcessCost>();
    const output: Buffer[] = [];
    const begun = process.hrtime.bigint();
    const child = spawn("bash", ["-c", wrapper, "bench", group?.path ?? "", times, program, ...args], {
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.env === undefined ? {} : { env: options.env }),
        stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
    process.on("SIGTERM", forward);
    const timer = options.watch ? setInterval(() => look(child.pid ?? 0, seen), 100) : undefined;
    // "exit", and not "close": what outlives the program may hold its pipes.
    const code = await new Promise<number>((resolve) => {
        child.on("error", () => resolve(127));
        child.on("exit", (status) => resolve(status ?? 128));
    });
    const wallSeconds = Number(process.hrtime.bigint() - begun) / 1e9;
    clearInterval(timer);
    process.off("SIGTERM", forward);
    const waited = readFileSync(times, "utf8").trim().split(" ").map(Number).reduce((sum, one) => sum + one, 0);
    const cpuSeconds = group?.seconds() ?? waited;
    if (group) {
        removeGroup(group);
    }
    rmSync(scratch, { recursive: true, force: true });
    child.stdout.destroy();
    child.stderr.destroy();
    seen.delete(child.pid ?? 0);
    return { code, output: Buffer.concat(output).toString(), wallSeconds, cpuSeconds, processes: [...seen.values()] };
}
