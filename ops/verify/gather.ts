/** Asks all nodes whether they are as described, and judges the answers. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Checks } from "../../components/rows";
import { SshError, type SshOptions, type SshResult } from "../../components/ssh/ssh";
import { assignment, compact, root } from "../../components/step/program";
import type { Answer, Finding, Probe } from "../../components/verify/probe";
import { besides, nameOf, runAt, type Place } from "../lib/place";
import { pooled } from "../lib/pool";

/** One evaluated row. */
export interface Row {
    readonly system: string;
    readonly row: string;
    /** The nodes that it is about: one, or several for what only holds between them. */
    readonly nodes: readonly string[];
    readonly finding: Finding;
}

/** What one node said, by question; or why it said nothing. */
export type NodeAnswers = ReadonlyMap<string, Answer> | SshError;

export type Asker = (place: Place, word: string, options: SshOptions) => Promise<SshResult>;

/** Each question is cut off after this many seconds. */
const questionSeconds = 10;
/** Nodes that are asked at once. */
const atOnce = 16;

/** The program that asks a node all its questions, one after another: one session for a node. */
export function askingProgram(commands: readonly string[], mark: string): string {
    const script = compact(readFileSync(join(root, "components", "verify", "probe.sh"), "utf8"));
    const values = { commands, mark, seconds: questionSeconds };
    return `${script}${Object.entries(values)
        .map(([key, value]) => assignment(key, value))
        .join("\n")}\nask_all\n`;
}

/** Takes the answers out of what arrives, and notes when each was whole. */
export class Splitter {
    private rest = "";
    private readonly answers = new Map<number, Answer>();

    public constructor(
        private readonly mark: string,
        private readonly clock: () => number = Date.now,
    ) {}

    public push(text: string): void {
        this.rest += text;
        for (;;) {
            const end = new RegExp(`\\n${this.mark} end (\\d+)\\n`).exec(this.rest);
            if (!end) {
                return;
            }
            const index = Number(end[1]);
            const begin = `${this.mark} begin ${index}\n`;
            const from = this.rest.indexOf(begin);
            if (from >= 0) {
                this.answers.set(index, { output: this.rest.slice(from + begin.length, end.index), at: this.clock() });
            }
            this.rest = this.rest.slice(end.index + end[0].length);
        }
    }

    public result(): ReadonlyMap<number, Answer> {
        return this.answers;
    }
}

async function askNode(place: Place, commands: readonly string[], asker: Asker): Promise<NodeAnswers> {
    const mark = `answer-${randomBytes(8).toString("hex")}`;
    const splitter = new Splitter(mark);
    try {
        const result = await asker(place, "verify", {
            stdin: askingProgram(commands, mark),
            connectSeconds: 10,
            commandSeconds: 15 + questionSeconds * commands.length,
            onStdout: (text) => splitter.push(text),
        });
        const answers = splitter.result();
        if (answers.size === 0) {
            const said = result.stderr.trim().split("\n")[0] ?? "";
            const remedy = "engine" in place ? `see 'docker logs' of it on the engine ${place.engine}` : "give the SSH user password-less sudo, or use root";
            return new SshError(`${nameOf(place)} runs nothing for us: ${said || `status ${result.code}`}`, remedy);
        }
        return byCommand(commands, answers);
    } catch (error) {
        if (error instanceof SshError) {
            // What was heard before the host fell silent counts.
            const heard = splitter.result();
            return heard.size === 0 ? error : byCommand(commands, heard);
        }
        throw error;
    }
}

const byCommand = (commands: readonly string[], answers: ReadonlyMap<number, Answer>): ReadonlyMap<string, Answer> =>
    new Map([...answers].map(([index, answer]) => [commands[index] ?? "", answer]));

const unanswered: Answer = { output: "", at: 0 };

/** An evaluator meets whatever a broken host says: what it cannot read is a finding too. */
function judged(evaluate: () => Finding): Finding {
    try {
        return evaluate();
    } catch (error) {
        const found = `an answer that cannot be read (${(error as Error).message})`;
        return { ok: false, found, expected: "a readable one", remedy: "ask the host by hand" };
    }
}

/** Reads all answers: a row for every probe, also for those of nodes that were not reached. */
export function evaluate(checks: Checks, answers: ReadonlyMap<string, NodeAnswers>): Row[] {
    const silent = (error: SshError): Finding => ({ ok: false, found: "not reached", expected: "an answer", remedy: `${error.message}: ${error.remedy}` });
    const single = checks.probes.map((probe): Row => {
        const said = answers.get(askedOf(probe));
        const { output, at } = (said instanceof SshError ? undefined : said?.get(probe.command)) ?? unanswered;
        const finding = said instanceof SshError ? silent(said) : judged(() => probe.evaluate(output, at));
        return { system: probe.system, row: probe.row, nodes: [probe.node], finding };
    });
    const together = checks.groups.map((group): Row => {
        const heard = new Map<string, Answer>();
        let lost: SshError | undefined;
        for (const { node, at, command } of group.questions) {
            const said = answers.get(askedOf({ node, at }));
            if (said instanceof SshError) {
                lost = said;
            } else {
                heard.set(node, said?.get(command) ?? unanswered);
            }
        }
        const nodes = group.questions.map(({ node }) => node);
        const finding = heard.size === 0 && lost ? silent(lost) : judged(() => group.evaluateAll(heard));
        return { system: group.system, row: group.row, nodes, finding };
    });
    const systems = [...new Set([...single, ...together].map(({ system }) => system))];
    return systems.flatMap((system) => [...single, ...together].filter((row) => row.system === system));
}

/** Stands for the engine that nodes are containers of, which is asked from here: no node can have this name. */
export const theEngine = "the engine";

/** Who is asked: all questions to the engine in one session. */
const askedOf = ({ node, at }: Pick<Probe, "node"> & { at?: Probe["at"] | undefined }): string => (at === "engine" ? theEngine : node);

/** Asks every node everything, in one session each, all nodes at once. */
export async function gather(checks: Checks, place: (node: string) => Place, asker: Asker = runAt): Promise<Row[]> {
    const questions = new Map<string, Set<string>>();
    const engineOf = new Map<string, string>();
    for (const probe of [...checks.probes, ...checks.groups.flatMap((group) => group.questions)]) {
        const asked = askedOf(probe);
        questions.set(asked, (questions.get(asked) ?? new Set()).add(probe.command));
        engineOf.set(asked, probe.node);
    }
    const nodes = [...questions.keys()];
    const placeFor = (asked: string): Place => (asked === theEngine ? besides(place(engineOf.get(asked) ?? asked)) : place(asked));
    const said = await pooled(nodes, atOnce, (node) => askNode(placeFor(node), [...(questions.get(node) ?? [])], asker));
    return evaluate(checks, new Map(nodes.map((node, i) => [node, said[i]!])));
}
