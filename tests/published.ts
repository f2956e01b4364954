import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What others published or wrote down of the real programs: no part of the project, and read where it is. */
export const shared = process.env["DATACENTRE_SHARED"] ?? join(__dirname, "../../shared");

/**
 * Describes with a file or folder of `shared`; without it the same tests count as skipped, and it is said why.
 *
 * @param body is called either way, so that it may read only from within tests
 */
export function describeWith(what: string, name: string, body: (path: string) => void): void {
    const path = join(shared, name);
    const there = existsSync(path);
    const title = there ? what : `${what} [skipped: there is no ${path}]`;
    if (!there) {
        process.stderr.write(`${title}\n`);
    }
    (there ? describe : describe.skip)(title, () => body(path));
}

/** The same with what a JSON file says. */
export const describeWithJson = (what: string, name: string, body: (read: () => unknown) => void): void =>
    describeWith(what, name, (path) => {
        let content: unknown;
        body(() => (content ??= JSON.parse(readFileSync(path, "utf8"))));
    });
