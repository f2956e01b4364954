import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandHandler, LOCAL } from "../../lab/plugins/command/command";
import { ProviderError } from "../../lab/plugins/provider/errors";
import { Secret } from "../../lab/plugins/provider/values";
import type { PropertyMap } from "../../lab/plugins/provider/values";
import { testContext } from "./support";

const handler = new CommandHandler(LOCAL);
const folder = mkdtempSync(join(tmpdir(), "command-local-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function create(inputs: PropertyMap, test = testContext("n")): Promise<PropertyMap> {
    const checked = await handler.check(test.context, {}, inputs);
    expect(checked.failures).toEqual([]);
    return (await handler.create(test.context, checked.inputs, false)).properties;
}

async function faultOf(inputs: PropertyMap): Promise<string> {
    return create({ logging: "none", ...inputs }).then(() => "", (error: unknown) => (error as Error).message);
}

async function isGone(pid: number): Promise<boolean> {
    for (let tries = 0; tries < 100; tries++) {
        try {
            // An ended one that nobody has waited for is gone as well.
            if (readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")) {
                return true;
            }
        } catch {
            return true;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
}

describe("commands here", () => {
    test("stdin goes in, output comes back without the newline at its end", async () => {
        const made = await create({ create: "cat; echo; echo oops >&2", stdin: new Secret("from stdin\n"), logging: "none" });
        expect(made).toMatchObject({ stdout: "from stdin\n", stderr: "oops" });
    });

    test("without stdin there is nothing to read, and much that is not read is no fault", async () => {
        expect(await create({ create: "cat; readlink /proc/self/fd/0" })).toMatchObject({ stdout: "/dev/null" });
        expect(await create({ create: "exec 0<&-; echo ok", stdin: "x".repeat(1_000_000) })).toMatchObject({ stdout: "ok" });
    });

    test("output is a pipe that can be opened again, and all of it comes back", async () => {
        const made = await create({ create: "echo a > /dev/stdout; echo b > /dev/stderr; head -c 300000 /dev/zero", logging: "none" });
        expect(made).toMatchObject({ stderr: "b" });
        expect(String(made["stdout"]).length).toBe(300_002);
    });

    test("dir, environment and interpreter", async () => {
        expect(await create({ create: "pwd", dir: folder })).toMatchObject({ stdout: folder });
        expect(await create({ create: "pwd" })).toMatchObject({ stdout: process.cwd() });
        const environment = { A: "1 2", HOME: "/nowhere" };
        expect(await create({ create: "echo \"$A $HOME ${PATH:+path}\"", environment })).toMatchObject({ stdout: "1 2 /nowhere path" });
        expect(await create({ create: "x y", interpreter: ["printf", "%s|"] })).toMatchObject({ stdout: "x y|" });
    });

    test("update runs `update`, or else `create`, and gets the last output as environment", async () => {
        const state = { create: "echo one", stdout: "one", stderr: "two" };
        const { context } = testContext("n");
        const update = async (news: PropertyMap): Promise<PropertyMap> => handler.update(context, "id", state, news, [], false);
        const show = "echo \"$PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR\"";
        expect(await update({ create: show })).toEqual({ create: show, stdout: "one two", stderr: "" });
        expect(await update({ create: "false", update: show, environment: { PULUMI_COMMAND_STDOUT: "mine" } }))
            .toMatchObject({ stdout: "one two" });
        expect(await update({ create: show, addPreviousOutputInEnv: false })).toMatchObject({ stdout: " " });
        expect(await update({ delete: "x" })).toEqual({ delete: "x", stdout: "one", stderr: "two" });
    });

    test("delete runs what the state says", async () => {
        const state = { create: "true", delete: "echo \"$PULUMI_COMMAND_STDOUT\" > gone", dir: folder, stdout: "out", stderr: "" };
        await handler.delete(testContext("n").context, "id", state);
        expect(readFileSync(join(folder, "gone"), "utf8")).toBe("out\n");
        await handler.delete(testContext("n").context, "id", { stdout: "", stderr: "" });
    });

    test.each<[string | undefined, string[]]>([
        [undefined, ["out", "err"]], ["stdout", ["out"]], ["stderr", ["err"]], ["stdoutAndStderr", ["out", "err"]], ["none", []],
        ["bogus", []],
    ])("logging %s", async (logging, expected) => {
        const test = testContext("n");
        await create({ create: "echo out; sleep 0.02; echo err >&2", ...(logging === undefined ? {} : { logging }) }, test);
        expect(test.lines.map(({ message }) => message).sort()).toEqual([...expected].sort());
        expect(test.lines.every(({ ephemeral }) => ephemeral)).toBe(true);
    });
});

describe("commands that fail", () => {
    test("the error quotes the command and its output, not what went in", async () => {
        const fault = await faultOf({
            create: "cat > /dev/null; echo \"a\tb\"; echo bad >&2; exit 3", stdin: "hidden", environment: { KEY: "hidden" },
        });
        expect(fault).toBe("exit status 3: running \"cat > /dev/null; echo \\\"a\\tb\\\"; echo bad >&2; exit 3\":\na\tb\nbad\n");
    });

    test("a killed command is told by its signal", async () => {
        expect(await faultOf({ create: "kill -TERM $$" })).toBe("signal: terminated: running \"kill -TERM $$\":\n");
    });

    test("what cannot be started says why", async () => {
        writeFileSync(join(folder, "plain"), "");
        expect(await faultOf({ create: "x", dir: "/nowhere" }))
            .toBe("chdir /nowhere: no such file or directory: running \"x\":\n");
        expect(await faultOf({ create: "x", interpreter: ["no-such-program"] }))
            .toBe("exec: \"no-such-program\": executable file not found in $PATH: running \"x\":\n");
        expect(await faultOf({ create: "x", interpreter: ["/no/such"] }))
            .toBe("fork/exec /no/such: no such file or directory: running \"x\":\n");
        expect(await faultOf({ create: "x", interpreter: [join(folder, "plain")] }))
            .toBe(`fork/exec ${folder}/plain: permission denied: running "x":\n`);
        expect(await faultOf({ create: "x", environment: { BIG: "x".repeat(200_000) } }))
            .toBe("fork/exec /bin/sh: argument list too long: running \"x\":\n");
    });

    test("a logged line of 64 KiB, which hangs the genuine provider, is an error", async () => {
        const command = "head -c 65536 /dev/zero | tr '\\0' x; echo";
        await expect(create({ create: command })).rejects.toThrow(/line of 65536 bytes or more .* set logging to "none"/);
    });
});

describe("cancellation", () => {
    test.each(["cancel", "timeout"])("a %s kills the command and what it started", async (reason) => {
        const test = testContext("n");
        const command = "sleep 60 & echo $!; wait; echo never";
        const running = create({ create: command }, test);
        const failed = expect(running).rejects.toThrow(/^signal: killed: running "sleep 60 & echo \$!; wait; echo never":\n\d+\n$/);
        while (test.lines.length === 0) {
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
        test.abort.abort(reason);
        await failed;
        expect(await isGone(Number(test.lines[0]?.message))).toBe(true);
    });

    test("a command that comes after it is not started", async () => {
        const { context, abort } = testContext("n");
        abort.abort("cancel");
        const fault = await handler.create(context, { create: "echo x" }, false).catch((error: unknown) => error);
        expect(fault).toBeInstanceOf(ProviderError);
        expect(fault).toMatchObject({ message: "context canceled: running \"echo x\":\n", code: 1 });
    });
});
