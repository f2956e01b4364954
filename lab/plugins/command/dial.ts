import { Socket } from "node:net";
import type { Client, ClientChannel } from "ssh2";
import type { CallContext } from "../provider/resource";
import { ProviderError, messageOf } from "../provider/errors";
import { handshake, readCredentials } from "./auth";
import type { Connection, Endpoint } from "./types";

const FIRST_DELAY = 100;
const BACKOFF = 1.5;
const LONGEST_DELAY = 5000;

const SYSTEM_ERRORS: Record<string, string> = {
    ECONNREFUSED: "connect: connection refused",
    ECONNRESET: "read: connection reset by peer",
    EHOSTUNREACH: "connect: no route to host",
    ENETUNREACH: "connect: network is unreachable",
    ETIMEDOUT: "connect: connection timed out",
    ENOTFOUND: "lookup: no such host",
    EAI_AGAIN: "lookup: temporary failure in name resolution",
};

function addressOf({ host, port }: Endpoint): string {
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Opens a TCP connection; `perDialTimeout` seconds at most, 0 for no limit. */
async function connectTcp(endpoint: Endpoint): Promise<Socket> {
    const target = `dial tcp ${addressOf(endpoint)}: `;
    return new Promise((resolve, reject) => {
        const socket = new Socket();
        if (endpoint.perDialTimeout > 0) {
            socket.setTimeout(endpoint.perDialTimeout * 1000, () => {
                socket.destroy();
                reject(new ProviderError(`${target}i/o timeout`));
            });
        }
        socket.once("error", (error: NodeJS.ErrnoException) =>
            reject(new ProviderError(target + (SYSTEM_ERRORS[error.code ?? ""] ?? error.message))));
        socket.connect({ host: endpoint.host, port: endpoint.port }, () => {
            socket.setTimeout(0);
            socket.removeAllListeners("error");
            resolve(socket);
        });
    });
}

/**
 * Tries until it works, `limit` retries are used up (-1: never), or the call is cancelled: 0.1 s after the first
 * failure, then 1.5 times as long each time, 5 s at most. Every error is retried, a refused key as well.
 */
async function retry<T>(context: CallContext, what: string, limit: number, attempt: () => Promise<T>): Promise<T> {
    let delay = FIRST_DELAY;
    for (let tries = 0; ; tries++) {
        try {
            return await attempt();
        } catch (error) {
            if (limit > -1 && tries + 1 > limit) {
                throw new ProviderError(`after ${tries} failed attempts: ${messageOf(error)}`);
            }
            await context.status("info", `${what} ${tries + 1}/${limit === -1 ? "inf" : limit} failed: retrying`);
        }
        await context.sleep(Math.min(delay, LONGEST_DELAY));
        delay = Math.min(delay, LONGEST_DELAY) * BACKOFF;
    }
}

async function throughProxy(proxy: Client, endpoint: Endpoint): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
        proxy.forwardOut("0.0.0.0", 0, endpoint.host, endpoint.port, (error, channel) =>
            error === undefined ? resolve(channel) : reject(new ProviderError(
                `ssh: rejected: connect failed (${error.message.replace(/^\(SSH\) Channel open failure: /, "")})`)));
    });
}

function proxyError(error: unknown): Error {
    return error instanceof ProviderError
        ? new ProviderError(`proxy: ${error.message}`, error.code)
        : new ProviderError(`proxy: ${messageOf(error)}`);
}

async function dialThrough(context: CallContext, connection: Connection, proxy: Endpoint): Promise<Client> {
    const credentials = readCredentials(connection);
    try {
        const proxyCredentials = readCredentials(proxy);
        const bastion = await retry(context, "Dial proxy", proxy.dialErrorLimit, async () =>
            handshake(await connectTcp(proxy), proxy, proxyCredentials));
        const channel = await retry(context, "Dial from proxy", connection.dialErrorLimit, async () =>
            throughProxy(bastion, connection));
        let used = false;
        return await retry(context, "Dial", connection.dialErrorLimit, async () => {
            // The genuine provider retries over the one channel, which a failed handshake has used up.
            if (used) {
                throw new ProviderError("ssh: handshake failed: EOF");
            }
            used = true;
            return handshake(channel, connection, credentials);
        });
    } catch (error) {
        throw proxyError(error);
    }
}

/**
 * Dials a host as the genuine provider 1.2.1 does, through its bastion if it has one. The client is for one use; like
 * the genuine one it is left open, and ends with the plugin process.
 * @throws ProviderError with the last attempt's fault, or CancelledError.
 */
export async function dial(context: CallContext, connection: Connection): Promise<Client> {
    if (connection.proxy !== undefined) {
        return dialThrough(context, connection, connection.proxy);
    }
    const credentials = readCredentials(connection);
    return retry(context, "Dial", connection.dialErrorLimit, async () =>
        handshake(await connectTcp(connection), connection, credentials));
}
