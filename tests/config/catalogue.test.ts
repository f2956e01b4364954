import { dockerLeaf } from "../../components/docker/schema";
import { etcdLeaf } from "../../components/etcd/schema";
import { glusterfsLeaf } from "../../components/glusterfs/schema";
import { zookeeperLeaf } from "../../components/zookeeper/schema";
import { fits, packagesOf, sourceOf, versionsOf } from "../../config/catalogue";
import { archive, check, type Edit } from "./good";

const described = (edit?: Edit) => check(edit).dataCentre!;

it("names Debian's packages with their versions", () => {
    const dc = described();
    expect(packagesOf(dockerLeaf, dc, "apt")).toEqual(["docker.io=20.10.24"]);
    expect(packagesOf(glusterfsLeaf, dc, "apt")).toEqual(["glusterfs-server=10.3", "glusterfs-client=10.3"]);
    expect(packagesOf(zookeeperLeaf, dc, "apt")).toEqual(["zookeeper=3.8.0", "openjdk-17-jre-headless"]);
    expect(packagesOf(etcdLeaf, dc, "apt")).toEqual(["etcd-server=3.4.23", "etcd-client=3.4.23"]);
});

it("names the yum family's packages", () => {
    const dc = described({ "versions.etcd": "3.2" });
    expect(packagesOf(dockerLeaf, dc, "yum")).toEqual(["docker-ce=20.10.24", "docker-ce-cli=20.10.24", "containerd.io"]);
    expect(packagesOf(etcdLeaf, dc, "yum")).toEqual(["etcd=3.2.15"]);
});

it("leaves only what an archive's program runs on", () => {
    const dc = described({ versions: { zookeeper: "3.9.3", etcd: "3.5.21" }, sources: { zookeeper: archive, etcd: archive } });
    expect(packagesOf(zookeeperLeaf, dc, "apt")).toEqual(["openjdk-17-jre-headless"]);
    expect(packagesOf(zookeeperLeaf, dc, "yum")).toEqual(["java-17-openjdk-headless"]);
    expect(packagesOf(etcdLeaf, dc, "apt")).toEqual([]);
    expect(sourceOf(etcdLeaf, dc)).toEqual({ ...archive, version: "3.5.21" });
});

it("takes a version's beginning for the whole", () => {
    expect(sourceOf(etcdLeaf, described({ "versions.etcd": "3.4" }))).toEqual({ kind: "package", version: "3.4.23" });
    expect(sourceOf(etcdLeaf, described())).toEqual({ kind: "package", version: "3.4.23" });
    expect([fits("3.4.23", "3.4"), fits("3.4.23", "3.4.23"), fits("3.40.1", "3.4"), fits("3.4", "3.4.23")]).toEqual([
        true,
        true,
        false,
        false,
    ]);
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
