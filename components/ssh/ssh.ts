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
    const { connectSeconds = 15 } = options;
    const through = target.proxy && (await passage(target.proxy, target, connectSeconds));
    try {
        const client = await login(target, connectSeconds, nodeVoice(target), through?.socket);
        return await run(client, target, command, options);
    } finally {
        through?.release();
    }
}

function run(client: Client, target: Target, command: string, options: SshOptions): Promise<SshResult> {
    const { commandSeconds = 60 } = options;
    return new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
            clearTimeout(timer);
            client.end();
            client.destroy();
            settle();
        };
        const timer = setTimeout(
            () => finish(() => reject(new SshError(`${target.host} did not finish in ${commandSeconds} s`, "is the host overloaded? see 'top' there"))),
            commandSeconds * 1000,
        );
        client.on("error", (error) => finish(() => reject(explain(nodeVoice(target), error))));
        // An end without an error and without an answer; does nothing when the answer came first.
        client.on("close", () => finish(() => reject(new SshError(`${target.host} closed the connection`, "see 'journalctl -u ssh' there"))));
        client.exec(command, (error, channel) => {
            if (error) {
                finish(() => reject(explain(nodeVoice(target), error)));
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
