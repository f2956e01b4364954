/** The counts that the engine prints under "Resources:", without those that stayed as they are. */
export function engineChanges(output: string): Record<string, number> {
    const at = output.lastIndexOf("Resources:");
    if (at < 0) {
        throw new Error(`the engine printed no summary:\n${output.slice(-2000)}`);
    }
    const changes: Record<string, number> = {};
    for (const line of output.slice(at).split("\n").slice(1)) {
        const match = /^\s+(?:[+~-]+\s*)?([0-9]+) (?:to )?([a-z]+)/.exec(line);
        if (!match) {
            break;
        }
        // "6 changes. 42 unchanged" is their sum.
        if (match[2] !== "unchanged" && match[2] !== "changes") {
            changes[match[2]!] = Number(match[1]);
        }
    }
    return changes;
}

/** What converge prints last: the changes of all steps. */
export function totalChanges(output: string): number {
    const match = /^total: ([0-9]+) changes/m.exec(output);
    if (!match) {
        throw new Error(`converge printed no total:\n${output.slice(-2000)}`);
    }
    return Number(match[1]);
}

/** What converge prints for one step on one node. */
export function changesOf(output: string, step: string, node: string): number {
    const match = new RegExp(`^\\s*${step}\\S* on ${node}: ([0-9]+) changes`, "m").exec(output);
    if (!match) {
        throw new Error(`converge printed nothing of ${step} on ${node}:\n${output.slice(-2000)}`);
    }
    return Number(match[1]);
}
