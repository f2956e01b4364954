import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { manifestName, manifestSchema, type Manifest } from "./manifest";

/** The checkout, which relative paths are below. */
const checkout = join(__dirname, "..", "..");

/** A bundle as it lies on this machine. */
export interface BundleFolder {
    /** The manifest, where it could be read. */
    readonly manifest?: Manifest;
    /** What is wrong with the folder itself, and with files in it; empty when it is whole. */
    readonly damage: readonly string[];
}

/** The folder that a description's `bundle.path` means. */
export const folderOf = (path: string): string => (path.startsWith("~/") ? join(homedir(), path.slice(2)) : join(path.startsWith("/") ? "" : checkout, path));

/** The sha256 of a file of any size. */
export function fileSum(path: string): string {
    const hash = createHash("sha256");
    const buffer = Buffer.alloc(1 << 20);
    const file = openSync(path, "r");
    try {
        for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
            hash.update(buffer.subarray(0, count));
        }
    } finally {
        closeSync(file);
    }
    return hash.digest("hex");
}

function damageOf(folder: string, path: string, wanted: { sha256: string; bytes: number }): string[] {
    const status = statSync(join(folder, path), { throwIfNoEntry: false });
    if (!status?.isFile()) {
        return [`${path} is not there`];
    }
    if (status.size !== wanted.bytes) {
        return [`${path} has ${status.size} bytes, not ${wanted.bytes}`];
    }
    const found = fileSum(join(folder, path));
    return found === wanted.sha256 ? [] : [`${path} has sha256 ${found}, not ${wanted.sha256}`];
}

/** Reads a bundle's manifest alone. @throws with a short reason when there is none, or it is none of ours */
export function readManifest(path: string): Manifest {
    const file = join(folderOf(path), manifestName);
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new Error(`${file} ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "is not there" : "cannot be read"}`, { cause: error });
    }
    try {
        return manifestSchema.parse(JSON.parse(text));
    } catch (error) {
        throw new Error(`${file} is no manifest of this version`, { cause: error });
    }
}

/** Reads a bundle and compares every file in it with its manifest, by size and sha256. Never throws. */
export function readBundle(path: string): BundleFolder {
    let manifest: Manifest;
    try {
        manifest = readManifest(path);
    } catch (error) {
        return { damage: [(error as Error).message] };
    }
    const folder = folderOf(path);
    return { manifest, damage: Object.entries(manifest.files).flatMap(([file, wanted]) => damageOf(folder, file, wanted)) };
}
