/** Descriptions with one thing wrong: exactly that is named, by its key, with a remedy that helps. */
import { faultLine, type Fault } from "../../config";
import { check, existing, sibling } from "./good";
import { docker, networks, nodes, services, volumes, warned, type Row } from "./refused";

// Padded, since jest gives a test with a free last parameter its `done`.
const rows = (...tables: Row[][]) =>
    tables.flat().map(([what, edit, told, context]) => [what, edit, told, context ?? {}] as const);

/** Holds the faults' keys, each once, and their texts against what was to be told. */
function expectTold(faults: readonly Fault[], told: Row[2]): void {
    const keys = Object.keys(told).map((key) => `datacentre:${key}`);
    expect([...new Set(faults.map(({ key }) => key))].sort()).toEqual(keys.sort());
    for (const fault of faults) {
        const text = told[fault.key.replace("datacentre:", "")];
        expect(text && faultLine(fault)).toMatch(text ?? /^$/);
        expect(fault.remedy).not.toBe("");
    }
}

it.each(rows(nodes, networks, docker, volumes, services))("refuses %s", (_, edit, told, context) => {
    const { faults, dataCentre } = check(edit, context);
    expectTold(faults, told);
    expect(faults).toHaveLength(Object.keys(told).length);
    expect(dataCentre).toBeUndefined();
});

it.each(rows(warned))("allows %s, with a warning", (_, edit, told, context) => {
    const { faults, warnings, dataCentre } = check(edit, context);
    expect(faults).toEqual([]);
    expectTold(warnings, told);
    expect(dataCentre).toBeDefined();
});

it("names every fault at once, also where some keep others from their form", () => {
    const { faults } = check({
        "nodes[3].name": "agent 3",
        "nodes[2].address": "172.18.1.1",
        "nodes[1].roles[2]": "zookeper",
        "provider.kind": "dokcer",
        "versions.etcd": "9",
        "etcd.advertise[0]": "master1:4001",
        "etcd.electionMs": "soon",
        security: "none",
        "glusterfs.volumes[0].arbiter": "agent1:/data/arbiter",
        extra: true,
    });
    expect(faults.map(({ key }) => key).sort()).toEqual([
        "datacentre:etcd.advertise[0]",
        "datacentre:etcd.electionMs",
        "datacentre:extra",
        "datacentre:glusterfs.volumes[0].arbiter",
        "datacentre:glusterfs.volumes[1].bricks[3]",
        "datacentre:nodes[1].roles[2]",
        "datacentre:nodes[2].address",
        "datacentre:nodes[3].name",
        "datacentre:provider.kind",
        "datacentre:security",
        "datacentre:versions.etcd",
    ]);
});

it("judges what is there when a whole group has the wrong form", () => {
    const { faults } = check({
        glusterfs: "none",
        zookeeper: [],
        "etcd.electionMs": 400,
        "docker.credentials": "x",
        timeServers: {},
    });
    expect(faults.map(({ key }) => key).sort()).toEqual([
        "datacentre:docker.credentials",
        "datacentre:etcd.electionMs",
        "datacentre:glusterfs",
        "datacentre:timeServers",
        "datacentre:zookeeper",
    ]);
});

it("judges what is there beside lists, free keys and texts of several forms that are wrong", () => {
    const { faults } = check({
        "docker.images": [{ image: "a:1", archive: "ftp://mirror.example/a.tar" }],
        "mesos.ports": ["soon"],
        "mesos.agentFlags": { "Offer-Timeout": "5mins", offer_timeout: 5 },
        registry: { port: 5000 },
        "provider.kind": "alicloud",
        "etcd.electionMs": 400,
    });
    expect(Object.fromEntries(faults.map((fault) => [fault.key.replace("datacentre:", ""), faultLine(fault)]))).toEqual({
        "docker.images[0].archive": expect.stringMatching(/"ftp:.*not in a form that is allowed here\. Use file:\/\/ and .*; or use a whole URL/),
        "etcd.electionMs": expect.stringMatching(/at least 500/),
        "mesos.agentFlags.Offer-Timeout": expect.stringMatching(/such as offer_timeout/),
        "mesos.agentFlags.offer_timeout": expect.stringMatching(/a number and should be a text/),
        "mesos.ports[0]": expect.stringMatching(/use a range in quotes/i),
        "provider.bastion": expect.stringMatching(/this is missing/),
        "provider.gateway": expect.stringMatching(/no key gateway here/),
        "provider.operatorCidrs": expect.stringMatching(/this is missing/),
        "provider.region": expect.stringMatching(/this is missing/),
        "registry.node": expect.stringMatching(/this is missing/),
        registry: expect.stringMatching(/role marathon/),
    });
});

it("allows a node without roles that another stack manages", () => {
    const nodesOfOther = [{ name: "x", address: "172.18.1.2", hasRoles: false }];
    expect(check(existing, { siblings: [sibling({ nodes: nodesOfOther })] }).faults).toEqual([]);
});

it("does not compare with a cloud account's stacks", () => {
    const nodesOfOther = [{ name: "x", address: "172.18.1.1", hasRoles: true }];
    const cloud = sibling({ kind: "alicloud", prefix: "dc", subnet: "172.18.1.0/24", nodes: nodesOfOther });
    expect(check({}, { siblings: [cloud] }).faults).toEqual([]);
});

it("allows document 000's registry with the security profile that says so", () => {
    const { faults } = check({
        security: "seed",
        "docker.insecureRegistries": ["master1:5000"],
        "docker.registryMirrors": ["http://master1:5001/"],
    });
    expect(faults).toEqual([]);
});
