/** The service that follows pods and nodes, which is in Python: its own tests, and what it may need of a host. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const service = resolve(__dirname, "../../components/kubernetes-dns/service");
const modules = readdirSync(service).filter((name) => name.endsWith(".py"));

const python = (...args: string[]) => spawnSync("python3", ["-B", ...args], { cwd: service, encoding: "utf8", timeout: 90_000 });

it("passes its own tests", () => {
    const { status, stderr, error } = python("-W", "error::ResourceWarning", "-m", "unittest", "discover", "-s", "tests", "-t", ".");
    expect({ error, status, stderr: status === 0 ? "" : stderr }).toEqual({ error: undefined, status: 0, stderr: "" });
    const [, count] = /^Ran (\d+) tests/m.exec(stderr) ?? [];
    const skipped = /skipped=(\d+)/.exec(stderr)?.[1] ?? "0";
    console.log(`${count} tests of the service in Python, ${skipped} of them skipped`);
    expect(Number(count)).toBeGreaterThan(40);
}, 90_000);

it("needs nothing that a host with Python 3.9 lacks", () => {
    const own = modules.map((name) => name.replace(".py", ""));
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

it.each(modules)("%s says what it is for", (name) => {
    expect(readFileSync(join(service, name), "utf8")).toMatch(/^"""[A-Z].+/);
});
