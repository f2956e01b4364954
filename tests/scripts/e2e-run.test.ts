import { run } from "../e2e/lib/run";

it("hands on nothing of a make that runs the tests, such as its STACK, to those that they run", async () => {
    const before = { ...process.env };
    Object.assign(process.env, { MAKEFLAGS: " -- STACK=local", MAKEOVERRIDES: "STACK=local", MFLAGS: "", MAKELEVEL: "1" });
    try {
        const { stdout } = await run("make", ["-s", "-f", "-", "said"], { env: { STACK: "e2e" }, input: "said:\n\t@echo $(STACK) $(MAKELEVEL)\n" });
        expect(stdout).toBe("e2e 0\n");
    } finally {
        ["MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL"].forEach((name) => delete process.env[name]);
        Object.assign(process.env, before);
    }
});
