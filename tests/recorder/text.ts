/** Recordings as text: the same for the same content, with nothing of the machine in it. */
import { createHash } from "node:crypto";
import { homedir } from "node:os";

import { root } from "./program";

export type Texts = Record<string, string>;

export const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** A tested home is temporary, and a checkout anywhere. */
export const masked = (text: string): string => text.replaceAll(homedir(), "~").replaceAll(root, "{checkout}");

/** The home directory as descriptions write it. */
export const home = homedir;

const inOrder = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value;

/** JSON whose keys are in order, since their order is nobody's behaviour. */
export const json = (value: unknown, indent = 2): string => (value === undefined ? "nothing" : JSON.stringify(value, inOrder, indent));

/** Sorted, for lists whose order is nobody's behaviour. */
export const sorted = (texts: readonly string[]): string[] => [...texts].sort();

/** Numbers from 0 to 1 that are the same in every run: a linear congruential generator (Numerical Recipes). */
export function numbers(seed: number): () => number {
    let state = seed;
    return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
