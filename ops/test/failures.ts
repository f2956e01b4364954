/** What failed, in short: said once more at the end of a long run, of which often only the end is kept. */
import { stripVTControlCharacters } from "node:util";

/** Lines of each failure that are told, and characters of each line. */
const most = { lines: 12, characters: 200 };

interface JestResult {
    readonly testResults?: readonly {
        readonly name?: string;
        readonly message?: string;
        readonly assertionResults?: readonly { readonly status?: string; readonly fullName?: string; readonly failureMessages?: readonly string[] }[];
    }[];
}

const short = (text: string): string[] =>
    stripVTControlCharacters(text)
        .split("\n")
        .map((line) => line.trimEnd())
        .filter((line) => line !== "")
        .slice(0, most.lines)
        .map((line) => `    ${line.slice(0, most.characters)}`);

/**
 * The failed tests of a jest run, each by its file and name, with the beginning of what it said.
 *
 * @param text what `jest --json` wrote; anything else says nothing
 */
export function failuresOfJest(text: string): string[] {
    let result: JestResult;
    try {
        result = JSON.parse(text) as JestResult;
    } catch {
        return [];
    }
    return (result.testResults ?? []).flatMap(({ name = "", message = "", assertionResults = [] }) => {
        const file = name.split("/").slice(-2).join("/");
        const failed = assertionResults.filter(({ status }) => status === "failed");
        // A file that could not be loaded has no tests, and a message of its own.
        return failed.length === 0 && assertionResults.length === 0 && message !== ""
            ? [[`  ${file}`, ...short(message)].join("\n")]
            : failed.map(({ fullName = "", failureMessages = [] }) => [`  ${file}: ${fullName}`, ...short(failureMessages[0] ?? "")].join("\n"));
    });
}
