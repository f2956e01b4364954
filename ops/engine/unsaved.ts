/**
 * What is known of a run whose engine writes the state once, when it ends: a note that stands while it is at work. Where it is found later, that
 * engine was killed, and the state is not true. It stays, as `saved`, until an `up` has come well to its end: hosts may have more than is recorded.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { writeWhole } from "../lib/files";
import { note, Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { describedNodes, settingsNow } from "../stack/settings";
import { readCheckpoint, recordedHosts } from "./checkpoint";
import { copyRemoteState } from "./remote-state";
import type { Saving } from "./saving";

/** A run that was killed before its state was written, or is at work. */
export interface Unsaved {
    /** When it began. */
    readonly when: string;
    /** "up", "destroy", "renew": what was run. */
    readonly verb: string;
    /** Of the program that started the engine. */
    readonly pid: number;
    /** Nodes that it was to make something on, and of which the state knew nothing. */
    readonly nodes: readonly string[];
    /** An engine has written the state since, as far as it came. */
    readonly saved: boolean;
}

type Home = Pick<Context, "stackHome">;

export const unsavedFile = ({ stackHome }: Home): string => join(stackHome, "unsaved");

function read(context: Home): Unsaved | undefined {
    let text: string;
    try {
        text = readFileSync(unsavedFile(context), "utf8");
    } catch {
        return undefined;
    }
    const unknown: Unsaved = { when: "an unknown time", verb: "up", pid: 0, nodes: [], saved: false };
    try {
        return { ...unknown, ...(JSON.parse(text) as Partial<Unsaved>) };
    } catch {
        return unknown; // That it is there says enough.
    }
}

const write = (context: Home, unsaved: Unsaved): void => writeWhole(unsavedFile(context), `${JSON.stringify(unsaved)}\n`);

export const forgetUnsaved = (context: Home): void => rmSync(unsavedFile(context), { force: true });

/** Whether the run that a note is of still goes on. A process number is used again: the stack's name is asked for as well. */
function isAtWork({ pid }: Unsaved, stack: string): boolean {
    try {
        const of = (file: string): string[] => readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
        return pid > 0 && of("cmdline").some((argument) => /(^|\/)ops\/[a-z-]+\.ts$/.test(argument)) && of("environ").includes(`STACK=${stack}`);
    } catch {
        return false;
    }
}

/** The run that was killed before its state was written, or whose traces nobody has looked for yet; none while it is at work. */
export function lostRun(context: Pick<Context, "stackHome" | "stack">): Unsaved | undefined {
    const found = read(context);
    return found && !isAtWork(found, context.stack) ? found : undefined;
}

/** When the state was written last, in the engine's own words. */
async function savedWhen(context: Context): Promise<string | undefined> {
    try {
        await copyRemoteState(context);
    } catch {
        return undefined; // It is not known to have been written.
    }
    const recorded = readCheckpoint(context);
    const { time } = (typeof recorded === "string" ? {} : (recorded.manifest ?? {})) as { time?: string };
    return time;
}

/** What was known before an engine began. */
export interface Opened {
    readonly before: Unsaved | undefined;
    readonly savedWhen: string | undefined;
    readonly saving: Saving;
}

/** Before an engine begins. Every run that changes the state is to be opened and closed, since it may be the one after a lost one. */
export async function openRun(context: Context, verb: string, saving: Saving): Promise<Opened> {
    const opened = { before: read(context), savedWhen: await savedWhen(context), saving };
    if (saving === "end") {
        const settings = settingsNow(context);
        const recorded = recordedHosts(readCheckpoint(context));
        const fresh = verb === "destroy" ? [] : describedNodes(settings).filter((name) => !recorded.includes(name));
        const nodes = [...new Set([...(opened.before?.nodes ?? []), ...fresh])];
        note(`the state is written once, when this run ends (CHECKPOINTS=each: at every step); killed with SIGKILL, it is ended by the next 'make ${verb === "destroy" ? verb : "up"}'`);
        write(context, { when: new Date().toISOString(), verb, pid: process.pid, nodes, saved: false });
    }
    return opened;
}

/** Whether an exit status says that a signal ended the program. The engine's own for any failure is 255. */
const isKilled = (code: number): boolean => code > 128 && code <= 128 + 64;

/**
 * After it: the note goes where the state was written, which is looked at, since an engine may end by itself and not have been able to.
 *
 * @param code its exit status; 128 and the signal's number where one ended it
 * @param began whether it had begun to do anything
 */
export async function closeRun(context: Context, { before, savedWhen: then, saving }: Opened, code: number, began: boolean): Promise<void> {
    const now = read(context);
    if (!now) {
        return;
    }
    // At every step it is written by an engine that is then killed, too.
    const latest = await savedWhen(context);
    const saved = latest !== undefined && latest !== then && (saving === "end" || !isKilled(code));
    const idle = !began && !isKilled(code);
    if (saved && before && before.verb !== "destroy") {
        write(context, { ...now, saved: true });
    } else if (saved || (!before && idle)) {
        forgetUnsaved(context);
    } else if (before && idle) {
        write(context, before);
    } else if (saving === "end") {
        note("warning: the engine has not written the state, so what it did is not in there. Run 'make up' as soon as what kept it from that is mended");
    }
}

/** In a sentence: what is not true of the state; undefined where it is as an engine left it that ended by itself. */
export function untruth(context: Context): string | undefined {
    const lost = lostRun(context);
    if (!lost || lost.verb === "destroy") {
        return undefined;
    }
    if (!lost.saved) {
        return `the engine of 'make ${lost.verb}' of ${lost.when} was killed before it wrote the state, so the state does not have what it did`;
    }
    const recorded = recordedHosts(readCheckpoint(context));
    const unknown = lost.nodes.filter((name) => !recorded.includes(name));
    return unknown.length > 0 ? `the state does not have what 'make ${lost.verb}' of ${lost.when}, whose engine was killed, did on ${unknown.join(", ")}` : undefined;
}

const again = ({ stack }: Context): string => `'make up${stack === "local" ? "" : ` STACK=${stack}`}'`;

/**
 * For what acts on the state.
 *
 * @param otherwise what would come of it: "things would be left on hosts"
 * @throws Problem where the state is not true
 */
export function refuseUntrue(context: Context, otherwise: string): void {
    const wrong = untruth(context);
    if (wrong !== undefined) {
        throw new Problem(
            `${wrong}, and ${otherwise}. Nothing was touched`,
            `run ${again(context)}, which runs every step once more and writes the state however it ends. Where that cannot be, remove ${unsavedFile(context)}: then what is not in the state stays on the hosts`,
        );
    }
}

/** For what only looks. */
export function warnUntrue(context: Context): void {
    const wrong = untruth(context);
    if (wrong !== undefined) {
        note(`warning: ${wrong}. ${again(context)} mends that`);
    }
}
