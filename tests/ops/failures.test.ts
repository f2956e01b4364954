import { failuresOfJest } from "../../ops/test/failures";

const message = "\u001b[31mExpected\u001b[39m 1\n\n    at one.ts:3\n";

it("names failed tests by file and name, with what they said", () => {
    const tests = [
        { status: "passed", fullName: "is well", failureMessages: [] },
        { status: "failed", fullName: "comes back", failureMessages: [message] },
    ];
    const text = JSON.stringify({ testResults: [{ name: "/a/tests/e2e/ha.e2e.ts", assertionResults: tests }] });
    expect(failuresOfJest(text)).toEqual(["  e2e/ha.e2e.ts: comes back\n    Expected 1\n        at one.ts:3"]);
});

it("names files that could not be loaded, and says nothing of what is no result", () => {
    const text = JSON.stringify({ testResults: [{ name: "/a/tests/x.test.ts", message: "Cannot find module", assertionResults: [] }] });
    expect(failuresOfJest(text)).toEqual(["  tests/x.test.ts\n    Cannot find module"]);
    expect(failuresOfJest("{}")).toEqual([]);
    expect(failuresOfJest("no result")).toEqual([]);
});

it("cuts off what is long", () => {
    const tests = [{ status: "failed", fullName: "is long", failureMessages: [`${"x".repeat(1000)}\n`.repeat(1000)] }];
    const [said = ""] = failuresOfJest(JSON.stringify({ testResults: [{ name: "x", assertionResults: tests }] }));
    expect(said.split("\n")).toHaveLength(13);
    expect(said.length).toBeLessThan(2600);
});
