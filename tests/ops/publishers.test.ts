/** What publishers have, by real signatures and a server of the test's own: a repository, a key, images. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { lookAtApt } from "../../ops/publishers/apt";
import { compareVersions } from "../../ops/publishers/debian-version";
import { Unusable } from "../../ops/publishers/fetch";
import { lookAtImage } from "../../ops/publishers/image";
import { pinnedKey } from "../../ops/publishers/keys";
import { lookAtYum } from "../../ops/publishers/yum";
import { fetchedKeys } from "../../ops/stack/fetched-keys";
import { Keyring, layOut, makeDeb, Publisher, type Key } from "../published-repository";

const folder = mkdtempSync(join(tmpdir(), "publishers-"));
const www = join(folder, "www");
const ring = new Keyring();
const publisher = new Publisher(www);
const architecture = execFileSync("dpkg", ["--print-architecture"]).toString().trim();
let key: Key, other: Key, ended: Key;
let url: string;

beforeAll(async () => {
    [key, other, ended] = [ring.make("right"), ring.make("other"), ring.make("ended", "1y", "20200101T000000")];
    await publisher.listen();
});
afterAll(async () => {
    await publisher.close();
    ring.close();
    rmSync(folder, { recursive: true });
});
beforeEach(() => {
    rmSync(www, { recursive: true, force: true });
    mkdirSync(www);
    publisher.answers.clear();
    url = `http://127.0.0.1:${publisher.port}`;
});

const dists = (file: string): string => join(www, "dists/bookworm", file);

/** A repository as it should be, signed by whom and how the test says. */
interface Published {
    readonly by?: Key;
    readonly at?: string;
    readonly how?: "inline" | "detached";
    readonly fields?: Readonly<Record<string, string>>;
    readonly versions?: readonly string[];
}

function publish({ by = key, at = "", how = "inline", fields = {}, versions = ["1.11.0-0.9.0", "1.11.0-0.10.0"] }: Published = {}): void {
    const release = layOut(www, "bookworm", versions.map((version) => makeDeb(folder, "aventer-mesos", version)), fields);
    if (how === "inline") {
        writeFileSync(dists("InRelease"), ring.sign(release, by, how, at));
    } else {
        writeFileSync(dists("Release"), release);
        writeFileSync(dists("Release.gpg"), ring.sign(release, by, how, at));
    }
}

const wanted = (version = "1.11.0-0.") => [{ name: "aventer-mesos", version }];
const look = (version?: string, armoured = key.armoured) =>
    lookAtApt("mesos", { url: `${url}/`, suite: "bookworm", components: ["main"] }, armoured, wanted(version), architecture);
const refused = async (looked: Promise<unknown>): Promise<string> => {
    const error: unknown = await looked.then(
        () => "it was taken",
        (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Unusable);
    return `${(error as Unusable).message}. ${(error as Unusable).remedy}`;
};

describe("a repository", () => {
    it.each(["inline", "detached"] as const)("is taken that is whole and signed with the key, %s", async (how) => {
        publish({ how });
        const [found, ...more] = await look();
        expect(more).toEqual([]);
        expect(found).toMatchObject({ name: "aventer-mesos", version: "1.11.0-0.10.0" });
        expect((await look("1.11.0-0.9"))[0]?.version).toBe("1.11.0-0.9.0");
    });

    it("is refused by an expired key, with its day", async () => {
        publish({ by: ended, at: "20200201T000000" });
        expect(await refused(look(undefined, ended.armoured))).toMatch(
            /InRelease is signed with the key .* which expired on 2020-12-31\. give the publisher's newer key in datacentre:sources\.mesos\.key/,
        );
        const newer = ring.extend(ended.fingerprint, "never");
        expect(await look(undefined, newer.armoured)).toHaveLength(1);
    });

    it.each(["inline", "detached"] as const)("is refused that another has signed, %s", async (how) => {
        publish({ by: other, how });
        expect(await refused(look())).toMatch(new RegExp(`signed by another key, ${other.fingerprint.slice(-16)}, and not by .*keyFingerprint`));
    });

    it("is refused whose index was changed", async () => {
        publish();
        writeFileSync(dists("InRelease"), readFileSync(dists("InRelease"), "utf8").replace("Label: test", "Label: mine"));
        expect(await refused(look())).toMatch(/is not what was signed.*use nothing of it/);
    });

    it("goes by what was signed, and not by what stands around it", async () => {
        publish();
        const signed = readFileSync(dists("InRelease"), "utf8");
        const evil = layOut(www, "bookworm", [makeDeb(folder, "aventer-mesos", "1.11.0-0.99.0")]);
        writeFileSync(dists("InRelease"), `${evil}\n${signed}`);
        expect(await refused(look())).toMatch(/has the sha256|is not there|has no signature/);
    });

    it("is refused without signature", async () => {
        writeFileSync(join(www, "x"), "");
        const release = layOut(www, "bookworm", [makeDeb(folder, "aventer-mesos", "1.11.0-0.9.0")]);
        writeFileSync(dists("Release"), release);
        expect(await refused(look())).toMatch(/has no signature/);
        writeFileSync(dists("InRelease"), release);
        expect(await refused(look())).toMatch(/has no signature/);
    });

    it("is refused that is half there: a package's file, part of it, or the list", async () => {
        publish({ versions: ["1.11.0-0.9.0"] });
        const deb = join(www, `pool/main/a/aventer-mesos/aventer-mesos_1.11.0-0.9.0_${architecture}.deb`);
        writeFileSync(deb, readFileSync(deb).subarray(1));
        expect(await refused(look())).toMatch(/offers aventer-mesos 1\.11\.0-0\.9\.0, and its file .* has \d+ bytes in place of \d+/);
        unlinkSync(deb);
        expect(await refused(look())).toMatch(/its file http.*_1\.11\.0-0\.9\.0_.*deb is not there \(404\)\. .*try again later/);
        writeFileSync(dists(`main/binary-${architecture}/Packages`), "Package: aventer-mesos\n");
        expect(await refused(look())).toMatch(/has the sha256 [0-9a-f]{64}, and the signed index says/);
        unlinkSync(dists(`main/binary-${architecture}/Packages`));
        expect(await refused(look())).toMatch(/Packages is not there \(404\)/);
    });

    it("is refused that has not the version, and says which it has", async () => {
        publish({ versions: ["1.11.0-0.8.0"] });
        expect(await refused(look("1.11.0-0.9.0"))).toMatch(/does not offer aventer-mesos 1\.11\.0-0\.9\.0: it has 1\.11\.0-0\.8\.0\. .*datacentre:versions/);
    });

    it("is refused whose index is out of date, as apt refuses it", async () => {
        publish({ fields: { "Valid-Until": "Wed, 01 Jan 2025 00:00:00 UTC" } });
        expect(await refused(look())).toMatch(/was good until Wed, 01 Jan 2025/);
    });

    it("is told of that is not there, and of a server that is not", async () => {
        expect(await refused(look())).toMatch(/there is no repository at .*dists\/bookworm/);
        publisher.answers.set("/dists/bookworm/InRelease", () => ({ status: 403 }));
        expect(await refused(look())).toMatch(/InRelease is refused \(403\)/);
        const gone = new Publisher(www);
        await gone.listen();
        url = `http://127.0.0.1:${gone.port}`;
        await gone.close();
        expect(await refused(look())).toMatch(/is not reached: ECONNREFUSED/);
    });

    it("may be flat", async () => {
        const deb = makeDeb(folder, "aventer-mesos", "1.11.0-0.9.0");
        writeFileSync(join(www, "one.deb"), readFileSync(deb));
        const packages = `${execFileSync("dpkg-deb", ["-f", deb]).toString()}Filename: ./one.deb\nSize: ${readFileSync(deb).length}\n`;
        writeFileSync(join(www, "Packages"), packages);
        const sum = execFileSync("sha256sum", [join(www, "Packages")]).toString().slice(0, 64);
        writeFileSync(join(www, "InRelease"), ring.sign(`Suite: flat\nSHA256:\n ${sum} ${packages.length} Packages\n`, key, "inline"));
        expect(await lookAtApt("mesos", { url, suite: "./", components: [] }, key.armoured, wanted(), architecture)).toMatchObject([{ url: `${url}/one.deb` }]);
    });
});

it("orders versions as dpkg does", () => {
    const versions = ["1.0", "1.0-1", "1.0~rc1", "1.10", "1.9", "1:0.1", "1.11.0-0.9.0", "1.11.0-0.10.0", "1.11.0-0.9.0.ubuntu2404", "1.0+b1", "1.0a", "1.0-1~bpo1"];
    const is = (a: string, how: string, b: string): boolean => {
        try {
            execFileSync("dpkg", ["--compare-versions", a, how, b]);
            return true;
        } catch {
            return false;
        }
    };
    const wrong = versions.flatMap((a) => versions.flatMap((b) => (compareVersions(a, b) < 0 === is(a, "lt", b) && compareVersions(a, b) > 0 === is(a, "gt", b) ? [] : [`${a} ${b}`])));
    expect(wrong).toEqual([]);
});

describe("a repository of the yum family", () => {
    function publishYum(): void {
        const primary = `<metadata><package type="rpm"><name>mesos</name><arch>x86_64</arch><version epoch="0" ver="1.11.0" rel="0.9.0.el9"/><size package="3" installed="9"/><location href="mesos.rpm"/></package></metadata>`;
        mkdirSync(join(www, "repodata"));
        writeFileSync(join(www, "repodata/primary.xml"), primary);
        writeFileSync(join(www, "mesos.rpm"), "rpm");
        const sum = execFileSync("sha256sum", [join(www, "repodata/primary.xml")]).toString().slice(0, 64);
        const index = `<repomd><data type="primary"><checksum type="sha256">${sum}</checksum><location href="repodata/primary.xml"/></data></repomd>`;
        writeFileSync(join(www, "repodata/repomd.xml"), index);
    }
    const lookThere = (address = url) => lookAtYum("mesos", { url: address }, key.armoured, [{ name: "mesos", version: "1.11.0" }], "x86_64");
    const asc = () => join(www, "repodata/repomd.xml.asc");

    it("is taken with all that its index names, signed or not", async () => {
        publishYum();
        expect(await lookThere()).toMatchObject([{ version: "1.11.0-0.9.0.el9", url: `${url}/mesos.rpm` }]);
        writeFileSync(asc(), ring.sign(readFileSync(join(www, "repodata/repomd.xml"), "utf8"), key, "detached"));
        expect(await lookThere()).toHaveLength(1);
    });

    it("is refused that another has signed, or that is half there", async () => {
        publishYum();
        writeFileSync(asc(), ring.sign(readFileSync(join(www, "repodata/repomd.xml"), "utf8"), other, "detached"));
        expect(await refused(lookThere())).toMatch(/repomd\.xml is signed by another key/);
        unlinkSync(asc());
        unlinkSync(join(www, "mesos.rpm"));
        expect(await refused(lookThere())).toMatch(/mesos\.rpm is not there \(404\)/);
    });

    it("is not looked at where only hosts know which it is", async () => expect(await refused(lookThere(`${url}/$releasever/$basearch`))).toMatch(/write it out/));
});

describe("a key that is fetched", () => {
    let places: { settings: string };
    const keyless = () => ({ name: "mesos", keyUrl: `${url}/key.asc`, keyFingerprint: key.fingerprint });
    beforeEach(() => (places = { settings: join(mkdtempSync(join(folder, "home-")), "settings.yaml") }));

    it("is taken that is the pinned one, whatever stands around it, and asked for once", async () => {
        writeFileSync(join(www, "key.asc"), `our key:\r\n${key.armoured.replaceAll("\n", "\r\n")}`);
        expect(await pinnedKey(places, keyless())).toBe(key.armoured);
        unlinkSync(join(www, "key.asc"));
        expect(await pinnedKey(places, keyless())).toBe(key.armoured);
        expect(Object.keys(fetchedKeys(places))).toEqual([key.fingerprint]);
    });

    it("is refused that is another one, also beside the right one, or none", async () => {
        for (const text of [other.armoured, key.armoured + other.armoured]) {
            writeFileSync(join(www, "key.asc"), text);
            expect(await refused(pinnedKey(places, keyless()))).toMatch(/key\.asc gives the key .*, and not .*use nothing of it/);
        }
        writeFileSync(join(www, "key.asc"), "<html>not found</html>");
        expect(await refused(pinnedKey(places, keyless()))).toMatch(/no public key/);
        unlinkSync(join(www, "key.asc"));
        expect(await refused(pinnedKey(places, keyless()))).toMatch(/is not there \(404\)/);
        expect(fetchedKeys(places)).toEqual({});
    });

    it("is asked for again when it has ended", async () => {
        const short = ring.make("short", "1y", "20200101T000000");
        const its = { ...keyless(), keyFingerprint: short.fingerprint };
        writeFileSync(join(www, "key.asc"), short.armoured);
        expect(await pinnedKey(places, its)).toBe(short.armoured);
        const later = ring.extend(short.fingerprint, "never");
        writeFileSync(join(www, "key.asc"), later.armoured);
        expect(await pinnedKey(places, its)).toBe(later.armoured);
    });
});

describe("an image", () => {
    const path = "/v2/team/marathon/manifests/v1";
    const image = () => `127.0.0.1:${publisher.port}/team/marathon:v1`;
    const lookThere = () => lookAtImage(image(), [`127.0.0.1:${publisher.port}`], "amd64");
    const digest = { "docker-content-digest": "sha256:abc" };
    const single = (): void => {
        publisher.answers.set(path, () => ({ status: 200, headers: digest, body: JSON.stringify({ config: { digest: "sha256:config" } }) }));
        publisher.answers.set("/v2/team/marathon/blobs/sha256:config", () => ({ status: 200, body: JSON.stringify({ architecture: "amd64" }) }));
    };

    it("is there by its manifest, with its digest", async () => {
        single();
        expect(await lookThere()).toBe("sha256:abc");
    });

    it("is there behind a token that anybody is given", async () => {
        const seen: string[] = [];
        publisher.answers.set(path, ({ authorization }) => {
            seen.push(authorization ?? "nobody");
            const challenge = `Bearer realm="${url}/token",service="lab",scope="repository:team/marathon:pull"`;
            return authorization === "Bearer let-me-in"
                ? { status: 200, headers: digest, body: JSON.stringify({ manifests: [{ platform: { os: "linux", architecture: "arm64" } }, { platform: { os: "linux", architecture: "amd64" } }] }) }
                : { status: 401, headers: { "www-authenticate": challenge } };
        });
        publisher.answers.set("/token", () => ({ status: 200, body: JSON.stringify({ token: "let-me-in" }) }));
        expect(await lookThere()).toBe("sha256:abc");
        expect(seen).toEqual(["nobody", "Bearer let-me-in"]);
    });

    it("is not there, for another machine, or nobody's to pull", async () => {
        expect(await refused(lookThere())).toMatch(/does not give .*marathon:v1 \(404\)/);
        single();
        publisher.answers.set("/v2/team/marathon/blobs/sha256:config", () => ({ status: 200, body: JSON.stringify({ architecture: "arm64" }) }));
        expect(await refused(lookThere())).toMatch(/is for arm64, and this machine is amd64/);
        publisher.answers.set(path, () => ({ status: 200, body: "<html>a proxy's page</html>" }));
        expect(await refused(lookThere())).toMatch(/is no manifest/);
        publisher.answers.set(path, () => ({ status: 401, headers: { "www-authenticate": "Basic realm=x" } }));
        expect(await refused(lookThere())).toMatch(/wants a login/);
    });
});
