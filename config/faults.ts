/** One thing that is wrong with a description, in the words of the person who wrote it. */
export interface Fault {
    /** As the stack file has it: `datacentre:nodes[2].address`. */
    readonly key: string;
    /** What is wrong, without a full stop. Never holds a secret's value. */
    readonly problem: string;
    /** What to do about it, as a sentence without a full stop. */
    readonly remedy: string;
    /** An error keeps the stack from being touched; a warning is told and work goes on. */
    readonly severity: "error" | "warning";
}

/** Where in a description: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** A path as a person writes it in the stack file and in `pulumi config set --path`. */
export function keyOf(...path: Path): string {
    const [top = "", ...rest] = path;
    return `datacentre:${String(top)}${rest.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("")}`;
}

export const error = (path: Path, problem: string, remedy: string): Fault => ({
    key: keyOf(...path),
    problem,
    remedy,
    severity: "error",
});

export const warning = (path: Path, problem: string, remedy: string): Fault => ({
    ...error(path, problem, remedy),
    severity: "warning",
});

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** One line: `key: what is wrong. Remedy.` */
export const faultLine = (fault: Fault): string => `${fault.key}: ${fault.problem}. ${sentence(fault.remedy)}.`;

/** A description that cannot be worked from. Pulumi prints its message alone, as it does for its own `RunError`. */
export class ConfigError extends Error {
    /** By this, and not by class, Pulumi's runtime knows errors that need no stack trace (`RunError.isInstance`). */
    public readonly __pulumiRunError = true;

    public constructor(
        public readonly faults: readonly Fault[],
        stack: string,
    ) {
        const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
        super(
            `${count} in the description of stack ${stack} (Pulumi.${stack}.yaml); nothing was touched:\n${faults
                .map((fault) => `  ${faultLine(fault)}`)
                .join("\n")}`,
        );
        this.name = "ConfigError";
    }
}

/** The known word nearest to `word`, if it is near: case, hyphens and up to two slips of the finger (one in short words). */
export function nearest(word: string, known: readonly string[]): string | undefined {
    const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, "");
    const scored = known
        .map((candidate) => ({ candidate, distance: slips(plain(word), plain(candidate)) }))
        .sort((a, b) => a.distance - b.distance);
    const best = scored[0];
    return best && best.distance <= (best.candidate.length < 5 ? 1 : 2) ? best.candidate : undefined;
}

/** Levenshtein's distance. */
function slips(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) {
            next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
        }
        row = next;
    }
    return row[b.length]!;
}
