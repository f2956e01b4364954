import { error, keyOf, nearest, type Fault, type Path } from "./faults";
import { maySee, valueAt } from "./secrets";
import { fittingForms, hintFor, kindNamed, notKnown, outOfRange, pathOf, wantedForms, wrongType, type Issue, type Words } from "./shape-words";
import type { Form } from "./systems";
import { keysAt } from "./walk";

/** zod's issues in our words, keyed as the stack file has them. No value is quoted that could be secret, or long. */
export function shapeFaults(form: Form, raw: unknown, issues: readonly Issue[]): Fault[] {
    return issues.flatMap((issue) => faultsOf(form, raw, issue));
}

const told = (path: Path, { problem, remedy }: Words): Fault => error(path, problem, remedy);

function faultsOf(form: Form, raw: unknown, issue: Issue): Fault[] {
    const path = pathOf(issue);
    const value = valueAt(raw, path);
    switch (issue.code) {
        case "unrecognized_keys":
            return issue.keys.map((key) => unknownKey(form, raw, path, key));
        case "invalid_value":
            return [notOneOf(form, path, value, issue.values.map(String))];
        case "invalid_union":
            return [issue.errors.length === 0 ? notOneOf(form, path, value, optionsOf(issue)) : ofNoForm(form, path, value, issue.errors)];
        case "invalid_type":
            return [ofWrongType(path, value, issue)];
        case "invalid_key":
            return [error(path, "this key is not in a form that is allowed here", issue.issues[0]?.message ?? "use another name")];
        case "too_small":
        case "too_big":
            return [told(path, outOfRange(value, shown(form, value, path), issue))];
        default:
            return [error(path, `${shown(form, value, path)} is not in a form that is allowed here`, issue.message)];
    }
}

/** What a kind may be, where the kind is none of those that there are. */
const optionsOf = (issue: Issue): string[] => (issue as { options?: readonly unknown[] }).options?.map(String) ?? [];

/** A value that may have several forms, and has none of them. */
function ofNoForm(form: Form, path: Path, value: unknown, forms: readonly (readonly Issue[])[]): Fault {
    const messages = fittingForms(forms).flatMap((issues) => issues.map(({ message }) => message));
    return messages.length > 0
        ? error(path, `${shown(form, value, path)} is not in a form that is allowed here`, messages.join("; or "))
        : told(path, { ...wrongType(value ?? undefined, wantedForms(forms).join(" or ")), problem: notKnown(value ?? undefined, shown(form, value, path)) });
}

function unknownKey({ schema, words }: Form, raw: unknown, path: Path, key: string): Fault {
    const full = [...path, key];
    const plain = full.filter((part) => typeof part === "string").join(".");
    const problem = path.length === 0 ? `${key} is no part of a description` : `there is no key ${key} here`;
    const why = words.missingKeys[plain.replaceAll(/[-_]/g, "").toLowerCase()];
    if (why !== undefined) {
        return error(full, problem, why);
    }
    const known = keysAt(schema, path, raw);
    const near = words.oldKeys[plain]?.split(".").at(-1) ?? nearest(key, known);
    const all = known.map((name) => (path.length === 0 ? keyOf(name) : name)).join(", ");
    const remedy =
        near === undefined
            ? `known here: ${all}`
            : `use ${path.length === 0 ? keyOf(near) : near}, if you meant that; known here: ${all}`;
    return error(full, problem, remedy);
}

function notOneOf(form: Form, path: Path, value: unknown, allowed: readonly string[]): Fault {
    const near = typeof value === "string" ? (form.words.oldValues[value] ?? nearest(value, allowed)) : undefined;
    const list = `use one of: ${allowed.join(", ")}`;
    const remedy = near !== undefined && allowed.includes(near) ? `use ${near}, if you meant that; else ${list}` : list;
    return error(path, notKnown(value, shown(form, value, path)), remedy);
}

function ofWrongType(path: Path, value: unknown, issue: Extract<Issue, { code: "invalid_type" }>): Fault {
    // What stands there without a value is missing as much as what does not stand there.
    const words = wrongType(value ?? undefined, kindNamed(issue.expected), hintFor(issue.expected));
    const own = issue.message.startsWith("Invalid input") ? words.remedy : issue.message;
    return error(path, words.problem, own);
}

/** A value as it may be quoted: short plain texts and numbers outside of what may hold a secret. */
function shown({ secretKeys }: Form, value: unknown, path: Path): string {
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    // A URL with a user in it holds a password, wherever it stands.
    const fit = typeof text === "string" && text.length <= 80 && !text.includes("@") && maySee(secretKeys, path);
    return fit ? JSON.stringify(value) : "this";
}
