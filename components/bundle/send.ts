/** Sends a host what it lacks of a bundle; called by components/bundle. */
import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { ClientChannel } from "ssh2";

import { passage } from "../ssh/bastion";
import { explain, login, SshError, type Voice } from "../ssh/login";
import type { Target } from "../ssh/ssh";

/** What a host said while it was sent a bundle. */
export interface Sent {
    /** How many files went over, and how many bytes. */
    readonly files: number;
    readonly bytes: number;
    /** The host's own words when it refused or did not get it whole; undefined when it has everything. */
    readonly refusal?: string;
    /** Whether it refused before anything was sent: the first step on it says the same again. */
    readonly untouched: boolean;
}

const voiceOf = ({ host, port, user }: Target): Voice => ({
    who: `${user}@${host}:${port}`,
    host,
    key: "the stack's key",
    remedies: {
        authorize: "put the stack's public key into that user's authorized_keys",
        silent: `is the host running, and its network and port ${port} open from here?`,
        refused: "start sshd on the host (systemctl start ssh)",
        unknown: "give its address",
        otherKey: "if the machine was made anew, correct its hostKey (nodes[].ssh.hostKey); else somebody stands between",
        else: "see 'journalctl -u ssh' on the host",
    },
});

/** How the receiving program is started: its length and its text go first on stdin, then the files. */
export const receiver = (user: string): string => `${user === "root" ? "" : "sudo -n "}bash -c 'read -r n; eval "$(head -c "$n")"' datacentre receive`;

/** One file after another, each behind a line that names it; a slow host or network holds the reading back. */
async function stream(channel: ClientChannel, folder: string, lacking: readonly { path: string; offset: number }[]): Promise<void> {
    for (const { path, offset } of lacking) {
        channel.write(`${offset} ${path}\n`);
        for await (const piece of createReadStream(join(folder, path), { start: offset, highWaterMark: 256 * 1024 })) {
            if (channel.destroyed || channel.writableEnded) {
                return;
            }
            if (!channel.write(piece)) {
                await new Promise<void>((resolve) => {
                    const go = (): void => {
                        channel.off("drain", go);
                        channel.off("close", go);
                        resolve();
                    };
                    channel.on("drain", go).on("close", go);
                });
            }
        }
    }
    channel.end("end\n");
}

/**
 * Sends a host those files of a bundle that it lacks, over one SSH connection, through the bastion if it has one.
 *
 * @param folder the bundle on this machine
 * @param program what receives them, with the list of files in it: see components/bundle/receive.sh
 * @param patience how long to try to reach the host, in seconds
 * @throws SshError
 */
export async function sendBundle(target: Target, folder: string, program: string, patience: number): Promise<Sent> {
    const until = Date.now() + patience * 1000;
    for (;;) {
        try {
            return await sendOnce(target, folder, program);
        } catch (error) {
            if (!(error instanceof Unreached) || Date.now() > until) {
                throw error instanceof Unreached ? error.reason : error;
            }
        }
        await sleep(1000);
    }
}

class Unreached extends Error {
    public constructor(public readonly reason: SshError) {
        super(reason.message);
    }
}

async function sendOnce(target: Target, folder: string, program: string): Promise<Sent> {
    let through: Awaited<ReturnType<typeof passage>> | undefined;
    let client: Awaited<ReturnType<typeof login>>;
    try {
        through = target.proxy && (await passage(target.proxy, target, 15));
        client = await login(target, 15, voiceOf(target), through?.socket);
    } catch (error) {
        through?.release();
        throw error instanceof SshError ? new Unreached(error) : error;
    }
    try {
        return await new Promise<Sent>((resolve, reject) => {
            client.on("error", (error) => reject(explain(voiceOf(target), error)));
            client.on("close", () => reject(new SshError(`${target.host} closed the connection`, "see 'journalctl -u ssh' there")));
            client.exec(receiver(target.user), (error, channel) => {
                if (error) {
                    reject(explain(voiceOf(target), error));
                } else {
                    converse(channel, folder, program, resolve);
                }
            });
        });
    } finally {
        client.end();
        client.destroy();
        through?.release();
    }
}

function converse(channel: ClientChannel, folder: string, program: string, done: (sent: Sent) => void): void {
    let [rest, errors, ready, code, bytes] = ["", "", false, 255, 0];
    const lacking: { path: string; offset: number }[] = [];
    const count = createCounter(folder);
    channel.setEncoding("utf8");
    channel.stderr.setEncoding("utf8");
    channel.stderr.on("data", (text: string) => (errors += text));
    channel.on("error", () => undefined);
    channel.on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
            const [, offset, path] = /^lacks (\d+) (\S+)$/.exec(line) ?? [];
            if (path !== undefined) {
                lacking.push({ path, offset: Number(offset) });
            } else if (line === "ready" && !ready) {
                ready = true;
                bytes = lacking.reduce((sum, { path: file, offset: from }) => sum + count(file) - from, 0);
                // A host that goes away is told of by the channel's end.
                stream(channel, folder, lacking).catch((error: unknown) => {
                    errors += String(error);
                    channel.close();
                });
            }
        }
    });
    channel.on("exit", (status: number | null) => (code = status ?? 255));
    channel.on("close", () =>
        done({
            files: lacking.length,
            bytes,
            untouched: !ready,
            ...(code === 0 ? {} : { refusal: errors.trim() || `the receiving program ended with status ${code}` }),
        }),
    );
    const text = Buffer.from(program);
    channel.write(`${text.length}\n`);
    channel.write(text);
}

/** The size of a bundle's file, by its manifest. */
function createCounter(folder: string): (path: string) => number {
    const { files } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as { files: Record<string, { bytes: number }> };
    return (path) => files[path]?.bytes ?? 0;
}
