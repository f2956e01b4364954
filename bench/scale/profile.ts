/** Profiles that Node.js left (profiler.cjs): where a process spent its time. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Frame {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
}

interface Profile {
    readonly nodes: readonly { readonly id: number; readonly callFrame: Frame; readonly children?: readonly number[] }[];
    readonly samples: readonly number[];
    readonly timeDeltas: readonly number[];
}

const place = ({ functionName, url, lineNumber }: Frame): string => `${functionName || "(anonymous)"} ${url.replace(/^.*\/(?=(node_modules|components|config|bench|ops|lab)\/)/, "")}:${lineNumber + 1}`;

/** Milliseconds by place: of itself, and with all that it called. */
function times({ nodes, samples, timeDeltas }: Profile): { own: Map<string, number>; whole: Map<string, number> } {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const parent = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
    const [own, whole] = [new Map<string, number>(), new Map<string, number>()];
    samples.forEach((sample, i) => {
        const spent = (timeDeltas[i] ?? 0) / 1000;
        const seen = new Set<string>();
        for (let id: number | undefined = sample; id !== undefined; id = parent.get(id)) {
            const name = place(byId.get(id)!.callFrame);
            if (id === sample) {
                own.set(name, (own.get(name) ?? 0) + spent);
            }
            if (!seen.has(name)) {
                whole.set(name, (whole.get(name) ?? 0) + spent);
                seen.add(name);
            }
        }
    });
    return { own, whole };
}

const first = (of: ReadonlyMap<string, number>, count: number): string[] =>
    [...of].sort(([, a], [, b]) => b - a).slice(0, count).map(([name, spent]) => `  ${spent.toFixed(0).padStart(7)} ms  ${name}`);

/** For each profile in a folder, the functions in which most time was spent, and those of ours with what they called. */
export function hottest(folder: string): string[] {
    return readdirSync(folder).filter((name) => name.endsWith(".cpuprofile")).flatMap((name) => {
        const { own, whole } = times(JSON.parse(readFileSync(join(folder, name), "utf8")) as Profile);
        const ours = new Map([...whole].filter(([one]) => / (components|config|index\.ts)/.test(one)));
        return [`${name}: by themselves`, ...first(own, 15), `${name}: of this program's, with what they call`, ...first(ours, 25)];
    });
}
