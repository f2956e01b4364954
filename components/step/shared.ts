import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { assignment, assignments, framed, library, load, root, type Parameter } from "./program";

/** Where a host keeps what its steps are made of: each script once, by its digest. Only root reads it. */
export const scriptsHome = "/var/lib/datacentre/scripts";

/**
 * Under which name a node is sent its scripts, in the home of the user who logs in, which several hosts may share. The first step takes
 * them from there.
 */
export const sentAs = (node: string): string => `.datacentre-scripts-${node}`;

/** A text that a host has once, whichever of its steps use it. */
export interface SharedText {
    /** What a preview calls it: "zookeeper/member", or "step/parameter". */
    readonly name: string;
    /** The first ten hexadecimal digits of its SHA-256: enough for the texts of one host. */
    readonly digest: string;
    readonly text: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const shared = (name: string, text: string): SharedText => ({ name, digest: sha256(text).slice(0, 10), text });

const scripts = new Map<string, SharedText>();

/** @param path from the root */
export function sharedScript(path: string): SharedText {
    const script = scripts.get(path) ?? shared(path.replace(/^components\//, "").replace(/\.sh$/, ""), load(path));
    scripts.set(path, script);
    return script;
}

/** A step's program for a host that has its scripts. */
export interface SharedProgram {
    readonly text: string;
    /** What must be there. */
    readonly uses: readonly SharedText[];
}

/**
 * How many bytes of parameters stand in a step's own text. The engine keeps it twice, and writes all of it at every step; but it shows the
 * changed lines of files in it, where of a parameter that goes with the scripts it says only that it changed. So this holds what configures
 * most systems, and whole programs go with the scripts.
 */
const inlineLimit = 8000;

/** What is other in the first step on a host, which finds the host's scripts. */
export interface FirstStep {
    /** Bash that is run first, before there is anything of lib.sh. It may set `scripts_home`. */
    readonly begin: string;
    /** How many bytes of parameters may stand in its text. */
    readonly limit: number;
    /** Parameters that stand there however long they are. */
    readonly inline: readonly string[];
}

/** The texts that a program names. */
export function namedIn(program: string): Omit<SharedText, "text">[] {
    const [, list = ""] = /^step_scripts='([^']*)'$/m.exec(program) ?? [];
    return [...list.matchAll(/^(\S+) (.+)$/gm)].map(([, digest = "", name = ""]) => ({ digest, name }));
}

/**
 * A step's program that names its scripts by digest: its parameters are in it, so that a preview shows the lines that change, and of a
 * script which one does.
 *
 * @param first of a host's first step: see `FirstStep`
 */
export function sharedProgram(
    step: string,
    node: string,
    paths: readonly string[],
    parameters: Record<string, Parameter>,
    first: FirstStep = { begin: "", limit: inlineLimit, inline: [] },
): SharedProgram {
    const told = assignments(step, node, parameters);
    const long = longest(Object.keys(parameters), told, first);
    const kept = long.map((at) => shared(`${step}/${Object.keys(parameters)[at]}`, `${told[at]}\n`));
    const frame = sharedScript(library);
    const uses = [frame, ...kept, ...paths.map(sharedScript)];
    // The frame reads the list itself, once it is there.
    const list = assignment("step_scripts", uses.slice(1).map(({ name, digest }) => `${digest} ${name}`).join("\n"));
    const text = [`frame=${frame.digest}`, ...told.filter((_, at) => !long.includes(at)), list, ...(first.begin === "" ? [] : [first.begin.trimEnd()]), frameCall];
    return { text: framed(step, `${text.join("\n")}\n`), uses };
}

/** Which parameters go with the scripts, the longest first, until the rest is short. */
function longest(keys: readonly string[], told: readonly string[], { limit, inline }: FirstStep): number[] {
    const sizes = keys.map((_, at) => told[at]?.length ?? 0);
    const order = keys.flatMap((key, at) => (inline.includes(key) ? [] : [at])).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
    let rest = sizes.reduce((sum, size) => sum + size, 0);
    const out: number[] = [];
    for (const at of order) {
        if (rest <= limit) {
            break;
        }
        rest -= sizes[at] ?? 0;
        out.push(at);
    }
    return out.sort((a, b) => a - b);
}

/**
 * Reads the frame, which reads the rest. A host of which nothing of ours is left has nothing to undo. Short, since each step records it twice;
 * the gate's own `begin` has set `scripts_home` already.
 */
const frameCall = `: "\${scripts_home:=${scriptsHome}}"
[ -e "$scripts_home/$frame" ] || { [ "$1" != undo ] || [ -e ${scriptsHome.replace(/\/[^/]*$/, "")} ] || { echo 0 changes; exit; }
echo "datacentre: $step on $node: this host has lost its scripts
  remedy: pulumi up --replace '**::scripts-$node'" >&2; exit 1; }
. "$scripts_home/$frame"`;

const endOfText = "end of datacentre script";

/** What a host is sent: bash that hands each text to `put DIGEST`, on stdin. */
export function packText(texts: readonly SharedText[]): string {
    const all = [...new Map(texts.map((one) => [one.digest, one])).values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    return all
        .map(({ name, digest, text }) => {
            if (text.split("\n").includes(endOfText)) {
                throw new Error(`${name} has a line '${endOfText}'`);
            }
            return `put ${digest} <<'${endOfText}'\n${text}${endOfText}\n`;
        })
        .join("");
}

/** A file of this clone that a host is sent. */
export interface Pack {
    /** From the root. */
    readonly path: string;
    readonly sha256: string;
}

/** Where they lie, from the root. By digest: stacks that use one clone at once do not meet. */
const packs = ".datacentre/scripts";

/** How long a pack's file is kept that no run has needed since, in ms: a run of another stack may be under way. */
const keptFor = 7 * 24 * 60 * 60 * 1000;

/** Puts a pack's file there, unless it is. */
export function writePack(texts: readonly SharedText[]): Pack {
    const text = packText(texts);
    const sum = sha256(text);
    const path = `${packs}/${sum.slice(0, 16)}.sh`;
    const now = new Date();
    try {
        utimesSync(join(root, path), now, now);
    } catch {
        mkdirSync(join(root, packs), { recursive: true });
        dropOld(now);
        const whole = join(root, `${path}.${process.pid}`);
        writeFileSync(whole, text);
        renameSync(whole, join(root, path));
    }
    return { path, sha256: sum };
}

function dropOld(now: Date): void {
    for (const name of readdirSync(join(root, packs))) {
        const path = join(root, packs, name);
        // Another run may have dropped it meanwhile.
        const age = now.getTime() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now.getTime());
        if (age > keptFor) {
            rmSync(path, { force: true });
        }
    }
}
