/**
 * The real engine, real hosts: each file makes a stack of its own, on a network of its own.
 *
 * E2E=core: what `make test` runs, which is to end within three quarters of an hour on two cores. Everything that a component can
 * do is in one of them; the rest are further ways to the same (other hosts, sources, interruptions), and run by `make test-e2e`.
 */
const core = ["blind", "calico", "cloud", "doubles", "ha", "kubernetes-dns", "mesos", "mirror", "onebox", "stack", "yum"];
const all = require("node:fs")
    .readdirSync(__dirname)
    .flatMap((file) => file.match(/^(.*)\.e2e\.ts$/)?.[1] ?? []);
const chosen = process.env.E2E === "core" ? core : all;
const left = all.filter((name) => !chosen.includes(name));
if (left.length > 0) {
    process.stderr.write(`not run here, but by make test-e2e: ${left.join(", ")}\n`);
}

module.exports = {
    rootDir: "../..",
    roots: ["<rootDir>/tests/e2e"],
    testEnvironment: "node",
    testMatch: chosen.map((name) => `**/${name}.e2e.ts`),
    transform: {
        "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } }],
    },
    testTimeout: 30 * 60 * 1000,
    maxWorkers: 2,
    testSequencer: "<rootDir>/tests/e2e/lib/sequencer.js",
};
