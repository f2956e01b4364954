/** The real engine, real hosts: each file makes a stack of its own, on a network of its own. */
module.exports = {
    rootDir: "../..",
    roots: ["<rootDir>/tests/e2e"],
    testEnvironment: "node",
    testMatch: ["**/*.e2e.ts"],
    transform: {
        "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } }],
    },
    testTimeout: 30 * 60 * 1000,
    maxWorkers: 2,
};
