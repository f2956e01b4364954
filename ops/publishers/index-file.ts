/** Files that a repository's signed index names with their checksums. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";

import { ask, bytesOf, Unusable } from "./fetch";

/** A package that hosts will ask for, and what its version has to begin with. */
export interface Wanted {
    readonly name: string;
    readonly version: string;
}

/** Of versions: below 0 where the first is the older one. */
type Order = (a: string, b: string) => number;

/** One that a repository offers. */
export interface Offered {
    readonly name: string;
    readonly version: string;
    readonly url: string;
    readonly bytes: number | undefined;
}

const half = "the publisher may be at work on it: try again later";

/** @throws Unusable where it is not what the index says */
export async function listedFile(url: string, sha256: string): Promise<Buffer> {
    const bytes = await bytesOf(url);
    const found = createHash("sha256").update(bytes).digest("hex");
    if (found !== sha256) {
        throw new Unusable(`${url} has the sha256 ${found}, and the signed index says ${sha256}`, half);
    }
    return bytes;
}

/** By the end of its name. What Node.js does not know is left to the program that does. */
export function unpacked(name: string, bytes: Buffer): Buffer {
    const program = name.endsWith(".xz") ? "xz" : name.endsWith(".zst") ? "zstd" : undefined;
    if (program === undefined) {
        return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
    }
    const { status, stdout } = spawnSync(program, ["-dc"], { input: bytes, maxBuffer: 1 << 28 });
    if (status !== 0) {
        throw new Unusable(`${name} cannot be unpacked with ${program}`, `install ${program}`);
    }
    return stdout;
}

/**
 * That each wanted package is offered, and its file there.
 *
 * @returns the one of each that hosts would take
 * @throws Unusable with the first that is not
 */
export async function filesOf(what: string, wanted: readonly Wanted[], offered: readonly Offered[], order: Order): Promise<Offered[]> {
    const chosen = wanted.map(({ name, version }) => {
        const ofName = offered.filter((one) => one.name === name);
        const [best] = ofName.filter((one) => one.version.replace(/^\d+:/, "").startsWith(version)).sort((a, b) => order(b.version, a.version));
        if (best === undefined) {
            const has = ofName.length > 0 ? `: it has ${ofName.map((one) => one.version).join(", ")}` : "";
            throw new Unusable(`${what} does not offer ${name} ${version}${has}`, "choose one that it offers in datacentre:versions, or another repository");
        }
        return best;
    });
    for (const { name, version, url, bytes } of chosen) {
        const answer = await ask(url, { method: "HEAD" });
        const length = Number(answer.headers.get("content-length") ?? bytes);
        if (!answer.ok || (bytes !== undefined && length !== bytes)) {
            const found = answer.ok ? `has ${length} bytes in place of ${bytes}` : `is not there (${answer.status})`;
            throw new Unusable(`${what} offers ${name} ${version}, and its file ${url} ${found}`, half);
        }
    }
    return chosen;
}
