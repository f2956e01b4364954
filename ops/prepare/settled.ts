/** Whether an `up` would find everything as the last one left it, as far as that can be told without an engine. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { checkpointFile, stampOf } from "../engine/checkpoint";
import { writeWhole } from "../lib/files";
import type { Context } from "../stack/context";

const noteOf = ({ stackHome }: Pick<Context, "stackHome">): string => join(stackHome, "settled");

/** What the engine's program is made of. */
const sources = ["index.ts", "Pulumi.yaml", "package-lock.json", "components", "config"];

function* filesIn(root: string, path: string): Generator<string> {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const inner = join(path, entry.name);
        if (entry.isDirectory()) {
            yield* filesIn(root, inner);
        } else if (entry.isFile()) {
            yield inner;
        }
    }
}

/** Of the program, what it is told, and the keys beside it. */
function contentOf(context: Context): string {
    const hash = createHash("sha256");
    const add = (root: string, path: string): void => {
        const text = readFileSync(join(root, path));
        hash.update(`${path} ${text.length}\n`).update(text);
    };
    const all = (root: string, paths: readonly string[]): void => {
        for (const path of paths.filter((one) => existsSync(join(root, one)))) {
            for (const file of path.includes(".") ? [path] : filesIn(root, path)) {
                add(root, file);
            }
        }
    };
    all(context.root, sources);
    all(context.stackHome, ["settings.yaml", "ssh", "tls"]);
    return hash.digest("hex");
}

export interface Settled {
    readonly isSettled: boolean;
    /** Notes that an `up` of what was looked at has come to its end. What was changed meanwhile is not of it. */
    readonly note: () => void;
}

/**
 * Settled is a stack whose last `up` came to its end with this program, these settings and keys, and whose state nobody has written since. What
 * the program reads elsewhere is not looked at, so this may save asking, and never a check that protects anything.
 */
export function lookWhetherSettled(context: Context): Settled {
    const state = checkpointFile(context);
    // The copy of a state that lies elsewhere is written anew each time.
    if (context.bookkeeping === undefined || state === undefined) {
        return { isSettled: false, note: () => undefined };
    }
    const content = contentOf(context);
    const now = (): string => `${content} ${existsSync(state) ? stampOf(state) : "none"}`;
    const note = noteOf(context);
    return { isSettled: existsSync(note) && readFileSync(note, "utf8").trim() === now(), note: () => writeWhole(note, `${now()}\n`) };
}
