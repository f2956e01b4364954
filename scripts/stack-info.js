"use strict";
/**
 * Reads from a stack's settings what set-up needs before the engine can run, without judging them: `make up` does that.
 * Arguments: the settings files, tracked first. Prints the provider's kinds on the first line and the node names on the second,
 * each from all files together: a user's own settings may be behind the tracked ones or ahead of them.
 */
const fs = require("node:fs");
const { parse } = require("yaml");

const kinds = new Set();
const nodes = new Set();
for (const file of process.argv.slice(2)) {
    if (!fs.existsSync(file)) continue;
    let config;
    try {
        config = parse(fs.readFileSync(file, "utf8"))?.config ?? {};
    } catch (error) {
        console.error(`error: ${file} is not YAML: ${String(error.message).split("\n")[0]}\n  remedy: correct the file`);
        process.exit(1);
    }
    const kind = config["datacentre:provider"]?.kind;
    if (typeof kind === "string") kinds.add(kind);
    for (const node of Array.isArray(config["datacentre:nodes"]) ? config["datacentre:nodes"] : []) {
        // Names that are none are reported by the program's own checks.
        if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(String(node?.name))) nodes.add(node.name);
    }
}
console.log([...kinds].join(" "));
console.log([...nodes].join(" "));
