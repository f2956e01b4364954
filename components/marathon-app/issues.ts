import type { z } from "zod";

import { nearest, type Fault, type Path } from "../../config/faults";
import { valueAt } from "../../config/secrets";
import {
    fittingForms,
    hintFor,
    kindNamed,
    notKnown,
    outOfRange,
    pathOf,
    wantedForms,
    wrongType,
    type Issue,
    type Words,
} from "../../config/shape-words";
import { error } from "./faults";
import { appSchema, toldByMarathon } from "./schema";

/** Words of other programs, and what Marathon calls the same. */
const otherWords: Readonly<Record<string, string>> = {
    name: "id",
    command: "cmd",
    memory: "mem",
    cpu: "cpus",
    environment: "env",
    healthcheck: "healthChecks",
    replicas: "instances",
    dependson: "dependencies",
    network: "networks",
    readonly: "mode",
    forcepull: "forcePullImage",
};

/** zod's issues in our words. Nothing is quoted from where secrets stand: commands, arguments, env, and URIs with a login. */
export function shapeFaults(raw: unknown, issues: readonly Issue[]): Fault[] {
    const all = issues.flatMap((issue) => faultsOf(raw, issue));
    // A value of the wrong type may be of the wrong length as well, which says nothing more.
    return all.filter(({ key }, index) => all.findIndex((other) => other.key === key) === index);
}

const told = (path: Path, { problem, remedy }: Words): Fault => error(path, problem, remedy);

function faultsOf(raw: unknown, issue: Issue, above: Path = []): Fault[] {
    const path = [...above, ...pathOf(issue)];
    const value = valueAt(raw, path);
    switch (issue.code) {
        case "unrecognized_keys":
            return issue.keys.map((key) => unknownKey(path, key, value));
        case "invalid_value":
            return [notOneOf(path, value, issue.values.map(String))];
        case "invalid_type":
            return [told(path, wrongType(value, kindNamed(issue.expected), hintFor(issue.expected)))];
        case "invalid_union":
            return ofUnion(raw, path, value, issue.errors);
        case "too_small":
        case "too_big":
            return [told(path, outOfRange(value, shown(value, path), issue))];
        case "invalid_key":
            return [error(path, "a key here is empty", "give every entry a name")];
        default:
            return [error(path, `${shown(value, path)} is not in a form that is allowed here`, issue.message)];
    }
}

/** The faults of the form that was most likely meant: one of the value's own type, and of those the least wrong one. */
function ofUnion(raw: unknown, path: Path, value: unknown, forms: readonly (readonly Issue[])[]): Fault[] {
    const tagged = (issues: readonly Issue[]) => issues.filter((issue) => issue.path.at(-1) === "provider").length * 100;
    const likely = fittingForms(forms).sort((a, b) => a.length + tagged(a) - b.length - tagged(b))[0];
    if (likely) {
        return likely.flatMap((issue) => faultsOf(raw, issue, path));
    }
    const wanted = wantedForms(forms);
    const hint = value !== undefined && wanted.includes("a text") ? ", the text in quotes" : "";
    return [told(path, wrongType(value, wanted.join(" or "), hint))];
}

function unknownKey(path: Path, key: string, holder: unknown): Fault {
    const known = keysAt(path, holder);
    const near = nearKey(key, known);
    const problem = `Marathon knows no ${key} here, and would pass over it without a word`;
    const list = `known here: ${known.join(", ")}`;
    const elsewhere = places()
        .find((place) => place.at(-1) === key)
        ?.slice(0, -1);
    const hint =
        near !== undefined
            ? `did you mean ${near}? Else take it out; `
            : elsewhere !== undefined
              ? `${key} belongs ${elsewhere.length === 0 ? "to the definition itself" : `into ${elsewhere.join(".")}`}; `
              : "";
    return error([...path, key], problem, hint + list);
}

/** The field that was most likely meant: another word for it, a slip, two letters in each other's place, or a part of it. */
export function nearKey(key: string, known: readonly string[]): string | undefined {
    const plain = key.replaceAll(/[-_]/g, "").toLowerCase();
    const letters = (word: string) => [...word.toLowerCase()].sort().join("");
    return (
        known.find((name) => name === otherWords[plain]) ??
        nearest(key, known) ??
        known.find((name) => letters(name) === letters(plain)) ??
        (plain.length > 3 ? known.find((name) => name.toLowerCase().startsWith(plain)) : undefined)
    );
}

function notOneOf(path: Path, value: unknown, allowed: readonly string[]): Fault {
    const near =
        typeof value === "string" ? (allowed.find((one) => one === value.toUpperCase()) ?? nearest(value, allowed)) : undefined;
    const list = `use one of: ${allowed.join(", ")}`;
    return error(path, notKnown(value, shown(value, path)), near === undefined ? list : `did you mean ${near}? Else ${list}`);
}

/** A value as it may be quoted: short, and from where no secret can be. */
function shown(value: unknown, path: Path): string {
    const secretive = ["env", "cmd", "args", "command", "argv", "shell", "secrets", "labels"].some((part) => path.includes(part));
    const plain = typeof value === "number" || typeof value === "boolean" || typeof value === "string";
    return plain && !secretive && String(value).length <= 80 && !String(value).includes("@") ? JSON.stringify(value) : "this";
}

/** As much of a zod definition as is needed to find the keys of a place. */
interface Definition {
    readonly shape?: Record<string, z.core.$ZodType>;
    readonly element?: z.core.$ZodType;
    readonly innerType?: z.core.$ZodType;
    readonly valueType?: z.core.$ZodType;
    readonly options?: readonly z.core.$ZodType[];
}

const definitionOf = (schema: z.core.$ZodType): Definition => {
    const definition = schema._zod.def as Definition;
    return definition.innerType ? definitionOf(definition.innerType) : definition;
};

/** The keys that may stand at a place; of several forms, of that which has most of the keys that are there. */
function keysAt(path: Path, holder: unknown): string[] {
    const here = path.reduce<Definition[]>((at, part) => at.flatMap((one) => below(one, part)), forms(appSchema));
    const given = typeof holder === "object" && holder !== null ? Object.keys(holder) : [];
    const shapes = here.flatMap(({ shape }) => (shape ? [shape] : []));
    const score = (shape: object) => given.filter((key) => key in shape).length;
    const most = Math.max(...shapes.map(score));
    const keys = shapes.filter((shape) => score(shape) === most).flatMap((shape) => Object.keys(shape));
    return [...new Set(keys)].filter((key) => path.length > 0 || !(key in toldByMarathon));
}

let allPlaces: string[][] | undefined;

/** Every key of the definition with where it stands, the outer ones first; old and told ones are not offered. */
function places(): string[][] {
    const walk = (definition: Definition, path: string[]): string[][] => [
        ...(definition.element ? forms(definition.element).flatMap((form) => walk(form, path)) : []),
        ...Object.entries(definition.shape ?? {}).flatMap(([key, schema]) =>
            key in toldByMarathon || key === "ipAddress"
                ? []
                : [[...path, key], ...forms(schema).flatMap((form) => walk(form, [...path, key]))],
        ),
    ];
    allPlaces ??= forms(appSchema)
        .flatMap((form) => walk(form, []))
        .filter((path) => !["docker.network", "docker.portMappings"].includes(path.slice(-2).join(".")))
        .sort((a, b) => a.length - b.length);
    return allPlaces;
}

const forms = (schema: z.core.$ZodType): Definition[] => {
    const definition = definitionOf(schema);
    return definition.options ? definition.options.flatMap(forms) : [definition];
};

function below(definition: Definition, part: string | number): Definition[] {
    const next = typeof part === "number" ? definition.element : (definition.shape?.[part] ?? definition.valueType);
    return next ? forms(next) : [];
}
