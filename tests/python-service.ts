/** The tests of a service in Python: its own, and what it may need of a host. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import { sharedModules } from "../components/step/python-service";

/** How a service's modules find those that all services have: on hosts they lie beside each other. */
const serviceEnv = { ...process.env, PYTHONPATH: sharedModules };

const modulesOf = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith(".py")).map((name) => join(folder, name));

/**
 * @param folder the service's, from the root
 * @param least it has more tests of its own than these
 * @param seconds that they may take
 */
export function testPythonService(folder: string, least: number, seconds: number): void {
    const service = resolve(__dirname, "..", folder);
    const modules = [...modulesOf(service), ...modulesOf(sharedModules)];
    const python = (...args: string[]) => spawnSync("python3", ["-B", ...args], { cwd: service, encoding: "utf8", timeout: seconds * 1000, env: serviceEnv });

    it("passes its own tests", () => {
        const { status, stderr, error } = python("-W", "error::ResourceWarning", "-m", "unittest", "discover", "-s", "tests", "-t", ".");
        expect({ error, status, stderr: status === 0 ? "" : stderr }).toEqual({ error: undefined, status: 0, stderr: "" });
        const [, count] = /^Ran (\d+) tests/m.exec(stderr) ?? [];
        const skipped = /skipped=(\d+)/.exec(stderr)?.[1] ?? "0";
        console.log(`${count} tests of the service in Python, ${skipped} of them skipped`);
        expect(Number(count)).toBeGreaterThan(least);
    }, seconds * 1000);

    it("needs nothing that a host with Python 3.9 lacks", () => {
        const own = modules.map((path) => basename(path, ".py"));
        // The grammar of 3.9, and imports from the standard library alone.
        const program = [
            "import ast, sys",
            "for path in sys.argv[1:]:",
            "    tree = ast.parse(open(path).read(), feature_version=(3, 9))",
            "    for node in ast.walk(tree):",
            "        names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []",
            "        for name in names: print(name.split('.')[0])",
        ].join("\n");
        const imported = python("-c", program, ...modules).stdout.trim().split("\n");
        const standard = python("-c", "import sys; print('\\n'.join(sys.stdlib_module_names))").stdout.trim().split("\n");
        expect([...new Set(imported)].filter((name) => !own.includes(name) && !standard.includes(name))).toEqual([]);
        expect(own).toContain("__main__");
    });

    it("tells all that is wrong with its configuration, and ends with status 2", () => {
        const { status, stdout } = python(service, "/dev/null");
        expect([status, stdout]).toEqual([2, expect.stringMatching(/^error: \/dev\/null: is not JSON .*; write it anew\n$/)]);
    });

    it.each(modules)("%s says what it is for", (path) => {
        expect(readFileSync(path, "utf8")).toMatch(/^"""[A-Z].+/);
    });
}
