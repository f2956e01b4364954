/** Publishers' signing keys: the given one, or one that is fetched and taken only if it is the pinned one. */
import { day, inFours, readKeys } from "../../config/signing-key";
import { note, Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { fetchedKeys, keepKey, keylessIn, type Keyless } from "../stack/fetched-keys";
import { bytesOf, Unusable } from "./fetch";

type Places = Pick<Context, "settings">;

const hasEnded = (key: string): boolean => readKeys(key).some(({ expires }) => expires !== undefined && expires.getTime() < Date.now());

/**
 * @returns the key, armoured
 * @throws Unusable where it is not had, or is another one
 */
async function fetchKey({ name, keyUrl, keyFingerprint }: Keyless): Promise<string> {
    const text = (await bytesOf(keyUrl)).toString();
    // What programs that read line by line make of it, and the settings.
    const key = `${/-----BEGIN PGP PUBLIC KEY BLOCK-----[^]*-----END PGP PUBLIC KEY BLOCK-----/.exec(text)?.[0] ?? ""}\n`.replaceAll("\r\n", "\n");
    const own = `give the publisher's key in datacentre:sources.${name}.key`;
    let fingerprints: string[];
    try {
        fingerprints = readKeys(key).map(({ fingerprint }) => fingerprint);
    } catch {
        throw new Unusable(`what ${keyUrl} gives is no public key`, own);
    }
    if (fingerprints.some((one) => one !== keyFingerprint)) {
        throw new Unusable(
            `${keyUrl} gives the key ${fingerprints.map(inFours).join(" and ")}, and not ${inFours(keyFingerprint)}`,
            `use nothing of it, unless the publisher says elsewhere that the key is a new one: then correct keyFingerprint in datacentre:sources.${name}`,
        );
    }
    return key;
}

/**
 * A pinned key: what was fetched before while it is good, else what the publisher gives now. It is kept beside the stack's settings.
 *
 * @throws Unusable
 */
export async function pinnedKey(places: Places, keyless: Keyless): Promise<string> {
    const before = fetchedKeys(places)[keyless.keyFingerprint];
    if (before !== undefined && !hasEnded(before)) {
        return before;
    }
    const key = await fetchKey(keyless);
    if (key !== before) {
        keepKey(places, keyless.keyFingerprint, key);
    }
    return key;
}

/**
 * Fetches the keys that a description leaves to be fetched. One that was good until now does: what is installed runs on without.
 *
 * @param own the project's keys, without the namespace
 */
export async function fetchKeys(places: Places, own: Readonly<Record<string, unknown>>): Promise<void> {
    for (const keyless of keylessIn(own)) {
        const before = fetchedKeys(places)[keyless.keyFingerprint];
        try {
            const key = await pinnedKey(places, keyless);
            if (before === undefined) {
                const [{ expires } = {}] = readKeys(key);
                note(`the key of datacentre:sources.${keyless.name} was fetched from ${keyless.keyUrl}: it is ${inFours(keyless.keyFingerprint)}${expires ? `, good until ${day(expires)}` : ""}`);
            }
        } catch (error) {
            if (!(error instanceof Unusable)) {
                throw error;
            }
            if (before === undefined) {
                throw new Problem(`datacentre:sources.${keyless.name} has no key yet: ${error.message}`, `${error.remedy}; or give it, as armoured text, in datacentre:sources.${keyless.name}.key`);
            }
        }
    }
}
