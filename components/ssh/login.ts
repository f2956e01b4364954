/** Connects to an SSH server, logs in, and words what goes wrong with it. */
import type { Duplex } from "node:stream";

import { Client, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";

/** An SSH server, who we are to it, and who it must be. */
export interface Endpoint {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly privateKey: string;
    /** `type base64`, as in a .pub file: the only key that is accepted. */
    readonly hostKey: string;
}

/** The host was not reached, is not who it should be, or did not answer in time. Never holds a key or a program's text. */
export class SshError extends Error {
    public constructor(
        message: string,
        public readonly remedy: string,
        /** Whether it went away before it said who it is, as a server does that has too many to greet. */
        public readonly dropped = false,
    ) {
        super(message);
        this.name = "SshError";
    }
}

/** How an endpoint's faults are told, and what is to be done about each. */
export interface Voice {
    /** `root@10.0.0.1:22`, for the text's beginning. */
    readonly who: string;
    /** The same, short. */
    readonly host: string;
    readonly key: string;
    readonly remedies: Readonly<Record<"authorize" | "silent" | "refused" | "unknown" | "otherKey" | "else", string>>;
}

const algorithms: Record<string, ServerHostKeyAlgorithm[]> = {
    "ssh-ed25519": ["ssh-ed25519"],
    "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
    "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
    "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
    "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
};

/** The key itself, by whatever text it is written: `type base64 comment`. */
export function keyBlob(publicKey: string): Buffer {
    return Buffer.from(publicKey.trim().split(/\s+/)[1] ?? "", "base64");
}

function connectConfig(at: Endpoint, seconds: number, refused: (message: string) => void): ConnectConfig {
    const [type = ""] = at.hostKey.trim().split(/\s+/);
    const known = keyBlob(at.hostKey);
    const wanted = algorithms[type];
    return {
        host: at.host,
        port: at.port,
        username: at.user,
        privateKey: at.privateKey,
        readyTimeout: seconds * 1000,
        // A step may say nothing for half an hour, and so may a connection between two: what lies between must not forget it, and a host
        // that has gone is noticed.
        keepaliveInterval: 30_000,
        keepaliveCountMax: 4,
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

type Fault = Error & { level?: string; code?: string };

/** What ssh2 says of a server that ends the connection before, or in place of, its greeting. */
const drop = /before handshake|ECONNRESET|EPIPE|identification|too long|expected protocol/i;

export function explain({ who, key, remedies }: Voice, error: Fault): SshError {
    if (error.level === "client-authentication") {
        return new SshError(`${who} refuses ${key}`, remedies.authorize);
    }
    if (error.level === "client-timeout" || error.code === "ETIMEDOUT" || error.code === "EHOSTUNREACH") {
        return new SshError(`${who} does not answer`, remedies.silent);
    }
    if (error.code === "ECONNREFUSED") {
        return new SshError(`${who} refuses connections`, remedies.refused);
    }
    if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") {
        return new SshError(`${who} is not found by that name`, remedies.unknown);
    }
    return new SshError(`${who} cannot be reached: ${error.message}`, remedies.else, drop.test(`${error.code ?? ""} ${error.message}`));
}

/**
 * Connects and logs in. The host's key is compared with the known one before anything is sent.
 *
 * @param seconds for the connection with its key exchange and login
 * @param through a connection that is there already; without it one is made
 * @throws SshError
 */
export function login(at: Endpoint, seconds: number, voice: Voice, through?: Duplex): Promise<Client> {
    return new Promise((resolve, reject) => {
        const client = new Client();
        let refusal: string | undefined;
        const fail = (error: SshError): void => {
            client.end();
            // A host that vanished does not answer the farewell either.
            client.destroy();
            reject(error);
        };
        client.on("error", (error) =>
            fail(refusal === undefined ? explain(voice, error) : new SshError(`${voice.host} ${refusal}`, voice.remedies.otherKey)),
        );
        client.on("close", () => fail(new SshError(`${voice.host} closed the connection`, voice.remedies.else, true)));
        client.on("ready", () => resolve(client));
        try {
            client.connect({ ...connectConfig(at, seconds, (message) => (refusal = message)), ...(through ? { sock: through } : {}) });
        } catch {
            // What ssh2 says of a key that it cannot read may quote it.
            fail(new SshError(`${voice.key} for ${voice.who} cannot be read`, "give a private key without a passphrase, and run 'make up' again"));
        }
    });
}
