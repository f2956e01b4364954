/** Fills a bundle's folder: packages, archives, images. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { fileSum } from "../../components/bundle/folder";
import type { Manifest } from "../../components/bundle/manifest";
import type { NeededImage, Needs } from "../../components/bundle/needs";
import type { BundleSpec } from "../../components/bundle/schema";
import { exec, type ExecResult } from "../lib/exec";
import { note, Problem } from "../lib/say";

/** The folder that is filled, and what was known of it before. */
export interface Work {
    readonly root: string;
    readonly folder: string;
    /** The manifest of the run before, whole or cut off: what is in it and has its checksum is not fetched again. */
    readonly before: Manifest | undefined;
}

const proxies = Object.keys(process.env).filter((name) => /^(https?|no)_proxy$/i.test(name));

/** With this process's environment as it is now. */
const call = (program: string, args: readonly string[]): Promise<ExecResult> => exec(program, args, { env: process.env });

async function docker(...args: string[]): Promise<ExecResult> {
    const result = await call("docker", args);
    if (result.code === 127) {
        throw new Problem("there is no docker program on this machine", "make the bundle on a machine with Docker");
    }
    return result;
}

const firstLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

/** Fills packages/ in a container of the hosts' base system. */
export async function collectPackages(work: Work, bundle: BundleSpec, needs: Needs): Promise<Pick<Manifest, "family" | "release" | "packages">> {
    const input = join(work.folder, ".work", "input");
    rmSync(input, { recursive: true, force: true });
    mkdirSync(input, { recursive: true });
    writeFileSync(join(input, "wanted"), `${needs.packages.join("\n")}\n`);
    for (const { name, text, key, origin } of needs.repositories) {
        writeFileSync(join(input, `${name}.pref`), origin?.preferences ?? "");
        writeFileSync(join(input, `${name}.${bundle.family === "apt" ? "list" : "repo"}`), text);
        writeFileSync(join(input, `${name}.asc`), key);
    }
    if ((await docker("image", "inspect", bundle.base)).code !== 0) {
        const pulled = await docker("pull", "-q", bundle.base);
        if (pulled.code !== 0) {
            throw new Problem(
                `there is no image ${bundle.base}, in which packages are found: ${firstLine(pulled.stderr)}`,
                "name one of the hosts' distribution and release in datacentre:bundle.base",
            );
        }
    }
    const { uid, gid } = statSync(work.folder);
    const run = await docker(
        ...["run", "--rm", "--network", "host", "--entrypoint", "/bin/bash", "-e", `OWNER=${uid}:${gid}`],
        ...proxies.flatMap((name) => ["-e", name]),
        ...["-v", `${work.folder}:/bundle`, "-v", `${input}:/input:ro`, "-v", `${join(work.root, "components")}:/scripts:ro`],
        ...[bundle.base, `/scripts/bundle/collect-${bundle.family}.sh`],
    );
    if (run.code !== 0) {
        const said = run.stderr.trimEnd().split("\n");
        const at = said.findIndex((line) => line.startsWith("error: "));
        const [problem, remedy] = at < 0 ? [said.slice(-6).join("\n"), "see above"] : [said[at]!.slice(7), (said[at + 1] ?? "").replace(/^ *remedy: /, "")];
        note(said.slice(0, at < 0 ? undefined : at).filter((line) => /^(E|W|Err):?/.test(line)).slice(-8).join("\n"));
        throw new Problem(`packages were not collected: ${problem}`, remedy);
    }
    run.stderr.split("\n").filter((line) => line.startsWith("packages: ")).forEach(note);
    const [id = "", version = "", architecture = ""] = readFileSync(join(work.folder, ".work/release"), "utf8").split("\n");
    const packages = readFileSync(join(work.folder, ".work/list"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
            const [name = "", version = "", file = ""] = line.split("\t");
            return { name, version, file: `packages/${file}` };
        });
    return { family: bundle.family, release: { id, version, architecture }, packages };
}

/** Whether a file of the run before is there with its checksum. */
function whole(work: Work, path: string): boolean {
    const wanted = work.before?.files[path];
    const file = join(work.folder, path);
    return wanted !== undefined && statSync(file, { throwIfNoEntry: false })?.size === wanted.bytes && fileSum(file) === wanted.sha256;
}

/** Fetches a pinned file, going on with what a run before has of it. */
async function fetchPinned(work: Work, url: string, sha256: string, path: string, key: string): Promise<void> {
    const file = join(work.folder, path);
    if (existsSync(file) && fileSum(file) === sha256) {
        return;
    }
    mkdirSync(dirname(file), { recursive: true });
    note(`fetching ${url}`);
    const result = await call("curl", ["-fsSL", "--retry", "3", "--connect-timeout", "15", "-C", "-", "-o", `${file}.part`, url]);
    if (result.code !== 0 && !(existsSync(`${file}.part`) && fileSum(`${file}.part`) === sha256)) {
        throw new Problem(`cannot fetch ${url}: ${firstLine(result.stderr)}`, `check ${key}, and whether this machine reaches it; run this again to go on`);
    }
    const found = fileSum(`${file}.part`);
    if (found !== sha256) {
        rmSync(`${file}.part`);
        throw new Problem(`${url} has sha256 ${found}, not ${sha256}`, `if that file is the wanted one, set ${key} to what its publisher states`);
    }
    renameSync(`${file}.part`, file);
}

/** Programs' archives, each under a name that has its checksum. */
export async function collectArchives(work: Work, needs: Needs): Promise<Manifest["archives"]> {
    const archives: Manifest["archives"] = [];
    for (const { name, url, sha256 } of needs.archives) {
        const file = `archives/${name}-${sha256.slice(0, 12)}.tar.gz`;
        await fetchPinned(work, url, sha256, file, `datacentre:sources.${name}`);
        archives.push({ name, url, file });
    }
    return archives;
}

/** What an archive of `docker save` says of itself: the ids of its images by their names. */
async function contents(file: string): Promise<Map<string, string>> {
    const { code, stdout, stderr } = await call("tar", ["-xOf", file, "manifest.json"]);
    if (code !== 0) {
        throw new Problem(`${file} is no archive of images: ${firstLine(stderr)}`, "make it with 'docker save NAME'");
    }
    const list = JSON.parse(stdout) as { Config: string; RepoTags: string[] | null }[];
    const id = ({ Config }: { Config: string }): string => `sha256:${Config.replace(/^blobs\/sha256\//, "").replace(/\.json$/, "")}`;
    return new Map(list.flatMap((one) => (one.RepoTags ?? []).map((tag): [string, string] => [tag, id(one)])));
}

const tagged = (image: string): string => (/:[^/]*$/.test(image) ? image : `${image}:latest`);

/** Docker's architecture for the packages' word. */
const architectureOf = (word: string): string => ({ x86_64: "amd64", aarch64: "arm64" })[word] ?? word;

/**
 * Images as archives of `docker save`. One that the description gives as an archive is taken from there; others from this machine's
 * engine, which pulls what it does not have.
 */
export async function collectImages(work: Work, needs: Needs, architecture: string): Promise<Manifest["images"]> {
    const images: Manifest["images"] = [];
    for (const needed of needs.images) {
        images.push(await collectImage(work, needed, architectureOf(architecture)));
    }
    return images;
}

async function collectImage(work: Work, { image, archive }: NeededImage, architecture: string): Promise<Manifest["images"][number]> {
    if (image.includes("@")) {
        throw new Problem(`${image} is named by its digest, which no archive of images keeps`, "name it by a tag");
    }
    const file = `images/${image.replace(/[^A-Za-z0-9._-]/g, "_")}.tar`;
    const there = work.before?.images.find((one) => one.image === image && one.file === file);
    if (archive) {
        await fetchPinned(work, archive.url, archive.sha256, file, "docker.images");
    } else if (there && whole(work, file)) {
        return there;
    }
    const digest = archive ? undefined : await save(image, join(work.folder, file), architecture);
    const id = (await contents(join(work.folder, file))).get(tagged(image));
    if (id === undefined) {
        throw new Problem(`the archive ${file} holds no image ${image}`, "correct its name in docker.images: 'docker load' says what an archive holds");
    }
    return { image, id, file, ...(digest === undefined ? {} : { digest }) };
}

/** @returns the registry's digest, where the image came from one */
async function save(image: string, file: string, architecture: string): Promise<string | undefined> {
    const inspect = () => docker("image", "inspect", "-f", "{{.Architecture}} {{range .RepoDigests}}{{.}} {{end}}", image);
    let found = await inspect();
    if (found.code !== 0) {
        note(`pulling ${image}`);
        const pulled = await docker("pull", "-q", image);
        if (pulled.code !== 0) {
            throw new Problem(`cannot pull ${image}: ${firstLine(pulled.stderr)}`, "check its name, and whether this machine's engine reaches its registry; or give an archive in docker.images");
        }
        found = await inspect();
    } else {
        note(`${image} is on this machine's engine, and is taken from there`);
    }
    const [machine = "", ...digests] = found.stdout.trim().split(" ");
    if (machine !== architecture) {
        throw new Problem(`${image} is for ${machine}, and the hosts are ${architecture}`, `'docker pull --platform linux/${architecture} ${image}', then run this again`);
    }
    mkdirSync(dirname(file), { recursive: true });
    const saved = await docker("save", "-o", `${file}.part`, image);
    if (saved.code !== 0) {
        rmSync(`${file}.part`, { force: true });
        throw new Problem(`cannot save ${image}: ${firstLine(saved.stderr)}`, "is there space on this machine's disk?");
    }
    renameSync(`${file}.part`, file);
    return digests[0]?.split("@")[1];
}
