import { add, readGo, readJest, summaryLine } from "../../ops/test/counts";

const result = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, numRuntimeErrorTestSuites: 0 };

it("counts tests", () => {
    expect(summaryLine(readJest(JSON.stringify(result), 1))).toBe("5 passed, 1 failed, 3 skipped");
});

it("counts test files that could not be loaded, and runs that broke, as failures", () => {
    expect(readJest(JSON.stringify({ ...result, numRuntimeErrorTestSuites: 2 }), 1).failed).toBe(3);
    expect(readJest("", 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(readJest("", 0).failed).toBe(1);
    expect(readJest(JSON.stringify({ numPassedTests: 3 }), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

it("adds up", () => {
    const one = { passed: 1, failed: 0, skipped: 2 };
    expect(summaryLine(add([one, { passed: 2, failed: 1, skipped: 0 }, one]))).toBe("4 passed, 1 failed, 4 skipped");
});

it("counts Go's tests, and a package that does not compile as a failure", () => {
    const lines = [
        { Action: "pass", Package: "a", Test: "TestOne" },
        { Action: "output", Package: "a", Test: "TestTwo", Output: "it broke\n" },
        { Action: "fail", Package: "a", Test: "TestTwo" },
        { Action: "skip", Package: "a", Test: "TestThree" },
        { Action: "fail", Package: "a" },
    ];
    const text = lines.map((line) => JSON.stringify(line)).join("\n");
    expect(readGo(text, 1)).toEqual({ counts: { passed: 1, failed: 1, skipped: 1 }, failures: ["it broke\n"] });
    expect(readGo("build failed", 1).counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
