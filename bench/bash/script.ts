/** A host's part of the compared work as bash: calls of apply.sh. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { FileWork, HostWork, StepWork } from "../work/work";

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const call = (name: string, ...words: readonly string[]): string => [name, ...words.map(quote)].join(" ");
const owner = ({ user, group }: Pick<FileWork, "user" | "group">): string => `${user}:${group}`;
const file = (one: FileWork): string => call("file", one.path, one.mode, owner(one), one.content);

const stepLines = (step: StepWork): string[] => [
    "rewritten=",
    ...step.users.map(({ name, home }) => call("user", name, home)),
    ...step.directories.map((one) => call("directory", one.path, one.mode, owner(one))),
    ...step.files.map(file),
    ...step.firsts.map(({ creates, command }) => call("first", creates, command)),
    ...step.units.map((unit) => call("unit", unit)),
    ...step.answers.map((answer) => call("answers", answer)),
];

export const scriptOf = (work: HostWork): string =>
    [
        readFileSync(join(__dirname, "apply.sh"), "utf8"),
        ...work.repositories.map(file),
        call("hosts_block", work.hostsBlock),
        call("packages", ...work.packages),
        ...work.idle.map((unit) => call("idle", unit)),
        ...work.steps.flatMap(stepLines),
        "printf '%d changes\\n' \"$changes\"\n",
    ].join("\n");
