import { finding } from "./probes";
import type { Probe } from "./probe";

/**
 * One row where the host tells which of several questions it is to be asked.
 *
 * @param question bash whose one line says which
 * @param whichOf the name of the probe that is meant by that line, if any
 * @param probes by name; the row is that of the first
 * @param none what to do where none is meant
 */
export function oneOfProbe(
    question: string,
    whichOf: (line: string) => string | undefined,
    probes: Readonly<Record<string, Probe>>,
    none: string,
): Probe {
    const all = Object.entries(probes);
    const [first] = all.map(([, probe]) => probe);
    if (!first) {
        throw new Error("a row without any question");
    }
    if (all.length === 1) {
        return first;
    }
    const cut = "--- which";
    return {
        ...first,
        command: `(${question}); ${all.map(([name, { command }]) => `printf '\\n%s\\n' '${cut} ${name}'; (${command})`).join("; ")}`,
        evaluate: (output, at) => {
            const [said = "", ...answers] = output.split(new RegExp(`^${cut} `, "m"));
            const name = whichOf(said.trim());
            const answer = answers.find((text) => text.startsWith(`${name ?? ""}\n`));
            const probe = name === undefined ? undefined : probes[name];
            return probe && answer !== undefined
                ? probe.evaluate(answer.slice(answer.indexOf("\n") + 1), at)
                : finding(false, said.trim() || "none", "one that is known", none);
        },
    };
}
