import type { z } from "zod";

import type { Path } from "./faults";

/** How a value of the wrong form is spoken of: the same for the description, and for the apps in it. */

export type Issue = z.core.$ZodIssue;

/** A problem and its remedy, without full stops. */
export interface Words {
    readonly problem: string;
    readonly remedy: string;
}

export const pathOf = (issue: Issue): Path => issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));

const kinds: Readonly<Record<string, string>> = {
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a group of keys",
    record: "a group of keys",
};

const hints: Readonly<Record<string, string>> = {
    string: ", in quotes if it looks like a number",
    number: " without quotes",
    int: " without quotes",
    boolean: " without quotes",
};

/** What zod expects, in a sentence: "a whole number". */
export const kindNamed = (expected: string): string => kinds[expected] ?? expected;

/** What to mind when one writes it. */
export const hintFor = (expected: string): string => hints[expected] ?? "";

function kindOf(value: unknown): string {
    if (typeof value === "number" && !Number.isInteger(value)) {
        return "a number with a fraction";
    }
    return value === null ? "nothing" : kindNamed(Array.isArray(value) ? "array" : typeof value);
}

export const missing = "this is missing";

/** A value of another type than `wanted`, which is "a text"; undefined is one that is not there. */
export const wrongType = (value: unknown, wanted: string, hint = ""): Words =>
    value === undefined
        ? { problem: missing, remedy: `give ${wanted}` }
        : { problem: `this is ${kindOf(value)} and should be ${wanted}`, remedy: `write ${wanted}${hint}` };

/** A value that is none of a list; `shown` is how it may be quoted. */
export const notKnown = (value: unknown, shown: string): string => (value === undefined ? missing : `${shown} is not known here`);

const units: Readonly<Record<string, readonly [one: string, many: string]>> = {
    string: [" character", " characters"],
    array: [" entry", " entries"],
};

/** A number out of its range, or a text or list of the wrong length. */
export function outOfRange(value: unknown, shown: string, issue: Extract<Issue, { code: "too_small" | "too_big" }>): Words {
    const [how, limit] = issue.code === "too_small" ? ["at least", Number(issue.minimum)] : ["at most", Number(issue.maximum)];
    const [one, many] = units[issue.origin] ?? ["", ""];
    const sized = Array.isArray(value) || typeof value === "string";
    const problem = sized ? "this is too short or too long" : `${shown} is out of range`;
    return { problem, remedy: `use ${how} ${limit}${limit === 1 ? one : many}` };
}

const isWhole = (issue: Issue): boolean => issue.path.length === 0 && ["invalid_type", "invalid_value"].includes(issue.code);

/** Of a value that may have several forms: what is wrong by each of those that are of its own type. */
export const fittingForms = (forms: readonly (readonly Issue[])[]): (readonly Issue[])[] => forms.filter((issues) => !issues.some(isWhole));

/** What a value should be whose type none of its forms has: `"unlimited" or a number`. */
export function wantedForms(forms: readonly (readonly Issue[])[]): string[] {
    const wanted = forms.flat().map((issue) => {
        const words = issue.code === "invalid_value" ? issue.values.map((one) => JSON.stringify(one)).join(" or ") : undefined;
        return words ?? (issue.code === "invalid_type" ? kindNamed(issue.expected) : "another form");
    });
    return [...new Set(wanted)];
}
