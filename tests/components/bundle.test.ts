/** The way of a bundle's files onto a host: the receiving program by the real bash, and what it is told. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { fileSum, folderOf, readBundle } from "../../components/bundle/folder";
import { repositories } from "../../components/packages/repositories";
import { assignment, root } from "../../components/step/program";
import { systems } from "../../components/systems";
import { sampleDataCentre } from "./sample";

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "bundle-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const sha = (content: string) => createHash("sha256").update(content).digest("hex");
const content: Record<string, string> = { "packages/Packages": "index\n", "packages/a.deb": "package a", "images/b.tar": "x".repeat(300000) };
const list = Object.entries(content).map(([path, text]) => `${sha(text)} ${text.length} ${path}`);
const at = (path: string) => join(home, "host", path);

interface Outcome {
    readonly status: number | null;
    readonly lacks: string[];
    readonly changes: string[];
    readonly stderr: string;
}

/** Runs the receiving program; `answer` gives what is sent for the files that it lacks. */
function receive(answer: (lacks: string[]) => string, more = ""): Promise<Outcome> {
    const text = [
        `. ${join(root, "components/step/lib.sh")}`,
        assignment("bundle_files", list),
        `. ${join(root, "components/packages/repositories.sh")}`,
        `. ${join(root, "components/bundle/receive.sh")}`,
        `step=bundle node=here bundle_dir=${home}/host log=${home}/log; : >>"$log"; chown() { :; }; check_host() { :; }`,
        more,
        "receive",
        "printf 'changed %s\\n' \"${changes[@]}\"",
    ].join("\n");
    return new Promise((resolve) => {
        const child = spawn("bash", ["-c", text]);
        let [out, stderr, sent] = ["", "", false];
        const lacks = () => [...out.matchAll(/^lacks (\d+ \S+)$/gm)].map(([, line = ""]) => line);
        child.stdin.on("error", () => undefined);
        child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
        child.stdout.on("data", (data: Buffer) => {
            out += data.toString();
            if (!sent && /^ready$/m.test(out)) {
                sent = true;
                child.stdin.end(answer(lacks()));
            }
        });
        child.on("close", (status) => resolve({ status, lacks: lacks(), changes: [...out.matchAll(/^changed (.+)$/gm)].map(([, line = ""]) => line), stderr }));
    });
}

const send = (lacks: string[]): string =>
    `${lacks.map((line) => `${line}\n${(content[line.split(" ")[1] ?? ""] ?? "").slice(Number(line.split(" ")[0]))}`).join("")}end\n`;

it("takes what the host lacks, and then nothing more", async () => {
    const first = await receive(send);
    expect([first.status, first.stderr]).toEqual([0, ""]);
    expect(first.lacks).toHaveLength(3);
    Object.entries(content).forEach(([path, text]) => expect(readFileSync(at(path), "utf8")).toBe(text));
    expect(readFileSync(at("SHA256SUMS"), "utf8")).toBe(list.map((line) => line.replace(/ \d+ /, "  ")).join("\n") + "\n");
    expect(await receive(send)).toMatchObject({ status: 0, lacks: [], changes: [] });
});

it("goes on with a file that was cut off, and keeps what came of it", async () => {
    const cut = await receive(() => `0 images/b.tar\n${"x".repeat(100000)}`);
    expect([cut.status, cut.stderr]).toEqual([1, expect.stringMatching(/images\/b\.tar came in part only\n {2}remedy: run 'make up' again/)]);
    expect(statSync(at("images/b.tar.part")).size).toBe(100000);
    expect(existsSync(at("images/b.tar"))).toBe(false);
    const next = await receive(send);
    expect(next.lacks).toContain("100000 images/b.tar");
    expect(fileSum(at("images/b.tar"))).toBe(sha(content["images/b.tar"]!));
});

it("keeps no file whose checksum is another than the bundle's", async () => {
    const wrong = await receive((lacks) => send(lacks).replace("package a", "package b"));
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining(`packages/a.deb came with sha256 ${sha("package b")}`)]);
    expect(existsSync(at("packages/a.deb"))).toBe(false);
    expect(existsSync(at("packages/a.deb.part"))).toBe(false);
});

it("asks again for a file that was damaged on the host, and drops what is of the bundle no more", async () => {
    await receive(send);
    writeFileSync(at("packages/a.deb"), "package X");
    writeFileSync(at("packages/old.deb"), "old");
    mkdirSync(at("archives"));
    const again = await receive(send);
    expect(again).toMatchObject({ status: 0, lacks: ["0 packages/a.deb"], changes: ["took packages/a.deb"] });
    expect(existsSync(at("packages/old.deb"))).toBe(false);
    expect(existsSync(at("archives"))).toBe(false);
});

it("takes nothing that is not of the bundle", async () => {
    const odd = await receive(() => "0 ../../etc/passwd\nx");
    expect([odd.status, odd.stderr]).toEqual([1, expect.stringContaining("was sent ../../etc/passwd, which is not of the bundle")]);
});

it("looks for space and for the host's own faults before it takes anything", async () => {
    const full = await receive(send, `df() { printf 'h\\nf 1 1 400 1%% /\\n'; }`);
    expect([full.status, full.stderr]).toEqual([1, expect.stringMatching(/only 400 MiB are free/)]);
    const faulty = await receive(send, 'check_host() { fail "belongs to another" "leave it"; }');
    expect([faulty.status, faulty.lacks]).toEqual([1, []]);
});

describe("the host's package sources", () => {
    const use = (index: string, body: string) => {
        const text = [
            `. ${join(root, "components/step/lib.sh")}; . ${join(root, "components/packages/apt.sh")}; . ${join(root, "components/packages/repositories.sh")}`,
            `step=prepare node=here state=${home}/state bundle_dir=${home}/host bundle_index=${index} family=apt log=${home}/log; : >>"$log"`,
            `apt-get() { printf 'apt-get %s\\n' "$*" >>${home}/calls; }; apt-cache() { printf 'apt-cache %s\\n' "$*" >>${home}/calls; echo ' a | 1.0 | x'; }`,
            body,
        ].join("\n");
        return new Promise<{ status: number | null; stderr: string }>((resolve) => {
            const child = spawn("bash", ["-c", text]);
            let stderr = "";
            child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
            child.on("close", (status) => resolve({ status, stderr }));
        });
    };
    const calls = () => readFileSync(join(home, "calls"), "utf8").trim().split("\n");

    it("are the bundle's alone in every call of apt while there is one", async () => {
        await receive(send);
        expect(await use(sha("index\n"), "without_service_starts() { \"$@\"; }; use_bundle; apt_update; apt_install a")).toMatchObject({ status: 0, stderr: "" });
        expect(calls().length).toBeGreaterThan(2);
        calls().forEach((call) => {
            expect(call).toContain("-o Dir::Etc::SourceList=/etc/apt/sources.list.d/datacentre-bundle.list -o Dir::Etc::SourceParts=/dev/null");
            expect(call).toContain(`-o Dir::State::Lists=${home}/state/bundle/lists`);
        });
    });

    it("are refused where the bundle's index is another one, or none", async () => {
        await receive(send);
        expect(await use(sha("other"), "use_bundle")).toMatchObject({ status: 1, stderr: expect.stringContaining("the bundle is not whole on this host") as string });
        rmSync(at("packages/Packages"));
        expect((await use(sha("index\n"), "use_bundle")).status).toBe(1);
    });

    it("are the host's own again when there is none any more", async () => {
        await receive(send);
        expect((await use("", "use_bundle; apt_update")).status).toBe(0);
        expect(calls()).toEqual(["apt-get -q -o DPkg::Lock::Timeout=600 update"]);
        expect(existsSync(join(home, "host"))).toBe(false);
    });

    it("are described as one, whatever repositories the description names", () => {
        const dc = sampleDataCentre();
        const [first] = dc.nodes;
        expect(repositories(systems, { ...dc, bundle: { path: "/x", family: "apt", base: "b" } }, first!, "apt")).toEqual([
            { name: "bundle", text: "deb [trusted=yes] file:/var/lib/datacentre-bundle/packages ./\n", key: "" },
        ]);
        expect(repositories(systems, dc, first!, "apt").map(({ name }) => name)).not.toContain("bundle");
    });
});

it("refuses a host of another release than the bundle's, with what it is", async () => {
    const text = `. ${join(root, "components/step/lib.sh")}; . ${join(root, "components/host/preflight.sh")}; . ${join(root, "components/packages/repositories.sh")}
os_release() { [ "$1" = ID ] && echo debian || echo 11; }; dpkg() { echo amd64; }
bundle_release='debian 12 amd64' family=apt step=prepare node=here; check_bundle; report_faults`;
    const child = spawn("bash", ["-c", text]);
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    await new Promise((resolve) => child.on("close", resolve));
    expect(stderr).toMatch(/this host is debian 11 amd64, and the bundle is for debian 12 amd64\n {2}remedy: make the bundle in an image/);
});

describe("a folder on this machine", () => {
    const manifest = (files: object) => ({ format: 1, family: "apt", release: { id: "debian", version: "12", architecture: "amd64" }, packages: [], images: [], archives: [], files });

    it("is read whole: what is not there, too short, or has another checksum is named", () => {
        writeFileSync(join(home, "a"), "one");
        writeFileSync(join(home, "b"), "two");
        writeFileSync(join(home, "c"), "three");
        const files = { a: { sha256: sha("one"), bytes: 3 }, b: { sha256: sha("twe"), bytes: 3 }, c: { sha256: sha("three"), bytes: 9 }, d: { sha256: sha(""), bytes: 0 } };
        writeFileSync(join(home, "manifest.json"), JSON.stringify(manifest(files)));
        expect(readBundle(home).damage).toEqual([`b has sha256 ${sha("two")}, not ${sha("twe")}`, "c has 5 bytes, not 9", "d is not there"]);
    });

    it("is none without a manifest of ours, or with one that names files outside", () => {
        expect(readBundle(home)).toEqual({ damage: [`${home}/manifest.json is not there`] });
        writeFileSync(join(home, "manifest.json"), JSON.stringify(manifest({ "../etc/passwd": { sha256: sha(""), bytes: 0 } })));
        expect(readBundle(home)).toEqual({ damage: [`${home}/manifest.json is no manifest of this version`] });
    });

    it("is meant by an absolute path, one below the checkout, or one below the home directory", () => {
        expect(folderOf("/srv/b")).toBe("/srv/b");
        expect(folderOf("./b/c")).toBe(join(root, "b/c"));
        expect(folderOf("~/b")).toMatch(/^\/.+\/b$/);
    });
});
