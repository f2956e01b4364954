/** The real apt against a publisher of the test's own: what it says of signatures, and what it takes of a repository that has more. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describedRepositories } from "../../components/packages/repositories";
import { root } from "../../components/step/program";
import { systems } from "../../components/systems";
import { Keyring, layOut, makeDeb, Publisher, type Key } from "../published-repository";
import { sampleDataCentre } from "./sample";

const folder = mkdtempSync(join(tmpdir(), "apt-"));
const at = (path: string): string => join(folder, path);
const ring = new Keyring();
const publisher = new Publisher(at("www"));
const plain = new Publisher(at("plain"));
let key: Key;

beforeAll(async () => {
    key = ring.make("right");
    await Promise.all([publisher.listen(), plain.listen()]);
});
afterAll(async () => {
    await Promise.all([publisher.close(), plain.close()]);
    ring.close();
    rmSync(folder, { recursive: true });
});
beforeEach(() => ["etc/sources.list.d", "etc/preferences.d", "lists/partial", "cache/archives/partial", "www", "plain"].forEach((one) => mkdirSync(at(one), { recursive: true })));
afterEach(() => ["etc", "lists", "cache", "www", "plain"].forEach((one) => rmSync(at(one), { recursive: true, force: true })));

const url = () => `http://127.0.0.1:${publisher.port}`;

/** Lines of bash after the package interface, with apt's places below the test's folder. */
function bash(lines: string, given: Key = key): Promise<{ status: number | null; output: string }> {
    writeFileSync(at("etc/mesos.asc"), given.armoured);
    writeFileSync(at("etc/sources.list.d/datacentre-mesos.list"), `deb [signed-by=${at("etc/mesos.asc")}] ${url()} bookworm main\n`);
    writeFileSync(at("etc/sources.list.d/debian.list"), `deb [trusted=yes] http://localhost:${plain.port} bookworm main\n`);
    const places = { "Dir::Etc": at("etc"), "Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": at("etc/sources.list.d"), "Dir::State::Lists": at("lists"), "Dir::Cache": at("cache"), "APT::Sandbox::User": "root" };
    const text = `. ${join(root, "components/step/lib.sh")}; . ${join(root, "components/packages/apt.sh")}
        step=prepare node=here log=${at("log")} apt_home=${at("etc")}; : >"$log"
        apt_from=(${Object.entries(places).map(([name, value]) => `-o ${name}=${value}`).join(" ")} -o Debug::NoLocking=1)
        ${lines}`;
    return new Promise((resolve) => {
        const child = spawn("bash", ["-c", text]);
        let output = "";
        [child.stdout, child.stderr].forEach((stream) => stream.on("data", (data: Buffer) => (output += data.toString())));
        child.on("close", (status) => resolve({ status, output }));
    });
}

function publish(by: Key, time = "", packages = [["aventer-mesos", "1.11.0-0.9.0"]]): void {
    const release = layOut(at("www"), "bookworm", packages.map(([name = "", version = ""]) => makeDeb(folder, name, version)));
    writeFileSync(at("www/dists/bookworm/InRelease"), ring.sign(release, by, "inline", time));
    writeFileSync(at("plain/Release"), "");
    writeFileSync(at("plain/dists-made"), "");
    const other = layOut(at("plain"), "bookworm", [makeDeb(folder, "zookeeper", "3.8.0-1")]);
    writeFileSync(at("plain/dists/bookworm/Release"), other);
}

it("takes a package of a repository that is signed with its key", async () => {
    publish(key);
    expect(await bash("apt_update; apt_pick aventer-mesos=1.11.0; echo ${picks[*]}")).toEqual({ status: 0, output: "aventer-mesos=1.11.0-0.9.0\n" });
});

it("says of an expired key that it has, and where a newer one goes", async () => {
    const ended = ring.make("ended", "1y", "20200101T000000");
    publish(ended, "20200201T000000");
    const { status, output } = await bash("apt_update", ended);
    expect(status).toBe(1);
    expect(output).toContain(`${url()} is signed with the key ${ended.fingerprint.slice(-16)}, which has expired (EXPKEYSIG)\n  remedy: give the publisher's newer key in datacentre:sources.mesos.key`);
});

it("says of another's signature whose it is", async () => {
    const other = ring.make("other");
    publish(other);
    const { status, output } = await bash("apt_update");
    expect(status).toBe(1);
    expect(output).toMatch(new RegExp(`signed by another key, ${other.fingerprint.slice(-16)}, .*\\(NO_PUBKEY\\)\n {2}remedy: if the publisher says elsewhere .*sources\\.mesos\\.key, with its keyFingerprint`));
});

it("says of an index that was changed that nobody signed it", async () => {
    publish(key);
    const release = ring.sign("Suite: bookworm\nCodename: bookworm\n", key, "inline").toString().replace("Suite: bookworm", "Suite: bookwork");
    writeFileSync(at("www/dists/bookworm/InRelease"), release);
    const { status, output } = await bash("apt_update");
    expect(status).toBe(1);
    expect(output).toMatch(/is not what its publisher has signed: .*BADSIG.*\n {2}remedy: try again later.*install nothing from there/);
});

it("says so as well where apt goes on with the lists of before, and these have not what is wanted", async () => {
    publish(key);
    expect((await bash("apt_update")).status).toBe(0);
    const other = ring.make("other-later");
    publish(other, "", [["aventer-mesos", "1.11.0-0.10.0"]]);
    const { status, output } = await bash("apt_pick aventer-mesos=1.11.0-0.10.0");
    expect(status).toBe(1);
    expect(output).toMatch(/signed by another key/);
});

it("names no source of datacentre's where the one at fault is none", async () => {
    publish(key);
    const other = ring.make("foreign");
    writeFileSync(at("plain/dists/bookworm/InRelease"), ring.sign("Suite: bookworm\n", other, "inline"));
    const { output } = await bash(`sed -i 's/trusted=yes/signed-by=${at("etc/mesos.asc").replaceAll("/", "\\/")}/' ${at("etc/sources.list.d/debian.list")}; apt_update`);
    expect(output).toMatch(/another key.*\n.*put the newer key of that publisher.*none of this program/);
});

const spoken = (call: string, log: string) =>
    bash(`cat >"$log" <<'END'\n${log}\nEND\n. ${join(root, "components/packages/yum.sh")}\n${call} || exit 3; printf '%s\\n%s' "$why" "$remedy"`);

// Sources: apt 3.0, methods/sqv.cc; sequoia-sqv.
it.each([
    ["Missing key 6ED0E7B82643E131, which is needed to verify signature.", /another key, 6ED0E7B82643E131/],
    ["Signing key on BA227EBC312D2E43498A533963F8CEE149ACA59E is bad: the certificate expired on 2026-09-28T10:00:00Z", /BA227EBC312D2E43498A533963F8CEE149ACA59E, which has expired/],
    ["Verifying signature: Message has been manipulated", /is not what its publisher has signed/],
])("knows Sequoia's words as well: %s", async (words, told) => {
    const said = `OpenPGP signature verification failed: ${url()} bookworm InRelease: Sub-process /usr/bin/sqv returned an error code (1), error message is: ${words}`;
    const { output } = await spoken("apt_signature_fault", `Get:1 x\nWarning: ${said}\nError: The repository '${url()} bookworm InRelease' is not signed.`);
    expect(output).toMatch(told);
});

it("finds no signature at fault where the network is", async () => {
    expect((await spoken("apt_signature_fault", `Err:1 ${url()} bookworm InRelease\nE: Failed to fetch ${url()}/x  Connection refused`)).status).toBe(3);
    expect((await spoken("yum_signature_fault", "Error: Failed to download metadata for repo 'datacentre-mesos'")).status).toBe(3);
});

it("names the source whose packages dnf finds signed by another", async () => {
    const { output } = await spoken("yum_signature_fault", `The GPG keys listed for the "mesos, for datacentre" repository are already installed but they are not correct for this package.
Check that the correct key URLs are configured for this repository.. Failing package is: mesos-1.11.0-0.9.0.el9.x86_64
 GPG Keys are configured as: file:///etc/pki/rpm-gpg/datacentre-mesos
Error: GPG check FAILED`);
    expect(output).toMatch(/not signed with the key that is given[^]*datacentre:sources\.mesos\.key/);
});

describe("of a publisher that has more than it is asked for", () => {
    const apt = { url: "http://127.0.0.1/x", suite: "bookworm", components: ["main"] };
    const preferences = () => {
        const dc = sampleDataCentre((raw) => {
            raw.sources = { ...raw.sources, mesos: { kind: "repository", distribution: "clusterd", apt, key: key.armoured } };
        });
        return describedRepositories(systems, dc, dc.nodes[0]!, "apt").flatMap(({ origin }) => origin ?? []);
    };

    it("is told its programs' names, and the publisher's host", () => {
        expect(preferences()).toEqual([{ host: "127.0.0.1", preferences: expect.stringMatching(/^Package: \*\nPin: origin "127\.0\.0\.1"\nPin-Priority: 1\n\nPackage: aventer-mesos\n/) }]);
    });

    it("takes the programs, and what others have as well from these", async () => {
        publish(key, "", [["aventer-mesos", "1.11.0-0.9.0"], ["zookeeper", "3.8.0-99"], ["only-here", "1.0"]]);
        const pick = "apt_update; apt_pick aventer-mesos zookeeper=3.8.0; echo ${picks[*]}; apt-cache \"${apt_from[@]}\" policy zookeeper only-here | grep Candidate";
        expect((await bash(pick)).output).toBe("aventer-mesos=1.11.0-0.9.0 zookeeper=3.8.0-99\n  Candidate: 3.8.0-99\n  Candidate: 1.0\n");
        writeFileSync(at("etc/preferences.d/datacentre-mesos"), preferences()[0]!.preferences);
        expect((await bash(pick)).output).toBe("aventer-mesos=1.11.0-0.9.0 zookeeper=3.8.0-1\n  Candidate: 3.8.0-1\n  Candidate: 1.0\n");
    });
});
