/** components/step/helpers/certificate.sh with the real openssl, and authorities as `make setup` makes them. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../../components/step/program";

const folder = mkdtempSync(join(tmpdir(), "certificate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
    readonly code: number | null;
    readonly changes: string[];
    readonly modes: string[];
    readonly error: string;
}

/** Modes are written down, since only root can give files away. */
function bash(body: string, more: Record<string, string> = {}): Run {
    const script = `. components/step/lib.sh
        step=test node=here state=$folder/state log=$folder/log; : >"$log"
        set_mode() { echo "mode $*"; }
        . components/step/helpers/certificate.sh
        valid_days=\${days:-365} renew_days=30 the_key=$(cat "$folder/\${by:-first}.key")
        ${body}
        printf '%s\\n' "\${changes[@]}"`;
    const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { cwd: root, encoding: "utf8", env: { ...process.env, folder, ...more } });
    const said = stdout.split("\n").filter((line) => line !== "");
    return { code: status, changes: said.filter((line) => !line.startsWith("mode ")), modes: said.filter((line) => line.startsWith("mode ")), error: stderr };
}

const subject = "/O=system:nodes/CN=system:node:node1";
const put = (of = subject, usage = "serverAuth,clientAuth", names = "DNS:node1,IP:10.0.0.1", owner = "root:etcd"): string =>
    `put_certificate "$folder/etc/tls/member" '${of}' '${usage}' '${names}' '${owner}' "$folder/\${by:-first}.crt" the_key`;
const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const crt = join(folder, "etc/tls/member.crt");
const key = join(folder, "etc/tls/member.key");
const made = [`made a certificate for system:node:node1, ${crt}, which is good for 365 days`];

beforeAll(() => {
    for (const name of ["first", "second"]) {
        const of = (end: string) => join(folder, `${name}.${end}`);
        openssl(
            ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj", "/O=datacentre/OU=etcd/CN=test"],
            ...["-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", of("key"), "-out", of("crt")],
        );
    }
});

it("makes key and certificate once, for subject, usage and names", () => {
    expect(bash(put())).toEqual({ code: 0, changes: made, modes: [`mode ${key} 0640 root:etcd`, `mode ${crt} 0644 root:root`], error: "" });
    expect(readdirSync(join(folder, "etc/tls"))).toEqual(["member.crt", "member.key"]);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const text = openssl("x509", "-in", crt, "-noout", "-text");
    expect(text).toMatch(/Subject: O = system:nodes, CN = system:node:node1\n/);
    expect(text).toMatch(/DNS:node1, IP Address:10\.0\.0\.1\n/);
    expect(text).toMatch(/TLS Web Server Authentication, TLS Web Client Authentication\n/);
    expect(text).toMatch(/CA:FALSE\n/);
    for (const purpose of ["sslserver", "sslclient"]) {
        expect(openssl("verify", "-CAfile", join(folder, "first.crt"), "-purpose", purpose, crt)).toMatch(/OK/);
    }
    expect(bash(put())).toMatchObject({ code: 0, changes: [], error: "" });
});

it("makes anew once what is older than the flag of a renewal", () => {
    const before = readFileSync(crt, "utf8");
    writeFileSync(join(folder, "renew"), "");
    const renewed = `renew_flag=$folder/renew; ${put()}`;
    expect(bash(renewed).changes).toEqual(made);
    expect(readFileSync(crt, "utf8")).not.toBe(before);
    expect(bash(renewed).changes).toEqual([]);
});

it("gives a key of root's alone to nobody else", () => {
    expect(bash(put(subject, undefined, undefined, "root:root")).modes).toEqual([`mode ${key} 0600 root:root`, `mode ${crt} 0644 root:root`]);
});

it.each<[string, string, Record<string, string>?]>([
    ["another subject", put("/O=system:nodes/CN=system:node:node2")],
    ["another group of the subject", put("/O=system:masters/CN=system:node:node1")],
    ["one more part of the subject", put("/O=system:nodes/OU=x/CN=system:node:node1")],
    ["another usage", put(subject, "clientAuth")],
    ["more usage", put(subject, "clientAuth,serverAuth")],
    ["other names", put(subject, undefined, "DNS:node1,IP:10.0.0.2")],
    ["fewer names", put(subject, undefined, "DNS:node1")],
    ["no names", put(subject, undefined, "")],
    ["another authority of the same name", put(), { by: "second" }],
    ["too few days left", put(), { days: "30" }],
    ["a lost key", `rm "$folder/etc/tls/member.key"; ${put()}`],
    ["a lost certificate", `rm "$folder/etc/tls/member.crt"; ${put()}`],
    ["a key that is another's", `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$folder/etc/tls/member.key" 2>/dev/null; ${put()}`],
    ["what a run left half", `: >"$folder/etc/tls/member.crt"; mkdir "$folder/etc/tls/.certificate.abc"; : >"$folder/etc/tls/.certificate.abc/key"; ${put()}`],
])("makes them anew for %s, once", (_, body, more = {}) => {
    bash(put());
    if (more.days) {
        bash(`undo_certificate "$folder/etc/tls/member"; ${body}`, more);
        expect(bash(put()).changes).toEqual(made);
    } else {
        expect(bash(body, more)).toMatchObject({ code: 0, error: "", changes: [expect.stringContaining("made a certificate for") as unknown] });
        expect(bash(body.replace(/^.*; (?=put)/, ""), more).changes).toEqual([]);
    }
    expect(readdirSync(join(folder, "etc/tls"))).toEqual(["member.crt", "member.key"]);
});

it("has a print of certificates, for a unit that is to start anew with them", () => {
    bash(put());
    const print = (...names: string[]) => bash(`certificate_print ${names.map((name) => `"$folder/etc/tls/${name}"`).join(" ")}`).changes;
    const [one = ""] = print("member");
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(print("member")).toEqual([one]);
    expect(print("member", "other")).not.toEqual([one]);
    bash(put(subject, "clientAuth"));
    expect(print("member")).not.toEqual([one]);
});

it("does not make one by a key that is another authority's, and quotes none", () => {
    writeFileSync(join(folder, "wrong.crt"), readFileSync(join(folder, "first.crt")));
    writeFileSync(join(folder, "wrong.key"), readFileSync(join(folder, "second.key")));
    bash(`undo_certificate "$folder/etc/tls/member"`);
    const failed = bash(put(), { by: "wrong" });
    expect(failed.code).toBe(1);
    expect(failed.error).toMatch(/^datacentre: test on here: openssl could not make a certificate for system:node:node1\n.*belong together.*\n$/);
    expect(failed.error).not.toContain(readFileSync(join(folder, "second.key"), "utf8").split("\n")[1]);
    expect(readdirSync(join(folder, "etc/tls"))).toEqual([]);
});

it("says that a host's clock is late, to which its authority is not valid yet", () => {
    const late = `openssl() { if [ "$1" = verify ]; then echo "error 9 at 1 depth lookup: certificate is not yet valid"; return 2; fi; command openssl "$@"; }`;
    expect(bash(`${late}; ${put()}`).error).toMatch(/does not hold: .*not yet valid[^]*remedy: compare this host's clock/);
    expect(readdirSync(join(folder, "etc/tls"))).toEqual([]);
});

it.each([
    ["OpenSSL 1.0.2k-fips  26 Jan 2017", 1],
    ["OpenSSL 1.1.0l  10 Sep 2019", 1],
    ["OpenSSL 1.1.1w  11 Sep 2023", 0],
    ["OpenSSL 3.0.19 27 Jan 2026 (Library: OpenSSL 3.0.19 27 Jan 2026)", 0],
    ["OpenSSL 10.0.0", 0],
])("by %s: status %i", (version, code) => {
    const openssl = `openssl() { if [ "$1" = version ]; then echo '${version}'; else command openssl "$@"; fi; }`;
    expect(bash(`${openssl}; ${put()}`).code).toBe(code);
});

it("gives the authority's key to openssl past every argument list and file", () => {
    const calls = join(folder, "calls");
    const watched = `openssl() { printf '%s\\n' "$*" >>"${calls}"; command openssl "$@"; }`;
    expect(bash(`${watched}; ${put()}`).code).toBe(0);
    const line = readFileSync(join(folder, "first.key"), "utf8").split("\n")[1]!;
    expect(readFileSync(calls, "utf8")).not.toContain(line);
    expect(spawnSync("grep", ["-rlF", line, join(folder, "etc"), join(folder, "log")], { encoding: "utf8" }).stdout).toBe("");
});

it("is undone to nothing", () => {
    bash(put());
    expect(bash(`undo_certificate "$folder/etc/tls/member"`).changes).toEqual([`removed ${key}`, `removed ${crt}`]);
    expect(readdirSync(join(folder, "etc/tls"))).toEqual([]);
    expect(bash(`undo_certificate "$folder/etc/tls/member"`).changes).toEqual([]);
});
