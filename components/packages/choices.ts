import { begins, isWithin } from "../../config/version";

/** One of the ways in which a wanted package can be there. */
export interface Choice {
    /** All of them. */
    readonly names: readonly string[];
    /** What their versions have to begin with, or to be between, for people; empty for any. */
    readonly wish: string;
    /** Whether it only lets stay what is there. */
    readonly isKept: boolean;
    /** Whether an installed version, without its epoch, does. */
    readonly fits: (version: string | undefined) => boolean;
}

/** A wanted spec taken apart: see choices.sh, which takes one on a host. */
export const choicesOf = (spec: string): Choice[] =>
    spec.split("|").map((choice) => {
        const [, list = "", sign = "", wish = ""] = /^([^=~]*)([=~]?)(.*)$/.exec(choice) ?? [];
        const [from = "", to = ""] = wish.split(":");
        const isKept = sign === "~";
        return {
            names: list.split(","),
            wish: isKept ? `${from} to ${to}` : wish,
            isKept,
            fits: (version) =>
                version !== undefined && (isKept ? isWithin(/^[0-9]+(\.[0-9]+)*/.exec(version)?.[0] ?? "0", { from, to }) : begins(version, wish)),
        };
    });
