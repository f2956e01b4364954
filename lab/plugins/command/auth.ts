import { Client, utils } from "ssh2";
import type { AnyAuthMethod, ConnectConfig, ParsedKey } from "ssh2";
import { ProviderError } from "../provider/errors";
import type { Endpoint } from "./types";

/** How to prove who we are to one endpoint, and how it is to prove itself: parsed, checked for faults, not connected. */
export interface Credentials {
    /** The host's expected key type and blob; undefined accepts any host, as the genuine provider does. */
    hostKey: { type: string; blob: Buffer } | undefined;
    methods: AnyAuthMethod[];
    password: string | undefined;
}

function parseHostKey(line: string): { type: string; blob: Buffer } {
    const match = /(?:^|\s)((?:ssh-|ecdsa-|sk-)[a-zA-Z0-9@.-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(line);
    const [, type, base64] = match ?? [];
    if (type === undefined || base64 === undefined) {
        throw new ProviderError("failed to parse host key: ssh: no key found");
    }
    return { type, blob: Buffer.from(base64, "base64") };
}

function parsePrivateKey(key: string, passphrase: string | undefined): ParsedKey {
    const open = utils.parseKey(key);
    if (!(open instanceof Error)) {
        if (passphrase !== undefined) {
            throw new ProviderError("ssh: not an encrypted key");
        }
        const parsed = Array.isArray(open) ? open[0] : open;
        if (parsed === undefined || !parsed.isPrivateKey()) {
            throw new ProviderError("ssh: no key found");
        }
        return parsed;
    }
    // ssh2's message may quote parts of the input, so it is not passed on.
    if (!/encrypted|passphrase/i.test(open.message)) {
        throw new ProviderError("ssh: no key found");
    }
    if (passphrase === undefined) {
        throw new ProviderError("ssh: this private key is passphrase protected");
    }
    const unlocked = utils.parseKey(key, passphrase);
    if (unlocked instanceof Error) {
        throw new ProviderError("x509: decryption password incorrect");
    }
    return unlocked;
}

/**
 * Reads an endpoint's keys and passwords. Order of the attempts as in the genuine provider: private key, password,
 * keyboard-interactive with the same password, agent. Without `hostKey` the host is not verified.
 * @throws ProviderError naming the fault, never quoting the key.
 */
export function readCredentials(endpoint: Endpoint): Credentials {
    const { user: username, password } = endpoint;
    const methods: AnyAuthMethod[] = [{ type: "none", username }];
    if (endpoint.privateKey !== undefined) {
        const key = parsePrivateKey(endpoint.privateKey, endpoint.privateKeyPassword);
        methods.push({ type: "publickey", username, key });
    }
    if (password !== undefined) {
        methods.push({ type: "password", username, password });
        methods.push({
            type: "keyboard-interactive",
            username,
            prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
        });
    }
    const agent = endpoint.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
    if (agent !== undefined && agent !== "") {
        methods.push({ type: "agent", username, agent });
    }
    return {
        hostKey: endpoint.hostKey === undefined ? undefined : parseHostKey(endpoint.hostKey),
        methods,
        password,
    };
}

function authFailure(tried: string[]): ProviderError {
    return new ProviderError("ssh: handshake failed: ssh: unable to authenticate, attempted methods "
        + `[${tried.join(" ")}], no supported methods remain`);
}

/**
 * Speaks SSH over a connected socket, up to an authenticated client. No time limit: the genuine provider's
 * `perDialTimeout` covers the TCP connection only, so a server that never answers is waited for.
 */
export async function handshake(
    socket: NonNullable<ConnectConfig["sock"]>, endpoint: Endpoint, credentials: Credentials,
): Promise<Client> {
    const client = new Client();
    const remaining = [...credentials.methods];
    const tried: string[] = [];
    let mismatch = false;
    const { hostKey } = credentials;
    const config: ConnectConfig = {
        sock: socket,
        username: endpoint.user,
        readyTimeout: 0,
        hostVerifier: (key: Buffer) => {
            mismatch = hostKey !== undefined && !hostKey.blob.equals(key);
            return !mismatch;
        },
        authHandler: (left, _partial, next) => {
            const index = remaining.findIndex(({ type }) =>
                left === null || type === "none" || left.includes(type === "agent" ? "publickey" : type));
            const [method] = index < 0 ? [] : remaining.splice(index, 1);
            if (method !== undefined) {
                tried.push(method.type === "agent" ? "publickey" : method.type);
            }
            // The types leave out false, which says that nothing is left to try.
            next(method ?? (false as unknown as AnyAuthMethod));
        },
        ...(hostKey === undefined ? {} : { algorithms: { serverHostKey: [hostKey.type as "ssh-ed25519"] } }),
    };
    return new Promise((resolve, reject) => {
        // ssh2 reports a fault more than once, and an unheard one ends the process; a connection that breaks later
        // shows in the channel that uses it.
        client.on("error", () => undefined);
        client.once("ready", () => resolve(client));
        client.once("error", (error: Error & { level?: string }) => {
            client.end();
            if (mismatch) {
                reject(new ProviderError("ssh: handshake failed: ssh: host key mismatch"));
            } else if (error.level === "client-authentication") {
                reject(authFailure(tried));
            } else {
                reject(new ProviderError(`ssh: handshake failed: ${error.message}`));
            }
        });
        client.once("close", () => reject(new ProviderError("ssh: handshake failed: EOF")));
        client.connect(config);
    });
}
