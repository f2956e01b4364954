/** Mesos, Marathon and apps: descriptions with one thing wrong, each named by its key with a remedy that helps. */
import { faultLine } from "../../config";
import { checkWhole, node, type Edit } from "./good";

type Row = readonly [what: string, edit: Edit, told: Readonly<Record<string, RegExp>>];

const app = (more: object = {}) => ({ id: "/web", cpus: 0.1, mem: 32, cmd: "sleep 100", ...more });
const image = (name: string, more: object = {}) => app({ cmd: undefined, container: { type: "DOCKER", docker: { image: name } }, ...more });
const secondMaster = { "nodes[1].roles": ["docker", "glusterfs", "zookeeper", "etcd", "mesos-agent", "mesos-master"] };
const thirdMaster = { ...secondMaster, "nodes[2].roles": ["docker", "glusterfs", "zookeeper", "etcd", "mesos-agent", "mesos-master"] };
const remote = { kind: "repository", apt: { url: "https://mirror.example/mesos", suite: "bookworm" } };

const rows: Row[] = [
    ["two masters", secondMaster, { nodes: /2 nodes have the role mesos-master.*half against half.*one or 3/ }],
    ["a quorum that half of the masters reach", { ...thirdMaster, "mesos.quorum": 1 }, { "mesos.quorum": /two halves of 3 masters.*Use 2/ }],
    ["a quorum that no masters reach", { "mesos.quorum": 2 }, { "mesos.quorum": /never reached by one master.*Use 1/ }],
    ["an agent without engine", { "nodes[3].roles": ["glusterfs", "etcd", "mesos-agent"] }, { "nodes[3].roles": /lacks the role docker/ }],
    ["a flag that has a key", { "mesos.agentFlags": { hostname: "x" } }, { "mesos.agentFlags.hostname": /mesos\.advertise/ }],
    ["Marathon's flag that has a key", { "marathon.flags": { zk: "x" } }, { "marathon.flags.zk": /marathon\.zkPath/ }],
    ["a range of ports above all ports", { "mesos.ports": ["31000-99999"] }, { "mesos.ports[0]": /no range of ports/ }],
    ["a range of ports backwards", { "nodes[1].mesos.ports": ["32000-31000"] }, { "nodes[1].mesos.ports[0]": /the lower one first/ }],
    ["a duration without unit", { "mesos.agentPingTimeout": "15" }, { "mesos.agentPingTimeout": /secs, mins/ }],
    ["a repository that is checked by nothing", { "sources.mesos": remote }, { "sources.mesos.key": /checked by nothing.*public key/ }],
    ["a repository without address", { "sources.mesos": { kind: "repository" } }, { "sources.mesos": /no address/ }],
    ["a version that is not there", { "versions.mesos": "1.9" }, { "versions.mesos": /1\.11\.0, 1\.5\.3/ }],
    ["a registry on no agent", { "registry.node": "agent9" }, { "registry.node": /no node with the role mesos-agent.*master1/ }],
    ["marathon-lb on no agent", { "marathonLb.nodes": ["nobody"] }, { "marathonLb.nodes[0]": /no node with the role mesos-agent/ }],
    ["marathon-lb twice on an agent", { "marathonLb.nodes": ["master1", "master1"] }, { "marathonLb.nodes[1]": /each node once/ }],
    ["the registry in ZooKeeper's data", { "registry.dataDir": "/var/lib/zookeeper/images" }, { "registry.dataDir": /within/ }],
    ["Marathon at the agent's port", { "marathon.port": 5051 }, { "marathon.port": /would both listen/ }],
    ["an archive without checksum", { "docker.images[3]": { image: "a:1", archive: "https://mirror.example/a.tar" } }, { "docker.images[3].sha256": /pinned/ }],
    ["a constraint that names a node where agents advertise addresses", { apps: [app({ constraints: [["hostname", "CLUSTER", "agent1"]] })] }, {
        "apps[0].constraints[0]": /agent1 is a node's name, and its agent advertises 172\.18\.1\.2.*write.*172\.18\.1\.2/i,
    }],
    ["a constraint that names no agent", { apps: [app({ constraints: [["hostname", "CLUSTER", "10.9.9.9"]] })] }, { "apps[0].constraints[0]": /fits no agent/ }],
    ["two apps on one host port", {
        apps: ["/a", "/b"].map((id) =>
            image("master1:5000/x:1", {
                id,
                constraints: [["hostname", "CLUSTER", "172.18.1.2"]],
                networks: [{ mode: "container/bridge" }],
                container: { type: "DOCKER", docker: { image: "master1:5000/x:1" }, portMappings: [{ containerPort: 80, hostPort: 31080 }] },
            }),
        ),
    }, { "apps[1].container.portMappings[0].hostPort": /31080/ }],
    ["an app larger than any agent", { "nodes[0].mesos.memMiB": 512, "nodes[1].mesos.memMiB": 512, "nodes[2].mesos.memMiB": 512, "nodes[3].mesos.memMiB": 512, apps: [app({ mem: 4096 })] }, {
        "apps[0].mem": /4096/,
    }],
    ["an image without registry where none is reached", { apps: [image("team/web:1")] }, { "apps[0].container.docker.image": /Docker Hub.*push it to master1:5000/i }],
    ["a field with a slip", { apps: [app({ instnaces: 2 })] }, { "apps[0].instnaces": /instances/ }],
    ["cmd and args", { apps: [app({ args: ["x"] })] }, { "apps[0].args": /cmd/ }],
    ["an id of ours", { apps: [app({ id: "/registry" })] }, { "apps[0].id": /another app is \/registry/ }],
    ["an app without Marathon", { "nodes[0].roles": ["docker", "glusterfs", "zookeeper", "etcd", "mesos-master", "mesos-agent"], apps: [app()], registry: undefined, marathonLb: undefined }, { apps: /no Marathon/ }],
    ["a dependency on itself", { apps: [app({ dependencies: ["/web"] })] }, { "apps[0].dependencies[0]": /itself/ }],
    ["a host port that is none", { apps: [app({ portDefinitions: [{ port: 310000 }] })] }, { "apps[0].portDefinitions[0].port": /65535/ }],
];

it.each(rows.map(([what, edit, told]) => [what, edit, told] as const))("refuses %s", (_, edit, told) => {
    const { faults, dataCentre } = checkWhole(edit);
    expect(faults.map(({ key }) => key.replace("datacentre:", "")).sort()).toEqual(Object.keys(told).sort());
    for (const fault of faults) {
        expect(faultLine(fault)).toMatch(told[fault.key.replace("datacentre:", "")] ?? /^$/);
    }
    expect(dataCentre).toBeUndefined();
});

it("warns of old spellings, and of an API that anybody may use", () => {
    const old = { id: "/old", cpus: 0.1, mem: 32, container: { type: "DOCKER", docker: { image: "master1:5000/x:1", network: "BRIDGE" } } };
    const { dataCentre, warnings } = checkWhole({ apps: [old], security: "default", docker: { images: [] }, registry: undefined, marathonLb: undefined });
    expect(dataCentre).toBeDefined();
    const keys = warnings.map(({ key }) => key);
    expect(keys).toContain("datacentre:marathon.credentials");
    expect(keys.some((key) => key.startsWith("datacentre:apps[0].container.docker.network"))).toBe(true);
});

it("allows three masters, and a node that is an agent only", () => {
    expect(checkWhole(thirdMaster).faults).toEqual([]);
    expect(checkWhole({ "nodes[4]": node("agent4", 5, "docker", "mesos-agent") }).faults).toEqual([]);
});
