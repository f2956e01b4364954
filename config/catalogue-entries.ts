/** What has versions: a role's programs, or those of two roles. */
export type Component = "docker" | "glusterfs" | "zookeeper" | "etcd" | "calico" | "mesos" | "marathon";

/** Package families, by the tool that the hosts' package interface is named after; `yum` is dnf too. */
export type Family = "apt" | "yum";

/** What a family's packages of one version are called. */
export interface Packages {
    /** The component's own packages, whose versions begin with the entry's. */
    readonly programs: readonly string[];
    /** What they run on, in whichever version the host's sources have. */
    readonly needs: readonly string[];
    /** What our own steps use on its hosts, also where the programs run in images. */
    readonly tools?: readonly string[];
}

/** One version of a component. */
export interface Entry {
    /** Upstream's version; a package's version begins with it (`3.4.23-4+b4`). */
    readonly version: string;
    readonly packages: Readonly<Record<Family, Packages>>;
    /** Families for which somebody is known to package it; elsewhere the host's own sources may have it. */
    readonly offered: readonly Family[];
    /** Images that it runs in unless the description names others. */
    readonly images?: CalicoImages;
    /** Where it is from. */
    readonly note: string;
}

/** Calico's images: the node's, the one that the CNI plugins are taken from, and calicoctl's. */
export interface CalicoImages {
    readonly node: string;
    readonly cni: string;
    readonly ctl: string;
}

const plain = (...programs: string[]): Packages => ({ programs, needs: [] });

const docker = { apt: plain("docker.io"), yum: { programs: ["docker-ce", "docker-ce-cli"], needs: ["containerd.io"] } };
const glusterfs = {
    apt: plain("glusterfs-server", "glusterfs-client"),
    yum: plain("glusterfs-server", "glusterfs-cli", "glusterfs-fuse"),
};
const zookeeper = {
    apt: { programs: ["zookeeper"], needs: ["openjdk-17-jre-headless"] },
    yum: { programs: ["zookeeper"], needs: ["java-17-openjdk-headless"] },
};
const mesos = { apt: plain("mesos"), yum: plain("mesos") };
// jq reads its API's answers on the host.
const marathon = { apt: { ...plain("marathon"), tools: ["jq"] }, yum: { ...plain("marathon"), tools: ["jq"] } };
// What Calico's programs call where they run by themselves; its images have all of it. jq compares what the datastore has.
const calico = {
    apt: { programs: [], needs: ["ipset", "iptables", "conntrack"], tools: ["jq"] },
    yum: { programs: [], needs: ["ipset", "iptables", "conntrack-tools"], tools: ["jq"] },
};
const etcd = { apt: plain("etcd-server", "etcd-client"), yum: plain("etcd") };

/**
 * Every version that a description can ask for without a source of its own, the default first. Archives are not listed:
 * their publishers give sha512 sums or none, and a sha256 that nobody has checked pins nothing. `sources` takes one.
 */
export const entries: Readonly<Record<Component, readonly Entry[]>> = {
    docker: [
        {
            version: "20.10.24",
            packages: docker,
            offered: ["apt", "yum"],
            note: "Debian 12; docker-ce's own repository. The last series with --cluster-store",
        },
    ],
    glusterfs: [
        { version: "10.3", packages: glusterfs, offered: ["apt", "yum"], note: "Debian 12; CentOS Storage SIG, gluster10" },
    ],
    zookeeper: [
        // RPMs of ZooKeeper left with repos.mesosphere.io: on the yum family `sources.zookeeper` names Apache's archive.
        { version: "3.8.0", packages: zookeeper, offered: ["apt"], note: "Debian 12; runs on Java 17" },
    ],
    etcd: [
        { version: "3.4.23", packages: etcd, offered: ["apt"], note: "Debian 12; above the production floor 3.4.22" },
        {
            version: "3.2.15",
            packages: etcd,
            offered: ["yum"],
            note: "Document 000's, CentOS 7 extras; below the production floor",
        },
    ],
    calico: [
        {
            version: "3.28.5",
            packages: calico,
            offered: ["apt", "yum"],
            images: { node: "calico/node:v3.28.5", cni: "calico/cni:v3.28.5", ctl: "calico/ctl:v3.28.5" },
            note: "Keeps its data in etcd v3. DC/OS ran 3.14 with Mesos; no Docker network driver since 3.0",
        },
        {
            version: "2.6.12",
            packages: calico,
            offered: ["apt", "yum"],
            images: { node: "quay.io/calico/node:v2.6.12", cni: "quay.io/calico/cni:v1.11.8", ctl: "quay.io/calico/ctl:v1.6.5" },
            note: "Document 003's series, on etcd's v2 API; its node image holds the Docker network driver",
        },
    ],
    // No public source packages Mesos or Marathon any more: `sources` names a repository.
    mesos: [
        { version: "1.11.0", packages: mesos, offered: [], note: "The last release of Apache Mesos; needs cgroup v1" },
        { version: "1.5.3", packages: mesos, offered: [], note: "The last of document 000's series" },
    ],
    marathon: [{ version: "1.11.24", packages: marathon, offered: [], note: "The last release of Marathon; wants Java 8" }],
};
