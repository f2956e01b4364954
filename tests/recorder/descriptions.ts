/** The descriptions that are recorded whole: the project's own, variants of them, and those of the end-to-end tests. */
import { parse as parseYaml } from "yaml";

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { publicKey } from "../config/public-key";
import { put, root, stackValues, testStacks, stackTests, type Values } from "./program";
import { runFiles } from "./bodies";
import { bundledImage } from "./bundle";
import { home } from "./text";

export interface Description {
    readonly name: string;
    readonly stack: string;
    /** The values of `datacentre:` keys. */
    readonly values: Values;
    /** Settings of other projects' keys. */
    readonly beside?: Readonly<Record<string, string>>;
    /** Keys that were set as secrets: Pulumi knows of whole ones only. */
    readonly secrets?: readonly string[];
    readonly preview?: boolean;
    /** Without an account of Alibaba Cloud's. */
    readonly poor?: boolean;
}

/** As they stand in the stack files, `extends` and all; `local` as it is where publishers have nothing. */
export const tracked: Readonly<Record<string, Values>> = Object.fromEntries(
    ["local", "dev", "prod", "ha", "onebox"].map((stack) => {
        if (stack === "local") {
            return [stack, stackValues(stack)];
        }
        const { config } = parseYaml(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as { config: Values };
        return [stack, Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^datacentre:/, ""), value]))];
    }),
);

type Edit = Readonly<Record<string, unknown>>;
type Others = Omit<Description, "name" | "stack" | "values">;

const sum = "a".repeat(64);
const existing: Edit = {
    provider: { kind: "existing", privateKeyFile: "~/nodes_ed25519" },
    ...Object.fromEntries([0, 1, 2, 3].map((at) => [`nodes[${at}].ssh.hostKey`, `ssh-ed25519 AAAA${at}`])),
};
const noMesos: Edit = {
    ...Object.fromEntries([0, 1, 2, 3].map((at) => [`nodes[${at}].roles`, ["docker", "glusterfs", "etcd", ...(at < 3 ? ["zookeeper"] : [])]])),
    ...{ registry: undefined, marathonLb: undefined, calico: undefined, "versions.calico": undefined, "sources.calico": undefined },
};
const anyRegistry: Edit = { "docker.reachableRegistries": undefined };
const imagesOfCalico: Edit = { ...anyRegistry, "sources.calico": undefined };
const app = { id: "/web", cmd: "sleep 9", cpus: 0.1, mem: 32, instances: 2 };
const container = { type: "DOCKER", docker: { image: "busybox:latest" } };

const edits: readonly [name: string, stack: string, edit: Edit, others?: Others][] = [
    ["images", "local", {
        ...imagesOfCalico,
        "sources.mesos": { kind: "images", master: "mesosphere/mesos-master:1.11.0", agent: "mesosphere/mesos-slave:1.11.0" },
        "sources.marathon": { kind: "images", image: "mesosphere/marathon:v1.11.24" },
        ...{ "mesos.containerizers": ["docker"], "calico.networks": undefined },
    }],
    ["archives", "local", {
        "sources.zookeeper": { kind: "archive", url: "https://a.example/zookeeper.tar.gz", sha256: sum },
        "sources.etcd": { kind: "archive", url: "https://a.example/etcd.tar.gz", sha256: sum },
        "sources.calico": { kind: "archive", url: "https://a.example/calico.tar.gz", sha256: sum },
        ...{ "versions.zookeeper": "3.8.4", "versions.etcd": "3.5.21" },
    }],
    ["calico-bgp", "local", {
        "calico.pools": [
            { name: "apps", cidr: "10.240.0.0/16", encapsulation: "none", natOutgoing: false },
            { name: "more", cidr: "10.241.0.0/20", blockSize: 28 },
            { name: "off", cidr: "10.242.0.0/16", disabled: true },
        ],
        "calico.networks": [{ name: "calico", pools: ["apps"] }, { name: "apart", pools: ["more"], isolated: true }],
        "calico.policies": [
            { name: "open", order: 10, ingress: [{ action: "Allow", source: { nets: ["172.18.1.0/24"] } }] },
            { name: "one", selector: "has(calico) && role in {'web', \"db\"}", types: ["Ingress", "Egress"], egress: [{ action: "Deny", protocol: "ICMP", icmp: { type: 8 } }], ingress: [{ action: "Allow", protocol: "TCP", destination: { ports: [80, "8000:8100"] } }] },
        ],
        ...{ "calico.asNumber": 64999, "calico.mtu": 1300, "calico.healthPort": 9098, "calico.felix": { logSeverityScreen: "info", iptablesBackend: "nft" } },
    }],
    ["calico-2.6", "local", {
        ...imagesOfCalico,
        ...{ "versions.calico": "2.6.12", "etcd.v2Api": true },
        "calico.pools": [{ name: "apps", cidr: "10.240.0.0/16", encapsulation: "ipip" }, { name: "docker", cidr: "10.241.0.0/16", encapsulation: "none" }],
        "calico.dockerNetworks": [{ name: "blue", pool: "docker", isolated: true }],
        "calico.networks": [{ name: "calico", pools: ["apps"] }],
    }],
    ["calico-ipip", "local", { ...imagesOfCalico, "calico.pools[0].encapsulation": "ipip" }],
    ["docker-networks", "local", {
        "etcd.v2Api": true,
        "calico.pools[1]": { name: "docker", cidr: "10.241.0.0/16" },
        "calico.networks[0].pools": ["apps"],
        "calico.dockerNetworks": [{ name: "blue", pool: "docker" }],
        "nodes[3].roles": ["docker", "glusterfs", "etcd", "mesos-agent"],
        apps: [{ ...app, container: { ...container, docker: { image: "busybox", network: "USER" } }, ipAddress: { networkName: "blue" } }],
    }],
    // A preview, since an update sends a bundle's files to hosts.
    ["bundle", "local", { ...existing, ...noMesos, docker: { images: [bundledImage] }, bundle: { path: "~/bundle" } }, { preview: true }],
    ["mirror", "local", { ...existing, mirror: { node: "agent1", port: 3129, cacheGiB: 4 }, ...imagesOfCalico }],
    ["bastion", "local", {
        ...existing,
        "provider.bastion": { host: "bastion.example", port: 2222, user: "jump", hostKey: "ssh-ed25519 AAAAbastion", privateKeyFile: "~/bastion_ed25519" },
        ...{ "nodes[0].ssh.bastion": false, "nodes[1].ssh.user": "ops", "nodes[1].ssh.port": 2200 },
    }],
    ["bastion-same-key", "local", { ...existing, "provider.bastion": { host: "172.18.1.1", hostKey: "ssh-ed25519 AAAA0" }, "nodes[0].ssh.bastion": false }],
    ["yum", "local", {
        ...existing,
        ...imagesOfCalico,
        ...Object.fromEntries([0, 1, 2, 3].map((at) => [`nodes[${at}].packages`, at === 3 ? "apt" : "yum"])),
        "sources.zookeeper": { kind: "archive", url: "https://a.example/zookeeper.tar.gz", sha256: sum },
        "versions.zookeeper": "3.8.4",
        ...Object.fromEntries(["mesos", "marathon"].map((name) => [`sources.${name}`, { kind: "repository", apt: { url: "https://a.example/apt", suite: "bookworm", components: ["main"] }, yum: { url: "https://a.example/yum" }, key: publicKey }])),
    }],
    ["credentials", "local", {
        "docker.credentials": [{ registry: "r.example:5000", username: "deploy", password: "only-for-this-test" }],
        "marathon.credentials": { username: "ops", password: "only for this test, too" },
    }, { secrets: ["docker", "marathon"] }],
    ["secret-apps", "local", { apps: [{ ...app, env: { PASSWORD: "only-for-this-test" } }] }, { secrets: ["apps"] }],
    ["registry-on-volume", "local", { "registry.dataDir": "/data/mnt/registry", "registry.port": 5001, "docker.insecureRegistries": ["master1:5001"], ...anyRegistry, "registry.memMiB": 200 }],
    ["marathon-lb", "local", { ...anyRegistry, marathonLb: { nodes: ["agent1", "agent2"], group: "inside", cpus: 0.5, memMiB: 256 } }],
    ["masters", "local", {
        ...Object.fromEntries([1, 2].map((at) => [`nodes[${at}].roles`, ["docker", "glusterfs", "zookeeper", "etcd", "calico", "mesos-master", "mesos-agent", "marathon"]])),
        ...{ "mesos.advertise": "name", "mesos.cluster": "other", "mesos.agentsAtOnce": 2, "mesos.attributes": { rack: "r1" }, "mesos.ports": ["31000-31999", "5000"] },
        ...{ "mesos.masterFlags": { offer_timeout: "5mins" }, "mesos.agentFlags": { gc_delay: "1days" }, "mesos.incompatibleAgent": "renew", "mesos.drainTimeoutSeconds": 10, "mesos.quorum": 2 },
        ...{ "nodes[1].mesos": { attributes: { rack: "r2" }, cpus: 2, memMiB: 512, diskMiB: 1024, ports: ["31000-31999"] } },
        ...{ "marathon.port": 8081, "marathon.heapMiB": 256, "marathon.flags": { max_instances_per_offer: "2" }, "zookeeper.clientPort": 2182 },
    }],
    ["services", "local", {
        ...{ "etcd.advertise": ["http://{name}:2379"], "etcd.extraClientPorts": [4001, 4002], "etcd.token": "other", "etcd.dataDir": "/srv/etcd/data", "etcd.v2Api": true, "etcd.heartbeatMs": 200, "etcd.electionMs": 2000 },
        ...{ "zookeeper.heapMiB": 512, "zookeeper.dataDir": "/srv/zookeeper/data", "zookeeper.fourLetterWords": ["ruok", "srvr", "mntr"], "nodes[0].zookeeperId": 7, timeServers: ["ntp.example", "10.0.0.1"] },
        ...{ "glusterfs.volumes[0].mountOn": ["master1", "agent3"], "glusterfs.volumes[0].pingTimeoutSeconds": 42, "docker.mtu": 1300, "docker.storageDriver": "vfs", "docker.registryMirrors": ["https://mirror.example"] },
        ...{ "nodes[3].docker": { dataRoot: "/srv/docker", logMaxFiles: 5, reachableRegistries: ["master1:5000"] }, "docker.logMaxSizeMiB": 10 },
    }],
    ["apps", "local", {
        appWait: { stuckSeconds: 20, timeoutSeconds: 240 },
        apps: [
            { ...app, constraints: [["hostname", "UNIQUE"]], container: { type: "MESOS" }, networks: [{ mode: "container", name: "calico" }] },
            { ...app, id: "/group/lb", labels: { HAPROXY_GROUP: "external" }, networks: [{ mode: "container/bridge" }], container: { ...container, portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 10000 }], volumes: [{ containerPath: "/d", hostPath: "/data/mnt/d", mode: "RW" }] }, healthChecks: [{ protocol: "HTTP", path: "/", portIndex: 0 }] },
        ],
    }],
    ["few", "local", { ...noMesos, glusterfs: undefined, docker: undefined, security: undefined, nodes: [{ name: "one", address: "172.18.1.1", roles: ["etcd"] }, { name: "two", address: "172.18.1.2" }] }],
    ["local-preview", "local", {}, { preview: true }],
    ["dev-preview", "dev", {}, { preview: true }],
    ["dev-without-account", "dev", {}, { preview: true, poor: true }],
    ["cloud", "dev", {
        "provider.vswitches": [{ subnet: "172.18.1.0/24", zone: "cn-hangzhou-k" }],
        "provider.image": { id: "m-bp1" },
        "provider.instance": { type: "ecs.g7.xlarge", deletionProtection: true, systemDisk: { category: "cloud_essd", sizeGiB: 100, performanceLevel: "PL1" } },
        "provider.instances": [{ nodes: ["master1"], ramRole: "EcsReader" }, { nodes: ["agent1", "agent2"], cpus: 2, memoryGiB: 4 }],
        "provider.disks[0].existing": [{ node: "agent1", id: "d-bp1abc" }],
        "provider.disks[2]": { name: "more", mount: "/srv/more", sizeGiB: 100, encrypted: true, filesystem: "xfs", nodes: ["agent3"] },
        "provider.openings": [{ to: "marathon-lb", ports: "80-90", from: ["198.51.100.0/24"] }, { to: "marathon", ports: "8080", from: ["docker"] }],
        ...{ "provider.tags": { team: "one" }, "provider.outbound": "none", "provider.operatorCidrs": ["198.51.100.7/32"] },
    }],
    ["cloud-subscribed", "dev", {
        "provider.instance": { chargeType: "PrePaid", period: 1, renewal: "AutoRenewal" },
        ...{ "provider.outbound": "none", mirror: { node: "master1" }, "calico.pools[0].encapsulation": "ipip" },
    }, { beside: { "alicloud:accessKey": "id", "alicloud:secretKey": "key" } }],
];

/** Descriptions beside those that tests or the checkout have, for what these leave out. */
export const variants = (): Description[] =>
    edits.map(([name, stack, edit, others]) => {
        const values = stackValues(stack);
        Object.entries(edit).forEach(([path, value]) => put(values, path, structuredClone(value)));
        return { name, stack, values, ...others };
    });

/** A password stands in no test's file, since it is set as a secret. */
function withPasswords({ values, ...rest }: Description): Description {
    const logins = values as { docker?: { credentials?: { password?: string }[] }; marathon?: { credentials?: { password?: string } } };
    const docker = logins.docker?.credentials ?? [];
    const marathon = logins.marathon?.credentials;
    [...docker, ...(marathon ? [marathon] : [])].forEach((login) => (login.password ??= "only-for-this-test"));
    const secrets = [...(docker.length > 0 ? ["docker"] : []), ...(marathon ? ["marathon"] : [])];
    return { ...rest, values, ...(secrets.length > 0 ? { secrets } : {}) };
}

/** What the end-to-end tests write as their stacks' settings, from their making on and as far as each test comes without hosts. */
export async function fromTests(): Promise<Description[]> {
    const found = new Map<string, Description>();
    const counts = new Map<string, number>();
    const watch = (): void => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const { prototype } = (require(testStacks.module) as Record<string, { prototype: object }>)[testStacks.name]!;
        const nothing = { code: 0, output: "", stdout: "", seconds: 0 };
        Object.assign(prototype, {
            ...{ hide: () => undefined, make: async () => nothing, must: async () => nothing, on: async () => nothing, out: async () => "", clean: async () => undefined },
            write(this: { name: string; config: Values; beside?: Record<string, string> }) {
                const text = JSON.stringify([this.name, this.config, this.beside ?? {}]).replaceAll(home(), "~");
                if (!found.has(text)) {
                    const count = (counts.get(this.name) ?? 0) + 1;
                    counts.set(this.name, count);
                    const [stack, values, beside] = JSON.parse(text) as [string, Values, Record<string, string>];
                    found.set(text, withPasswords({ name: count === 1 ? stack : `${stack}-${count}`, stack, values, beside }));
                }
            },
        });
    };
    const endless = await runFiles(stackTests, { finish: false, prepare: watch });
    if (endless.length > 0) {
        throw new Error(`these tests did not end: ${endless.join(", ")}`);
    }
    return [...found.values()];
}
