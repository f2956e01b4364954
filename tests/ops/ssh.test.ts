import { createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";

import { Server, type Connection, type ServerChannel } from "ssh2";

import { keyBlob, ssh, type Target } from "../../components/ssh/ssh";
import { keyPair } from "../ssh-keys";

const operator = keyPair("ed25519");
const host = keyPair("ed25519");
const hostRsa = keyPair("rsa", { bits: 2048 });
const hostEcdsa = ([256, 384, 521] as const).map((bits) => ({ bits, ...keyPair("ecdsa", { bits }) }));

type Behaviour = (channel: ServerChannel, command: string, input: string) => void;
let behaviour: Behaviour;
let server: Server;
let target: Target;
const connections = new Set<Connection>();

beforeAll(async () => {
    // Several host keys, as a host has: the client must ask for the kind that it knows.
    server = new Server({ hostKeys: [hostRsa.private, host.private, ...hostEcdsa.map((key) => key.private)] }, (client) => {
        connections.add(client);
        client.on("close", () => connections.delete(client));
        client.on("error", () => undefined);
        client.on("authentication", (context) => {
            const right = context.method === "publickey" && context.key.data.equals(keyBlob(operator.public));
            if (right) {
                context.accept();
            } else {
                context.reject(["publickey"]);
            }
        });
        client.on("session", (accept) => {
            accept().on("exec", (acceptExec, _reject, { command }) => {
                const channel = acceptExec();
                let input = "";
                channel.on("data", (data: Buffer) => (input += data.toString()));
                channel.on("end", () => behaviour(channel, command, input));
            });
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    target = {
        host: "127.0.0.1",
        port: (server.address() as AddressInfo).port,
        user: "root",
        privateKey: operator.private,
        hostKey: `${host.public} with a comment`,
    };
});
afterAll(() => {
    connections.forEach((connection) => connection.end());
    server.close();
});

const end = (channel: ServerChannel, code: number): void => {
    channel.exit(code);
    channel.end();
};

it("gives status, stdout and stderr, and feeds stdin", async () => {
    behaviour = (channel, command, input) => {
        channel.write(`${command}:${input}`);
        channel.stderr.write("talk");
        end(channel, 3);
    };
    const pieces: string[] = [];
    const result = await ssh(target, "echo", { stdin: "a program\n", onStdout: (text) => pieces.push(text) });
    expect(result).toEqual({ code: 3, stdout: "echo:a program\n", stderr: "talk" });
    expect(pieces.join("")).toBe(result.stdout);
});

it("reads characters that are cut between two packets", async () => {
    behaviour = (channel) => {
        const bytes = Buffer.from("✓");
        channel.write(bytes.subarray(0, 1));
        setTimeout(() => {
            channel.write(bytes.subarray(1));
            end(channel, 0);
        }, 10);
    };
    expect((await ssh(target, "x")).stdout).toBe("✓");
});

it("refuses a host with another key before it logs in", async () => {
    let asked = false;
    behaviour = (channel) => {
        asked = true;
        end(channel, 0);
    };
    const other = keyPair("ed25519");
    const failure = ssh({ ...target, hostKey: other.public }, "x", { stdin: "a secret" });
    await expect(failure).rejects.toThrow("127.0.0.1 shows another host key than the known one");
    expect(asked).toBe(false);
});

it("refuses a host of which no key is known", async () => {
    await expect(ssh({ ...target, hostKey: "" }, "x")).rejects.toThrow("has no known host key");
});

it("knows a host by its RSA key as well", async () => {
    behaviour = (channel) => end(channel, 0);
    expect((await ssh({ ...target, hostKey: hostRsa.public }, "x")).code).toBe(0);
});

it.each(hostEcdsa)("knows a host by its ECDSA key of $bits bits, of the several that it has", async ({ bits, public: hostKey }) => {
    behaviour = (channel) => end(channel, 0);
    expect(hostKey).toMatch(new RegExp(`^ecdsa-sha2-nistp${bits} `));
    expect((await ssh({ ...target, hostKey }, "x")).code).toBe(0);
    const other = keyPair("ecdsa", { bits });
    await expect(ssh({ ...target, hostKey: other.public }, "x")).rejects.toThrow("shows another host key");
});

it("says when the key is not accepted, without quoting it", async () => {
    const wrong = keyPair("ed25519").private;
    const error: Error = await ssh({ ...target, privateKey: wrong }, "x").then(
        () => new Error("accepted"),
        (reason: unknown) => reason as Error,
    );
    expect(error.message).toBe(`root@127.0.0.1:${target.port} refuses the stack's key`);
    expect(error.stack).not.toContain(wrong.split("\n")[2]);
});

it("does not wait for ever for a command", async () => {
    behaviour = () => undefined;
    await expect(ssh(target, "x", { commandSeconds: 0.1 })).rejects.toThrow("did not finish in 0.1 s");
});

it("does not take a broken connection for an answer", async () => {
    behaviour = () => connections.forEach((connection) => connection.end());
    const result = await ssh(target, "x").catch((error: unknown) => ({ code: (error as Error).message }));
    expect([255, "127.0.0.1 closed the connection"]).toContain(result.code);
});

describe("a port without sshd", () => {
    let silent: NetServer;
    const sockets = new Set<Socket>();
    beforeAll(async () => {
        silent = createServer((socket) => sockets.add(socket));
        await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    });
    afterAll(() => {
        sockets.forEach((socket) => socket.destroy());
        silent.close();
    });

    it("that is silent is given up", async () => {
        const failure = ssh({ ...target, port: (silent.address() as AddressInfo).port }, "x", { connectSeconds: 0.2 });
        await expect(failure).rejects.toThrow("does not answer");
    });

    it("that is closed is named", async () => {
        const closed = createServer();
        await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
        const { port } = closed.address() as AddressInfo;
        await new Promise((resolve) => closed.close(resolve));
        await expect(ssh({ ...target, port }, "x")).rejects.toThrow("refuses connections");
    });
});
