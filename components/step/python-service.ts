import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./program";

/** Modules that every service of ours in Python has beside its own. */
export const sharedModules = join(root, "components/step/service");

const known = new Map<string, Readonly<Record<string, string>>>();

/**
 * A service's modules as they go to hosts, all into one directory, by name.
 *
 * @param folder its own modules', from the root
 */
export function pythonService(folder: string): Readonly<Record<string, string>> {
    let modules = known.get(folder);
    if (!modules) {
        const places = [sharedModules, join(root, folder)].flatMap((at) => readdirSync(at).map((name) => [name, join(at, name)] as const));
        const programs = places.filter(([name]) => name.endsWith(".py")).sort(([a], [b]) => (a < b ? -1 : 1));
        modules = Object.fromEntries(programs.map(([name, path]) => [name, readFileSync(path, "utf8")]));
        known.set(folder, modules);
    }
    return modules;
}
