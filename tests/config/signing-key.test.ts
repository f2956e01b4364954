/** Keys of repositories: which they are, until when, and what is said of the wrong one. */
import { checkWhole } from "./good";
import { inFours, packetsOf, readKeys } from "../../config/signing-key";
import { Keyring, type Key } from "../published-repository";

const ring = new Keyring();
let good: Key, other: Key, ended: Key;
beforeAll(() => {
    good = ring.make("good", "2y");
    other = ring.make("other");
    ended = ring.make("ended", "1y", "20200101T000000");
});
afterAll(() => ring.close());

it("reads fingerprints and ends as GnuPG does", () => {
    const [{ fingerprint, expires } = { fingerprint: "" }] = readKeys(good.armoured);
    expect(fingerprint).toBe(good.fingerprint);
    expect((expires!.getTime() - Date.now()) / 86_400_000).toBeCloseTo(730, 0);
    expect(readKeys(other.armoured)).toEqual([{ fingerprint: other.fingerprint }]);
    expect(readKeys(ended.armoured)).toEqual([{ fingerprint: ended.fingerprint, expires: new Date("2020-12-31T00:00:00Z") }]);
    expect(readKeys(`${good.armoured}\n${other.armoured}`).map((key) => key.fingerprint)).toEqual([good.fingerprint, other.fingerprint]);
});

it("goes by the newest word of a key about its own end", () => {
    const later = ring.extend(ended.fingerprint, "3y");
    expect(readKeys(later.armoured)[0]?.fingerprint).toBe(ended.fingerprint);
    expect(readKeys(later.armoured)[0]!.expires!.getTime()).toBeGreaterThan(Date.now());
});

it("takes headers and Windows' ends of lines for what they are", () => {
    const [head = "", ...rest] = good.armoured.split("\n");
    const dressed = [head, "Version: GnuPG v2", "Comment: of a publisher", ...rest].join("\r\n");
    expect(packetsOf(dressed)).toEqual(packetsOf(good.armoured));
});

it("refuses what is no key, or cut off", () => {
    const block = (body: string) => `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${body}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
    const cut = packetsOf(good.armoured);
    for (const text of ["", block(""), block("mQ=="), block(cut.subarray(0, 30).toString("base64")), block(Buffer.from("a web page").toString("base64"))]) {
        expect(() => readKeys(text)).toThrow();
    }
});

const repository = (more: object) => ({ kind: "repository", apt: { url: "https://mirror.example/mesos", suite: "bookworm" }, ...more });
const of = ({ faults, warnings }: ReturnType<typeof checkWhole>) => [...faults, ...warnings].map(({ key, problem, remedy, severity }) => [severity, key.replace("datacentre:sources.mesos", ""), `${problem}. ${remedy}`]);
const told = (more: object) => of(checkWhole({ "sources.mesos": repository(more) })).filter(([, key]) => /^(\.key|$)/.test(key ?? ""));

describe("a repository's key", () => {
    it("may be pinned, as people write a fingerprint", () => {
        expect(told({ key: good.armoured })).toEqual([]);
        expect(told({ key: good.armoured, keyFingerprint: inFours(good.fingerprint).toLowerCase() })).toEqual([]);
        expect(told({ key: good.armoured, keyFingerprint: good.fingerprint.slice(8) })).toEqual([["error", ".keyFingerprint", expect.stringMatching(/40 hexadecimal digits/)]]);
    });

    it("is refused where it is another one, or none", () => {
        expect(told({ key: other.armoured, keyFingerprint: good.fingerprint })).toEqual([
            ["error", ".key", expect.stringContaining(`this is the key ${inFours(other.fingerprint)}, and keyFingerprint says ${inFours(good.fingerprint)}`)],
        ]);
        expect(told({ key: `${good.armoured}${other.armoured}`, keyFingerprint: good.fingerprint })).toEqual([["error", ".key", expect.stringContaining(inFours(other.fingerprint))]]);
        expect(told({ key: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n" })).toEqual([["error", ".key", expect.stringMatching(/no public key/)]]);
    });

    it("that has expired is told of, and keeps nobody from the rest", () => {
        expect(told({ key: ended.armoured })).toEqual([["warning", ".key", expect.stringMatching(/expired on 2020-12-31.*newer key/)]]);
    });

    it("that is to be fetched is fetched by make, and pinned", () => {
        const keyUrl = "https://publisher.example/key.asc";
        expect(told({ keyUrl, keyFingerprint: good.fingerprint })).toEqual([["error", ".key", expect.stringMatching(/not fetched yet.*make up.*publisher\.example/)]]);
        expect(told({ keyUrl })).toEqual([["error", ".keyFingerprint", expect.stringMatching(/whatever https:\/\/publisher\.example.*from elsewhere/)]]);
        expect(told({})).toEqual([["error", ".key", expect.stringMatching(/checked by nothing/)]]);
    });
});
