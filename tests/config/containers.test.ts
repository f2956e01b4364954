/** Nodes that are containers of one engine: the stack that comes with the project, and what is refused, by key, with the remedy. */
import { parseDataCentre } from "../../components/description";
import { faultLine, readStackFile, type Context, type Fault } from "../../config";
import { check, put, sibling, type Edit } from "./good";

/** The onebox stack with changes. */
function changed(edit: Edit): Record<string, unknown> {
    const raw: Record<string, unknown> = structuredClone(readStackFile("onebox")!.config);
    Object.entries(edit).forEach(([key, value]) => put(raw, key, structuredClone(value)));
    return raw;
}

/** Looked at, but for the warning about Marathon's login, which the stack has as it is. */
function looked(edit: Edit = {}, context: Partial<Context> = {}) {
    const { warnings, ...parsed } = parseDataCentre(changed(edit), { stack: "onebox", ...context });
    return { ...parsed, warnings: warnings.filter(({ key }) => key !== "datacentre:marathon.credentials") };
}

type Told = Readonly<Record<string, RegExp>>;
type Row = readonly [what: string, edit: Edit, told: Told, context?: Partial<Context>];

const short = ({ key }: Fault): string => key.replace("datacentre:", "");

function expectTold(faults: readonly Fault[], told: Told): void {
    expect(faults.map(short).sort()).toEqual(Object.keys(told).sort());
    faults.forEach((fault) => expect(faultLine(fault)).toMatch(told[short(fault)]!));
}

// Padded, since jest gives a test with a free last parameter its `done`.
const rows = (table: readonly Row[]) => table.map(([what, edit, told, context]) => [what, edit, told, context ?? {}] as const);

/** The index of a node of the stack, as the file has them. */
const [zk1, master1, marathon1, mesosProxy, marathonProxy, zkProxy, slave1, slave2] = [0, 3, 6, 8, 9, 10, 11, 12] as const;
const hosted = (role: string): RegExp => new RegExp(`${role} needs a host, and zk1 is a container.*use one of: zookeeper, mesos-master.*another provider`, "i");
/** One node more. */
const more = (...roles: string[]): Edit => ({ "nodes[13]": { name: "extra", address: "172.18.1.40", roles } });
const far: Edit = { "provider.engine": "ssh://ops@box", "provider.address": "10.0.0.9" };
/** Seven agents more, each with its part of the machine. */
const ninth: Edit = Object.fromEntries(
    Array.from({ length: 7 }, (_, at) => [
        `nodes[${at + 13}]`,
        { name: `i${at + 1}`, address: `172.18.1.${at + 40}`, roles: ["mesos-agent"], mesos: { cpus: 0.1, memMiB: 32 } },
    ]),
);
const hostPort: Edit = {
    "apps[0].container.portMappings": [{ containerPort: 80, hostPort: 31001 }],
    // A new version need not wait for the old one's.
    "apps[0].upgradeStrategy": { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
};
const archive = { kind: "archive", url: "https://mirror.example/z.tar.gz", sha256: "a".repeat(64) };
const group = /nodes are containers, and this is for hosts/;

it("takes the onebox stack: document 001's thirteen containers", () => {
    const { dataCentre, faults, warnings } = looked();
    expect([...faults, ...warnings]).toEqual([]);
    expect(dataCentre?.nodes).toHaveLength(13);
    expect(dataCentre?.nodes.every(({ roles }) => roles.length === 1)).toBe(true);
    expect(dataCentre?.provider).toEqual({
        ...{ kind: "containers", prefix: "onebox", engine: "unix:///var/run/docker.sock", subnet: "172.18.1.0/24", gateway: "172.18.1.254" },
        ...{ mtu: 1500, publishAddress: "0.0.0.0" },
    });
});

it("takes it on another machine's engine, at an address of that, and with the catalogue's images", () => {
    const sources = { mesos: { kind: "images", master: "mesos/master:1.11.0", agent: "mesos/slave:1.11.0" } };
    const { faults, warnings } = looked({ ...far, sources });
    expect([...faults, ...warnings]).toEqual([]);
});

const places: readonly Row[] = [
    ["Docker's engine on a node", { "nodes[0].roles": ["zookeeper", "docker"] }, { [`nodes[${zk1}].roles[1]`]: hosted("docker") }],
    ["etcd on a node", { "nodes[0].roles": ["zookeeper", "etcd"] }, { [`nodes[${zk1}].roles[1]`]: hosted("etcd") }],
    ["GlusterFS on a node", { "nodes[0].roles": ["glusterfs", "zookeeper"] }, { [`nodes[${zk1}].roles[0]`]: hosted("glusterfs") }],
    ["Calico on a node", { "nodes[0].roles": ["calico", "zookeeper"] }, {
        [`nodes[${zk1}].roles[0]`]: hosted("calico"),
        // No word of images of it.
        nodes: /none with etcd/,
    }],
    ["marathon-bridge on a node", { "nodes[0].roles": ["zookeeper", "marathon-bridge"] }, { [`nodes[${zk1}].roles[1]`]: hosted("marathon-bridge") }],
    ["two programs in a container", { [`nodes[${zk1}].roles`]: ["zookeeper", "marathon"] }, {
        [`nodes[${zk1}].roles`]: /zk1 is one container and has 2 roles: zookeeper, marathon.*give every role a node of its own/i,
    }],
    ["two proxies in a container", { [`nodes[${mesosProxy}].roles`]: ["mesos-proxy", "zookeeper-proxy"], [`nodes[${zkProxy}]`]: undefined }, {
        [`nodes[${mesosProxy}].roles`]: /has 2 roles: mesos-proxy, zookeeper-proxy/,
    }],
    ["one program twice", { [`nodes[${zk1}].roles`]: ["zookeeper", "zookeeper"] }, { [`nodes[${zk1}].roles[1]`]: /each role once/ }],
    ["no program", more(), { "nodes[13].roles": /extra has no role.*nothing without the program of one.*give it one of: zookeeper.*or take the node out/i }],
    ["SSH to a node", { [`nodes[${marathon1}].ssh`]: { port: 2222 } }, { [`nodes[${marathon1}].ssh`]: /marathon1 is a container, which nobody reaches by SSH.*leave it out/i }],
    ["a host key", { [`nodes[${marathon1}].ssh`]: { hostKey: "ssh-ed25519 AAAA" } }, { [`nodes[${marathon1}].ssh`]: /nobody reaches by SSH/ }],
    ["a family of packages", { [`nodes[${slave1}].packages`]: "apt" }, { [`nodes[${slave1}].packages`]: /in which nothing is installed.*leave it out/i }],
];

const groups: readonly Row[] = [
    ["a mirror", { mirror: { node: "zk1" } }, { mirror: /for hosts\. Take it out/ }],
    ["a bundle", { bundle: { path: "/srv/bundle" } }, { bundle: /for hosts\. Take it out.*docker load/ }],
    ["a registry of the program's", { registry: { node: "slave1" } }, { registry: /for hosts: it writes files on its agent's.*beside the stack.*datacentre:apps/ }],
    ["marathon-lb", { marathonLb: { nodes: ["slave1"] } }, { marathonLb: /for hosts: it binds the service ports.*apps' host ports/ }],
    ["archives of images", { "docker.images": [{ image: "a:1", archive: "file:///srv/a.tar" }] }, { "docker.images": /for hosts\. Load them into the engine: docker load -i FILE/ }],
    ["logins at registries", { "docker.credentials": [{ registry: "r.example", username: "deploy", password: "hunter2-Tr0ub4dor" }] }, {
        "docker.credentials": /for hosts\. Log in on the engine's machine.*fetch/,
    }],
];

const networks: readonly Row[] = [
    ["a gateway outside of the network", { "provider.gateway": "172.18.2.254" }, { "provider.gateway": /not a usable address of 172\.18\.1\.0\/24.*use 172\.18\.1\.254/ }],
    ["the gateway's address for a node", { "provider.gateway": "172.18.1.5" }, { "nodes[4].address": /172\.18\.1\.5 is the gateway's address.*provider\.gateway/ }],
    ["an address outside of the network", { "nodes[4].address": "172.18.2.5" }, { "nodes[4].address": /outside of the nodes' network/ }],
    ["a container's place for the machine's address", { "provider.address": "172.18.1.77" }, {
        "provider.address": /172\.18\.1\.77 lies in the containers' own network, where the engine's machine is 172\.18\.1\.254.*that the machine has elsewhere, or leave it out/,
    }],
    ["loopback for the machine's address", { "provider.address": "127.0.0.1" }, { "provider.address": /in a container 127\.0\.0\.1 is the container itself.*that the machine has in a network/ }],
    ["an engine by plain TCP", { "provider.engine": "tcp://box:2375" }, { "provider.engine": /"tcp:\/\/box:2375".*Use unix:\/\/\/var\/run\/docker\.sock, or ssh:\/\/user@host/ }],
    ["an engine without scheme", { "provider.engine": "/var/run/docker.sock" }, { "provider.engine": /Use unix:\/\/\// }],
    ["a socket whose path climbs", { "provider.engine": "unix:///run/../docker.sock" }, { "provider.engine": /Use unix:\/\/\// }],
    ["an engine at no port", { ...far, "provider.engine": "ssh://ops@box:70000" }, { "provider.engine": /port from 1 to 65535/ }],
    ["a prefix that a stack of containers has", {}, { "provider.prefix": /the prefix onebox is also in stack other.*a prefix of its own/ }, {
        siblings: [sibling({ kind: "containers", prefix: "onebox", engine: "" })],
    }],
    ["a prefix that hosts on this engine have", {}, { "provider.prefix": /also in stack other/ }, { siblings: [sibling({ prefix: "onebox" })] }],
    ["a network that a stack of containers has", {}, { "provider.subnet": /172\.18\.1\.0\/24 overlaps 172\.18\.0\.0\/16, the network of stack other.*such as 172\.18\.2\.0\/24/ }, {
        siblings: [sibling({ kind: "containers", subnet: "172.18.0.0/16", engine: "unix:///var/run/docker.sock" })],
    }],
    ["both on another machine's engine", far, { "provider.prefix": /also in stack other/, "provider.subnet": /overlaps/ }, {
        siblings: [sibling({ kind: "containers", prefix: "onebox", subnet: "172.18.1.0/24", engine: "ssh://ops@box" })],
    }],
];

const ports: readonly Row[] = [
    ["two proxies at one port", { proxies: { mesosPort: 8080 } }, {
        [`nodes[${marathonProxy}].roles`]: /marathon-proxy and mesos-proxy would both be published at port 8080.*another port \(datacentre:proxies\.marathonPort\), or leave one out/,
    }],
    ["two proxies of one kind", more("mesos-proxy"), { "nodes[13].roles": /extra and mesos-proxy would both be published at port 5050.*datacentre:proxies\.mesosPort/ }],
    ["a published port that an agent offers", { proxies: { mesosPort: 31200 } }, {
        "proxies.mesosPort": /port 31200 of the engine's machine is published for mesos-proxy, and slave2 offers it.*outside of datacentre:mesos\.ports/,
    }],
    ["agents that each offer the whole machine", { [`nodes[${slave1}].mesos`]: {} }, {
        [`nodes[${slave1}].mesos.cpus`]: /2 agents share one machine, and slave1 would offer all of it once more.*say how much/i,
        [`nodes[${slave1}].mesos.memMiB`]: /2 agents share one machine/,
    }],
    ["a third agent's share", more("mesos-agent"), { "nodes[13].mesos.cpus": /3 agents share one machine, and extra/, "nodes[13].mesos.memMiB": /3 agents share/ }],
    ["agents with the same ports", { [`nodes[${slave1}].mesos.ports`]: ["31000-31100"], [`nodes[${slave2}].mesos.ports`]: ["31050-31200"] }, {
        [`nodes[${slave2}].mesos.ports`]: /slave2 and slave1 share one machine and both offer its ports 31050-31100.*ports of its own, or leave them out/,
    }],
    ["an agent with ports of another's share", { [`nodes[${slave1}].mesos.ports`]: ["31200-31300"] }, {
        [`nodes[${slave2}].mesos.ports`]: /both offer its ports 31200-31249/,
    }],
    ["a ninth agent without ports of its own", ninth, {
        "nodes[19].mesos.ports": /i7 is agent 9 of one machine, and datacentre:mesos\.ports is divided among the first 8.*ports of its own/i,
    }],
    ["a log that is put aside by itself", { "mesos.reinitialiseRegistry": "w" }, {
        "mesos.reinitialiseRegistry": /no container puts its master's log aside by itself.*stop all masters' containers/i,
    }],
    ["agents that are made new by themselves", { "mesos.incompatibleAgent": "renew" }, {
        "mesos.incompatibleAgent": /no container is made a new agent by itself.*leave it out; a new agent begins without its volume/i,
    }],
    ["a host port that one agent alone has, for two instances", hostPort, {
        "apps[0].container.portMappings[0].hostPort": /host port 31001 is there once on each of 1 agent, and there shall be 2 instances/,
    }],
    ["instances on machines of their own", { "apps[0].constraints": [["hostname", "UNIQUE"]] }, { "apps[0].constraints[0]": /room for 1 instance.*there shall be 2/ }],
];

const programs: readonly Row[] = [
    ["the Mesos containerizer", { "mesos.containerizers": ["mesos"] }, { "mesos.containerizers": /docker containerizer only, and this is mesos.*\[docker\]/ }],
    ["both containerizers", { "mesos.containerizers": undefined }, { "mesos.containerizers": /docker containerizer only, and this is docker, mesos/ }],
    ["an app that is no Docker container", { "apps[0].container.type": "MESOS" }, { "apps[0].container": /start Docker containers only.*type: DOCKER/ }],
    ["no image of Mesos", { "sources.mesos": undefined }, { "sources.mesos": /nobody is known to publish an image of mesos.*name one: kind: images/i }],
    ["Mesos as a package", { "sources.mesos": { kind: "package" } }, { "sources.mesos.kind": /containers, which run images, and this is package.*kind: images/ }],
    ["Mesos from a repository", { "sources.mesos": { kind: "repository", apt: { url: "file:///srv/apt" } } }, { "sources.mesos.kind": /run images, and this is repository/ }],
    ["Marathon as a package", { "sources.marathon": { kind: "package" } }, { "sources.marathon.kind": /run images, and this is package/ }],
    ["ZooKeeper as an archive", { "sources.zookeeper": archive, "versions.zookeeper": "3.8.4" }, { "sources.zookeeper.kind": /run images, and this is archive/ }],
    ["HAProxy as a package", { "sources.proxies": { kind: "package" } }, { "sources.proxies.kind": /run images, and this is package/ }],
    ["an image without tag", { "sources.zookeeper.image": "zookeeper" }, { "sources.zookeeper.image": /zookeeper says no version.*tag or digest/ }],
    ["an image of three roles without tag, once", { "sources.proxies.image": "haproxy" }, { "sources.proxies.image": /haproxy says no version/ }],
    ["whatever is latest", { "sources.mesos.agent": "lab/agent:latest" }, { "sources.mesos.agent": /says no version/ }],
    ["apps that nobody can bring to another machine", { ...far, [`nodes[${marathonProxy}]`]: undefined }, {
        nodes: /brought to Marathon from this machine, which reaches no container of another machine.*marathon-proxy, whose port is published/,
    }],
];

it.each(rows([...places, ...groups, ...networks, ...ports, ...programs]))("refuses %s", (_, edit, told, context) => {
    const { faults, dataCentre } = looked(edit, context);
    expectTold(faults, told);
    expect(dataCentre).toBeUndefined();
});

const warned: readonly Row[] = [
    ["an engine elsewhere without address", { "provider.engine": "ssh://ops@box" }, {
        "provider.address": /tasks are known at 172\.18\.1\.254, which only the engine's machine and its containers reach.*address of the engine's machine that clients reach/,
    }],
    ["an app on the machine's own network", { "apps[0].networks": [{ mode: "host" }], "apps[0].container.portMappings": undefined }, {
        "apps[0].networks": /tasks of \/web would have the network of the engine's machine.*mode container\/bridge/,
    }],
];

it.each(rows(warned))("allows %s, with a warning", (_, edit, told, context) => {
    const { faults, warnings, dataCentre } = looked(edit, context);
    expect(faults).toEqual([]);
    expectTold(warnings, told);
    expect(dataCentre).toBeDefined();
});

const allowed: readonly Row[] = [
    ["the gateway for the machine's address", { "provider.address": "172.18.1.254" }, {}],
    ["one agent, with all of the machine", { [`nodes[${slave2}]`]: undefined, [`nodes[${slave1}].mesos`]: undefined }, {}],
    ["agents with ports of their own", { [`nodes[${slave1}].mesos.ports`]: ["31000-31100"], [`nodes[${slave2}].mesos.ports`]: ["31101-31200", "5000"] }, {}],
    ["a host port for as many instances as agents offer it", { "apps[0].instances": 1, ...hostPort }, {}],
    ["no proxy, on this machine's engine", { [`nodes[${zkProxy}]`]: undefined, [`nodes[${marathonProxy}]`]: undefined, [`nodes[${mesosProxy}]`]: undefined, "sources.proxies": undefined }, {}],
    ["another machine's engine without apps and proxy", { ...far, apps: [], [`nodes[${marathonProxy}]`]: undefined }, {}],
    ["an image by its digest", { "sources.zookeeper.image": `registry.example:5000/zookeeper@sha256:${"a".repeat(64)}` }, {}],
    ["a stack with all the same on another engine", {}, {}, {
        siblings: [sibling({ kind: "containers", prefix: "onebox", subnet: "172.18.1.0/24", engine: "ssh://ops@box" })],
    }],
    // Seen on the engine, since the two need not be up at once: ops/prepare/engine.ts.
    ["the network of hosts on this engine", {}, {}, { siblings: [sibling({ subnet: "172.18.1.0/24" })] }],
];

it.each(rows(allowed))("allows %s", (_, edit, __, context) => {
    const { faults, warnings } = looked(edit, context);
    expect([...faults, ...warnings].map(faultLine)).toEqual([]);
});

it("tells hosts that a stack of containers has their prefix", () => {
    const told = (engine: string) => check({}, { siblings: [sibling({ kind: "containers", prefix: "dc", subnet: "172.18.1.0/24", engine })] }).faults.map(short);
    expect([told(""), told("unix:///var/run/docker.sock"), told("ssh://ops@box")]).toEqual([["provider.prefix"], ["provider.prefix"], []]);
});

it.each(["zookeeper", "proxies"])("refuses an image of %s for hosts, which install it", (name) => {
    const { faults } = check({ [`sources.${name}`]: { kind: "images", image: `${name}:1` } });
    expectTold(faults, { [`sources.${name}`]: /runs in an image only where nodes are containers.*and these are hosts.*use package/i });
});

it("tells all faults at once", () => {
    const { faults } = looked({
        [`nodes[${zk1}].roles`]: ["zookeeper", "etcd"],
        [`nodes[${master1}].roles`]: ["mesos-master", "zookeeper-proxy"],
        [`nodes[${marathon1}].ssh`]: { user: "ops" },
        [`nodes[${slave1}].mesos`]: undefined,
        ...more(),
        mirror: { node: "zk2" },
        "docker.images": [{ image: "a:1", archive: "file:///srv/a.tar" }],
        "provider.gateway": "10.0.0.1",
        "provider.address": "127.0.0.1",
        "proxies.mesosPort": 8080,
        "sources.mesos": undefined,
    });
    expectTold(faults, {
        [`nodes[${zk1}].roles[1]`]: /etcd needs a host/,
        [`nodes[${master1}].roles`]: /has 2 roles/,
        [`nodes[${marathon1}].ssh`]: /nobody reaches by SSH/,
        [`nodes[${slave1}].mesos.cpus`]: /share one machine/,
        [`nodes[${slave1}].mesos.memMiB`]: /share one machine/,
        [`nodes[${marathonProxy}].roles`]: /published at port 8080/,
        "nodes[13].roles": /no role/,
        mirror: group,
        "docker.images": group,
        "provider.gateway": /not a usable address/,
        "provider.address": /the container itself/,
        "sources.mesos": /nobody is known/,
    });
});

it("judges what is there beside what has no form", () => {
    const { faults } = looked({ "provider.engine": 5, "provider.mtu": 9001, "nodes[0].roles": "zookeeper", "mesos.ports": ["soon"], mirror: { node: "zk1" } });
    const keys = [...new Set(faults.map(short))];
    expect(keys).toEqual(expect.arrayContaining(["provider.engine", "provider.mtu", "nodes[0].roles", "mesos.ports[0]", "mirror"]));
});
