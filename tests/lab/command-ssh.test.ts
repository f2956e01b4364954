import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandHandler } from "../../lab/plugins/command/command";
import { CopyHandler } from "../../lab/plugins/command/copy";
import type { PropertyMap, Value } from "../../lab/plugins/provider/values";
import { TestSsh } from "./ssh-server";
import { testContext } from "./support";

const ASSET = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17" };
const ARCHIVE = { "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7" };
const handler = new CommandHandler();
const ssh = new TestSsh({ acceptEnv: ["GOOD", "PULUMI_COMMAND_STDOUT"], password: "pass-word" });
const folder = mkdtempSync(join(tmpdir(), "command-ssh-"));

beforeAll(async () => ssh.start());
afterAll(async () => {
    await ssh.stop();
    rmSync(folder, { recursive: true, force: true });
});

function connectionTo(more: PropertyMap = {}): PropertyMap {
    return { host: "127.0.0.1", port: ssh.port, privateKey: ssh.userKey.private, dialErrorLimit: 0, ...more };
}

async function inputsOf(news: PropertyMap): Promise<PropertyMap> {
    const { inputs, failures } = await handler.check(testContext("n").context, {}, { connection: connectionTo(), ...news });
    expect(failures).toEqual([]);
    return inputs;
}

async function create(news: PropertyMap, test = testContext("n")): Promise<PropertyMap> {
    return (await handler.create(test.context, await inputsOf(news), false)).properties;
}

describe("commands over SSH", () => {
    test("stdin goes in, output comes back without the newline at its end", async () => {
        const made = await create({ create: "cat; echo; echo oops >&2", stdin: "from stdin\n", logging: "none" });
        expect(made).toMatchObject({ stdout: "from stdin\n", stderr: "oops" });
    });

    test("a failing command's error quotes command and output, and nothing is stored", async () => {
        await expect(create({ create: "echo \"a\tb\"; echo bad >&2; exit 3", logging: "none" })).rejects.toThrow(
            "Process exited with status 3: running \"echo \\\"a\\tb\\\"; echo bad >&2; exit 3\":\na\tb\nbad\n");
    });

    test("a killed command is told by its signal", async () => {
        await expect(create({ create: "kill -9 $$", logging: "none" })).rejects.toThrow(
            /^Process exited with status 137 from signal KILL: running/);
    });

    test("update runs `update`, or else `create`, and gets the last output as environment", async () => {
        const state = { ...await inputsOf({ create: "echo one" }), stdout: "one", stderr: "" };
        const news = await inputsOf({ create: "echo $PULUMI_COMMAND_STDOUT again" });
        const { context } = testContext("n");
        expect(await handler.update(context, "id", state, news, [], false)).toMatchObject({ stdout: "one again" });
        const both = await inputsOf({ create: "echo no", update: "echo up", addPreviousOutputInEnv: false });
        expect(await handler.update(context, "id", state, both, [], false)).toMatchObject({ stdout: "up" });
    });

    test("delete runs what the state says, with the state's connection", async () => {
        const state = { ...await inputsOf({ create: "true", delete: `echo gone > ${folder}/gone` }), stdout: "", stderr: "" };
        await handler.delete(testContext("n").context, "id", state);
        expect(readFileSync(join(folder, "gone"), "utf8")).toBe("gone\n");
    });

    test("environment that the server refuses is an error, before anything runs", async () => {
        const ran = ssh.commands.length;
        await expect(create({ create: "true", environment: { BAD: "1" } })).rejects.toThrow(
            "could not set environment variable \"BAD\": ssh: setenv failed");
        expect(ssh.commands.length).toBe(ran);
        expect(await create({ create: "echo $GOOD", environment: { GOOD: "fine" } })).toMatchObject({ stdout: "fine" });
    });

    test("the previous output that the server refuses is a warning only", async () => {
        const test = testContext("n");
        const state = { ...await inputsOf({ create: "echo one" }), stdout: "", stderr: "noise" };
        const made = await handler.update(test.context, "id", state, await inputsOf({ create: "echo two" }), [], false);
        expect(made).toMatchObject({ stdout: "two" });
        expect(test.lines.filter(({ severity }) => severity === "warning").map(({ message }) => message)).toEqual([
            expect.stringContaining("Unable to set 'PULUMI_COMMAND_STDERR'"),
        ]);
    });

    test.each<[string | undefined, string[]]>([
        [undefined, ["out", "err"]], ["stdout", ["out"]], ["stderr", ["err"]], ["stdoutAndStderr", ["out", "err"]], ["none", []],
        ["bogus", []],
    ])("logging %s", async (logging, expected) => {
        const test = testContext("n");
        await create({ create: "echo out; sleep 0.02; echo err >&2", ...(logging === undefined ? {} : { logging }) }, test);
        expect(test.lines.map(({ message }) => message).sort()).toEqual(expected.sort());
        expect(test.lines.every(({ ephemeral }) => ephemeral)).toBe(true);
    });

    test("a logged line of 64 KiB, which hangs the genuine provider, is an error", async () => {
        const command = "head -c 65536 /dev/zero | tr '\\0' x; echo";
        await expect(create({ create: command })).rejects.toThrow(/line of 65536 bytes or more .* set logging to "none"/);
        expect(String((await create({ create: command, logging: "none" }))["stdout"]).length).toBe(65536);
    });
});

describe("dialling", () => {
    test("the host key is checked when it is given", async () => {
        const right = connectionTo({ hostKey: ssh.hostKey.public });
        expect(await create({ connection: right, create: "echo in" })).toMatchObject({ stdout: "in" });
        const wrong = connectionTo({ hostKey: ssh.userKey.public });
        await expect(create({ connection: wrong, create: "echo in" })).rejects.toThrow(
            "after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch");
        await expect(create({ connection: connectionTo({ hostKey: "nonsense" }), create: "x" })).rejects.toThrow(
            "failed to parse host key: ssh: no key found");
    });

    test("a password serves, and a refused one is named", async () => {
        const { privateKey: _unused, ...rest } = connectionTo();
        const right = { ...rest, password: "pass-word" };
        expect(await create({ connection: right, create: "echo in" })).toMatchObject({ stdout: "in" });
        await expect(create({ connection: { ...rest, password: "wrong-secret" }, create: "x" })).rejects.toThrow(
            /^after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods \[none password\]/);
    });

    test.each<[string, PropertyMap, string]>([
        ["no key", { privateKey: "zz-secret" }, "ssh: no key found"],
        ["a passphrase without need", { privateKeyPassword: "p" }, "ssh: not an encrypted key"],
    ])("%s fails at once, without quoting it", async (_what, more, message) => {
        await expect(create({ connection: connectionTo(more), create: "x" })).rejects.toThrow(new RegExp(`^${message}$`));
    });

    test("a closed port is tried dialErrorLimit times more", async () => {
        const closed = createServer();
        const port = await new Promise<number>((resolve) => closed.listen(0, "127.0.0.1", () =>
            resolve((closed.address() as { port: number }).port)));
        await new Promise((resolve) => closed.close(resolve));
        const test = testContext("n");
        await expect(create({ connection: connectionTo({ port, dialErrorLimit: 2 }), create: "x" }, test)).rejects.toThrow(
            `after 2 failed attempts: dial tcp 127.0.0.1:${port}: connect: connection refused`);
        expect(test.lines.map(({ message }) => message)).toEqual(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
    });

    test("Cancel and a timeout end it", async () => {
        const inputs = await inputsOf({ connection: connectionTo({ port: 1, dialErrorLimit: -1 }), create: "x" });
        for (const [reason, message] of [["cancel", "context canceled"], ["timeout", "context deadline exceeded"]] as const) {
            const { context, abort } = testContext("n");
            setTimeout(() => abort.abort(reason), 120);
            await expect(handler.create(context, inputs, false)).rejects.toThrow(message);
        }
    });

    test("Cancel leaves a running command to its end", async () => {
        const { context, abort } = testContext("n");
        setTimeout(() => abort.abort("cancel"), 50);
        const made = await handler.create(context, await inputsOf({ create: "sleep 0.2; echo end" }), false);
        expect(made.properties).toMatchObject({ stdout: "end" });
    });
});

describe("command:remote:CopyToRemote", () => {
    const copies = new CopyHandler();
    const { context } = testContext("n");

    async function copy(source: Value, remotePath: string): Promise<PropertyMap> {
        const news: PropertyMap = { connection: connectionTo(), source, remotePath };
        const { inputs, failures } = await copies.check(context, {}, news);
        expect(failures).toEqual([]);
        return (await copies.create(context, inputs, false)).properties;
    }

    test("a file becomes the destination, with parents made, and goes into an existing directory", async () => {
        writeFileSync(join(folder, "a.txt"), "content of a");
        await copy({ ...ASSET, path: join(folder, "a.txt"), hash: "1" }, join(folder, "new/deep/b.txt"));
        expect(readFileSync(join(folder, "new/deep/b.txt"), "utf8")).toBe("content of a");
        await copy({ ...ASSET, path: join(folder, "a.txt"), hash: "1" }, join(folder, "new"));
        expect(readFileSync(join(folder, "new/a.txt"), "utf8")).toBe("content of a");
    });

    test("a directory goes under the destination by its name, its content with a slash at the end", async () => {
        mkdirSync(join(folder, "tree/sub"), { recursive: true });
        writeFileSync(join(folder, "tree/sub/f"), "f");
        await copy({ ...ARCHIVE, path: join(folder, "tree"), hash: "1" }, join(folder, "to"));
        expect(readFileSync(join(folder, "to/tree/sub/f"), "utf8")).toBe("f");
        await copy({ ...ARCHIVE, path: `${join(folder, "tree")}/`, hash: "1" }, join(folder, "to"));
        expect(readFileSync(join(folder, "to/sub/f"), "utf8")).toBe("f");
    });

    test("text is written, but not over a directory; it is written again only for a new hash or path", async () => {
        const path = join(folder, "text.txt");
        const state = await copy({ ...ASSET, text: "hello", hash: "h1" }, path);
        expect(readFileSync(path, "utf8")).toBe("hello");
        await expect(copy({ ...ASSET, text: "x", hash: "h" }, folder)).rejects.toThrow(/is a directory; when using a text asset/);
        writeFileSync(path, "changed by hand");
        await copies.update(context, "id", state, { ...state, connection: state["connection"] ?? null }, [], false);
        expect(readFileSync(path, "utf8")).toBe("changed by hand");
        await copies.update(context, "id", state, { ...state, source: { ...ASSET, text: "new", hash: "h2" } }, [], false);
        expect(readFileSync(path, "utf8")).toBe("new");
    });
});
