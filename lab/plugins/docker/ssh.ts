import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Agent } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { endOf } from "../provider/signals";

/** How long a connection that said its end is waited for, and after its process's end what that wrote. */
const EXIT_LIMIT = 10_000;
const REST_LIMIT = 250;
const KILL_AFTER = 3000;
/** As long as Docker's client keeps a connection that nobody uses: what lies between may forget it. */
const IDLE_LIMIT = 30_000;
/** Of what ssh says, about the last 4 KiB are kept. */
const LONGEST_COMPLAINT = 4096;
/** Calls at a time: sshd refuses some of more than 10 that come at once. */
const MAX_CONNECTIONS = 6;

/** A connection to an engine: the input and output of an `ssh` that runs there what passes them to the engine's socket. */
class SshConnection extends Duplex {
    private readonly child: ChildProcessWithoutNullStreams;
    private readonly command: string;
    private complaint = "";
    private ended = false;
    private idle: NodeJS.Timeout | undefined;

    public constructor(args: readonly string[]) {
        super({ allowHalfOpen: false });
        this.command = ["ssh", ...args].join(" ");
        // Its own session, so that a Ctrl-C in the terminal ends no call that is under way.
        this.child = spawn("ssh", args, { stdio: ["pipe", "pipe", "pipe"], detached: true, env: process.env });
        const { stdin, stdout, stderr } = this.child;
        // An unheard fault would end the plugin; the call that it meets, or the next one, is told.
        this.on("error", () => undefined);
        // What cannot be written shows at once in the end of the process.
        stdin.on("error", () => undefined);
        stdout.on("data", (chunk: Buffer) => {
            if (!this.push(chunk)) {
                stdout.pause();
            }
        });
        stdout.on("end", () => {
            const limit = setTimeout(() =>
                this.finish(`did not exit after EOF: stderr=${JSON.stringify(this.complaint)}`), EXIT_LIMIT);
            limit.unref();
            this.once("close", () => clearTimeout(limit));
        });
        stderr.on("data", (chunk: Buffer) => {
            this.complaint = (this.complaint.length > LONGEST_COMPLAINT ? "" : this.complaint) + chunk.toString();
        });
        this.child.once("error", (error: NodeJS.ErrnoException) => this.finish(undefined, error.code === "ENOENT"
            ? "exec: \"ssh\": executable file not found in $PATH"
            : `fork/exec ssh: ${error.message}`));
        this.child.once("exit", (code, signal) => {
            const finish = (): void => this.exited(code, signal);
            this.child.once("close", finish);
            // A master connection that ssh leaves behind holds its stderr open.
            setTimeout(finish, REST_LIMIT).unref();
        });
    }

    private exited(code: number | null, signal: NodeJS.Signals | null): void {
        this.finish(code === 0 ? undefined : `has exited with ${endOf(code, signal)}, make sure the URL is valid, and Docker `
            + `18.09 or later is installed on the remote host: stderr=${this.complaint}`);
    }

    /** Ends the stream, with what went wrong with the command, or with something else that did. */
    private finish(fault: string | undefined, other?: string): void {
        if (this.ended) {
            return;
        }
        this.ended = true;
        const message = fault === undefined ? other : `command [${this.command}] ${fault}`;
        if (message !== undefined) {
            this.destroy(new Error(message));
            return;
        }
        this.push(null);
        setImmediate(() => this.destroy());
    }

    public override _read(): void {
        this.child.stdout.resume();
    }

    public override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
        this.child.stdin.write(chunk, () => done());
    }

    public override _final(done: () => void): void {
        this.child.stdin.end(() => done());
    }

    public override _destroy(error: Error | null, done: (error: Error | null) => void): void {
        const { child } = this;
        this.ended = true;
        clearTimeout(this.idle);
        child.stdin.destroy();
        if (child.exitCode === null && child.signalCode === null) {
            child.kill("SIGTERM");
            setTimeout(() => child.kill("SIGKILL"), KILL_AFTER).unref();
        }
        done(error);
    }

    private get handles(): { ref(): unknown; unref(): unknown }[] {
        const { child } = this;
        // Node's types do not say so, but pipes to a child are sockets.
        return [child, child.stdin as unknown as Socket, child.stdout as unknown as Socket, child.stderr as unknown as Socket];
    }

    /** The agent has no call for it: it keeps no process alive, and is dropped when that lasts. */
    public unref(): this {
        for (const handle of this.handles) {
            handle.unref();
        }
        this.idle = setTimeout(() => this.destroy(), IDLE_LIMIT);
        this.idle.unref();
        return this;
    }

    /** The agent has a call for it again. */
    public ref(): this {
        for (const handle of this.handles) {
            handle.ref();
        }
        clearTimeout(this.idle);
        return this;
    }

    /** The call has its answer, and the engine wants no other over this connection. */
    public destroySoon(): void {
        this.destroy();
    }

    // What else Node's HTTP client asks of a socket: there is nothing to set here.
    public setKeepAlive(): this {
        return this;
    }

    public setNoDelay(): this {
        return this;
    }

    public setTimeout(): this {
        return this;
    }
}

const live = new Set<SshConnection>();

/** Connections over ssh, kept for the next call: each costs a handshake. They end with the plugin. */
export class SshAgent extends Agent {
    public constructor(private readonly args: readonly string[]) {
        super({ keepAlive: true, maxSockets: MAX_CONNECTIONS, maxFreeSockets: MAX_CONNECTIONS });
    }

    public override createConnection(): Duplex {
        const connection = new SshConnection(this.args);
        live.add(connection);
        connection.once("close", () => live.delete(connection));
        return connection;
    }
}

process.once("exit", () => {
    for (const connection of live) {
        connection.destroy();
    }
});
