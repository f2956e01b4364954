/** A repository of the apt family, seen as apt sees it. */
import type { Repository } from "../../config/sources";
import { compareVersions } from "./debian-version";
import { below, bytesIfThere, Unusable } from "./fetch";
import { filesOf, listedFile, unpacked, type Offered, type Wanted } from "./index-file";
import { signedText } from "./signature";

type Apt = NonNullable<Repository["apt"]>;

/** A stanza of a control file: fields, of which one may go on over lines that begin with a blank. */
function stanza(text: string): Map<string, string> {
    const fields = new Map<string, string>();
    let key = "";
    for (const line of text.split("\n")) {
        const [, name, value = ""] = /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line) ?? [];
        if (name !== undefined) {
            key = name.toLowerCase();
            fields.set(key, value);
        } else if (/^[ \t]/.test(line)) {
            fields.set(key, `${fields.get(key) ?? ""}\n${line.trim()}`);
        }
    }
    return fields;
}

/** The index of all, whose signature is good and whose time has not run out. */
async function release(name: string, base: string, key: string): Promise<Map<string, string>> {
    const inline = await bytesIfThere(below(base, "InRelease"));
    let text: Buffer;
    if (inline) {
        text = await signedText(name, { message: inline, what: below(base, "InRelease") }, key);
    } else {
        const what = below(base, "Release");
        const message = await bytesIfThere(what);
        if (!message) {
            throw new Unusable(`there is no repository at ${base}: neither InRelease nor Release`, `check url and suite in datacentre:sources.${name}.apt`);
        }
        const apart = await bytesIfThere(`${what}.gpg`);
        text = await signedText(name, { message, apart: apart ?? Buffer.alloc(0), what }, key);
    }
    const fields = stanza(text.toString());
    const until = Date.parse(fields.get("valid-until") ?? "");
    if (until < Date.now()) {
        throw new Unusable(`the index of ${base} was good until ${fields.get("valid-until")}, and apt takes it no more`, "tell the publisher; check this machine's clock");
    }
    return fields;
}

const compressions = ["", ".gz", ".xz"];

/**
 * Looks whether hosts can install the wanted packages from there.
 *
 * @param name whose repository it is, in `sources`
 * @param key the publisher's, armoured
 * @returns those that apt would take
 * @throws Unusable with what is in the way
 */
export async function lookAtApt(name: string, apt: Apt, key: string, wanted: readonly Wanted[], architecture: string): Promise<Offered[]> {
    const { url, suite, components } = apt;
    const isFlat = suite.endsWith("/");
    const base = isFlat ? below(url, suite) : below(url, "dists", suite);
    const fields = await release(name, base, key);
    const listed = (fields.get("sha256") ?? "").split("\n").map((line) => line.trim().split(/\s+/));
    const sums = new Map(listed.map(([sum = "", , file = ""]) => [file.replace(/^\.\//, ""), sum]));
    const offered: Offered[] = [];
    for (const place of isFlat ? ["Packages"] : components.map((component) => `${component}/binary-${architecture}/Packages`)) {
        const file = compressions.map((end) => `${place}${end}`).find((one) => sums.has(one));
        if (file === undefined) {
            throw new Unusable(`the index of ${base} names no ${place}`, `check components in datacentre:sources.${name}.apt, and whether it is for ${architecture}`);
        }
        const bytes = await listedFile(below(base, file), sums.get(file) ?? "");
        for (const one of unpacked(file, bytes).toString().split(/\n\n+/).map(stanza)) {
            if (["all", architecture].includes(one.get("architecture") ?? "")) {
                const [of = "", version = "", place = ""] = ["package", "version", "filename"].map((field) => one.get(field));
                offered.push({ name: of, version, url: below(url, place), bytes: Number(one.get("size")) || undefined });
            }
        }
    }
    return filesOf(base, wanted, offered, compareVersions);
}
