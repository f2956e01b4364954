/**
 * `make bench-scale`: what the engine and the program cost as stacks grow, without hosts, and how that cost grows.
 *   NODES="25 50 100"    how many nodes (default: 25 50 100 200 400)    PREVIEW="200 1000"   of which to take a preview; empty: of none
 *   BENCH_PROFILE=1      also profiles of the language host and the program, with their most costly functions
 */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { main, note, Problem } from "../ops/lib/say";
import { machine, machineLine } from "./lib/machine";
import { exponent } from "./lib/statistics";
import { digits, tableLines } from "./lib/table";
import { hottest } from "./scale/profile";
import { Trial, type Measurement } from "./scale/trial";

/** Three nodes are heads, and of the described networks' addresses so many are used at most. */
const [fewest, most] = [4, 10_000];

function counts(variable: string, fallback: string): number[] {
    const words = (process.env[variable] ?? fallback).split(/[\s,]+/).filter((word) => word !== "");
    const wrong = words.find((word) => !/^\d+$/.test(word) || Number(word) < fewest || Number(word) > most);
    if (wrong !== undefined) {
        throw new Problem(`${variable}: '${wrong}' is no number of nodes`, `give numbers from ${fewest} to ${most}, such as ${variable}="25 50 100"`);
    }
    return words.map(Number);
}

async function measure(nodes: number, verb: Measurement["verb"], profiles?: string): Promise<Measurement> {
    const trial = new Trial(nodes, profiles);
    const stop = (): never => {
        trial.remove();
        process.exit(130);
    };
    process.on("SIGINT", stop);
    try {
        return await trial.run(await trial.prepare(), verb);
    } finally {
        process.off("SIGINT", stop);
        trial.remove();
    }
}

const kib = (bytes: number | undefined): string => (bytes === undefined ? "–" : digits(bytes / 1024));

function table(all: readonly Measurement[]): string {
    const head = ["verb", "nodes", "resources", "steps", "CPU s", "null provider's", "state MiB", "record KiB median", "max", "MiB: engine", "program", "language host"];
    const rows = all.map((one) => [
        one.verb,
        ...[one.nodes, one.resources, one.steps].map(String),
        ...[one.cpuSeconds, one.nullProviderCpuSeconds].map(digits),
        one.stateBytes === undefined ? "–" : digits(one.stateBytes / 2 ** 20),
        ...[kib(one.medianRecordBytes), kib(one.maxRecordBytes)],
        ...["engine", "program", "language host"].map((role) => String(one.peakMiB[role] ?? "–")),
    ]);
    return tableLines(head, rows).join("\n");
}

main(async () => {
    const [ups, previews] = [counts("NODES", "25 50 100 200 400"), counts("PREVIEW", "200 1000")];
    const profiles = process.env.BENCH_PROFILE ? mkdtempSync(join(tmpdir(), "bench-profiles-")) : undefined;
    const at = machine();
    const all: Measurement[] = [];
    for (const [verb, sizes] of [["up", ups], ["preview", previews]] as const) {
        for (const nodes of sizes) {
            const folder = profiles && join(profiles, `${verb}-${nodes}`);
            if (folder) {
                mkdirSync(folder);
            }
            const one = await measure(nodes, verb, folder);
            all.push(one);
            note(`${verb} of ${nodes} nodes: ${digits(one.cpuSeconds)} CPU seconds`);
            if (folder) {
                note(hottest(folder).join("\n"));
            }
        }
    }
    const grown = exponent(all.filter(({ verb }) => verb === "up").map(({ nodes, cpuSeconds }) => [nodes, cpuSeconds] as const));
    if (process.env.JSON) {
        process.stdout.write(`${JSON.stringify({ machine: at, measurements: all, exponent: grown ?? null, profiles: profiles ?? null }, null, 2)}\n`);
        return 0;
    }
    const growth = grown === undefined ? "" : `CPU seconds of up grow as nodes to the power of ${grown.toFixed(2)} (least squares of the logarithms)\n`;
    process.stdout.write(`${machineLine(at)}\n${table(all)}\n${growth}${profiles ? `profiles, for a browser's developer tools: ${profiles}\n` : ""}`);
    return 0;
});
