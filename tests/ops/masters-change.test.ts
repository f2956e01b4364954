/** What `make up` makes of a changed number of masters, by what the state recorded: a word is new once, and a run that was cut off goes on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systems } from "../../components/systems";
import { changesOf, quorumRoles } from "../../ops/prepare/membership";
import { isSafe } from "../../ops/prepare/stages";
import type { Context } from "../../ops/stack/context";

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "change-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const roles = quorumRoles(systems.systems).filter(({ role }) => role === "mesos-master");

/** Masters as they were recorded: what each was told. */
type Recorded = Record<string, { quorum: number; word?: string }>;

function change(recorded: Recorded, described: string[], word?: string) {
    const resources = Object.entries(recorded).map(([name, told]) => ({
        urn: `urn:pulumi:s::p::command:remote:Command::mesos-master-${name}`,
        type: "command:remote:Command",
        inputs: {
            create: `bash -c 'eval "$(cat)"' datacentre converge # mesos-master on ${name}, instance i`,
            stdin: `quorum='${told.quorum}'\nreinitialise='${told.word ?? ""}'\n`,
        },
    }));
    mkdirSync(join(home, "stacks", "p"), { recursive: true });
    writeFileSync(join(home, "stacks", "p", "s.json"), JSON.stringify({ checkpoint: { latest: { resources } } }));
    const settings = {
        config: {
            "datacentre:nodes": ["a", "b", "c"].map((name, i) => ({ name, address: `10.0.0.${i + 1}`, roles: described.includes(name) ? ["mesos-master"] : [] })),
            ...(word ? { "datacentre:mesos": { reinitialiseRegistry: word } } : {}),
        },
    };
    const [found] = changesOf({ bookkeeping: home, project: "p", stack: "s" } as Context, settings, roles);
    return { anew: found?.anew, safe: found && isSafe(found) };
}

const all = ["a", "b", "c"];
const three: Recorded = { a: { quorum: 2 }, b: { quorum: 2 }, c: { quorum: 2 } };

it.each<[string, Recorded, string[], string | undefined, { anew: boolean; safe: boolean }]>([
    ["one to three", { a: { quorum: 1 } }, all, undefined, { anew: false, safe: false }],
    ["one to three, asked for", { a: { quorum: 1 } }, all, "w", { anew: true, safe: false }],
    ["one to three, cut off after the first", { a: { quorum: 2, word: "w" } }, all, "w", { anew: true, safe: false }],
    ["one to three, by a word that was done for another change", { a: { quorum: 1, word: "w" } }, all, "w", { anew: false, safe: false }],
    ["one to three, cut off after a new one", { a: { quorum: 1 }, b: { quorum: 2, word: "w" } }, all, "w", { anew: true, safe: true }],
    ["three to one", three, ["a"], undefined, { anew: false, safe: false }],
    ["three to one, asked for", three, ["a"], "w", { anew: true, safe: false }],
    ["three to one, by a word that made them three", { a: { quorum: 2, word: "w" }, b: { quorum: 2, word: "w" }, c: { quorum: 2, word: "w" } }, ["a"], "w", { anew: false, safe: false }],
    ["three as they are", three, all, undefined, { anew: false, safe: true }],
])("%s", (_, recorded, described, word, wanted) => {
    expect(change(recorded, described, word)).toEqual(wanted);
});
