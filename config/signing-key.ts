/** OpenPGP public keys, as far as telling which key it is and when it ends (RFC 4880 and 9580). Signatures are checked by GnuPG, not here. */
import { createHash } from "node:crypto";

/** A primary key. What else stands with it (user ids, subkeys) is the key's own affair. */
export interface SigningKey {
    /** Capital hexadecimal digits. */
    readonly fingerprint: string;
    readonly expires?: Date;
}

const block = /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([^]*?)-----END PGP PUBLIC KEY BLOCK-----/g;

/** The keys' packets, as programs without a keyring of their own take them; several blocks are one after another. */
export function packetsOf(armoured: string): Buffer {
    return Buffer.concat(
        [...armoured.matchAll(block)].map(([, inner = ""]) => {
            // Headers end with an empty line; what begins with = is the checksum.
            const body = inner.replace(/^([A-Za-z]+: .*\r?\n)*\r?\n/, "");
            return Buffer.from(body.replace(/^=.*$/m, ""), "base64");
        }),
    );
}

interface Packet {
    readonly tag: number;
    readonly body: Buffer;
}

/** @throws RangeError where a length says more than there is */
function* packets(bytes: Buffer): Generator<Packet> {
    let at = 0;
    while (at < bytes.length) {
        const head = bytes.readUInt8(at++);
        let tag: number;
        let length: number;
        if (head & 0x40) {
            tag = head & 0x3f;
            const first = bytes.readUInt8(at++);
            if (first < 192) {
                length = first;
            } else if (first < 224) {
                length = ((first - 192) << 8) + bytes.readUInt8(at++) + 192;
            } else if (first === 255) {
                length = bytes.readUInt32BE(at);
                at += 4;
            } else {
                throw new RangeError("a key has no packets in parts");
            }
        } else {
            tag = (head >> 2) & 0x0f;
            const bytesOfLength = [1, 2, 4][head & 3];
            if (!(head & 0x80) || bytesOfLength === undefined) {
                throw new RangeError("this is no packet");
            }
            length = bytes.readUIntBE(at, bytesOfLength);
            at += bytesOfLength;
        }
        if (at + length > bytes.length) {
            throw new RangeError("a packet is cut off");
        }
        yield { tag, body: bytes.subarray(at, at + length) };
        at += length;
    }
}

function fingerprintOf(body: Buffer): string {
    const version = body.readUInt8(0);
    if (version !== 4 && version !== 6) {
        throw new RangeError(`a key of version ${version}`);
    }
    const head = version === 4 ? Buffer.alloc(3, 0x99) : Buffer.alloc(5, 0x9b);
    if (version === 4) {
        head.writeUInt16BE(body.length, 1);
    } else {
        head.writeUInt32BE(body.length, 1);
    }
    return createHash(version === 4 ? "sha1" : "sha256").update(head).update(body).digest("hex").toUpperCase();
}

/** A signature's subpackets, by type: of those that it covers alone, and of all. */
function subpackets(body: Buffer): { type: number; covered: Map<number, Buffer>; all: Map<number, Buffer> } {
    const wide = body.readUInt8(0) === 6;
    const covered = new Map<number, Buffer>();
    let at = 4;
    const area = (): Map<number, Buffer> => {
        const found = new Map<number, Buffer>();
        const length = wide ? body.readUInt32BE(at) : body.readUInt16BE(at);
        at += wide ? 4 : 2;
        const end = at + length;
        while (at < end) {
            let size = body.readUInt8(at++);
            if (size === 255) {
                size = body.readUInt32BE(at);
                at += 4;
            } else if (size >= 192) {
                size = ((size - 192) << 8) + body.readUInt8(at++) + 192;
            }
            found.set(body.readUInt8(at) & 0x7f, body.subarray(at + 1, at + size));
            at += size;
        }
        return found;
    };
    area().forEach((value, key) => covered.set(key, value));
    return { type: body.readUInt8(1), covered, all: new Map([...area(), ...covered]) };
}

const [created, keyEnds, issuer, issuerFingerprint] = [2, 9, 16, 33];
/** A key about itself: by one of its user ids, or directly. */
const aboutItself = [0x10, 0x11, 0x12, 0x13, 0x1f];

/**
 * The primary keys in an armoured text.
 *
 * @throws RangeError where it is no key
 */
export function readKeys(armoured: string): SigningKey[] {
    const keys: { fingerprint: string; made: number; said: number; lasts: number }[] = [];
    // What follows a subkey is about that.
    let primary = false;
    for (const { tag, body } of packets(packetsOf(armoured))) {
        if (tag === 6) {
            keys.push({ fingerprint: fingerprintOf(body), made: body.readUInt32BE(1), said: -1, lasts: 0 });
            primary = true;
        } else if (tag === 14) {
            primary = false;
        } else if (tag === 2 && primary && body.readUInt8(0) >= 4) {
            const key = keys.at(-1);
            const { type, covered, all } = subpackets(body);
            const by = all.get(issuerFingerprint)?.subarray(1).toString("hex").toUpperCase() ?? all.get(issuer)?.toString("hex").toUpperCase() ?? "";
            const when = covered.get(created)?.readUInt32BE(0) ?? 0;
            if (key && aboutItself.includes(type) && by !== "" && key.fingerprint.includes(by) && when > key.said) {
                Object.assign(key, { said: when, lasts: covered.get(keyEnds)?.readUInt32BE(0) ?? 0 });
            }
        }
    }
    if (keys.length === 0) {
        throw new RangeError("there is no key in it");
    }
    return keys.map(({ fingerprint, made, lasts }) => ({ fingerprint, ...(lasts > 0 ? { expires: new Date((made + lasts) * 1000) } : {}) }));
}

/** How people read a fingerprint. */
export const inFours = (fingerprint: string): string => fingerprint.replaceAll(/(.{4})(?=.)/g, "$1 ");

/** A day, as texts name it. */
export const day = (date: Date): string => date.toISOString().slice(0, 10);
