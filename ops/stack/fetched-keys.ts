/** Keys of publishers that `make` has fetched for a stack, beside its settings. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { isGroup } from "../../config/defaults";
import { writeWhole } from "../lib/files";
import type { Context } from "./context";

type Places = Pick<Context, "settings">;

/** By fingerprint, armoured. */
type Fetched = Readonly<Record<string, string>>;

const fileOf = ({ settings }: Places): string => join(dirname(settings), "publisher-keys.json");

export function fetchedKeys(places: Places): Fetched {
    const file = fileOf(places);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Fetched) : {};
}

export function keepKey(places: Places, fingerprint: string, key: string): void {
    writeWhole(fileOf(places), `${JSON.stringify({ ...fetchedKeys(places), [fingerprint]: key }, undefined, 4)}\n`);
}

/** A repository of `sources` that leaves its key to be fetched. */
export interface Keyless {
    readonly name: string;
    readonly keyUrl: string;
    /** Without blanks, in capitals. */
    readonly keyFingerprint: string;
}

/** Those of a description, before it was checked. */
export function keylessIn(own: Readonly<Record<string, unknown>>): Keyless[] {
    return Object.entries(isGroup(own.sources) ? own.sources : {}).flatMap(([name, source]) => {
        const { kind, key, keyUrl, keyFingerprint } = isGroup(source) ? source : {};
        return kind === "repository" && key === undefined && typeof keyUrl === "string" && typeof keyFingerprint === "string"
            ? [{ name, keyUrl, keyFingerprint: keyFingerprint.replaceAll(" ", "").toUpperCase() }]
            : [];
    });
}

/** A stack's keys with what was fetched for it. */
export function withKeys(own: Readonly<Record<string, unknown>>, places: Places): Record<string, unknown> {
    const fetched = fetchedKeys(places);
    const sources = { ...(isGroup(own.sources) ? own.sources : {}) };
    const found = keylessIn(own).filter(({ keyFingerprint }) => fetched[keyFingerprint] !== undefined);
    found.forEach(({ name, keyFingerprint }) => (sources[name] = { ...(sources[name] as object), key: fetched[keyFingerprint] }));
    return found.length > 0 ? { ...own, sources } : { ...own };
}
