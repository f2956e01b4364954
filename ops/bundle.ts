/** `make bundle`: all that hosts without internet need, in the folder that the description names. Touches no host. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { fileSum, folderOf } from "../components/bundle/folder";
import { indexOf, manifestName, manifestSchema, manifestText, releaseText, type Manifest } from "../components/bundle/manifest";
import { needsOf } from "../components/bundle/needs";
import { contextOf, parseDataCentre } from "../components/description";
import { systems } from "../components/systems";
import { ConfigError, type DataCentre } from "../config";
import { mask, projectKeys } from "../config/defaults";
import { collectArchives, collectImages, collectPackages, type Work } from "./bundle/collect";
import { main, note, Problem } from "./lib/say";
import { lookAround } from "./publishers/ask";
import { loadContext, type Context } from "./stack/context";
import { syncSettings } from "./stack/settings";

/** The description as it stands, its bundle not looked at: that is what is to be made. */
function describe(context: Context): DataCentre {
    const raw = mask(projectKeys(syncSettings(context).config)) as Record<string, unknown>;
    const { siblings, keyFile } = contextOf(context.stack, raw, context.root);
    const { dataCentre, faults } = parseDataCentre(raw, { stack: context.stack, ...(siblings ? { siblings } : {}), ...(keyFile ? { keyFile } : {}) });
    if (!dataCentre) {
        throw new Problem(new ConfigError(faults, context.stack).message, "correct the description");
    }
    return dataCentre;
}

function readIf(file: string): Manifest | undefined {
    try {
        return manifestSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    } catch {
        return undefined;
    }
}

/** The last whole run's manifest, and over it what a run that was cut off had come to. */
function lastManifest(folder: string): Manifest | undefined {
    const [whole, part] = [manifestName, join(".work", manifestName)].map((name) => readIf(join(folder, name)));
    if (!whole || !part) {
        return whole ?? part;
    }
    const images = [...part.images, ...whole.images.filter(({ image }) => !part.images.some((one) => one.image === image))];
    return { ...whole, images, files: { ...whole.files, ...part.files } };
}

/** Every file below a folder, by its relative path; without what a run keeps for itself. */
function filesIn(folder: string, below = ""): string[] {
    return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
        const path = below === "" ? entry.name : `${below}/${entry.name}`;
        if (entry.name === ".work" || path === manifestName) {
            return [];
        }
        return entry.isDirectory() ? filesIn(folder, path) : [path];
    });
}

/** What is in the folder and not of the bundle goes: cut-off downloads, and what a description before this one needed. */
function settle(work: Work, parts: Omit<Manifest, "format" | "files">): Manifest {
    const named = new Set([...parts.images, ...parts.archives, ...parts.packages].map(({ file }) => file));
    const files: Manifest["files"] = {};
    for (const path of filesIn(work.folder)) {
        if (named.has(path) || path === indexOf(parts) || path.startsWith("packages/repodata/")) {
            files[path] = { sha256: fileSum(join(work.folder, path)), bytes: statSync(join(work.folder, path)).size };
        } else {
            rmSync(join(work.folder, path), { force: true });
        }
    }
    return { format: 1, ...parts, files };
}

function write(folder: string, manifest: Manifest, place: string): void {
    writeFileSync(join(folder, `${place}.new`), manifestText(manifest));
    renameSync(join(folder, `${place}.new`), join(folder, place));
}

main(async () => {
    const context = loadContext();
    await lookAround(context, { bundling: true });
    const dc = describe(context);
    const { bundle } = dc;
    if (!bundle) {
        throw new Problem(`stack ${context.stack} describes no bundle`, "write datacentre:bundle: {path: ./bundles/NAME} in its settings");
    }
    const folder = folderOf(bundle.path);
    mkdirSync(join(folder, ".work"), { recursive: true });
    chmodSync(folder, 0o755);
    const work: Work = { root: context.root, folder, before: lastManifest(folder) };
    const needs = needsOf(systems, dc, bundle.family);
    note(`bundle for stack ${context.stack} in ${folder}: ${needs.packages.length} packages with what they need, ${needs.images.length} images, ${needs.archives.length} archives`);
    const packages = await collectPackages(work, bundle, needs);
    const archives = await collectArchives(work, needs);
    const images: Manifest["images"] = [];
    for (const image of needs.images) {
        images.push(...(await collectImages(work, { ...needs, images: [image] }, packages.release.architecture)));
        // So that a run that is cut off here leaves the next one only the rest.
        write(folder, settleKeeping({ ...packages, archives, images }, work), join(".work", manifestName));
    }
    const manifest = settle(work, { ...packages, archives, images });
    write(folder, manifest, manifestName);
    rmSync(join(folder, ".work"), { recursive: true, force: true });
    const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
    process.stdout.write(
        `${folder}: ${manifest.packages.length} packages for ${releaseText(manifest)}, ${images.length} images, ${archives.length} archives, ` +
            `${Math.ceil(bytes / 1048576)} MiB; 'make up STACK=${context.stack}' installs from it alone\n`,
    );
    return 0;
});

/** The images so far, with the sums that the next run compares them by. */
function settleKeeping(parts: Omit<Manifest, "format" | "files">, { folder }: Work): Manifest {
    const files = Object.fromEntries(
        parts.images.map(({ file }) => [file, { sha256: fileSum(join(folder, file)), bytes: statSync(join(folder, file)).size }]),
    );
    return { format: 1, ...parts, files };
}
