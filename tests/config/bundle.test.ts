/** A bundle in place of the internet: what must be in it, and what the description is with it. */
import { manifestText, type Manifest } from "../../components/bundle/manifest";
import { needsOf } from "../../components/bundle/needs";
import { parseDataCentre } from "../../components/description";
import { systems } from "../../components/systems";
import { faultLine, type DataCentre } from "../../config";
import { changed, check, existing, type Edit } from "./good";

const sum = (digit: string) => digit.repeat(64);
const file = (digit: string) => ({ sha256: sum(digit), bytes: 10 });

/** Fits the default description without Mesos and Calico: packages, one image and one archive more than it needs. */
const manifest: Manifest = {
    format: 1,
    family: "apt",
    release: { id: "debian", version: "12", architecture: "amd64" },
    packages: [
        ["chrony", "4.3-2"], ["curl", "7.88.1-10"], ["docker.io", "20.10.24+dfsg1-1"], ["etcd-client", "3.4.23-4"], ["etcd-server", "3.4.23-4"],
        ["glusterfs-client", "10.3-5"], ["glusterfs-server", "10.3-5"], ["openjdk-17-jre-headless", "17.0.1"], ["zookeeper", "1:3.8.0-11"],
    ].map(([name = "", version = ""]) => ({ name, version, file: `packages/${name}.deb` })),
    images: [{ image: "busybox:1", id: `sha256:${sum("9")}`, file: "images/busybox_1.tar" }],
    archives: [{ name: "etcd", url: "https://mirror.example/etcd.tar.gz", file: "archives/etcd-aaaaaaaaaaaa.tar.gz" }],
    files: { "packages/Packages": file("1"), "images/busybox_1.tar": file("b"), "archives/etcd-aaaaaaaaaaaa.tar.gz": file("a") },
};

const at = { bundle: { path: "/srv/bundle" } };
const look = (edit: Edit = {}, change: Partial<Manifest> = {}, damage: string[] = []) =>
    check({ ...existing, ...at, ...edit }, { bundle: (path) => (path === "/srv/bundle" ? { manifest: { ...manifest, ...change }, damage } : { damage: ["?"] }) });
const told = (...args: Parameters<typeof look>) => look(...args).faults.map(faultLine);

it("takes a bundle that has all that is needed, and changes nothing but where things come from", () => {
    const { dataCentre, faults } = look();
    expect(faults).toEqual([]);
    expect(dataCentre).toEqual({ ...check({ ...existing, ...at }).dataCentre });
});

it("names every gap and damage at once, each with its remedy", () => {
    const older = manifest.packages.filter(({ name }) => name !== "curl");
    const packages = older.map((one) => (one.name === "zookeeper" ? { ...one, version: "1:3.9.0-1" } : one));
    const archive = { kind: "archive", url: "https://example.org/etcd.tgz", sha256: sum("c") };
    const image = { image: "busybox:2", archive: "https://example.org/b.tar", sha256: sum("d") };
    const faults = told({ "sources.etcd": archive, "versions.etcd": "3.5.21", "docker.images": [image] }, { packages }, ["images/busybox_1.tar is not there"]);
    expect(faults).toEqual([
        expect.stringMatching(/bundle\.path: the bundle is damaged: images\/busybox_1\.tar is not there\. Run 'make bundle STACK=local'/),
        expect.stringContaining("the bundle lacks the package curl. Run 'make bundle"),
        expect.stringContaining("lacks the package zookeeper 3.8.0 (it has 1:3.9.0-1)"),
        expect.stringContaining("lacks the image busybox:2"),
        expect.stringContaining(`lacks the archive of etcd, https://example.org/etcd.tgz, with sha256 ${sum("c")}`),
    ]);
});

it("refuses another family than the hosts', and an image whose archive is another than the pinned one", () => {
    expect(told({ "nodes[1].packages": "yum" })).toEqual([expect.stringMatching(/nodes\[1\]\.packages: agent1 takes yum packages, and the bundle has apt/)]);
    expect(told({ "bundle.family": "yum" })).toEqual([expect.stringMatching(/bundle\.family: the bundle is for apt, and this says yum/)]);
    const image = { image: "busybox:1", archive: "https://example.org/b.tar", sha256: sum("d") };
    expect(told({ "docker.images": [image] })).toEqual([expect.stringContaining(`the archive of busybox:1 with sha256 ${sum("d")}`)]);
});

it("refuses a folder that is none, and says how it is made", () => {
    const { faults } = check({ ...existing, ...at }, { bundle: () => ({ damage: ["/srv/bundle/manifest.json is not there"] }) });
    expect(faults.map(faultLine)).toEqual([
        expect.stringMatching(/there is no bundle: \/srv\/bundle\/manifest\.json is not there\. Run 'make bundle STACK=local'/),
    ]);
    for (const path of ["bundle", "/srv/../etc", "./a b", "~bundle", "/srv/$(x)"]) {
        expect(check({ ...existing, bundle: { path } }).faults.map(({ key }) => key)).toEqual(["datacentre:bundle.path"]);
    }
});

it("gives hosts the bundle's image and archive in place of what they would download", () => {
    const image = { image: "busybox:1", archive: "https://example.org/b.tar", sha256: sum("b"), nodes: ["agent1"] };
    const archive = { kind: "archive", url: "https://example.org/etcd.tgz", sha256: sum("a") };
    const { dataCentre, faults } = look({ "docker.images": [image], "sources.etcd": archive, "versions.etcd": "3.5.21" });
    expect(faults).toEqual([]);
    expect(dataCentre?.docker.images).toEqual([
        { image: "busybox:1", archive: "file:///var/lib/datacentre-bundle/images/busybox_1.tar", sha256: sum("b"), nodes: ["agent1"] },
    ]);
    expect(dataCentre?.sources.etcd).toEqual({ kind: "archive", url: "file:///var/lib/datacentre-bundle/archives/etcd-aaaaaaaaaaaa.tar.gz", sha256: sum("a") });
});

describe("what is needed", () => {
    const described = (edit: Edit): DataCentre => {
        const { dataCentre, faults } = parseDataCentre(changed({ ...existing, ...edit }), { stack: "local" });
        if (!dataCentre) {
            throw new Error(faults.map(faultLine).join("\n"));
        }
        return dataCentre;
    };
    const marathon: Edit = {
        security: "seed",
        "docker.insecureRegistries": ["master1:5000"],
        "sources.mesos": { kind: "images", master: "m/master:1", agent: "m/agent:1" },
        "sources.marathon": { kind: "images", image: "m/marathon:1" },
        "mesos.containerizers": ["docker"],
        "nodes[0].roles": ["docker", "zookeeper", "etcd", "glusterfs", "mesos-master", "mesos-agent", "marathon"],
        "nodes[1].roles": ["docker", "zookeeper", "etcd", "glusterfs", "mesos-agent"],
        registry: { node: "master1" },
    };
    const app = (id: string, image: string) => ({ id, cpus: 0.1, mem: 32, instances: 1, container: { type: "DOCKER", docker: { image } }, cmd: "sleep 1" });

    it("is every image that something runs in, on the nodes that it runs on", () => {
        const dc = described({ ...marathon, apps: [app("/a", "busybox:1"), app("/b", "master1:5000/own:1")] });
        expect(Object.fromEntries(needsOf(systems, dc, "apt").images.map(({ image, nodes }) => [image, nodes]))).toEqual({
            "m/master:1": ["master1"],
            "m/agent:1": ["master1", "agent1"],
            "m/marathon:1": ["master1"],
            "registry:2": ["master1"],
            // What the stack's own registry has is pulled from there.
            "busybox:1": ["master1", "agent1"],
        });
    });

    it("is no image whose archive lies on the hosts already", () => {
        const dc = described({ ...marathon, "docker.images": [{ image: "registry:2", archive: "file:///srv/registry.tar", nodes: ["master1"] }] });
        expect(needsOf(systems, dc, "apt").images.map(({ image }) => image)).not.toContain("registry:2");
    });

    it("is what the roles need of the family, and what every host may", () => {
        expect(needsOf(systems, described({}), "apt").packages).toEqual(expect.arrayContaining(["chrony", "curl", "etcd-server=3.4.23", expect.stringMatching(/^docker\.io=20\.10\.24\|/), expect.stringMatching(/^openjdk-17-jre-headless\|/)]));
        expect(needsOf(systems, described({}), "yum").packages).toEqual(expect.arrayContaining(["chrony", "curl", "docker-ce=20.10.24"]));
    });
});

it("writes the same manifest for the same content, in whatever order it was found", () => {
    const shuffled = { ...manifest, packages: [...manifest.packages].reverse(), files: Object.fromEntries(Object.entries(manifest.files).reverse()) };
    expect(manifestText(shuffled)).toBe(manifestText(manifest));
});
