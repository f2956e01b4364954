/**
 * Records what the program makes of many descriptions, so that a change which is to change nothing can be held against it:
 *
 *     npx tsx tests/recorder/record.ts --full DIR     all of it as text, for `diff -r`
 *     npx tsx tests/recorder/record.ts --digests      tests/recorder/digests.json
 *     npx tsx tests/recorder/record.ts --print        the same to stdout
 *
 * `--only a,b` records these alone.
 */
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { writeBundle } from "./bundle";
import { fromTests, tracked, variants, type Description } from "./descriptions";
import { randomFaults, testedFaults } from "./faults";
import { digest, json, sorted, type Texts } from "./text";

type Work = { kind: "collect" | "tested" | "random" } | { kind: "record"; descriptions: Description[] };
type Recorded = Record<string, Texts>;

/** Recordings that are no description's. */
const others = { tested: "faults-in-tests", random: "random-changes" } as const;

async function work(todo: Work): Promise<Recorded | Description[]> {
    switch (todo.kind) {
        case "collect":
            return [...Object.entries(tracked).map(([stack, values]) => ({ name: stack, stack, values })), ...variants(), ...(await fromTests())];
        case "tested":
            return { [others.tested]: await testedFaults() };
        case "random":
            return { [others.random]: { faults: randomFaults({ tracked: 400, variant: 20 }) } };
        case "record": {
            // Loaded here alone: it changes how modules are loaded.
            // eslint-disable-next-line @typescript-eslint/no-require-imports
            const { record } = require("./run") as typeof import("./run");
            const recorded: Recorded = {};
            for (const description of todo.descriptions) {
                recorded[description.name] = await record(description);
            }
            return recorded;
        }
    }
}

/** In a process and a home directory of its own, since the program, the SDK and the tests all keep something in theirs. */
function inProcess<T>(todo: Work, scratch: string): Promise<T> {
    return new Promise((resolve, reject) => {
        const home = mkdtempSync(join(scratch, "home-"));
        writeBundle(join(home, "bundle"));
        const foreign = /^(ALICLOUD|ALIBABA|PULUMI|DATACENTRE|E2E|FULL)/;
        const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !foreign.test(key)));
        const child = fork(__filename, [], { env: { ...env, HOME: home, DATACENTRE_HOME: join(home, "datacentre") }, serialization: "advanced" });
        let answer: T | undefined;
        child.on("message", (message) => {
            answer = message as T;
            child.kill();
        });
        child.on("exit", (code) => (answer === undefined ? reject(new Error(`recording ${todo.kind} ended with ${code}`)) : resolve(answer)));
        child.send(todo);
    });
}

/** Two at a time. */
async function inTurn(all: readonly Work[], scratch: string): Promise<Recorded> {
    const waiting = [...all];
    const recorded: Recorded = {};
    const one = async (): Promise<void> => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
            Object.assign(recorded, await inProcess<Recorded>(next, scratch));
        }
    };
    await Promise.all([one(), one()]);
    return recorded;
}

async function recordAll(only: readonly string[]): Promise<Recorded> {
    const scratch = mkdtempSync(join(tmpdir(), "recorder-"));
    try {
        const wanted = (name: string): boolean => only.length === 0 || only.includes(name);
        const descriptions = (await inProcess<Description[]>({ kind: "collect" }, scratch)).filter(({ name }) => wanted(name));
        const lanes = Math.min(descriptions.length, 4);
        const chunks = Array.from({ length: lanes }, (_, lane): Work => ({ kind: "record", descriptions: descriptions.filter((_one, at) => at % lanes === lane) }));
        const rest = (["tested", "random"] as const).filter((kind) => wanted(others[kind])).map((kind): Work => ({ kind }));
        return await inTurn([...rest, ...chunks], scratch);
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
}

function write(directory: string, recorded: Recorded): void {
    for (const [name, aspects] of Object.entries(recorded)) {
        mkdirSync(join(directory, name), { recursive: true });
        Object.entries(aspects).forEach(([aspect, text]) => writeFileSync(join(directory, name, `${aspect}.txt`), text));
    }
}

/** A line for each description; what tests of faults say changes with every such test. */
function digests({ [others.tested]: _, ...recorded }: Recorded): string {
    const of = (aspects: Texts) => Object.fromEntries(Object.entries(aspects).map(([aspect, text]) => [aspect, digest(text)]));
    const lines = Object.entries(recorded).map(([name, aspects]) => `    ${json(name)}: ${json(of(aspects), 0)}`);
    return `{\n${sorted(lines).join(",\n")}\n}\n`;
}

async function main(args: readonly string[]): Promise<void> {
    const valueOf = (option: string): string => (args.includes(option) ? (args[args.indexOf(option) + 1] ?? "") : "");
    const full = valueOf("--full");
    if (full === "" && !args.includes("--digests") && !args.includes("--print")) {
        throw new Error("say --full DIR, --digests or --print");
    }
    const recorded = await recordAll(valueOf("--only").split(",").filter((name) => name !== ""));
    if (full !== "") {
        write(full, recorded);
    }
    if (args.includes("--digests")) {
        writeFileSync(join(__dirname, "digests.json"), digests(recorded));
    }
    if (args.includes("--print")) {
        process.stdout.write(digests(recorded));
    }
}

if (process.send) {
    process.once("message", (todo) => void work(todo as Work).then((answer) => process.send?.(answer)));
} else {
    void main(process.argv.slice(2)).catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exitCode = 1;
    });
}
