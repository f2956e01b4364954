import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let clone: string;
beforeAll(() => {
    clone = mkdtempSync(join(tmpdir(), "wrapper-"));
    mkdirSync(join(clone, "ops", "bin"), { recursive: true });
    mkdirSync(join(clone, ".datacentre", "bin"), { recursive: true });
    copyFileSync(join(__dirname, "../../ops/bin/pulumi"), join(clone, "ops/bin/pulumi"));
    chmodSync(join(clone, "ops/bin/pulumi"), 0o755);
    program(join(clone, ".datacentre/bin/pulumi"), 'printf "engine %s, stdin %s\\n" "$*" "$(cat)"');
    // Stands for node, which brings the settings up to date: it must not read what is meant for the engine.
    mkdirSync(join(clone, "path"));
    program(join(clone, "path/node"), 'printf "sync %s for %s, stdin %s\\n" "$*" "$STACK" "$(cat)"');
});
afterAll(() => rmSync(clone, { recursive: true }));

function program(path: string, body: string): void {
    writeFileSync(path, `#!/usr/bin/env bash\n${body}\n`);
    chmodSync(path, 0o755);
}

const call = (...args: string[]) =>
    spawnSync(join(clone, "ops/bin/pulumi"), args, {
        encoding: "utf8",
        input: "typed",
        env: { PATH: `${join(clone, "path")}:${join(clone, "ops/bin")}:${process.env.PATH}`, PULUMI_STACK: "dev", PULUMI_OPTION_CONFIG_FILE: "/x" },
    });

it("brings the settings up to date, then runs the engine with all its arguments and its stdin", () => {
    const { stdout, status } = call("config", "set", "--secret", "a b");
    expect(stdout).toBe("sync --require tsx/cjs ops/sync.ts for dev, stdin \nengine config set --secret a b, stdin typed\n");
    expect(status).toBe(0);
});

it.each([["up", "--yes"], ["--color", "never", "up"], ["-s", "dev", "update"], ["--color=never", "watch"]])("looks at members before it changes them: %s %s %s", (...args) => {
    expect(call(...args).stdout).toMatch(/^sync .*ops\/sync\.ts --members for dev/);
});

it.each([["destroy", "--yes"], ["-s", "dev", "down"]])("looks whether the state is true before all goes: %s %s", (...args) => {
    expect(call(...args).stdout).toMatch(/^sync .*ops\/sync\.ts --going for dev/);
});

it.each([["config", "set", "up", "yes"], ["preview", "--diff"], ["stack", "select", "up"], ["-C", "up", "about"]])("and else does not: %s %s", (...args) => {
    expect(call(...args).stdout).toMatch(/^sync .*ops\/sync\.ts for dev/);
});

it.each([["-s", "dev"], ["--stack=dev"], ["--stack", "organization/datacentre/dev"]])("accepts the stack that the shell is set up for: %s %s", (...args) => {
    expect(call("up", ...args).status).toBe(0);
});

it.each([["-s", "local"], ["--stack", "local"], ["--stack=local"]])("refuses another stack, whose settings these are not: %s %s", (...args) => {
    const { stdout, stderr, status } = call("up", ...args);
    expect([stdout, status]).toEqual(["", 1]);
    expect(stderr).toContain('eval "$(make -s env STACK=local)"');
});

it.each([["-v=9"], ["-v", "11"], ["-v9"], ["--verbose=10"]])("refuses a verbosity whose log would hold secrets: %s %s", (...args) => {
    const { status, stdout, stderr } = call("up", ...args);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("use 8 at most");
    expect(call("up", "-v=8").status).toBe(0);
});
