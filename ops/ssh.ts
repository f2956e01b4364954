import { Client, type ClientChannel, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";

/** How a host is reached; the same as a step's `connection`. */
export interface Target {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly privateKey: string;
    /** `type base64`, as in a .pub file: the only key that is accepted. */
    readonly hostKey: string;
}

export interface SshOptions {
    /** Fed to the command's stdin, which is closed then. */
    readonly stdin?: string;
    /** For the connection with its key exchange and login. */
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

/** The host was not reached, is not who it should be, or did not answer in time. Never holds a key or a program's text. */
export class SshError extends Error {
    public constructor(
        message: string,
        public readonly remedy: string,
    ) {
        super(message);
        this.name = "SshError";
    }
}

const algorithms: Record<string, ServerHostKeyAlgorithm[]> = {
    "ssh-ed25519": ["ssh-ed25519"],
    "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
    "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
};

/** The key itself, by whatever text it is written: `type base64 comment`. */
export function keyBlob(publicKey: string): Buffer {
    return Buffer.from(publicKey.trim().split(/\s+/)[1] ?? "", "base64");
}

function connectConfig(target: Target, seconds: number, refused: (message: string) => void): ConnectConfig {
    const [type = ""] = target.hostKey.trim().split(/\s+/);
    const known = keyBlob(target.hostKey);
    const wanted = algorithms[type];
    return {
        host: target.host,
        port: target.port,
        username: target.user,
        privateKey: target.privateKey,
        readyTimeout: seconds * 1000,
        // So that the host shows the kind of key that we know, of the several that it may have.
        ...(wanted ? { algorithms: { serverHostKey: wanted } } : {}),
        hostVerifier: (key: Buffer) => {
            const same = known.length > 0 && key.equals(known);
            if (!same) {
                refused(known.length > 0 ? "shows another host key than the known one" : "has no known host key to compare with");
            }
            return same;
        },
    };
}

function explain(target: Target, error: Error & { level?: string; code?: string }): SshError {
    const at = `${target.user}@${target.host}:${target.port}`;
    if (error.level === "client-authentication") {
        return new SshError(`${at} refuses the stack's key`, "put the stack's public key into that user's authorized_keys");
    }
    if (error.level === "client-timeout" || error.code === "ETIMEDOUT" || error.code === "EHOSTUNREACH") {
        return new SshError(`${at} does not answer`, "is the host running, and its network and port 22 open from here? 'make up' brings it back");
    }
    if (error.code === "ECONNREFUSED") {
        return new SshError(`${at} refuses connections`, "start sshd on the host (systemctl start ssh)");
    }
    return new SshError(`${at} cannot be reached: ${error.message}`, "is the host running? 'make up' brings it back; else see 'journalctl -u ssh' there");
}

/**
 * Runs one command on a host over a connection of its own. The host's key is compared with the known one before
 * anything is sent; both waits are bounded.
 *
 * @throws SshError
 */
export function ssh(target: Target, command: string, options: SshOptions = {}): Promise<SshResult> {
    const { connectSeconds = 15, commandSeconds = 60 } = options;
    return new Promise((resolve, reject) => {
        const client = new Client();
        let refusal: string | undefined;
        let timer: NodeJS.Timeout | undefined;
        const finish = (settle: () => void): void => {
            clearTimeout(timer);
            client.end();
            // A host that vanished does not answer the farewell either.
            client.destroy();
            settle();
        };
        client.on("error", (error) =>
            finish(() =>
                reject(
                    refusal === undefined
                        ? explain(target, error)
                        : new SshError(
                              `${target.host} ${refusal}`,
                              "if the machine was made anew, correct its hostKey (nodes[].ssh.hostKey); else somebody stands between",
                          ),
                ),
            ),
        );
        // An end without an error and without an answer; does nothing when the answer came first.
        client.on("close", () => finish(() => reject(new SshError(`${target.host} closed the connection`, "see 'journalctl -u ssh' there"))));
        client.on("ready", () => {
            timer = setTimeout(
                () => finish(() => reject(new SshError(`${target.host} did not finish in ${commandSeconds} s`, "is the host overloaded? see 'top' there"))),
                commandSeconds * 1000,
            );
            client.exec(command, (error, channel) => {
                if (error) {
                    finish(() => reject(explain(target, error)));
                    return;
                }
                collect(channel, options, (result) => finish(() => resolve(result)));
            });
        });
        client.connect(connectConfig(target, connectSeconds, (message) => (refusal = message)));
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
