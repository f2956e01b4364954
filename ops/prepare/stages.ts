/** What a change of members may be in one go, and the stages in which a greater one is gone. */
import { majorityOf } from "../../config/nodes";
import type { Quorum } from "../../config/system";
import { Problem } from "../lib/say";

/** How the members of one system are to change. All are names of nodes. */
export interface Change {
    readonly of: Quorum & { readonly role: string };
    readonly before: readonly string[];
    readonly described: readonly string[];
    readonly stayers: readonly string[];
    readonly leavers: readonly string[];
    readonly newcomers: readonly string[];
    /** They are containers of one engine, each of which is told the whole list when it is made. */
    readonly contained?: boolean;
}

// Of two, both agreed on everything, so either has all.
const needed = ({ stay }: Quorum, before: number): number => (stay === "one" || before <= 2 ? 1 : majorityOf(before));

/** @throws Problem, with the stages written out, when too few of those that were there stay; for containers, when anybody comes or goes */
export function refuse(change: Change): void {
    const { of, before, stayers, leavers, newcomers } = change;
    if (change.contained && leavers.length + newcomers.length > 0) {
        throw new Problem(
            `members of ${of.step} that are containers cannot come or go while others run, which are told of it one after another. Nothing was touched`,
            `'make destroy' (data stays on volumes), then 'make up'; new members stand behind ${before.join(", ")} in datacentre:nodes, so that those with data are started first`,
        );
    }
    const must = needed(of, before.length);
    if (stayers.length >= must) {
        return;
    }
    const steps = stages(change).map((names, at) => `${at + 1}. ${names.join(", ")}`);
    throw new Problem(
        `of the ${before.length} members of ${of.step} ${stayers.length === 0 ? "none" : stayers.length} would stay, and ${must} must, so that the new members have what the old ones agreed on. Nothing was touched`,
        `go in stages, with a 'make up' after each: give the role ${of.role} to ${steps.join("; then to ")}`,
    );
}

/** The members after each `up`, the last of them as described. */
export function stages({ of, before, described }: Pick<Change, "of" | "before" | "described">): string[][] {
    const all: string[][] = [];
    let now = before;
    for (;;) {
        const must = needed(of, now.length);
        const stay = now.filter((name) => described.includes(name));
        if (stay.length >= must) {
            return [...all, [...described]];
        }
        const old = [...stay, ...now.filter((name) => !described.includes(name))];
        const fresh = described.filter((name) => !now.includes(name)).slice(0, Math.max(1, described.length - must));
        // An odd count, where that still changes something.
        const sizes = (must + fresh.length) % 2 === 0 ? [must + 1, must] : [must];
        const size = sizes.find((kept) => kept <= old.length && (fresh.length > 0 || kept < now.length)) ?? must;
        now = [...old.slice(0, size), ...fresh];
        all.push([...now]);
    }
}
