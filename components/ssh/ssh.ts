/** Runs a command on a host. */
import type { Client, ClientChannel } from "ssh2";

import { passage } from "./bastion";
import { explain, login, SshError, type Endpoint, type Voice } from "./login";

export { keyBlob, SshError } from "./login";

/** How a host is reached; the same as a step's `connection`. */
export interface Target extends Endpoint {
    /** The bastion through which it is reached; without one, directly. */
    readonly proxy?: Endpoint;
}

export interface SshOptions {
    /** Fed to the command's stdin, which is closed then. */
    readonly stdin?: string;
    /** For the connection with its key exchange and login; as many again for a bastion. */
    readonly connectSeconds?: number;
    /** For the command. */
    readonly commandSeconds?: number;
    /** Called with each piece of stdout as it arrives. */
    readonly onStdout?: (text: string) => void;
}

export interface SshResult {
    /** The exit status; 255 when the command was ended by a signal. */
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

const nodeVoice = ({ host, port, user, proxy }: Target): Voice => ({
    who: `${user}@${host}:${port}`,
    host,
    key: "the stack's key",
    remedies: {
        authorize: "put the stack's public key into that user's authorized_keys",
        silent: proxy
            ? "the bastion is reached, and the host takes the connection: is it overloaded? see 'top' there"
            : `is the host running, and its network and port ${port} open from here? 'make up' brings it back`,
        refused: "start sshd on the host (systemctl start ssh)",
        unknown: "give its address",
        otherKey: "if the machine was made anew, correct its hostKey (nodes[].ssh.hostKey); else somebody stands between",
        else: "is the host running? 'make up' brings it back; else see 'journalctl -u ssh' there",
    },
});

/**
 * Runs one command on a host over a connection of its own, through the bastion if it has one. Both hosts' keys are
 * compared with the known ones before anything is sent; all waits are bounded.
 *
 * @throws SshError
 */
export async function ssh(target: Target, command: string, options: SshOptions = {}): Promise<SshResult> {
    const session = new Session(target);
    try {
        return await session.run(command, options);
    } finally {
        session.close();
    }
}

/** What is there while a host is logged in to. */
interface Line {
    readonly client: Client;
    readonly hangUp: () => void;
    lost: boolean;
}

/**
 * A host that commands are run on, one after another or at once, over one connection with one login. It is made for the first command, and
 * again for one that comes when it has been lost meanwhile, as it is where a host restarts between two.
 */
export class Session {
    private line: Promise<Line> | undefined;

    public constructor(public readonly target: Target) {}

    /** @throws SshError */
    public async run(command: string, options: SshOptions = {}): Promise<SshResult> {
        const line = await this.connected(options.connectSeconds ?? 15);
        try {
            return await run(line.client, this.target, command, options);
        } catch (error) {
            // What does not answer, or has gone, is not asked again by the same connection.
            this.drop(line);
            throw error;
        }
    }

    public close(): void {
        const line = this.line;
        this.line = undefined;
        line?.then(({ hangUp }) => hangUp(), () => undefined);
    }

    private drop(line: Line): void {
        line.lost = true;
        line.hangUp();
    }

    private async connected(seconds: number): Promise<Line> {
        const known = this.line && (await this.line.catch(() => undefined));
        if (known && !known.lost) {
            return known;
        }
        this.line = dial(this.target, seconds);
        return this.line;
    }
}

async function dial(target: Target, seconds: number): Promise<Line> {
    const through = target.proxy && (await passage(target.proxy, target, seconds));
    try {
        const client = await login(target, seconds, nodeVoice(target), through?.socket);
        const hangUp = (): void => {
            client.end();
            client.destroy();
            through?.release();
        };
        const line: Line = { client, hangUp, lost: false };
        client.on("close", () => {
            line.lost = true;
            through?.release();
        });
        return line;
    } catch (error) {
        through?.release();
        throw error;
    }
}

function run(client: Client, target: Target, command: string, options: SshOptions): Promise<SshResult> {
    const { commandSeconds = 60 } = options;
    return new Promise((resolve, reject) => {
        // An end without an error and without an answer.
        const lost = (): void => finish(() => reject(new SshError(`${target.host} closed the connection`, "see 'journalctl -u ssh' there")));
        const fault = (error: Error): void => finish(() => reject(explain(nodeVoice(target), error)));
        const finish = (settle: () => void): void => {
            clearTimeout(timer);
            client.off("close", lost);
            client.off("error", fault);
            settle();
        };
        const timer = setTimeout(
            () => finish(() => reject(new SshError(`${target.host} did not finish in ${commandSeconds} s`, "is the host overloaded? see 'top' there"))),
            commandSeconds * 1000,
        );
        client.on("close", lost);
        client.on("error", fault);
        client.exec(command, (error, channel) => {
            if (error) {
                fault(error);
                return;
            }
            collect(channel, options, (result) => finish(() => resolve(result)));
        });
    });
}

function collect(channel: ClientChannel, options: SshOptions, done: (result: SshResult) => void): void {
    let stdout = "";
    let stderr = "";
    let code = 255;
    channel.setEncoding("utf8");
    channel.stderr.setEncoding("utf8");
    channel.on("data", (text: string) => {
        stdout += text;
        options.onStdout?.(text);
    });
    channel.stderr.on("data", (text: string) => (stderr += text));
    channel.on("exit", (status: number | null) => (code = status ?? 255));
    channel.on("close", () => done({ code, stdout, stderr }));
    channel.end(options.stdin ?? "");
}
