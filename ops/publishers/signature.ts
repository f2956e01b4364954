/** Signatures of repositories' indexes, by GnuPG: the same that apt goes by. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { day, inFours, packetsOf, readKeys } from "../../config/signing-key";
import { exec } from "../lib/exec";
import { Problem } from "../lib/say";
import { Unusable } from "./fetch";

const newer = (name: string): string => `give the publisher's newer key in datacentre:sources.${name}.key`;

/** A signed file. */
export interface Signed {
    /** A message with its signature in it, or one whose signature stands apart. */
    readonly message: Buffer;
    readonly apart?: Buffer;
    /** What it is, for texts. */
    readonly what: string;
}

/**
 * What was really signed, with nothing around it.
 *
 * @param name whose repository it is, in `sources`
 * @param key the publisher's, armoured
 * @throws Unusable with what is wrong with the signature
 */
export async function signedText(name: string, { message, apart, what }: Signed, key: string): Promise<Buffer> {
    const folder = mkdtempSync(join(tmpdir(), "datacentre-signature-"));
    const at = (file: string): string => join(folder, file);
    try {
        writeFileSync(at("ring.gpg"), packetsOf(key));
        writeFileSync(at("message"), message);
        writeFileSync(at("signature"), apart ?? "");
        const files = apart ? [at("signature"), at("message")] : ["--output", at("text"), at("message")];
        const status = await gnupg(folder, at("ring.gpg"), files);
        judge(name, what, status, key);
        return apart ? message : readFileSync(at("text"));
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** What GnuPG says of it, a line each, for programs to read (doc/DETAILS). */
async function gnupg(home: string, ring: string, files: readonly string[]): Promise<string[][]> {
    const common = ["--homedir", home, "--status-fd", "1", "--keyring", ring];
    let result = await exec("gpgv", [...common, ...files]);
    if (result.code === 127) {
        result = await exec("gpg", ["--batch", "--no-default-keyring", "--no-auto-key-retrieve", "--trust-model", "always", ...common, "--verify", ...files]);
    }
    if (result.code === 127) {
        throw new Problem("there is neither gpgv nor gpg on this machine, and signatures cannot be checked", "install gpgv (Debian's package is called so too)");
    }
    return result.stdout.split("\n").flatMap((line) => (line.startsWith("[GNUPG:] ") ? [line.slice(9).split(" ")] : []));
}

function judge(name: string, what: string, status: readonly string[][], key: string): void {
    const found = (...words: string[]) => status.find(([word = ""]) => words.includes(word))?.[1];
    if (found("GOODSIG") !== undefined && found("VALIDSIG") !== undefined) {
        return;
    }
    const keys = readKeys(key);
    const ours = keys.map(({ fingerprint }) => inFours(fingerprint)).join(", ");
    const ended = found("EXPKEYSIG");
    if (ended !== undefined) {
        const dates = keys.flatMap(({ expires }) => (expires ? [day(expires)] : []));
        throw new Unusable(`${what} is signed with the key ${ours}, which expired${dates.length > 0 ? ` on ${dates.join(", ")}` : ""}`, newer(name));
    }
    if (found("REVKEYSIG") !== undefined) {
        throw new Unusable(`${what} is signed with the key ${ours}, which its owner has revoked`, newer(name));
    }
    if (found("BADSIG") !== undefined) {
        throw new Unusable(`${what} is not what was signed: somebody has changed it, or it is half written`, "try again later; if it stays so, tell the publisher, and use nothing of it");
    }
    if (found("EXPSIG") !== undefined) {
        throw new Unusable(`the signature of ${what} was for a time that is over`, "tell the publisher");
    }
    const other = found("NO_PUBKEY", "ERRSIG");
    if (other !== undefined) {
        throw new Unusable(`${what} is signed by another key, ${other}, and not by ${ours}`, `if the publisher says elsewhere that this is the new one, give it in datacentre:sources.${name}.key, with its keyFingerprint`);
    }
    throw new Unusable(`${what} has no signature`, "use nothing of it: whoever is between here and the publisher could have written it");
}
