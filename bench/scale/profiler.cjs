// Loaded before everything else by processes of Node.js (--require), where --cpu-prof may not be given by environment: leaves a profile of
// the program and of its language host in BENCH_PROFILES.
const { Session } = require("node:inspector");
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

const [, name] = /(cmd\/run|language-nodejs|null-command)/.exec(process.argv[1] ?? "") ?? [];
const called = { "cmd/run": "program", "language-nodejs": "language-host" }[name];
if (called !== undefined && process.env.BENCH_PROFILES) {
    const session = new Session();
    session.connect();
    session.post("Profiler.enable");
    session.post("Profiler.start");
    process.on("exit", () => {
        session.post("Profiler.stop", (error, said) => {
            if (!error) {
                writeFileSync(join(process.env.BENCH_PROFILES, `${called}-${process.pid}.cpuprofile`), JSON.stringify(said.profile));
            }
        });
    });
}
