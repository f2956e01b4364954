/** The Python tools that ours is compared with: pinned, and installed into the cache, outside the clone. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { exec } from "../../ops/lib/exec";
import { note, Problem } from "../../ops/lib/say";

const requirements = join(__dirname, "../requirements.txt");

/** @returns the folder of the programs, once they are there */
export async function pythonTools(): Promise<string> {
    const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
    const home = join(process.env.DATACENTRE_CACHE ?? join(homedir(), ".cache/datacentre"), `bench-${digest}`);
    const bin = join(home, "bin");
    if (!existsSync(join(home, "complete"))) {
        note(`== Ansible, mitogen and pyinfra: installing what bench/requirements.txt names into ${home}`);
        const steps: [string, string[]][] = [
            ["python3", ["-m", "venv", "--clear", home]],
            [join(bin, "pip"), ["install", "--quiet", "--disable-pip-version-check", "-r", requirements]],
            ["touch", [join(home, "complete")]],
        ];
        for (const [program, args] of steps) {
            const { code, stderr } = await exec(program, args);
            if (code !== 0) {
                throw new Problem(
                    `${program} ${args.slice(0, 3).join(" ")} failed: ${stderr.trim().split("\n").slice(-3).join(" ")}`,
                    "install python3-venv (Python 3.11 or newer), and see that pip reaches its index (pip config list)",
                );
            }
        }
    }
    return bin;
}

/** Versions by package, as pip has installed them. */
export async function versionsOf(bin: string): Promise<Record<string, string>> {
    const { stdout } = await exec(join(bin, "pip"), ["list", "--format", "json", "--disable-pip-version-check"]);
    const all = JSON.parse(stdout) as { name: string; version: string }[];
    return Object.fromEntries(all.filter(({ name }) => ["ansible-core", "mitogen", "pyinfra"].includes(name)).map(({ name, version }) => [name, version]));
}
