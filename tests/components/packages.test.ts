/** Which of several packages a host takes: by the real bash on hosts that are told of, and the same for verify and bundles. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { choicesOf } from "../../components/packages/choices";
import { root } from "../../components/step/program";

type Packages = Readonly<Record<string, string>>;
interface HostOf {
    /** Name and version of what is installed. */
    readonly has?: Packages;
    /** Of what the sources offer. */
    readonly offers?: Packages;
    /** What they offer once they were read again. */
    readonly after?: Packages;
}

const cases = (of: Packages): string => Object.entries(of).map(([name, version]) => `${name}) echo "${version}" ;;`).join(" ");
const madison = (of: Packages): string =>
    Object.entries(of).map(([name, versions]) => `${name}) printf '%s\\n' ${versions.split(" ").map((version) => `'${name} | ${version} | x'`).join(" ")} ;;`).join(" ");

/** What a wish comes to, or the error. */
function choose({ has = {}, offers = {}, after = offers }: HostOf, ...specs: string[]): string {
    const text = `set -eu; family=apt; updated=
fail() { echo "error: $1. $2"; exit 1; }
. ${join(root, "components/packages/apt.sh")}; . ${join(root, "components/packages/choices.sh")}
apt_version() { case $1 in ${cases(has)} esac; }
apt-cache() { if [ -z "$updated" ]; then case \${*: -1} in ${madison(offers)} esac; else case \${*: -1} in ${madison(after)} esac; fi; }
apt_update() { updated=yes; }
choose ${specs.map((spec) => `'${spec}'`).join(" ")}; echo "\${specs[*]-}"`.replaceAll("\\$", "$");
    const { stdout, stderr } = spawnSync("bash", ["-c", text], { encoding: "utf8" });
    return stdout.trim() + stderr;
}

const java = "openjdk-17|openjdk-21|openjdk-11";
const docker = "docker.io,docker-cli=26|docker.io=26|docker-ce,docker-ce-cli=26";
const unsaid = "docker.io=20.10.24|docker-ce,docker-ce-cli~18.09:28";
const debian13 = { "docker.io": "26.1.5+dfsg1-9", "docker-cli": "26.1.5+dfsg1-9", "openjdk-21": "21.0.1" };

describe("of packages that go by several names", () => {
    it.each<[string, HostOf, string, string]>([
        ["the best that is offered", { offers: { "openjdk-11": "11.0.2", "openjdk-17": "17.0.1" } }, java, "openjdk-17"],
        ["what is offered, on a release without the best", { offers: { "openjdk-11": "11.0.2" } }, java, "openjdk-11"],
        ["one that is there, whatever is offered", { has: { "openjdk-11": "11.0.2" }, offers: { "openjdk-17": "17.0.1" } }, java, "openjdk-11"],
        ["what is offered once the sources have been read", { after: { "openjdk-21": "21.0.1" } }, java, "openjdk-21"],
        ["engine and client where they are two packages", { offers: debian13 }, docker, "docker.io=26 docker-cli=26"],
        ["the engine alone where the client is in it", { offers: { "docker.io": "26.1.3-0ubuntu1" } }, docker, "docker.io=26"],
        ["a client for an engine that came without", { has: { "docker.io": "26.1.5" }, offers: debian13 }, docker, "docker.io=26 docker-cli=26"],
        ["Docker's own, where it is there", { has: { "docker-ce": "26.1.4-1", "docker-ce-cli": "26.1.4-1" }, offers: debian13 }, docker, "docker-ce=26 docker-ce-cli=26"],
        ["Docker's own in the described version", { has: { "docker-ce": "25.0.1", "docker-ce-cli": "25.0.1" }, offers: { ...debian13, "docker-ce": "26.1.4", "docker-ce-cli": "26.1.4" } }, docker, "docker-ce=26 docker-ce-cli=26"],
        ["nothing for one that stays as it is", { has: { "docker-ce": "27.3.1-1", "docker-ce-cli": "27.3.1-1" }, offers: { "docker.io": "20.10.24" } }, unsaid, ""],
        ["the catalogue's where nothing is there", { offers: { "docker.io": "20.10.24+dfsg1", "docker-ce": "24.0.7" } }, unsaid, "docker.io=20.10.24"],
        ["a plain one without being asked", {}, "curl", "curl"],
        ["a plain one with its version", {}, "etcd-server=3.4", "etcd-server=3.4"],
    ])("takes %s", (_, host, spec, expected) => {
        expect(choose(host, spec)).toBe(expected);
    });

    it.each<[string, HostOf, string, RegExp]>([
        ["none is offered", { offers: { "openjdk-25": "25" } }, java, /offers openjdk-17 or openjdk-21 or openjdk-11\. add a source/],
        ["none in this version", { offers: { "docker.io": "20.10.24+dfsg1-1 20.10.5+dfsg1-1" } }, "docker.io=26|docker-ce=26", /offers docker\.io of version 26 or docker-ce of version 26; of docker\.io they have 20\.10\.24\+dfsg1-1, 20\.10\.5/],
        ["what is there does not work", { has: { "docker-ce": "29.1.3", "docker-ce-cli": "29.1.3" }, offers: { "docker.io": "20.10.24" } }, unsaid, /docker-ce 29\.1\.3 is on this host, and what works is 18\.09 to 28\./],
        ["part of it is missing", { has: { "docker-ce": "24.0.7" }, offers: { "docker.io": "20.10.24" } }, unsaid, /docker-ce 24\.0\.7 is on this host, and docker-ce-cli, which goes with it, is missing\. install docker-ce-cli/],
        ["what is there is another", { has: { "docker-ce": "25.0.1", "docker-ce-cli": "25.0.1" }, offers: debian13 }, docker, /docker-ce 25\.0\.1 is on this host, 26 is described, and no package source/],
    ])("says that %s", (_, host, spec, expected) => {
        expect(choose(host, spec)).toMatch(expected);
    });

    it("takes no version for another that it begins", () => {
        const pick = (wish: string): string => {
            const text = `. ${join(root, "components/packages/apt.sh")}; apt-cache() { printf 'a | 3.40-1 | x\\na | 1:3.4.23-4 | x\\n'; }; apt_candidate a '${wish}'`;
            return spawnSync("bash", ["-c", text], { encoding: "utf8" }).stdout.trim();
        };
        expect([pick("3.4"), pick("3.40"), pick(""), pick("3.4.2")]).toEqual(["a=1:3.4.23-4", "a=3.40-1", "a=3.40-1", ""]);
    });

    it("knows which versions bounds hold", () => {
        const text = `. ${join(root, "components/packages/choices.sh")}; for v in 18.06.3 18.09.9 20.10.24+dfsg1 28.5.2-1 29.1 280; do is_between "$v" 18.09:28 && echo "$v"; done; true`;
        const inBash = spawnSync("bash", ["-c", text], { encoding: "utf8" }).stdout.trim().split("\n");
        const [kept] = choicesOf("docker-ce~18.09:28");
        expect(inBash).toEqual(["18.09.9", "20.10.24+dfsg1", "28.5.2-1"]);
        expect(["18.06.3", "18.09.9", "20.10.24+dfsg1", "28.5.2-1", "29.1", "280"].filter((version) => kept?.fits(version))).toEqual(inBash);
    });
});

it("brings into a bundle what the image's sources have, and names the first where they have none", () => {
    const text = `set -eu; family=apt; . ${join(root, "components/packages/choices.sh")}
. <(sed 's:</input/wanted:<<<"$WANTED":' ${join(root, "components/bundle/collect.sh")})
apt_offers() { case $1=$2 in docker.io=26|openjdk-11=) ;; *) return 1 ;; esac; }
pick() { echo "$1 $2"; }; each_wanted pick`;
    const wanted = ["chrony", docker, java, "none=1|never=2", "etcd-server=3.4"].join("\n");
    const { stdout } = spawnSync("bash", ["-c", text], { encoding: "utf8", env: { ...process.env, WANTED: wanted } });
    expect(stdout.split("\n")).toEqual(["chrony ", "docker.io 26", "openjdk-11 ", "none 1", "etcd-server 3.4", ""]);
});

it("takes a choice apart as hosts do", () => {
    expect(choicesOf(docker).map(({ names, wish, isKept }) => [names, wish, isKept])).toEqual([
        [["docker.io", "docker-cli"], "26", false],
        [["docker.io"], "26", false],
        [["docker-ce", "docker-ce-cli"], "26", false],
    ]);
    expect(choicesOf("curl")[0]?.fits("7.88")).toBe(true);
    expect(choicesOf("curl")[0]?.fits(undefined)).toBe(false);
    expect(choicesOf("etcd=3.4")[0]?.fits("3.40.1")).toBe(false);
});
