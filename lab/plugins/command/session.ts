import type { Client, ClientChannel } from "ssh2";
import { ProviderError } from "../provider/errors";

const NO_STATUS = "wait: remote command exited without exit status or exit signal";

/** A variable to set in the remote environment; a refused optional one is reported, a refused required one fails. */
export interface Variable {
    name: string;
    value: string;
    required: boolean;
}

/** What a session needs besides the command. */
export interface SessionOptions {
    variables: Variable[];
    stdin: string;
    onRefused(variable: Variable): Promise<void>;
    onData(stream: "stdout" | "stderr", chunk: Buffer): void;
}

/** The parts of ssh2 that its types do not show: requests with an answer, and the channel that they belong to. */
interface Internals {
    _protocol: {
        exec(channel: number, command: string, wantReply: boolean): void;
        env(channel: number, name: string, value: string, wantReply: boolean): void;
    };
    _chanMgr: { _channels: Record<string, { outgoing?: { id: number }; _callbacks?: ((failed: unknown) => void)[] }> };
}

/**
 * Puts the environment requests, each with its answer awaited, before the exec request. ssh2's own `env` option asks
 * for no answer, so a variable that sshd refuses would be dropped in silence where the genuine provider fails.
 */
function sendVariablesFirst(client: Client, options: SessionOptions, fail: (error: Error) => void): void {
    const internals = client as unknown as Internals;
    const protocol = internals._protocol;
    const exec = protocol.exec.bind(protocol);
    protocol.exec = (id, command, wantReply) => {
        protocol.exec = exec;
        const channel = Object.values(internals._chanMgr._channels).find((entry) => entry.outgoing?.id === id);
        const callbacks = channel?._callbacks;
        const started = callbacks?.pop();
        if (callbacks === undefined || started === undefined) {
            throw new ProviderError("ssh2 changed its channel internals: the stand-in needs version 1.17.0");
        }
        const pending = [...options.variables];
        const step = (): void => {
            const variable = pending.shift();
            if (variable === undefined) {
                callbacks.push(started);
                exec(id, command, wantReply);
                return;
            }
            callbacks.push((failed) => {
                if (failed === false) {
                    step();
                    return;
                }
                void options.onRefused(variable).then(() => {
                    if (variable.required) {
                        fail(new ProviderError(
                            `could not set environment variable ${JSON.stringify(variable.name)}: ssh: setenv failed`));
                    } else {
                        step();
                    }
                });
            });
            protocol.env(id, variable.name, variable.value, true);
        };
        step();
    };
}

/**
 * Runs a command in its own session and waits for its end. Resolves to undefined on exit status 0, else to the fault
 * in the words of Go's SSH library. Nothing stops a command that runs: neither Cancel nor a timeout, as in the genuine
 * provider.
 */
export async function runSession(client: Client, command: string, options: SessionOptions): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
        sendVariablesFirst(client, options, reject);
        client.once("close", () => resolve(NO_STATUS));
        client.exec(command, (error, channel: ClientChannel) => {
            if (error !== undefined) {
                resolve(`ssh: command ${command} failed`);
                return;
            }
            let outcome: string | undefined = NO_STATUS;
            channel.on("data", (chunk: Buffer) => options.onData("stdout", chunk));
            channel.stderr.on("data", (chunk: Buffer) => options.onData("stderr", chunk));
            channel.on("exit", (code: number | null, signal?: string) => {
                if (code === 0) {
                    outcome = undefined;
                } else {
                    // RFC 4254 names signals without SIG; Go gives a signalled command status 128 and the name.
                    outcome = code === null
                        ? `Process exited with status ${signalStatus(signal)} from signal ${(signal ?? "").replace(/^SIG/, "")}`
                        : `Process exited with status ${code}`;
                }
            });
            channel.on("close", () => resolve(outcome));
            channel.on("error", () => undefined);
            channel.end(options.stdin);
        });
    });
}

const SIGNAL_NUMBERS: Record<string, number> = {
    ABRT: 6, ALRM: 14, FPE: 8, HUP: 1, ILL: 4, INT: 2, KILL: 9, PIPE: 13, QUIT: 3, SEGV: 11, TERM: 15,
};

function signalStatus(signal: string | undefined): number {
    return 128 + (SIGNAL_NUMBERS[(signal ?? "").replace(/^SIG/, "")] ?? 0);
}
