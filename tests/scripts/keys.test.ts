/** What `make setup` makes for a stack to prove itself with: scripts/keys.sh, with the real openssl and ssh-keygen. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "keys-"));
const home = join(folder, "stacks/test");
const tls = (file: string) => join(home, "tls", file);
afterAll(() => rmSync(folder, { recursive: true }));

function make(...services: string[]): { code: number | null; said: string } {
    const script = `set -euo pipefail; . scripts/lib.sh; . scripts/keys.sh; stack=test; keys "$@"`;
    const { status, stderr } = spawnSync("bash", ["-c", script, "keys", home, ...services], {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, DATACENTRE_HOME: folder, DATACENTRE_CACHE: join(folder, "cache") },
    });
    return { code: status, said: stderr };
}
const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const text = (file: string) => openssl("x509", "-in", tls(file), "-noout", "-text", "-nameopt", "RFC2253");
const contents = () => readdirSync(join(home, "tls")).map((file) => `${file} ${readFileSync(tls(file), "latin1")}`);

it("makes every stack a passphrase, an SSH key and an authority, and says so once", () => {
    const { code, said } = make();
    expect(code).toBe(0);
    expect(said).toMatch(/passphrase made.*\n.*SSH key made.*\n.*authority for its services made/);
    expect(readdirSync(join(home, "tls"))).toEqual(["authority.crt", "authority.key"]);
    expect(text("authority.crt")).toMatch(/Subject: CN=test,O=datacentre\n[^]*CA:TRUE, pathlen:0/);
    expect(make()).toEqual({ code: 0, said: "" });
});

it("makes etcd an authority of its own", () => {
    expect(make("etcd").said).toMatch(/^== stack test: authority for etcd, its members and clients made \(.*etcd-authority\.crt\)\n$/);
    expect(text("etcd-authority.crt")).toMatch(/Subject: CN=test,OU=etcd,O=datacentre\n/);
    expect(readdirSync(join(home, "tls"))).toHaveLength(4);
});

it("makes what a master of Kubernetes needs, which nobody else reads, and the same no second time", () => {
    expect(make("etcd", "kubernetes").code).toBe(0);
    const all = ["admin", "authority", "etcd-authority", "front-proxy-authority", "kubernetes-authority"].flatMap((name) => [`${name}.crt`, `${name}.key`]);
    expect(readdirSync(join(home, "tls")).sort()).toEqual([...all, "encryption.key", "service-accounts.key", "service-accounts.pub"].sort());
    for (const file of readdirSync(join(home, "tls"))) {
        expect(statSync(tls(file)).mode & 0o077).toBe(0);
    }
    expect(Buffer.from(readFileSync(tls("encryption.key"), "utf8"), "base64")).toHaveLength(32);
    expect(openssl("pkey", "-in", tls("service-accounts.key"), "-pubout")).toBe(readFileSync(tls("service-accounts.pub"), "utf8"));
    expect(openssl("verify", "-CAfile", tls("kubernetes-authority.crt"), "-purpose", "sslclient", tls("admin.crt"))).toMatch(/OK/);
    expect(text("admin.crt")).toMatch(/Subject: CN=operator,O=datacentre:admins\n[^]*CA:FALSE[^]*Extended Key Usage: \n *TLS Web Client Authentication\n/);
    const before = contents();
    expect(make("etcd", "kubernetes")).toEqual({ code: 0, said: "" });
    expect(contents()).toEqual(before);
});

const sign = (days: number) =>
    openssl("x509", "-req", "-in", join(folder, "csr"), "-CA", tls("kubernetes-authority.crt"), "-CAkey", tls("kubernetes-authority.key"), "-days", String(days), "-set_serial", "7", "-out", tls("admin.crt"));

it.each([
    ["has 29 days left", () => sign(29), true],
    ["has 31 days left", () => sign(31), false],
    ["is of another key", () => openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", tls("admin.key")), true],
    ["is by another authority", () => ["crt", "key"].forEach((end) => rmSync(tls(`kubernetes-authority.${end}`))), true],
    ["is half", () => writeFileSync(tls("admin.crt"), "-----BEGIN CERTIFICATE-----\nMIIB"), true],
])("makes the operator's certificate anew when it %s", (_, harm, anew) => {
    openssl("req", "-new", "-key", tls("admin.key"), "-subj", "/CN=operator", "-out", join(folder, "csr"));
    harm();
    const { code, said } = make("etcd", "kubernetes");
    expect([code, said.includes("the operator's certificate for Kubernetes made")]).toEqual([0, anew]);
    expect(openssl("verify", "-CAfile", tls("kubernetes-authority.crt"), tls("admin.crt"))).toMatch(/OK/);
    expect(make("etcd", "kubernetes").said).toBe("");
});

it("goes on where it was interrupted, and leaves nothing of before", () => {
    rmSync(tls("etcd-authority.crt"));
    writeFileSync(tls("etcd-authority.crt.new"), "half");
    writeFileSync(tls("admin.key.new"), "half");
    expect(make("etcd", "kubernetes").said).toMatch(/^== .*authority for etcd.*\n$/);
    expect(openssl("verify", "-CAfile", tls("etcd-authority.crt"), tls("etcd-authority.crt"))).toMatch(/OK/);
    expect(readdirSync(join(home, "tls")).filter((file) => /new|log/.test(file))).toEqual([]);
});

it("replaces no authority whose key was lost, and says what to do", () => {
    rmSync(tls("etcd-authority.key"));
    const before = contents();
    expect(make("etcd")).toEqual({ code: 1, said: expect.stringMatching(/etcd-authority\.key is gone[^]*remedy: bring it back from a copy, or remove etcd-authority\.crt/) as unknown });
    expect(contents()).toEqual(before);
});

it("says what openssl said when it fails", () => {
    const other = join(folder, "bin");
    mkdirSync(other);
    writeFileSync(join(other, "openssl"), "#!/bin/sh\necho first >&2; echo no such curve >&2; exit 1\n", { mode: 0o755 });
    rmSync(tls("front-proxy-authority.crt"));
    const path = process.env.PATH;
    process.env.PATH = `${other}:${path ?? ""}`;
    try {
        expect(make("kubernetes")).toEqual({ code: 1, said: expect.stringMatching(/could not make the stack's authority for front proxies.*: no such curve\n.*remedy/) as unknown });
    } finally {
        process.env.PATH = path;
    }
});
