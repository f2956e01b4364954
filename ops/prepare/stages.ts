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
    /** Whether the description asks for members that begin with nothing, and they have not done so yet. */
    readonly anew?: boolean;
}

function needed({ stay }: Quorum, before: number, described: number): number {
    if (stay === "replicas") {
        return Math.max(majorityOf(before), majorityOf(described));
    }
    // Of two, both agreed on everything, so either has all.
    return stay === "one" || before <= 2 ? 1 : majorityOf(before);
}

/** Whether enough of those that were there stay. */
export const isSafe = ({ of, before, stayers, described }: Change): boolean => stayers.length >= needed(of, before.length, described.length);

/** @throws Problem, with the stages written out, when too few of those that were there stay; for containers, when anybody comes or goes */
export function refuse(change: Change): void {
    const { of, before, stayers, leavers, newcomers, described, anew, contained } = change;
    // Replicas too few stay so, also where all members are made at once.
    if (isSafe(change) && contained && leavers.length + newcomers.length > 0) {
        throw new Problem(
            `members of ${of.step} that are containers cannot come or go while others run, which are told of it one after another. Nothing was touched`,
            `'make destroy' (data stays on volumes), then 'make up'; new members stand behind ${before.join(", ")} in datacentre:nodes, so that those with data are started first`,
        );
    }
    if (isSafe(change) || anew) {
        return;
    }
    const must = needed(of, before.length, described.length);
    const way = stages(change);
    throw new Problem(
        `of the ${before.length} members of ${of.step} ${stayers.length === 0 ? "none" : stayers.length} would stay, and ${must} must, so that the new members have what the old ones agreed on. Nothing was touched`,
        [
            ...(way ? [`go in stages, with a 'make up' after each: give the role ${of.role} to ${way.map((names, at) => `${at + 1}. ${names.join(", ")}`).join("; then to ")}`] : []),
            ...(of.anew ? [`${way ? "or, " : ""}where ${of.anew.what} may go, set datacentre:${of.anew.key.join(".")} to a new word, such as the date`] : []),
            ...(way ?? of.anew ? [] : ["take the change back"]),
        ].join("; "),
    );
}

/** The members after each `up`, the last of them as described; nothing where no stages lead there. */
export function stages({ of, before, described }: Pick<Change, "of" | "before" | "described">): string[][] | undefined {
    const all: string[][] = [];
    let now = before;
    for (;;) {
        const must = needed(of, now.length, described.length);
        if (now.filter((name) => described.includes(name)).length >= must) {
            return [...all, [...described]];
        }
        const next = of.stay === "replicas" ? replicaStage(of, now, described) : stage(of, now, described);
        if (next === undefined) {
            return undefined;
        }
        now = next;
        all.push(next);
    }
}

function stage(of: Quorum, now: readonly string[], described: readonly string[]): string[] {
    const must = needed(of, now.length, described.length);
    const [stay, go] = [now.filter((name) => described.includes(name)), now.filter((name) => !described.includes(name))];
    const old = [...stay, ...go];
    const fresh = described.filter((name) => !now.includes(name)).slice(0, Math.max(1, described.length - must));
    // An odd count, where that still changes something.
    const sizes = (must + fresh.length) % 2 === 0 ? [must + 1, must] : [must];
    const size = sizes.find((kept) => kept <= old.length && (fresh.length > 0 || kept < now.length)) ?? must;
    return [...old.slice(0, size), ...fresh];
}

/** Two more, two less, or as many of them others as may be. */
function replicaStage(of: Quorum, now: readonly string[], described: readonly string[]): string[] | undefined {
    const [stay, go] = [now.filter((name) => described.includes(name)), now.filter((name) => !described.includes(name))];
    const size = now.length + 2 * Math.sign(described.length - now.length);
    const must = needed(of, now.length, size);
    if (must > now.length || (size === now.length && must === now.length)) {
        return undefined;
    }
    const kept = [...stay, ...go].slice(0, size === now.length ? Math.max(must, stay.length) : size);
    return kept.length < must ? undefined : [...kept, ...described.filter((name) => !now.includes(name)).slice(0, size - kept.length)];
}
