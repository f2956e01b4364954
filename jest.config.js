/** Unit tests: no network, no engine. tests/e2e has a runner of its own. */
module.exports = {
    testEnvironment: "node",
    roots: ["<rootDir>/tests"],
    // What tests run of a step must not touch the machine that they run on.
    globalSetup: "<rootDir>/tests/machine/before.ts",
    globalTeardown: "<rootDir>/tests/machine/after.ts",
    testMatch: ["**/*.test.ts"],
    // Without this one core is left idle, which is half of the machine where it matters.
    maxWorkers: "100%",
    // What takes a second by itself takes ten on a machine that does something else besides.
    testTimeout: 60_000,
    testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/e2e/"],
    transform: {
        "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } }],
    },
};
