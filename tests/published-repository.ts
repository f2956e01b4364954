/** A publisher for tests: keys of its own, an apt repository signed with one of them, a registry of images, and an HTTP server for them. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** A signing key; its secret half stays in the keyring that made it. */
export interface Key {
    readonly fingerprint: string;
    readonly armoured: string;
}

/** GnuPG's own agent would outlive the test. */
export class Keyring {
    private readonly home = mkdtempSync(join(tmpdir(), "gpg-"));

    /** @param made when, as GnuPG takes it: `20200101T000000`; @param lasts `2y`, or `never` */
    public make(name: string, lasts = "never", made = ""): Key {
        const uid = `${name} <${name}@publisher.example>`;
        this.gpg([...(made === "" ? [] : ["--faked-system-time", made]), "--passphrase", "", "--quick-gen-key", uid, "ed25519", "sign", lasts]);
        const listed = this.gpg(["--with-colons", "--list-keys", `=${uid}`]).toString();
        const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? "";
        return { fingerprint, armoured: this.export(fingerprint) };
    }

    public export = (fingerprint: string): string => this.gpg(["--armor", "--export", fingerprint]).toString();

    /** Moves the end of a key, as a publisher does. */
    public extend(fingerprint: string, lasts: string): Key {
        this.gpg(["--passphrase", "", "--quick-set-expire", fingerprint, lasts]);
        return { fingerprint, armoured: this.export(fingerprint) };
    }

    /** @param at the clock that it is signed by, for a key that is expired by now */
    public sign(text: string, { fingerprint }: Key, how: "inline" | "detached", at = ""): Buffer {
        return this.gpg([...(at === "" ? [] : ["--faked-system-time", at]), "--armor", "--local-user", fingerprint, how === "inline" ? "--clearsign" : "--detach-sign"], text);
    }

    public close(): void {
        execFileSync("gpgconf", ["--kill", "gpg-agent"], { env: { ...process.env, GNUPGHOME: this.home } });
        rmSync(this.home, { recursive: true, force: true });
    }

    private gpg(args: readonly string[], input?: string): Buffer {
        return execFileSync("gpg", ["--homedir", this.home, "--batch", "--quiet", "--no-tty", ...args], { ...(input === undefined ? {} : { input }), stdio: ["pipe", "pipe", "ignore"] });
    }
}

const sum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Writes a repository as reprepro and others lay one out: pool/main/a/aventer-mesos/…, dists/SUITE/main/binary-ARCH/Packages.gz.
 *
 * @param debs files of packages
 * @returns the text of its Release, to be signed
 */
export function layOut(folder: string, suite: string, debs: readonly string[], fields: Readonly<Record<string, string>> = {}): string {
    const stanzas = debs.map((deb) => {
        const name = execFileSync("dpkg-deb", ["-f", deb, "Package"]).toString().trim();
        const place = `pool/main/${name.charAt(0)}/${name}/${basename(deb)}`;
        mkdirSync(dirname(join(folder, place)), { recursive: true });
        const bytes = readFileSync(deb);
        writeFileSync(join(folder, place), bytes);
        return `${execFileSync("dpkg-deb", ["-f", deb]).toString().trimEnd()}\nFilename: ${place}\nSize: ${bytes.length}\nSHA256: ${sum(bytes)}\n`;
    });
    const architecture = execFileSync("dpkg", ["--print-architecture"]).toString().trim();
    const index = `main/binary-${architecture}/Packages`;
    const at = (file: string): string => join(folder, "dists", suite, file);
    mkdirSync(dirname(at(index)), { recursive: true });
    const plain = Buffer.from(stanzas.join("\n"));
    const files: [string, Buffer][] = [[index, plain], [`${index}.gz`, gzipSync(plain)]];
    files.forEach(([file, bytes]) => writeFileSync(at(file), bytes));
    const all = { Origin: "test", Label: "test", Suite: suite, Codename: suite, Date: new Date().toUTCString(), Architectures: architecture, Components: "main", ...fields };
    const head = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`).join("");
    return `${head}SHA256:\n${files.map(([file, bytes]) => ` ${sum(bytes)} ${bytes.length} ${file}\n`).join("")}`;
}

/** A package of its own with a file in it. */
export function makeDeb(folder: string, name: string, version: string): string {
    const architecture = execFileSync("dpkg", ["--print-architecture"]).toString().trim();
    const root = join(folder, `${name}-root`);
    mkdirSync(join(root, "DEBIAN"), { recursive: true });
    writeFileSync(join(root, "DEBIAN/control"), `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: test <test@localhost>\nDescription: ${name}, for tests\n`);
    const deb = join(folder, `${name}_${version}_${architecture}.deb`);
    execFileSync("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", root, deb], { stdio: "ignore" });
    rmSync(root, { recursive: true });
    return deb;
}

/** What a server answers instead of a file: its path, and the answer. */
export type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** Files below a folder by HTTP, at any port. */
export class Publisher {
    public readonly answers = new Map<string, (headers: Readonly<Record<string, string | undefined>>) => Answer>();
    private readonly server: Server;

    public constructor(folder: string) {
        this.server = createServer((request, response) => {
            const path = decodeURIComponent((request.url ?? "/").split("?")[0] ?? "/");
            const own = this.answers.get(path)?.(request.headers as Record<string, string>);
            const file = join(folder, path);
            if (own) {
                response.writeHead(own.status, own.headers).end(own.body);
            } else if (statSync(file, { throwIfNoEntry: false })?.isFile()) {
                const bytes = readFileSync(file);
                response.writeHead(200, { "content-length": bytes.length }).end(request.method === "HEAD" ? undefined : bytes);
            } else {
                response.writeHead(404).end();
            }
        });
    }

    public listen(address = "127.0.0.1"): Promise<void> {
        return new Promise((resolve) => this.server.listen(0, address, resolve));
    }

    public get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    public close(): Promise<void> {
        this.server.closeAllConnections();
        return new Promise((resolve) => this.server.close(() => resolve()));
    }
}
