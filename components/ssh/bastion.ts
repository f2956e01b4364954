/** The way to hosts behind a bastion: one connection for all of them. */
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import type { Client } from "ssh2";

import { login, SshError, type Endpoint, type Voice } from "./login";

/** A bastion that we are logged in to, and how many use it. */
interface Shared {
    readonly client: Promise<Client>;
    users: number;
    /** Lets the next user make a new connection. */
    readonly forget: () => void;
}

/**
 * One connection for all nodes behind a bastion, however many are asked at once: an sshd refuses by chance when more than
 * ten have not logged in yet (sshd_config(5), MaxStartups 10:30:100).
 */
const open = new Map<string, Shared>();

/** The engine dials the same bastion for its steps, so that even one more may be turned away: then it tries again. */
const tries = 8;
const firstPause = 0.2;

/** RFC 4254, 5.1. */
const prohibited = 1;

export const bastionVoice = ({ host, port, user }: Endpoint): Voice => ({
    who: `the bastion ${user}@${host}:${port}`,
    host: `the bastion ${host}`,
    key: "the key for it",
    remedies: {
        authorize: "put that key's public half into the user's authorized_keys on the bastion; provider.bastion says which user and key",
        silent: `is the bastion running, and its port ${port} open from here?`,
        refused: "start sshd on the bastion (systemctl start ssh), or correct provider.bastion.port",
        unknown: "correct provider.bastion.host, or this machine's name servers",
        otherKey: "if the bastion was made anew, correct its hostKey (provider.bastion.hostKey); else somebody stands between",
        else: "see 'journalctl -u ssh' on the bastion",
    },
});

async function dial(proxy: Endpoint, seconds: number): Promise<Client> {
    const until = Date.now() + seconds * 1000;
    for (let attempt = 1, pause = firstPause; ; attempt++, pause *= 1.5) {
        try {
            return await login(proxy, Math.max(1, (until - Date.now()) / 1000), bastionVoice(proxy));
        } catch (error) {
            const again = error instanceof SshError && error.dropped && attempt < tries && Date.now() + pause * 1000 < until;
            if (!again) {
                throw error;
            }
        }
        // Not in step with others that were turned away at the same moment.
        await sleep(pause * 1000 * (0.5 + Math.random()));
    }
}

function share(proxy: Endpoint, seconds: number): Shared {
    const name = JSON.stringify(proxy);
    const known = open.get(name);
    if (known) {
        return known;
    }
    const client = dial(proxy, seconds);
    const forget = (): void => {
        if (open.get(name) === shared) {
            open.delete(name);
        }
    };
    const shared: Shared = { client, users: 0, forget };
    client.then((ready) => {
        // Every node that waits for its passage listens.
        ready.setMaxListeners(0);
        ready.on("close", forget);
    }, forget);
    open.set(name, shared);
    return shared;
}

/** A connection to a host behind a bastion, over which to log in there. */
export interface Passage {
    readonly socket: Duplex;
    /** Ends it; the last one ends the connection to the bastion. */
    readonly release: () => void;
}

/**
 * Connects to a host from its bastion.
 *
 * @param target the host, for SSH
 * @param seconds for the bastion, and as many for the host
 * @throws SshError that says which of the two it is about
 */
export async function passage(proxy: Endpoint, target: Endpoint, seconds: number): Promise<Passage> {
    const shared = share(proxy, seconds);
    shared.users++;
    let held = true;
    const release = (): void => {
        shared.users -= held ? 1 : 0;
        held = false;
        if (shared.users === 0) {
            shared.forget();
            shared.client.then(
                (client) => {
                    client.end();
                    client.destroy();
                },
                () => undefined,
            );
        }
    };
    try {
        const socket = await forward(await shared.client, proxy, target, seconds);
        return {
            socket,
            release: () => {
                socket.destroy();
                release();
            },
        };
    } catch (error) {
        release();
        throw error;
    }
}

function forward(client: Client, proxy: Endpoint, target: Endpoint, seconds: number): Promise<Duplex> {
    const at = `${target.host}:${target.port}`;
    return new Promise((resolve, reject) => {
        let settled = false;
        const settle = (how: () => void): void => {
            settled = true;
            clearTimeout(timer);
            client.off("close", lost);
            how();
        };
        const fail = (error: SshError): void => settle(() => reject(error));
        const lost = (): void => fail(new SshError(`the bastion ${proxy.host} closed the connection`, bastionVoice(proxy).remedies.else));
        const timer = setTimeout(
            () => fail(new SshError(`${at} does not answer the bastion ${proxy.host}`, `is the host running, and its port ${target.port} open to the bastion?`)),
            seconds * 1000,
        );
        client.on("close", lost);
        try {
            client.forwardOut("127.0.0.1", 0, target.host, target.port, (error, channel) => {
                if (settled) {
                    // It came after all; nobody waits for it any more.
                    (channel as Duplex | undefined)?.destroy();
                } else if (error) {
                    fail(refused(error, proxy, at));
                } else {
                    settle(() => resolve(channel));
                }
            });
        } catch {
            // Between our login and this, it went away.
            lost();
        }
    });
}

function refused(error: Error & { reason?: number | string }, proxy: Endpoint, at: string): SshError {
    const said = error.message.replace(/^\(SSH\) Channel open failure: ?/, "") || "no reason given";
    return error.reason === prohibited
        ? new SshError(
              `the bastion ${proxy.host} does not let ${proxy.user} connect on to ${at}`,
              "allow it in the bastion's sshd_config (AllowTcpForwarding yes, no PermitOpen) and in that user's authorized_keys",
          )
        : new SshError(
              `${at} is not reached from the bastion ${proxy.host}: ${said}`,
              "is the host running, its sshd started, and its port open to the bastion?",
          );
}
