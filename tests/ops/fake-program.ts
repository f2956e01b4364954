/** A directory with programs of the test's own, which come first on PATH. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface FakePath {
    readonly directory: string;
    /** Puts a bash script there; `$FAKE` is the directory. */
    program(name: string, body: string): void;
    /** Writes what scripts read. */
    write(file: string, text: string): void;
    /** What scripts wrote to `$FAKE/calls`, a line each. */
    calls(): string[];
    remove(): void;
}

export function fakePath(): FakePath {
    const directory = mkdtempSync(join(tmpdir(), "fake-path-"));
    const before = process.env["PATH"] ?? "";
    process.env["PATH"] = `${directory}${delimiter}${before}`;
    const calls = join(directory, "calls");
    return {
        directory,
        program: (name, body) => {
            writeFileSync(join(directory, name), `#!/bin/bash\nFAKE=${directory}\n${body}`);
            chmodSync(join(directory, name), 0o755);
        },
        write: (file, text) => writeFileSync(join(directory, file), text),
        calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : []),
        remove: () => {
            process.env["PATH"] = before;
            rmSync(directory, { recursive: true, force: true });
        },
    };
}
