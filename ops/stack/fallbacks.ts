/**
 * What a stack takes instead where this machine does not reach a place, or publishers do not have what hosts would fetch:
 * `datacentre:fallbacks` of its file. Each is asked once, when the stack is first looked at, and the answer is kept beside its settings: a
 * stack does not change because a network was away for a day. What publishers have is looked at in ops/publishers.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { parse } from "yaml";

import { isGroup, over, projectKeys } from "../../config/defaults";
import { writeWhole } from "../lib/files";
import { note, Problem } from "../lib/say";
import type { Context } from "./context";

type Places = Pick<Context, "tracked" | "settings">;

/** What publishers have to have: repositories of `sources`, by name, and images. */
export interface Published {
    readonly repositories: readonly string[];
    readonly images: readonly string[];
}

/** One of them: what is asked, and a file of the checkout, laid out as a stack file, whose keys hold where the answer is no. */
export type Fallback = { readonly take: string } & ({ readonly unreached: string } | { readonly unpublished: Published });

/** What publishers were found to have, and what was in the way. */
export interface Verdict {
    readonly published: boolean;
    readonly day: string;
    readonly because: readonly string[];
}

/** By URL, whether it was reached; of publishers by the file that holds without them. */
type Answers = Readonly<Record<string, boolean | Verdict>>;

const fileOf = ({ settings }: Places): string => join(dirname(settings), "reached.json");

function answersOf(places: Places): Answers {
    const file = fileOf(places);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Answers) : {};
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? (value as unknown[]).filter((one) => typeof one === "string") : []);

/** Those of a stack's keys. One of the wrong form is left to the program's own checks. */
export function fallbacksOf(config: Readonly<Record<string, unknown>>): Fallback[] {
    const list = projectKeys(config).fallbacks;
    return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((one): Fallback[] => {
        if (!isGroup(one) || typeof one.take !== "string") {
            return [];
        }
        const { take, unreached, unpublished } = one;
        if (typeof unreached === "string") {
            return [{ take, unreached }];
        }
        const { repositories, images } = isGroup(unpublished) ? unpublished : {};
        return isGroup(unpublished) ? [{ take, unpublished: { repositories: textsOf(repositories), images: textsOf(images) } }] : [];
    });
}

const isNeeded = (fallback: Fallback, answers: Answers): boolean => {
    const answer = answers["unreached" in fallback ? fallback.unreached : fallback.take];
    return typeof answer === "object" ? !answer.published : answer === false;
};

/**
 * A stack's keys with those of the fallbacks that its machine was found to need.
 *
 * @param own the project's keys, without the namespace
 */
export function withFallbacks(own: Record<string, unknown>, places: Places, fallbacks: readonly Fallback[]): Record<string, unknown> {
    const answers = answersOf(places);
    return fallbacks.filter((one) => isNeeded(one, answers)).reduce((whole, { take }) => taken(whole, take, places), own);
}

/** A stack's keys with a fallback's over them. */
export const taken = (own: Record<string, unknown>, take: string, { tracked }: Pick<Places, "tracked">): Record<string, unknown> =>
    over(read(join(dirname(tracked), take)), own) as Record<string, unknown>;

/** What was found of publishers, if they were asked. */
export function verdictOf(places: Places, { take }: Pick<Fallback, "take">): Verdict | undefined {
    const answer = answersOf(places)[take];
    return typeof answer === "object" ? answer : undefined;
}

export const keepVerdict = (places: Places, { take }: Pick<Fallback, "take">, verdict: Verdict): void => keep(places, { [take]: verdict });

const keep = (places: Places, answers: Answers): void => writeWhole(fileOf(places), `${JSON.stringify({ ...answersOf(places), ...answers }, undefined, 4)}\n`);

/** A stack that is gone with all that it stored is a new one when it comes again. */
export const forgetAnswers = (places: Places): void => rmSync(fileOf(places), { force: true });

/** Whether what holds is no real program, by where the lab has such. */
export const standIn = (take: string): string => (take.startsWith("lab/") ? ", a STAND-IN" : "");

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

/** The fallbacks that a stack's file names. */
export function trackedFallbacks({ tracked }: Pick<Places, "tracked">): Fallback[] {
    const document = parse(readFileSync(tracked, "utf8")) as { config?: Record<string, unknown> } | null;
    return fallbacksOf(document?.config ?? {});
}

/** Asks the places that were not asked yet, and says what follows from the answers. */
export async function askPlaces(places: Places, reached = isReached): Promise<void> {
    const fallbacks = trackedFallbacks(places).filter((one) => "unreached" in one);
    const known = answersOf(places);
    const open = fallbacks.filter(({ unreached }) => !(unreached in known));
    if (open.length > 0) {
        keep(places, Object.fromEntries(await Promise.all(open.map(async ({ unreached }) => [unreached, await reached(unreached)] as const))));
    }
    const now = answersOf(places);
    for (const { unreached, take } of fallbacks.filter((one) => isNeeded(one, now))) {
        note(`${unreached} was not reached from here when this stack was first looked at, so ${take} holds instead${standIn(take)} (to have it asked again, remove ${fileOf(places)})`);
    }
}
