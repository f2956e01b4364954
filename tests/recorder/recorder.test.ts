/** Holds what the program makes of descriptions against what it made of them before; FULL=1 takes all of them. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

type Digests = Record<string, Record<string, string>>;

const root = join(__dirname, "..", "..");
const few = ["local", "dev", "prod", "images", "bastion", "e2e-calico"];
const all = process.env["FULL"] === "1";

/** What shows a difference: the same recorder in a worktree of the commit before. */
const help = (names: readonly string[]) =>
    `to see it, in a worktree of the commit before and here: npx tsx tests/recorder/record.ts --full /tmp/DIR --only ${names.join(",")}; then diff -r of the two`;

it(`makes the same of ${all ? "all descriptions" : few.join(", ")}`, async () => {
    const known = JSON.parse(readFileSync(join(__dirname, "digests.json"), "utf8")) as Digests;
    const only = all ? [] : ["--only", few.join(",")];
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "tests/recorder/record.ts", "--print", ...only], { cwd: root, maxBuffer: 1 << 26 });
    const found = JSON.parse(stdout) as Digests;
    const names = all ? [...new Set([...Object.keys(known), ...Object.keys(found)])] : few;
    const differ = names.flatMap((name) => {
        const [before, now] = [known[name] ?? {}, found[name] ?? {}];
        const aspects = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((aspect) => before[aspect] !== now[aspect]);
        return aspects.length > 0 ? [{ name, aspects }] : [];
    });
    const lines = differ.map(({ name, aspects }) => `${name}: ${aspects.join(", ")} ${known[name] ? (found[name] ? "differ" : "are gone") : "are new"}`);
    expect(differ.length > 0 ? [...lines, help(differ.map(({ name }) => name))] : []).toEqual([]);
}, 300_000);
