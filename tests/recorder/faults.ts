/** What is said of descriptions: whole ones, those that tests refuse, and whole ones with something changed at random. */
import { faultTests, parse, parser, stackValues, type Parsed, type Values } from "./program";
import { runFiles } from "./bodies";
import { tracked, variants } from "./descriptions";
import { digest, json, masked, numbers, sorted, type Texts } from "./text";

/** In no certain order, since all faults are told at once. */
function verdict(look: () => Parsed): string[] {
    try {
        const { dataCentre, faults, warnings } = look();
        const told = [...faults, ...warnings].map(({ key, problem, remedy, severity }) => masked(`${severity} ${key}: ${problem} | ${remedy}`));
        return [dataCentre === undefined ? "refused" : `accepted ${digest(json(dataCentre))}`, ...sorted(told)];
    } catch {
        return ["throws"];
    }
}

const names = Object.keys(tracked);

export const faultsOf = (values: Values, stack: string, secrets: readonly string[]): string =>
    verdict(() => parse(values, stack, names, secrets)).join("\n");

/** Every description that a test of faults has looked at, by file. Tables of those that are refused come by their tests' titles. */
export async function testedFaults(): Promise<Texts> {
    const seen: Texts = {};
    const note = (title: string, lines: readonly string[]): void => {
        const [file = ""] = title.split(faultTests.ending);
        seen[file] = `${seen[file] ?? ""}## ${title}\n${lines.join("\n")}\n`;
    };
    const endless = await runFiles(faultTests, { finish: true, prepare: (title) => watchParser((lines) => note(title(), lines)) });
    endless.forEach((title) => note(title, ["did not end"]));
    return seen;
}

/** Puts a parser into its module's place that tells what it finds. */
function watchParser(tell: (lines: string[]) => void): void {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const exported = require(parser.module) as Record<string, (...args: unknown[]) => Parsed>;
    const watched = (...args: unknown[]): Parsed => {
        tell(verdict(() => exported[parser.name]!(...args)));
        return exported[parser.name]!(...args);
    };
    require.cache[parser.module]!.exports = { ...exported, [parser.name]: watched };
}

type Place = [holder: Record<string | number, unknown>, key: string | number, path: string];

function placesIn(value: unknown, path = ""): Place[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const holder = value as Record<string | number, unknown>;
    const keys = Array.isArray(value) ? value.map((_, at) => at) : Object.keys(value);
    return keys.flatMap((key): Place[] => [[holder, key, `${path}/${key}`], ...placesIn(holder[key], `${path}/${key}`)]);
}

const wrong: unknown[] = [null, [], {}, "", -1, 0, 1, 70000, true, false, 1.5, "wrongs", "a b", "../x", "10.240.0.0/16", "172.18.1.1", "0.0.0.0/0", "master1", "etcd", [null], [""], [{}]];

/** One change of a description, in words. */
function change(values: Values, others: readonly Place[], random: () => number): string {
    const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const [holder, key, path] = any(placesIn(values));
    const kind = any(["missing", "wrong", "other", "alike", "alike", "alike", "near", "twice", "unknown key"] as const);
    const valueOf = ([around, at]: Place): unknown => around[at];
    // Of the same meaning, so that it is often allowed by itself, and judged by the rules between keys.
    const meaning = (one: string): string => one.replaceAll(/\/\d+/g, "").split("/").slice(-1).join();
    const alike = others.filter((other) => meaning(other[2]) === meaning(path) && typeof valueOf(other) === typeof holder[key]);
    const old = holder[key];
    if (kind === "missing" && Array.isArray(holder)) {
        holder.splice(Number(key), 1);
    } else if (kind === "missing") {
        delete holder[key];
    } else if (kind === "twice" && Array.isArray(holder)) {
        holder.push(structuredClone(holder[Number(key)]));
    } else if (kind === "unknown key" && !Array.isArray(holder)) {
        holder[`${key}s`] = holder[key];
    } else if (kind === "near" && (typeof old === "number" || typeof old === "boolean")) {
        holder[key] = typeof old === "number" ? old + any([-1, 1, 1000]) : !old;
    } else {
        holder[key] = structuredClone(kind === "alike" && alike.length > 0 ? valueOf(any(alike)) : kind === "other" ? valueOf(any(others)) : any(wrong));
    }
    return `${kind} ${path} = ${json(holder[key], 0)}`;
}

/** Descriptions with one to three changes, the same in every run. */
export function randomFaults(counts: { tracked: number; variant: number }): string {
    const random = numbers(20260101);
    const bases = [
        ...names.map((stack) => ({ name: stack, stack, values: stackValues(stack), count: counts.tracked })),
        ...variants().map(({ name, stack, values }) => ({ name, stack, values, count: counts.variant })),
    ];
    const others = bases.flatMap(({ values }) => placesIn(structuredClone(values)));
    return bases
        .flatMap(({ name, stack, values, count }) =>
            Array.from({ length: count }, (_, at) => {
                const changed = structuredClone(values);
                const changes = Array.from({ length: 1 + (at % 3) }, () => change(changed, others, random));
                return [`## ${name} ${at}: ${changes.join("; ")}`, ...verdict(() => parse(changed, stack, names))].join("\n");
            }),
        )
        .join("\n");
}
