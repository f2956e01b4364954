/** Collecting a bundle's images and archives with a docker and a curl of the test's own, and sending files to a real bash over SSH. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { assignment, root } from "../../components/step/program";
import type { Manifest } from "../../components/bundle/manifest";
import { collectArchives, collectImages, collectPackages, type Work } from "../../ops/bundle/collect";
import { sendBundle } from "../../components/bundle/send";
import type { Target } from "../../components/ssh/ssh";
import { TestSsh } from "../lab/ssh-server";

const sha = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
const path = process.env.PATH;
let home: string;
let folder: string;
beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "bundle-"));
    folder = join(home, "bundle");
    mkdirSync(join(home, "bin"));
    mkdirSync(folder);
    process.env.PATH = `${join(home, "bin")}:${path}`;
});
afterEach(() => {
    process.env.PATH = path;
    rmSync(home, { recursive: true, force: true });
});

function fake(name: string, script: string): void {
    writeFileSync(join(home, "bin", name), `#!/bin/bash\necho "$*" >>${home}/calls\n${script}\n`);
    chmodSync(join(home, "bin", name), 0o755);
}
const calls = () => (existsSync(join(home, "calls")) ? readFileSync(join(home, "calls"), "utf8").trim().split("\n") : []);
const work = (before?: Manifest): Work => ({ root, folder, before });
const none = { packages: [], repositories: [], images: [], archives: [] };

/** An archive as `docker save` makes it, as far as we read it. */
function archive(file: string, ...tags: string[]): void {
    mkdirSync(join(home, "save"), { recursive: true });
    writeFileSync(join(home, "save/manifest.json"), JSON.stringify([{ Config: "abc.json", RepoTags: tags, Layers: [] }]));
    execFileSync("tar", ["-C", join(home, "save"), "-cf", file, "manifest.json"]);
}

describe("images", () => {
    const images = [{ image: "busybox:1", nodes: ["a"] }];
    const engine = (there: boolean, machine = "amd64") => {
        archive(join(home, "saved.tar"), "busybox:1");
        fake("docker", `case "$1 $2" in
            "image inspect") [ -e ${home}/pulled ] || ${there ? "true" : "exit 1"}; echo "${machine} busybox@sha256:feed" ;;
            "pull -q") : >${home}/pulled ;;
            "save -o") cp ${home}/saved.tar "$3" ;;
        esac`);
    };

    it("are pulled where this machine does not have them, and saved with their ids and digests", async () => {
        engine(false);
        const found = await collectImages(work(), { ...none, images }, "amd64");
        expect(found).toEqual([{ image: "busybox:1", id: "sha256:abc", digest: "sha256:feed", file: "images/busybox_1.tar" }]);
        expect(calls()).toContain("pull -q busybox:1");
        expect(existsSync(join(folder, "images/busybox_1.tar"))).toBe(true);
    });

    it("are not asked for again while their file is whole, and saved again when it is not", async () => {
        engine(true);
        const [entry] = await collectImages(work(), { ...none, images }, "amd64");
        const content = readFileSync(join(folder, entry!.file));
        const before: Manifest = {
            ...{ format: 1, family: "apt", release: { id: "debian", version: "12", architecture: "amd64" }, packages: [], archives: [] },
            images: [entry!],
            files: { [entry!.file]: { sha256: sha(content), bytes: content.length } },
        };
        const count = calls().length;
        expect(await collectImages(work(before), { ...none, images }, "amd64")).toEqual([entry]);
        expect(calls()).toHaveLength(count);
        writeFileSync(join(folder, entry!.file), content.fill(1, 0, 1));
        expect(await collectImages(work(before), { ...none, images }, "amd64")).toEqual([entry]);
        expect(calls().length).toBeGreaterThan(count);
    });

    it("are refused for another machine, by a digest alone, and in an archive that holds others", async () => {
        engine(true, "arm64");
        await expect(collectImages(work(), { ...none, images }, "x86_64")).rejects.toThrow("busybox:1 is for arm64, and the hosts are amd64");
        const digest = [{ image: `busybox@sha256:${sha("")}`, nodes: ["a"] }];
        await expect(collectImages(work(), { ...none, images: digest }, "amd64")).rejects.toThrow(/no archive of images keeps/);
        engine(true);
        archive(join(home, "saved.tar"), "other:1");
        await expect(collectImages(work(), { ...none, images }, "amd64")).rejects.toThrow("holds no image busybox:1");
    });
});

describe("archives", () => {
    const needed = (content: string) => ({ ...none, archives: [{ name: "etcd", url: "https://example.org/e.tgz", sha256: sha(content) }] });

    it("are fetched once, and kept only with the described checksum", async () => {
        fake("curl", 'while [ "$1" != -o ]; do shift; done; printf programs >"$2"');
        const [found] = await collectArchives(work(), needed("programs"));
        expect(readFileSync(join(folder, found!.file), "utf8")).toBe("programs");
        await collectArchives(work(), needed("programs"));
        expect(calls()).toHaveLength(1);
        await expect(collectArchives(work(), needed("others"))).rejects.toThrow(`has sha256 ${sha("programs")}, not ${sha("others")}`);
    });
});

describe("packages", () => {
    const bundle = { path: "/x", family: "apt", base: "debian:bookworm" } as const;

    it("are found in the described image, by the family's own script, and read from its list", async () => {
        fake("docker", `[ "$1" = run ] || exit 0
            printf 'debian\\n12\\namd64\\n' >${folder}/.work/release; printf 'curl\\t7.88\\tcurl_7.88.deb\\n' >${folder}/.work/list
            cp ${folder}/.work/input/wanted ${home}/wanted`);
        const found = await collectPackages(work(), bundle, { ...none, packages: ["curl", "etcd-server=3.4"] });
        expect(found).toEqual({
            family: "apt",
            release: { id: "debian", version: "12", architecture: "amd64" },
            packages: [{ name: "curl", version: "7.88", file: "packages/curl_7.88.deb" }],
        });
        expect(readFileSync(join(home, "wanted"), "utf8")).toBe("curl\netcd-server=3.4\n");
        expect(calls().at(-1)).toMatch(/^run --rm .*debian:bookworm \/scripts\/bundle\/collect-apt\.sh$/);
    });

    it("that are not found are told in the script's words, with its remedy", async () => {
        fake("docker", '[ "$1" = run ] || exit 0; printf "Get:1 x\\nerror: no package source offers mesos; \\n  remedy: name a repository\\n" >&2; exit 1');
        const failing = collectPackages(work(), bundle, none);
        await expect(failing).rejects.toMatchObject({ message: "packages were not collected: no package source offers mesos; ", remedy: "name a repository" });
    });
});

it("sends a host what it lacks over one connection, and nothing when it lacks nothing", async () => {
    const server = new TestSsh();
    await server.start();
    const target: Target = { host: "127.0.0.1", port: server.port, user: "root", privateKey: server.userKey.private, hostKey: server.hostKey.public };
    const content: Record<string, Buffer> = { "packages/Packages": Buffer.from("i\n"), "images/a.tar": Buffer.alloc(3_000_000, "ab\n") };
    for (const [file, bytes] of Object.entries(content)) {
        mkdirSync(join(folder, file, ".."), { recursive: true });
        writeFileSync(join(folder, file), bytes);
    }
    const files = Object.fromEntries(Object.entries(content).map(([file, bytes]) => [file, { sha256: sha(bytes), bytes: bytes.length }]));
    writeFileSync(join(folder, "manifest.json"), JSON.stringify({ files }));
    const program = [
        readFileSync(join(root, "components/step/lib.sh"), "utf8"),
        assignment("bundle_files", Object.entries(content).map(([file, bytes]) => `${sha(bytes)} ${bytes.length} ${file}`)),
        readFileSync(join(root, "components/packages/repositories.sh"), "utf8"),
        readFileSync(join(root, "components/bundle/receive.sh"), "utf8"),
        `step=bundle node=here bundle_dir=${home}/host log=${home}/log; chown() { :; }; check_host() { :; }; receive\n`,
    ].join("\n");
    try {
        expect(await sendBundle(target, folder, program, 0)).toEqual({ files: 2, bytes: 3_000_002, untouched: false });
        expect(readFileSync(join(home, "host/images/a.tar")).equals(content["images/a.tar"]!)).toBe(true);
        expect(await sendBundle(target, folder, program, 0)).toEqual({ files: 0, bytes: 0, untouched: false });
        expect(server.connections).toBe(2);
        expect(server.commands[0]).toBe(`bash -c 'read -r n; eval "$(head -c "$n")"' datacentre receive`);
        const refusing = program.replace("check_host() { :; }", "check_host() { fail 'is another stack' 'leave it'; }");
        expect(await sendBundle(target, folder, refusing, 0)).toMatchObject({ untouched: true, refusal: expect.stringContaining("is another stack") as string });
        await expect(sendBundle({ ...target, hostKey: server.userKey.public }, folder, program, 0)).rejects.toThrow("shows another host key");
    } finally {
        await server.stop();
    }
});
