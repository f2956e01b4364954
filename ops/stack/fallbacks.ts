/**
 * What a stack takes instead where this machine does not reach a place: `datacentre:fallbacks` of its file. Each place is asked once, when
 * the stack is first looked at, and the answer is kept beside its settings: a stack does not change because a network was away for a day.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { parse } from "yaml";

import { isGroup, over, projectKeys } from "../../config/defaults";
import { writeWhole } from "../lib/files";
import { note, Problem } from "../lib/say";
import type { Context } from "./context";

type Places = Pick<Context, "tracked" | "settings">;

/** One of them: a URL that is asked, and a file of the checkout, laid out as a stack file, whose keys hold where nobody answers. */
export interface Fallback {
    readonly unreached: string;
    readonly take: string;
}

/** By URL, whether it was reached. */
type Answers = Readonly<Record<string, boolean>>;

const fileOf = ({ settings }: Places): string => join(dirname(settings), "reached.json");

function answersOf(places: Places): Answers {
    const file = fileOf(places);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Answers) : {};
}

/** Those of a stack's keys. One of the wrong form is left to the program's own checks. */
export function fallbacksOf(config: Readonly<Record<string, unknown>>): Fallback[] {
    const list = projectKeys(config).fallbacks;
    return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((one) =>
        isGroup(one) && typeof one.unreached === "string" && typeof one.take === "string" ? [{ unreached: one.unreached, take: one.take }] : [],
    );
}

/**
 * A stack's keys with those of the fallbacks that its machine was found to need.
 *
 * @param own the project's keys, without the namespace
 */
export function withFallbacks(own: Record<string, unknown>, places: Places, fallbacks: readonly Fallback[]): Record<string, unknown> {
    const answers = answersOf(places);
    const needed = fallbacks.filter(({ unreached }) => answers[unreached] === false);
    return needed.reduce((whole, { take }) => over(read(join(dirname(places.tracked), take)), whole) as Record<string, unknown>, own);
}

function read(file: string): Record<string, unknown> {
    try {
        return projectKeys((parse(readFileSync(file, "utf8")) as { config?: unknown } | null)?.config);
    } catch (error) {
        throw new Problem(`${file}, which datacentre:fallbacks names, cannot be read: ${(error as Error).message.split("\n")[0] ?? ""}`, "give the path of a file in the checkout, from its top");
    }
}

/** Whether somebody answers there as whoever is meant does: with content, or by asking who is there. A proxy that refuses is nobody. */
export async function isReached(url: string, seconds = 10): Promise<boolean> {
    try {
        const { status } = await fetch(url, { signal: AbortSignal.timeout(seconds * 1000) });
        return status < 400 || status === 401;
    } catch {
        return false;
    }
}

/** Asks the places that were not asked yet, and says what follows from the answers. */
export async function askPlaces(places: Places, reached = isReached): Promise<void> {
    const document = parse(readFileSync(places.tracked, "utf8")) as { config?: Record<string, unknown> } | null;
    const fallbacks = fallbacksOf(document?.config ?? {});
    const known = answersOf(places);
    const open = fallbacks.filter(({ unreached }) => !(unreached in known));
    if (open.length > 0) {
        const answers = await Promise.all(open.map(async ({ unreached }) => [unreached, await reached(unreached)] as const));
        writeWhole(fileOf(places), `${JSON.stringify({ ...known, ...Object.fromEntries(answers) })}\n`);
    }
    const now = answersOf(places);
    for (const { unreached, take } of fallbacks.filter((one) => now[one.unreached] === false)) {
        note(`${unreached} was not reached from here when this stack was first looked at, so ${take} holds instead${take.startsWith("lab/") ? ", a STAND-IN" : ""} (to have it asked again, remove ${fileOf(places)})`);
    }
}
