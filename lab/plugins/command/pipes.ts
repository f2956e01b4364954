import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A pipe: what a child gets as its stdout or stderr, and where that is read. */
export interface Pipe {
    writeEnd: number;
    reader: Socket;
}

/**
 * True pipes, as the genuine provider's commands have. Node's own are sockets, on which a command cannot open
 * /dev/stdout or /dev/stderr again. The write ends are the caller's to close.
 */
export function openPipes(count: number): Pipe[] {
    const folder = mkdtempSync(join(tmpdir(), "command-"));
    try {
        const paths = Array.from({ length: count }, (_unused, index) => join(folder, String(index)));
        execFileSync("mkfifo", ["-m", "600", ...paths]);
        return paths.map((path) => {
            // A reader that does not block comes first: the writer would wait for one.
            const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
            const writeEnd = openSync(path, constants.O_WRONLY);
            return { writeEnd, reader: new Socket({ fd: readEnd, readable: true, writable: false }) };
        });
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Closes the parent's write ends, so that the readers end with the last process that holds one. */
export function closeWriteEnds(pipes: Pipe[]): void {
    for (const { writeEnd } of pipes) {
        closeSync(writeEnd);
    }
}
