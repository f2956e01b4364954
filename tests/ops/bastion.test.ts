/** Hosts behind a bastion, both of them SSH servers here. */
import { connect, createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";

import { Server, type Connection } from "ssh2";

import { keyBlob } from "../../components/ssh/login";
import { ssh, SshError, type Target } from "../../components/ssh/ssh";
import { keyPair } from "../ssh-keys";

const pair = () => keyPair("ed25519");
const keys = { operator: pair(), jumper: pair(), node: pair(), bastion: pair(), other: pair() };

/** What the bastion does; each test begins with one that forwards. */
let bastion: { logins: number; drop: number; forward: "yes" | "forbidden" | "silent"; asked?: () => void };
let nodeAsked: number;
const connections = new Set<Connection>();
const loggedIn = new Set<Connection>();
const sockets = new Set<Socket>();
let servers: Record<"node" | "bastion", Server>;
let front: NetServer;
let target: Target;

function serve(hostKey: string, operator: string, more: (client: Connection) => void): Server {
    return new Server({ hostKeys: [hostKey] }, (client) => {
        connections.add(client);
        client.on("error", () => undefined);
        client.on("close", () => connections.delete(client));
        client.on("authentication", (context) => {
            if (context.method === "publickey" && context.key.data.equals(keyBlob(operator))) {
                context.accept();
            } else {
                context.reject(["publickey"]);
            }
        });
        more(client);
    });
}

function forward(client: Connection): void {
    client.on("ready", () => {
        bastion.logins++;
        loggedIn.add(client);
    });
    client.on("close", () => loggedIn.delete(client));
    if (bastion.forward === "forbidden") {
        return; // Without this listener, ssh2 says "administratively prohibited", as sshd does.
    }
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
        if (bastion.forward === "silent") {
            bastion.asked?.();
            return;
        }
        const socket = keep(connect(destPort, destIP));
        socket.once("error", () => reject());
        socket.once("connect", () => {
            const channel = accept();
            channel.pipe(socket).pipe(channel);
            channel.on("close", () => socket.destroy());
            channel.on("error", () => undefined);
        });
    });
}

function keep(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on("error", () => undefined);
}

const listen = async (server: { listen: NetServer["listen"]; address: () => unknown }): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
};

beforeAll(async () => {
    servers = {
        node: serve(keys.node.private, keys.operator.public, (client) =>
            client.on("session", (accept) =>
                accept().on("exec", (acceptExec, _reject, { command }) => {
                    nodeAsked++;
                    const channel = acceptExec();
                    channel.on("end", () => {
                        channel.write(`${command} done`);
                        channel.exit(0);
                        channel.end();
                    });
                    channel.resume();
                }),
            ),
        ),
        bastion: serve(keys.bastion.private, keys.jumper.public, forward),
    };
    const behind = await listen(servers.bastion);
    // Before the bastion's own greeting, where sshd turns away what is too much for it.
    front = createServer((socket) => {
        keep(socket);
        if (bastion.drop-- > 0) {
            socket.end("Exceeded MaxStartups\r\n");
            return;
        }
        const on = keep(connect(behind, "127.0.0.1"));
        socket.pipe(on).pipe(socket);
        socket.on("close", () => on.destroy());
    });
    target = {
        host: "127.0.0.1",
        port: await listen(servers.node),
        user: "ops",
        privateKey: keys.operator.private,
        hostKey: keys.node.public,
        proxy: { host: "127.0.0.1", port: await listen(front), user: "jump", privateKey: keys.jumper.private, hostKey: keys.bastion.public },
    };
});

beforeEach(() => {
    bastion = { logins: 0, drop: 0, forward: "yes" };
    nodeAsked = 0;
});

afterAll(() => {
    connections.forEach((connection) => connection.end());
    sockets.forEach((socket) => socket.destroy());
    Object.values(servers).forEach((server) => server.close());
    front.close();
});

const proxied = (change: Partial<Target>): Target => ({ ...target, proxy: { ...target.proxy!, ...change } });
const failure = (at: Target, seconds = 15): Promise<SshError> =>
    ssh(at, "x", { connectSeconds: seconds }).then(
        () => Promise.reject(new Error("it was reached")),
        (error: unknown) => error as SshError,
    );

it("is gone through, with a key and a user of its own", async () => {
    expect(await ssh(target, "echo")).toEqual({ code: 0, stdout: "echo done", stderr: "" });
    expect(bastion.logins).toBe(1);
});

it("is logged in to once, however many hosts are asked at the same time, and left when the last has answered", async () => {
    const results = await Promise.all(Array.from({ length: 24 }, (_, i) => ssh(target, `c${i}`)));
    expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 24 }, (_, i) => `c${i} done`));
    expect(bastion.logins).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(loggedIn.size).toBe(0);
    await ssh(target, "again");
    expect(bastion.logins).toBe(2);
});

it("that turns us away since others log in just then is tried again", async () => {
    bastion.drop = 3;
    expect((await ssh(target, "echo")).stdout).toBe("echo done");
    expect(bastion.drop).toBeLessThan(0);
});

it("that turns everybody away is given up in time, by its own name", async () => {
    bastion.drop = 1000;
    const error = await failure(target, 1);
    expect(error).toBeInstanceOf(SshError);
    expect(error.message).toContain(`the bastion jump@127.0.0.1:${target.proxy!.port}`);
});

it("with another host key is refused before it sees anything, and not tried again", async () => {
    const error = await failure(proxied({ hostKey: keys.other.public }));
    expect(error.message).toBe("the bastion 127.0.0.1 shows another host key than the known one");
    expect(error.remedy).toContain("provider.bastion.hostKey");
    expect([bastion.logins, nodeAsked]).toEqual([0, 0]);
});

it("does not vouch for the host behind it, whose own key must be right as well", async () => {
    const error = await failure({ ...target, hostKey: keys.other.public });
    expect(error.message).toBe("127.0.0.1 shows another host key than the known one");
    expect(error.remedy).toContain("nodes[].ssh.hostKey");
    expect(nodeAsked).toBe(0);
    expect((await failure({ ...target, hostKey: "" })).message).toContain("has no known host key");
    expect((await failure(proxied({ hostKey: "" }))).message).toBe("the bastion 127.0.0.1 has no known host key to compare with");
});

it("that refuses its key is told apart from a host that refuses the stack's", async () => {
    expect((await failure(proxied({ privateKey: keys.other.private }))).message).toMatch(/^the bastion jump@\S+ refuses the key for it$/);
    expect((await failure({ ...target, privateKey: keys.other.private })).message).toMatch(/^ops@\S+ refuses the stack's key$/);
});

it("that forbids to go on says so, and one whose host is silent is not waited for", async () => {
    bastion.forward = "forbidden";
    const forbidden = await failure(target);
    expect(forbidden.message).toBe(`the bastion 127.0.0.1 does not let jump connect on to 127.0.0.1:${target.port}`);
    expect(forbidden.remedy).toContain("AllowTcpForwarding");
    bastion.forward = "silent";
    const silent = await failure(target, 0.3);
    expect(silent.message).toBe(`127.0.0.1:${target.port} does not answer the bastion 127.0.0.1`);
});

it("that is not there is named, by address and by name, and told apart from a host that is not", async () => {
    const closed = createServer();
    const port = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect((await failure(proxied({ port }))).message).toBe(`the bastion jump@127.0.0.1:${port} refuses connections`);
    expect((await failure({ ...target, port })).message).toBe(`127.0.0.1:${port} is not reached from the bastion 127.0.0.1: no reason given`);
    expect((await failure(proxied({ host: "no-such-host.invalid" }))).remedy).toContain("provider.bastion.host");
});

it("is told of keys that cannot be read without quoting them", async () => {
    const error = await failure(proxied({ privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n" }));
    expect(`${error.message} ${error.stack}`).not.toContain("c2VjcmV0");
    expect(error.message).toContain("cannot be read");
});

it("that is lost on the way ends what went through it, and the next makes its way anew", async () => {
    bastion.forward = "silent";
    const asked = new Promise<void>((resolve) => (bastion.asked = resolve));
    const lost = failure(target, 20);
    await asked;
    connections.forEach((connection) => connection.end());
    expect((await lost).message).toBe("the bastion 127.0.0.1 closed the connection");
    bastion.forward = "yes";
    expect((await ssh(target, "echo")).stdout).toBe("echo done");
});
