/** Comparisons in pairs: ours and another in turn, so that what the machine does meanwhile meets both. */
import { median } from "./statistics";
import { digits, tableLines } from "./table";

export interface Run {
    readonly wallSeconds: number;
    readonly cpuSeconds: number;
    /** Logins that the hosts accepted, a host. */
    readonly connections: number;
    /** How many changes it told of; null where it tells none. */
    readonly changes: number | null;
}

export interface Contender {
    readonly name: string;
    readonly run: () => Promise<Run>;
}

export interface Line {
    readonly name: string;
    readonly runs: readonly Run[];
    readonly medianWallSeconds: number;
    readonly medianCpuSeconds: number;
    readonly connections: number;
    /** Medians of ours by the other's, pair by pair; undefined for ours itself. */
    readonly oursByItsWall?: number;
    readonly oursByItsCpu?: number;
}

export interface Result {
    readonly title: string;
    readonly lines: readonly Line[];
}

function line(name: string, runs: readonly Run[], ours?: readonly Run[]): Line {
    const middle = (key: "wallSeconds" | "cpuSeconds" | "connections"): number => median(runs.map((run) => run[key]));
    const ratio = (key: "wallSeconds" | "cpuSeconds"): number => median(runs.map((run, i) => ours![i]![key] / run[key]));
    return {
        ...{ name, runs, medianWallSeconds: middle("wallSeconds"), medianCpuSeconds: middle("cpuSeconds"), connections: middle("connections") },
        ...(ours ? { oursByItsWall: ratio("wallSeconds"), oursByItsCpu: ratio("cpuSeconds") } : {}),
    };
}

/**
 * @param each `pairs`: ours before each run of another (A B A B); `rounds`: ours once before all others, for runs that take long
 */
export async function inPairs(title: string, ours: Contender, others: readonly Contender[], count: number, each: "pairs" | "rounds" = "pairs"): Promise<Result> {
    const own = others.map((): Run[] => []);
    const theirs = others.map((): Run[] => []);
    const all: Run[] = [];
    for (let round = 0; round < count; round++) {
        for (const [i, other] of others.entries()) {
            if (i === 0 || each === "pairs") {
                all.push(await ours.run());
            }
            own[i]!.push(all.at(-1)!);
            theirs[i]!.push(await other.run());
        }
    }
    return { title, lines: [line(ours.name, all), ...others.map(({ name }, i) => line(name, theirs[i]!, own[i]))] };
}

const ratio = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(2));

export function resultLines({ title, lines }: Result): string[] {
    const head = [title, "runs", "wall s", "CPU s", "connections a host", "ours / its: wall", "CPU", "changes"];
    const rows = lines.map((one) => [
        one.name,
        String(one.runs.length),
        ...[one.medianWallSeconds, one.medianCpuSeconds].map(digits),
        one.connections.toFixed(1),
        ...[ratio(one.oursByItsWall), ratio(one.oursByItsCpu)],
        one.runs.every(({ changes }) => changes === null) ? "–" : [...new Set(one.runs.map(({ changes }) => changes))].join(", "),
    ]);
    return [...tableLines(head, rows), ""];
}
