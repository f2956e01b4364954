import { dockerLeaf } from "../../components/docker/schema";
import { etcdLeaf } from "../../components/etcd/schema";
import { glusterfsLeaf } from "../../components/glusterfs/schema";
import { zookeeperLeaf } from "../../components/zookeeper/schema";
import { fits, packagesOf, sourceOf, versionsOf } from "../../config/catalogue";
import { begins, compareVersions, isWithin } from "../../config/version";
import { archive, check, type Edit } from "./good";

const openjdk = "openjdk-17-jre-headless|openjdk-21-jre-headless|openjdk-11-jre-headless|openjdk-8-jre-headless";
const javaOpenjdk = "java-17-openjdk-headless|java-21-openjdk-headless|java-11-openjdk-headless|java-1.8.0-openjdk-headless";

const described = (edit?: Edit) => check(edit).dataCentre!;

it("names Debian's packages with their versions", () => {
    const dc = described();
    expect(packagesOf(dockerLeaf, dc, "apt")).toEqual(["docker.io=20.10.24|docker-ce,docker-ce-cli~18.09:28|moby-engine,moby-cli~18.09:28"]);
    expect(packagesOf(glusterfsLeaf, dc, "apt")).toEqual(["glusterfs-server=10.3", "glusterfs-client=10.3"]);
    expect(packagesOf(zookeeperLeaf, dc, "apt")).toEqual(["zookeeper=3.8.0", openjdk]);
    expect(packagesOf(etcdLeaf, dc, "apt")).toEqual(["etcd-server=3.4.23", "etcd-client=3.4.23"]);
});

it("names the yum family's packages", () => {
    const dc = described({ "versions.etcd": "3.2" });
    expect(packagesOf(dockerLeaf, dc, "yum")).toEqual(["docker-ce=20.10.24", "docker-ce-cli=20.10.24", "containerd.io"]);
    expect(packagesOf(etcdLeaf, dc, "yum")).toEqual(["etcd=3.2.15"]);
});

it("leaves only what an archive's program runs on", () => {
    const dc = described({ versions: { zookeeper: "3.9.3", etcd: "3.5.21" }, sources: { zookeeper: archive, etcd: archive } });
    expect(packagesOf(zookeeperLeaf, dc, "apt")).toEqual([openjdk]);
    expect(packagesOf(zookeeperLeaf, dc, "yum")).toEqual([javaOpenjdk]);
    expect(packagesOf(etcdLeaf, dc, "apt")).toEqual([]);
    expect(sourceOf(etcdLeaf, dc)).toEqual({ ...archive, version: "3.5.21" });
});

it("leaves a series that works to the hosts' sources, and takes the catalogue's where nothing or more is wished", () => {
    expect(sourceOf(etcdLeaf, described({ "versions.etcd": "3.4" }))).toEqual({ kind: "package", version: "3.4" });
    expect(sourceOf(etcdLeaf, described({ "versions.etcd": "3" }))).toEqual({ kind: "package", version: "3.4.23" });
    expect(sourceOf(etcdLeaf, described({ "versions.etcd": "3.2" }))).toEqual({ kind: "package", version: "3.2.15" });
    expect(sourceOf(etcdLeaf, described())).toEqual({ kind: "package", version: "3.4.23" });
    expect([fits("3.4.23", "3.4"), fits("3.4.23", "3.4.23"), fits("3.40.1", "3.4"), fits("3.4", "3.4.23")]).toEqual([
        true,
        true,
        false,
        false,
    ]);
});

it("looks for a version that is in no entry by the names of the nearest one", () => {
    expect(packagesOf(dockerLeaf, described({ "versions.docker": "24" }), "apt")).toEqual(["docker.io=24|docker-ce,docker-ce-cli=24|moby-engine,moby-cli=24"]);
    expect(packagesOf(dockerLeaf, described({ "versions.docker": "27.5" }), "apt")).toEqual([
        "docker.io,docker-cli=27.5|docker.io=27.5|docker-ce,docker-ce-cli=27.5|moby-engine,moby-cli=27.5",
    ]);
    const repository = { kind: "repository", apt: { url: "file:///srv/docker" } };
    expect(packagesOf(dockerLeaf, described({ "sources.docker": repository }), "apt")).toEqual([
        "docker-ce,docker-ce-cli=20.10.24|moby-engine,moby-cli=20.10.24|docker.io=20.10.24",
    ]);
    expect(packagesOf(dockerLeaf, described({ "versions.docker": "19.03" }), "yum")).toEqual(["docker-ce=19.03", "docker-ce-cli=19.03", "containerd.io"]);
    expect(packagesOf(glusterfsLeaf, described({ "versions.glusterfs": "11" }), "apt")).toEqual(["glusterfs-server=11", "glusterfs-client=11"]);
});

it("knows what is within bounds, and what a version begins with", () => {
    const etcd = { from: "3.3", to: "3.6" };
    expect(["3.2.32", "3.3", "3.4.30", "3.6.9", "3.7", "3", "4"].map((wish) => isWithin(wish, etcd))).toEqual([false, true, true, true, false, false, false]);
    expect(["18.06", "18.09", "20", "28.5.2", "29"].map((wish) => isWithin(wish, { from: "18.09", to: "28" }))).toEqual([false, true, true, true, false]);
    expect([begins("3.4.23-4", "3.4"), begins("3.40", "3.4"), begins("24.0.7-0ubuntu4", "24"), begins("x", ""), begins("240", "24")]).toEqual([true, false, true, true, false]);
    expect(compareVersions("3.10", "3.9")).toBeGreaterThan(0);
});

it("has no version twice, and each in a form that a description can ask for", () => {
    for (const leaf of [dockerLeaf, glusterfsLeaf, zookeeperLeaf, etcdLeaf]) {
        const versions = versionsOf(leaf);
        expect(new Set(versions).size).toBe(versions.length);
        versions.forEach((version) => {
            expect(described({ [`versions.${leaf.name}`]: version }).versions[leaf.name]).toBe(version);
        });
        leaf.catalogue.forEach((entry) => expect(entry.note).not.toBe(""));
    }
});
