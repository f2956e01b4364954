/**
 * `make test`: lint, unit tests, and those end-to-end tests that are its core. All parts run, whatever fails. The last line on stdout, and the file
 * `.datacentre/test-summary`, say how many passed, failed and were skipped.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { exec } from "./lib/exec";
import { main, note } from "./lib/say";
import { add, readGo, readJest, summaryLine, type Counts } from "./test/counts";
import { failuresOfJest } from "./test/failures";

const root = join(__dirname, "..");
const results = join(root, ".datacentre", "test-results");

/** What failed in any part. */
const failures: string[] = [];

/** Each part of lint is one check. */
async function lint(): Promise<Counts> {
    const counts = [];
    for (const part of ["eslint", "types", "shellcheck", "syntax", "go"]) {
        const { code } = await exec(join(root, "ops", "lint.sh"), [part], { cwd: root, inherit: true });
        failures.push(...(code === 0 ? [] : [`  lint: ${part}`]));
        counts.push({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
    }
    return add(counts);
}

async function jest(name: string, args: readonly string[]): Promise<Counts> {
    const file = join(results, `${name}.json`);
    rmSync(file, { force: true });
    note(`\n== ${name}`);
    const env = { ...process.env, E2E: "core" };
    const { code } = await exec("npx", ["--no-install", "jest", "--json", `--outputFile=${file}`, ...args], { cwd: root, env, inherit: true });
    let text = "";
    try {
        text = readFileSync(file, "utf8");
    } catch {
        note(`${name} ended with status ${code} and left no result`);
    }
    failures.push(...failuresOfJest(text));
    return readJest(text, code);
}

/** The tests of the lab's own programs that need nothing besides Go. */
async function go(directory: string, packages: string): Promise<Counts> {
    note(`\n== go: ${directory}`);
    const { code, stdout, stderr } = await exec("go", ["test", "-json", packages], { cwd: join(root, directory) });
    writeFileSync(join(results, `go-${directory.replaceAll("/", "-")}.json`), stdout);
    const { counts, failures: said } = readGo(stdout, code);
    const all = [...said, ...(code === 0 ? [] : [stderr])];
    failures.push(...all.map((text) => `  ${directory}: ${text.slice(0, 2000)}`));
    note([...all, summaryLine(counts)].join("\n"));
    return counts;
}

main(async () => {
    mkdirSync(results, { recursive: true });
    const counts = add([
        await lint(),
        await jest("unit", []),
        await go("lab/doubles", "./..."),
        await go("lab/calico", "./docker-driver"),
        await go("lab/kubernetes/own", "./..."),
        await go("lab/upstream", "."),
        await jest("e2e", ["-c", "tests/e2e/jest.config.js"]),
    ]);
    if (failures.length > 0) {
        note(["\n== failed", ...failures, ""].join("\n"));
    }
    const line = summaryLine(counts);
    writeFileSync(join(root, ".datacentre", "test-summary"), `${line}\n`);
    process.stdout.write(`${line}\n`);
    return counts.failed === 0 ? 0 : 1;
});
