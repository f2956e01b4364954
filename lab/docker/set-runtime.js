"use strict";
/**
 * Adds one runtime to an engine's daemon.json and makes it the default; every other setting stays.
 * Arguments: the file, the runtime's name, its path (or --remove, which takes both additions out). Prints "changed" or "unchanged".
 */
const fs = require("node:fs");
const path = require("node:path");

const [file, name, program] = process.argv.slice(2);
let settings = {};
if (fs.existsSync(file)) {
    const text = fs.readFileSync(file, "utf8");
    try {
        settings = text.trim() === "" ? {} : JSON.parse(text);
    } catch (error) {
        console.error(`error: ${file} is not JSON: ${error.message}\n  remedy: mend or remove it; it was left as it is`);
        process.exit(1);
    }
}

const before = JSON.stringify(settings);
if (program === "--remove") {
    const { [name]: _removed, ...others } = settings.runtimes ?? {};
    const { runtimes: _runtimes, "default-runtime": chosen, ...rest } = settings;
    settings = { ...rest };
    if (Object.keys(others).length > 0) settings.runtimes = others;
    if (chosen !== undefined && chosen !== name) settings["default-runtime"] = chosen;
} else {
    settings.runtimes = { ...settings.runtimes, [name]: { path: program } };
    settings["default-runtime"] = name;
}

if (JSON.stringify(settings) === before) {
    console.log("unchanged");
} else if (Object.keys(settings).length === 0) {
    fs.rmSync(file);
    console.log("changed");
} else {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const temporary = `${file}.datacentre-new`;
    fs.writeFileSync(temporary, `${JSON.stringify(settings, null, 2)}\n`);
    fs.renameSync(temporary, file);
    console.log("changed");
}
