import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { Server, utils } from "ssh2";
import type { Connection, Session, SFTPWrapper } from "ssh2";
import { keyPair } from "../ssh-keys";

const { STATUS_CODE } = utils.sftp;

/** How the server behaves. */
export interface SshOptions {
    /** Names of variables that `env` requests may set, as sshd's AcceptEnv. */
    acceptEnv?: string[];
    password?: string;
}

/** An SSH server on a free loopback port that runs commands with bash, and takes files by SFTP. */
export class TestSsh {
    public readonly hostKey = keyPair("ed25519");
    public readonly userKey = keyPair("ed25519");
    public connections = 0;
    public commands: string[] = [];
    public port = 0;
    private readonly server: Server;
    private readonly open = new Set<Connection>();

    public constructor(private readonly options: SshOptions = {}) {
        this.server = new Server({ hostKeys: [this.hostKey.private] }, (client) => this.serve(client));
    }

    public async start(): Promise<void> {
        await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
        this.port = (this.server.address() as { port: number }).port;
    }

    public async stop(): Promise<void> {
        for (const client of this.open) {
            client.end();
        }
        await new Promise<void>((resolve) => this.server.close(() => resolve()));
    }

    private serve(client: Connection): void {
        this.connections++;
        this.open.add(client);
        const allowed = utils.parseKey(this.userKey.public);
        client.on("authentication", (auth) => {
            if (auth.method === "publickey" && !(allowed instanceof Error) && allowed.getPublicSSH().equals(auth.key.data)) {
                auth.accept();
            } else if (auth.method === "password" && auth.password === this.options.password) {
                auth.accept();
            } else {
                auth.reject(["publickey", "password"]);
            }
        });
        client.on("error", () => undefined);
        client.on("close", () => this.open.delete(client));
        client.on("ready", () => client.on("session", (accept) => this.session(accept())));
    }

    private session(session: Session): void {
        const env: NodeJS.ProcessEnv = { PATH: process.env["PATH"] };
        session.on("env", (accept, reject, { key, val }) => {
            if ((this.options.acceptEnv ?? []).includes(key)) {
                env[key] = String(val);
                (accept as (() => void) | undefined)?.();
            } else {
                (reject as (() => void) | undefined)?.();
            }
        });
        session.on("exec", (accept, _reject, { command }) => {
            this.commands.push(command);
            const channel = accept();
            const child = spawn("bash", ["--norc", "-c", command], { env });
            channel.pipe(child.stdin);
            child.stdin.on("error", () => undefined);
            child.stdout.pipe(channel, { end: false });
            child.stderr.pipe(channel.stderr, { end: false });
            child.on("close", (code, signal) => {
                if (signal === null) {
                    channel.exit(code ?? 0);
                } else {
                    channel.exit(signal.replace(/^SIG/, ""));
                }
                channel.end();
            });
        });
        session.on("sftp", (accept) => serveFiles(accept()));
    }
}

function serveFiles(sftp: SFTPWrapper): void {
    const attempt = (id: number, work: () => void): void => {
        try {
            work();
        } catch (error) {
            const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
            sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
        }
    };
    const answer = (id: number, path: string): void => attempt(id, () => {
        const { mode, uid, gid, size } = statSync(path);
        sftp.attrs(id, { mode, uid, gid, size, atime: 0, mtime: 0 });
    });
    sftp.on("STAT", answer);
    sftp.on("LSTAT", answer);
    sftp.on("MKDIR", (id, path) => attempt(id, () => {
        mkdirSync(path);
        sftp.status(id, STATUS_CODE.OK);
    }));
    sftp.on("OPEN", (id, path) => attempt(id, () => {
        const handle = Buffer.alloc(4);
        handle.writeUInt32BE(openSync(path, "w"));
        sftp.handle(id, handle);
    }));
    sftp.on("FSETSTAT", (id) => sftp.status(id, STATUS_CODE.OK));
    sftp.on("WRITE", (id, handle, offset, data) => attempt(id, () => {
        writeSync(handle.readUInt32BE(), data, 0, data.length, offset);
        sftp.status(id, STATUS_CODE.OK);
    }));
    sftp.on("CLOSE", (id, handle) => attempt(id, () => {
        closeSync(handle.readUInt32BE());
        sftp.status(id, STATUS_CODE.OK);
    }));
}
