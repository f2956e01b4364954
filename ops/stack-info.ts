/**
 * Reads from a stack's settings what set-up needs before the engine can run, without judging them: `make up` does that.
 * Arguments: the settings files, tracked first. Prints the provider's kinds on the first line and the node names on the second,
 * each from all files together: a user's own settings may be behind the tracked ones or ahead of them.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { isGroup, projectKeys, withDefaults } from "../config/defaults";

/** With what it extends, as far as that can be read. */
function configOf(document: unknown): Record<string, unknown> {
    const own = projectKeys(isGroup(document) ? document.config : {});
    try {
        return withDefaults(own, "", join(__dirname, ".."));
    } catch {
        return own;
    }
}

const kinds = new Set<string>();
const nodes = new Set<string>();
for (const file of process.argv.slice(2).filter((path) => existsSync(path))) {
    let document: unknown;
    try {
        document = parse(readFileSync(file, "utf8"));
    } catch (error) {
        process.stderr.write(`error: ${file} is not YAML: ${(error as Error).message.split("\n")[0]}\n  remedy: correct the file\n`);
        process.exit(1);
    }
    const { provider, nodes: listed } = configOf(document);
    if (isGroup(provider) && typeof provider.kind === "string") {
        kinds.add(provider.kind);
    }
    for (const node of Array.isArray(listed) ? (listed as unknown[]) : []) {
        // Names that are none are reported by the program's own checks.
        if (isGroup(node) && typeof node.name === "string" && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(node.name)) {
            nodes.add(node.name);
        }
    }
}
process.stdout.write(`${[...kinds].join(" ")}\n${[...nodes].join(" ")}\n`);
