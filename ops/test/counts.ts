/** Counts of test runs: jest's, Go's, and their sum. */

export interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
}

export function add(all: readonly Counts[]): Counts {
    return all.reduce((sum, one) => ({
        passed: sum.passed + one.passed,
        failed: sum.failed + one.failed,
        skipped: sum.skipped + one.skipped,
    }));
}

export const summaryLine = ({ passed, failed, skipped }: Counts): string => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/**
 * Counts of a jest run.
 *
 * @param text what `jest --json` wrote; anything else stands for a run that broke
 * @param status its exit status: a run that failed without a failed test counts as one failure
 */
export function readJest(text: string, status: number): Counts {
    let result: Record<string, number | undefined>;
    try {
        result = JSON.parse(text) as Record<string, number | undefined>;
    } catch {
        return { passed: 0, failed: 1, skipped: 0 };
    }
    const of = (key: string): number => result[key] ?? 0;
    // Test files that could not even be loaded have no failed tests of their own.
    const failed = of("numFailedTests") + of("numRuntimeErrorTestSuites");
    return {
        passed: of("numPassedTests"),
        failed: failed === 0 && status !== 0 ? 1 : failed,
        skipped: of("numPendingTests") + of("numTodoTests"),
    };
}

/** A line of what `go test -json` writes. Source: cmd/test2json. */
interface GoEvent {
    readonly Action: string;
    readonly Package?: string;
    readonly Test?: string;
    readonly Output?: string;
}

/**
 * Counts of a run of `go test -json`, and what its failed tests said.
 *
 * @param status its exit status: a package that does not compile has no test, and counts as one failure
 */
export function readGo(text: string, status: number): { counts: Counts; failures: string[] } {
    const events = text.split("\n").flatMap((line): GoEvent[] => {
        try {
            return [JSON.parse(line) as GoEvent];
        } catch {
            return [];
        }
    });
    const ended = (action: string): GoEvent[] => events.filter(({ Action, Test }) => Action === action && Test !== undefined);
    const failed = ended("fail");
    const outputOf = (one: GoEvent): string =>
        events
            .filter(({ Action, Package, Test }) => Action === "output" && Package === one.Package && Test === one.Test)
            .map(({ Output = "" }) => Output)
            .join("");
    return {
        counts: {
            passed: ended("pass").length,
            failed: failed.length === 0 && status !== 0 ? 1 : failed.length,
            skipped: ended("skip").length,
        },
        failures: failed.map(outputOf),
    };
}
