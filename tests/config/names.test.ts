/** Every text that reaches a shell, a unit or a file name: whatever is let in is free of what those take apart. */
import fc from "fast-check";

import { dataCentreSchema, parseDataCentre } from "../../components/description";
import { systems } from "../../components/systems";
import { sourceKinds } from "../../config/catalogue";
import { stackFileSchema } from "../../config/jsonschema";
import { shapeFaults } from "../../config/shape";
import type { SystemSchema } from "../../config/system-schema";
import { keysAt } from "../../config/walk";
import { cluster } from "./cluster";
import { archive, changed, check, type Edit } from "./good";
import { base, docker as dockerNetworks } from "./refused-calico";

const characters = "ab1-._/:$`'\"\\;&|<>(){}[]*?!~#% \n\t\0@=,é".split(/(?:)/u);

/** Texts of the forms that are asked for, each with something in it that must not be. */
const bad = [
    ...[
        "",
        "..",
        "../x",
        "/..",
        "/a/../b",
        "/a/..",
        "~/../x",
        "/a\n",
        "/a b",
        "/a;b",
        "-rf",
        "a\n",
        "a$(b)",
        "a;b",
        "a`b`",
        'a"b',
        "a'b",
    ],
    ...[
        "m:/..",
        "m:/a/../b",
        "m:/a b",
        "m:/a;b",
        "http://a/$(b)",
        "http://a b",
        "http://a/../b",
        "http://a:1\n",
        "unix:///a/../b",
        "unix:///..",
        "1.2.3.4;id",
        "3.4\n",
    ],
    // Each character that must not be, in texts of several forms: a random one is not met in every run.
    ...[..." \t\n\0$`'\"\\;&|<>(){}[]*?!#"].flatMap((character) => [`/${character}`, `/a${character}b`, `a${character}b`, `a:${character}`, `http://a/${character}`]),
];
const nasty = fc.oneof(
    fc.string({ unit: fc.constantFrom(...characters), maxLength: 20 }),
    fc.stringMatching(/^[a-z][a-z0-9./:-]{0,12}$/),
);
const unsafe = /[\s$`'"\\;&|<>(){}*?!#\p{C}[\]]/u;
const climbs = /(^|\/)\.\.(\/|$)/;

const image = { image: "busybox:1", archive: "file:///srv/busybox.tar" };

/** Where a policy says whom it is about. */
const entities = ["ingress", "egress"].flatMap((list) => ["source", "destination"].map((side) => `calico.policies[0].${list}[0].${side}`));

const bastion: Edit = { provider: { kind: "existing", privateKeyFile: "~/.ssh/id_ed25519", bastion: { host: "bastion.example" } } };
const disk = { name: "data", mount: "/data", sizeGiB: 40, nodes: ["master1"], existing: [{ node: "master1", id: "d-1" }] };
const cloud: Edit = {
    provider: {
        ...{ kind: "alicloud", region: "cn-hangzhou", subnet: "172.18.1.0/24", bastion: "master1", operatorCidrs: ["198.51.100.7/32"] },
        ...{ vswitches: [{ subnet: "172.18.1.0/24" }], instances: [{ nodes: ["master1"] }], disks: [disk] },
        openings: [{ to: "all", ports: "80", from: ["198.51.100.0/24"] }],
    },
};

const containers: Edit = { provider: { kind: "containers", prefix: "dc", subnet: "172.18.1.0/24" } };

const leaves = systems.parts.map(({ leaf }) => leaf);

/** Places of a system's source, for each kind that it can be of. */
function placesOfSource(leaf: SystemSchema): [key: string, around: Edit][] {
    const at = `sources.${leaf.name}`;
    const imageKeys = keysAt(dataCentreSchema, ["sources", leaf.name], { sources: { [leaf.name]: { kind: "images" } } }).filter((key) => key !== "kind");
    const kinds: Readonly<Record<string, readonly [keys: readonly string[], source: object]>> = {
        package: [[], {}],
        archive: [["url", "sha256"], archive],
        repository: [["apt.url", "apt.suite", "apt.components[0]", "yum.url", "keyFingerprint", "keyUrl"], { kind: "repository", apt: { url: "file:///srv/apt" }, yum: { url: "file:///srv/yum" } }],
        images: [imageKeys, { kind: "images", ...Object.fromEntries(imageKeys.map((key) => [key, `registry.example/${key}:1.0`])) }],
    };
    return sourceKinds(leaf).flatMap((kind) => {
        const [keys, source] = kinds[kind]!;
        return keys.map((key): [string, Edit] => [`${at}.${key}`, { [at]: source }]);
    });
}

/** Places of free texts, with what must surround them. */
const places: [key: string, around: Edit][] = [
    ["nodes[0].name", {}],
    ["nodes[0].address", {}],
    ["nodes[0].ssh.user", {}],
    ["nodes[0].ssh.address", { provider: { kind: "existing", privateKeyFile: "~/.ssh/id_ed25519" }, "nodes[0].ssh.hostKey": "ssh-ed25519 AAAA" }],
    ["nodes[0].docker.dataRoot", {}],
    ["provider.prefix", {}],
    ["provider.subnet", {}],
    ["provider.gateway", {}],
    ["provider.image", {}],
    ["provider.socket", {}],
    ["provider.privateKeyFile", { provider: { kind: "existing" } }],
    ["provider.region", { provider: { kind: "alicloud", subnet: "172.18.1.0/24" } }],
    ["docker.dataRoot", {}],
    ["mesos.reinitialiseRegistry", {}],
    ["docker.insecureRegistries[0]", { security: "seed" }],
    ["docker.registryMirrors[0]", { security: "seed" }],
    ["docker.credentials[0].registry", { "docker.credentials[0]": { username: "u", password: "p" } }],
    ["glusterfs.volumes[0].name", {}],
    ["glusterfs.volumes[0].bricks[0]", {}],
    ["glusterfs.volumes[0].arbiter", {}],
    ["glusterfs.volumes[0].mount", {}],
    ["glusterfs.volumes[0].mountOn[0]", {}],
    ["zookeeper.dataDir", {}],
    ["etcd.dataDir", {}],
    ["etcd.token", {}],
    ["etcd.advertise[0]", {}],
    ["etcd.autoCompactionRetention", {}],
    ...leaves.filter(({ catalogue }) => catalogue.length > 0).map(({ name }): [string, Edit] => [`versions.${name}`, {}]),
    ...leaves.flatMap(placesOfSource),
    ["timeServers[0]", {}],
    ["bundle.path", {}],
    ["bundle.base", { "bundle.path": "/srv/bundle" }],
    ["nodes[0].docker.reachableRegistries[0]", {}],
    ["docker.reachableRegistries[0]", {}],
    ["nodes[0].mesos.ports[0]", {}],
    ["docker.images[0].image", { "docker.images[0]": image }],
    ["docker.images[0].archive", { "docker.images[0]": image }],
    ["docker.images[0].sha256", { "docker.images[0]": image }],
    ["docker.images[0].nodes[0]", { "docker.images[0]": image }],
    ["nodes[0].containerd.root", { "nodes[0].roles": ["containerd"] }],
    ["nodes[0].containerd.reachableRegistries[0]", { "nodes[0].roles": ["containerd"] }],
    ...["root", "sandboxImage", "reachableRegistries[0]", "insecureRegistries[0]", "registryMirrors[0]"].map((key): [string, Edit] => [`containerd.${key}`, { security: "seed", "nodes[0].roles": ["containerd"] }]),
    ...["image", "archive", "sha256", "nodes[0]"].map((key): [string, Edit] => [`containerd.images[0].${key}`, { "containerd.images[0]": image, "nodes[0].roles": ["containerd"] }]),
    ...["cluster", "zkPath", "workDir", "executorRegistrationTimeout", "agentPingTimeout", "ports[0]"].map((key): [string, Edit] => [`mesos.${key}`, {}]),
    ...["zkPath", "frameworkName"].map((key): [string, Edit] => [`marathon.${key}`, {}]),
    ...["host", "user", "privateKeyFile"].map((key): [string, Edit] => [`provider.bastion.${key}`, bastion]),
    ...[
        ...["bastion", "operatorCidrs[0]", "vswitches[0].subnet", "vswitches[0].zone", "image.id", "instance.type", "resourceGroupId"],
        ...["instances[0].nodes[0]", "instances[0].type", "openings[0].ports", "openings[0].from[0]"],
        ...["disks[0].name", "disks[0].mount", "disks[0].nodes[0]", "disks[0].existing[0].node", "disks[0].existing[0].id"],
    ].map((key): [string, Edit] => [`provider.${key}`, cloud]),
    ...["engine", "address", "publishAddress"].map((key): [string, Edit] => [`provider.${key}`, containers]),
    ["mirror.node", {}],
    ["marathonBridge.bind", {}],
    ...["serviceNetwork", "domain", "clusterName", "dns.address", "kubelet.reserved.cpu", "kubelet.reserved.memory"].map((key): [string, Edit] => [`kubernetes.${key}`, {}]),
    ...["prefix", "network", "subnetMin", "subnetMax"].map((key): [string, Edit] => [`flannel.${key}`, { "nodes[0].roles": ["docker", "etcd", "flannel"] }]),
    ["mesos.otherNetworks[0]", {}],
    ...["pools[0].name", "pools[0].cidr", "networks[0].name", "networks[0].pools[0]", "dockerNetworks[0].name", "dockerNetworks[0].pool", "policies[0].name"].map(
        (key): [string, Edit] => [`calico.${key}`, { ...base, ...dockerNetworks, "calico.policies": [{ name: "one" }] }],
    ),
    ...entities.flatMap((at) =>
        ["nets[0]", "notNets[0]", "ports[0]", "notPorts[0]"].map((key): [string, Edit] => [
            `${at}.${key}`,
            { ...base, "calico.policies": [{ name: "one", ingress: [{ action: "Allow", protocol: "TCP" }], egress: [{ action: "Allow", protocol: "TCP" }] }] },
        ]),
    ),
    ...["node", "image", "dataDir", "configDir"].map((key): [string, Edit] => [`registry.${key}`, { "registry.node": "master1" }]),
    ...["registry.dataDir", "mirror.dataDir", "mirror.upstream"].map((key): [string, Edit] => [`imageRegistries.${key}`, { security: "seed", "nodes[0].roles[4]": "image-mirror" }]),
    ["kubernetesDns.upstreams[0]", cluster],
    ...["nodes[0]", "group", "image"].map((key): [string, Edit] => [`marathonLb.${key}`, { "marathonLb.nodes": ["master1"] }]),
];

/** Whether the text is let in: nothing is said of that very key. */
function accepted(key: string, around: Edit, text: string): boolean {
    const raw = changed({ ...around, [key]: text });
    // The schema refuses nearly all, and takes a third of the time; the rules are asked about what it lets in.
    const shape = dataCentreSchema.safeParse(raw).error?.issues ?? [];
    const refused = shape.length > 0 ? shapeFaults(systems.form, raw, shape) : parseDataCentre(raw, { stack: "local" }).faults;
    return !refused.some((fault) => fault.key === `datacentre:${key}`);
}

it.each(places)("%s takes nothing that a shell or a path would take apart", (key, around) => {
    expect(bad.filter((text) => accepted(key, around, text))).toEqual([]);
    fc.assert(
        fc.property(nasty, (text) => {
            if (accepted(key, around, text)) {
                // {name} and {address} stand for a member's own in a URL, and are gone before anything is written.
                const plain = key.startsWith("etcd.advertise") ? text.replaceAll(/\{(name|address)\}/g, "x") : text;
                expect(plain).not.toMatch(unsafe);
                expect(plain).not.toMatch(climbs);
                expect(plain).not.toMatch(/^-|^$/);
            }
        }),
        { numRuns: 20 },
    );
});

it("knows every free text of the description", () => {
    // A text that is added to the schema has to be added above, or here, among those that never reach a shell.
    const elsewhere = [
        ...["docker.credentials[0].username", "docker.credentials[0].password", "nodes[0].ssh.hostKey"],
        // These go to the cloud's interface alone.
        ...["provider.image.nameRegex", "provider.openings[0].why", "provider.instance.ramRole", "provider.instances[0].ramRole"],
        // Read by us when the description is, and gone from it then.
        "extends",
        "provider.bastion.hostKey",
        // Read by make alone.
        ...["fallbacks[0].unreached", "fallbacks[0].take", "fallbacks[0].unpublished.repositories[0]", "fallbacks[0].unpublished.images[0]"],
        // Selectors go to calicoctl within YAML; they have quotes and brackets.
        ...["calico.policies[0].selector", ...entities.flatMap((at) => [`${at}.selector`, `${at}.notSelector`])],
        ...["marathon.credentials.username", "marathon.credentials.password", "marathonBridge.statsPassword"],
        ...["imageRegistries.mirror.credentials.username", "imageRegistries.mirror.credentials.password"],
        ...leaves.filter((leaf) => sourceKinds(leaf).includes("repository")).map(({ name }) => `sources.${name}.key`),
    ];
    const known = new Set([...places.map(([key]) => key), ...elsewhere].map((key) => key.replaceAll("[0]", "")));
    const whole = JSON.parse(stackFileSchema(systems.form)) as { properties: { config: Schema } };
    const found = Object.entries(whole.properties.config.properties ?? {}).flatMap(([key, schema]) =>
        freeTexts(schema, key.replace("datacentre:", "")),
    );
    expect(found.length).toBeGreaterThan(30);
    expect([...new Set(found)].filter((key) => !known.has(key))).toEqual([]);
});

interface Schema {
    type?: string;
    enum?: unknown;
    const?: unknown;
    properties?: Record<string, Schema>;
    items?: Schema;
    oneOf?: Schema[];
    anyOf?: Schema[];
}

/** Keys of all texts that are no choice from a list, and not how Pulumi writes an encrypted one. */
function freeTexts(schema: Schema, key: string): string[] {
    const here = schema.type === "string" && schema.enum === undefined && schema.const === undefined && !key.endsWith(".secure");
    const groups = [schema.items, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].filter((below) => below !== undefined);
    return [
        ...(here ? [key] : []),
        ...Object.entries(schema.properties ?? {}).flatMap(([name, below]) => freeTexts(below, `${key}.${name}`)),
        ...groups.flatMap((below) => freeTexts(below, key)),
    ];
}

it("lets good names in", () => {
    const { faults } = check({
        "nodes[4]": { name: "a-1", address: "172.18.1.9", roles: [] },
        "docker.dataRoot": "/srv/docker_data-1.0",
        "docker.registryMirrors": ["https://mirror.example:8443/"],
        "etcd.advertise": ["http://{name}.dc.example:2379", "http://{address}:4001"],
        "etcd.token": "my.token_1",
        timeServers: ["ntp.example", "172.18.1.254", "2001:db8::1"],
        "provider.image": "registry.example:5000/team/host@sha256",
    });
    expect(faults).toEqual([]);
});
