import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { sshArguments } from "../../lab/plugins/docker/ssh-address";
import { dockerProvider } from "../../lab/plugins/docker/provider";
import type { Provider } from "../../lab/plugins/provider/resource";
import type { PropertyMap } from "../../lab/plugins/provider/values";
import { FakeDocker } from "./fake-docker";
import { testContext } from "./support";

const engine = new FakeDocker();
const folder = mkdtempSync(join(tmpdir(), "docker-ssh-"));
const [calls, complaint] = [join(folder, "calls"), join(folder, "complaint")];
const COMMAND = "ssh -l user -p 2222 -o ConnectTimeout=30 -T -- host docker system dial-stdio";
const path = process.env["PATH"] ?? "";
let provider: Provider;

/** An `ssh` that writes down how it was called, refuses when there is a complaint, and else passes all to the fake engine. */
const SSH = `#!/bin/sh
echo "$$ ssh $*" >> ${calls}
if [ -s ${complaint} ]; then cat ${complaint} >&2; exit 255; fi
exec ${process.execPath} ${folder}/bridge.js
`;
const BRIDGE = `const socket = require("node:net").connect(${JSON.stringify(engine.socket)});
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("close", () => {
    process.stderr.write("Connection to host closed by remote host.\\n");
    process.exitCode = 255;
    process.stdin.destroy();
});
`;

function started(): { pid: number; command: string }[] {
    return readFileSync(calls, "utf8").trimEnd().split("\n").filter((line) => line !== "").map((line) => {
        const [pid = "", ...command] = line.split(" ");
        return { pid: Number(pid), command: command.join(" ") };
    });
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}

async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

async function make(news: PropertyMap): Promise<string> {
    const { context } = testContext("nm");
    const handler = provider.resources.get("docker:index/network:Network");
    const { inputs } = await handler!.check(context, {}, news, new Uint8Array());
    return (await handler!.create(context, inputs, false)).id;
}

beforeAll(async () => {
    await engine.start();
    writeFileSync(join(folder, "bridge.js"), BRIDGE);
    writeFileSync(join(folder, "ssh"), SSH, { mode: 0o755 });
    process.env["PATH"] = `${folder}${delimiter}${path}`;
});
afterAll(async () => {
    process.env["PATH"] = path;
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
    writeFileSync(calls, "");
    writeFileSync(complaint, "");
    engine.networks.clear();
    provider = dockerProvider();
    await provider.configure({ host: "ssh://user@host:2222" });
});

describe("an engine over ssh", () => {
    test("is not called before a resource asks for it, and one connection then serves", async () => {
        expect(started()).toEqual([]);
        await make({ name: "n1" });
        await make({ name: "n2" });
        expect(started().map(({ command }) => command)).toEqual([COMMAND]);
        expect([...engine.networks.values()].map((network) => network["Name"] as string)).toEqual(["n1", "n2"]);
    });

    test("several calls at once have several connections, and no more than a few", async () => {
        await Promise.all(Array.from({ length: 12 }, async (_unused, index) => make({ name: `m${index}` })));
        expect(engine.networks.size).toBe(12);
        expect(started().length).toBeGreaterThan(1);
        expect(started().length).toBeLessThanOrEqual(6);
    });

    test("an engine's own faults are what they are elsewhere", async () => {
        await make({ name: "n1" });
        await expect(make({ name: "n1" })).rejects.toThrow(
            "Unable to create network: Error response from daemon: network with name n1 already exists");
    });

    test("ssh's own words are in the error when it is refused, and the next call tries again", async () => {
        writeFileSync(complaint, "user@host: Permission denied (publickey).\n");
        await expect(make({ name: "n1" })).rejects.toThrow("1 error occurred:\n\t* failed to create Docker client: Error pinging "
            + "Docker server, please make sure that ssh://user@host:2222 is reachable and has a  '_ping' endpoint. Error: error "
            + `during connect: Head "http://docker.example.com/_ping": command [${COMMAND}] has exited with exit status 255, make `
            + "sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=user@host: Permission "
            + "denied (publickey).\n\n\n");
        writeFileSync(complaint, "");
        await make({ name: "n1" });
        expect(engine.networks.size).toBe(1);
    });

    test("a connection that breaks under a call is an error, and the next call has a new one", async () => {
        engine.faults.push({ match: /POST \/networks\/create/, status: 0, message: "" });
        await expect(make({ name: "n1" })).rejects.toThrow("Unable to create network: error during connect: Post "
            + `"http://docker.example.com/networks/create": command [${COMMAND}] has exited with exit status 255, make sure the `
            + "URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=Connection to host closed by "
            + "remote host.");
        await make({ name: "n1" });
        expect(started().length).toBe(2);
    });

    test("a killed ssh is told by its signal, when it was at work", async () => {
        engine.faults.push({ match: /POST \/networks\/create/, status: 0, message: "" });
        writeFileSync(join(folder, "bridge.js"), BRIDGE.replace("process.exitCode = 255;", "process.kill(process.pid, 'SIGKILL');"));
        await expect(make({ name: "n1" })).rejects.toThrow(/has exited with signal: killed, make sure/);
        writeFileSync(join(folder, "bridge.js"), BRIDGE);
    });

    test("a connection that ended between calls is not missed", async () => {
        await make({ name: "n1" });
        const [first] = started();
        process.kill(first?.pid ?? 0, "SIGKILL");
        await until(() => !isAlive(first?.pid ?? 0));
        await make({ name: "n2" });
        expect(engine.networks.size).toBe(2);
        expect(started().length).toBe(2);
    });

    test("one that breaks as a call that only reads takes it is replaced for that call", async () => {
        const id = await make({ name: "n1" });
        engine.faults.push({ match: /GET \/networks/, status: 0, message: "" });
        const { context } = testContext("nm");
        const found = await provider.resources.get("docker:index/network:Network")?.read(context, id, { name: "n1" }, {});
        expect(found?.id).toBe(id);
        expect(started().length).toBe(2);
    });

    test("without ssh it says so", async () => {
        process.env["PATH"] = "/nowhere";
        await expect(make({ name: "n1" })).rejects.toThrow(/_ping": exec: "ssh": executable file not found in \$PATH/);
        process.env["PATH"] = `${folder}${delimiter}${path}`;
    });

    test("Cancel ends the wait for it", async () => {
        const { context: cancelled, abort } = testContext("nm");
        writeFileSync(join(folder, "bridge.js"), "setTimeout(() => undefined, 60000);");
        const handler = provider.resources.get("docker:index/network:Network");
        setTimeout(() => abort.abort("cancel"), 100);
        await expect(handler!.create(cancelled, { name: "n1" }, false)).rejects.toThrow(/^context canceled$/);
        process.kill(started()[0]?.pid ?? 0);
        writeFileSync(join(folder, "bridge.js"), BRIDGE);
    });
});

describe("the arguments of ssh", () => {
    const end = ["-o ConnectTimeout=30", "-T", "--", "h", "docker system dial-stdio"];

    test.each<[string, string[], string[]]>([
        ["ssh://h", [], end],
        ["ssh://u@h:22/", [], ["-l", "u", "-p", "22", ...end]],
        ["ssh://u%40x@[::1]", [], ["-l", "u@x", "-o ConnectTimeout=30", "-T", "--", "::1", "docker system dial-stdio"]],
        ["ssh://h", ["-i", "key"], ["-i", "key", ...end]],
        ["ssh://h", ["-T", "-o", "ConnectTimeout=5"], ["-T", "-o", "ConnectTimeout=5", "--", "h", "docker system dial-stdio"]],
        ["ssh://a$b@h/run/my.sock", [], ["-l", "'a$b'", "-o ConnectTimeout=30", "-T", "--", "h",
            "docker '--host=unix:///run/my.sock' system dial-stdio"]],
    ])("%s %j", (address, options, expected) => {
        expect(sshArguments(address, options)).toEqual(expected);
    });

    test.each([
        ["ssh://u:secret@h", "plain-text password is not supported"],
        ["ssh://:22", "hostname is empty"],
        ["ssh://h?x=1", "query parameters are not allowed: \"x=1\""],
        ["ssh://h#f", "fragments are not allowed: \"f\""],
    ])("%s is refused when the provider is configured", async (host, reason) => {
        await expect(dockerProvider().configure({ host })).rejects.toThrow("docker native provider returned an unexpected error "
            + `from Configure: ssh host connection is not valid: invalid SSH URL: ${reason}`);
    });

    test("options come from the configuration, or else from DOCKER_SSH_OPTS", async () => {
        process.env["DOCKER_SSH_OPTS"] = "-F  none";
        for (const [sshOpts, options] of [[undefined, "-F none"], ["[\"-i\",\"key\"]", "-i key"]] as const) {
            provider = dockerProvider();
            await provider.configure({ host: "ssh://host", ...(sshOpts === undefined ? {} : { sshOpts }) });
            await make({ name: `n-${options}` });
            expect(started().at(-1)?.command).toBe(`ssh ${options} -o ConnectTimeout=30 -T -- host docker system dial-stdio`);
        }
        delete process.env["DOCKER_SSH_OPTS"];
    });
});
