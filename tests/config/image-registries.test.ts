/** Descriptions of the private registry and its mirrors: what is refused or warned of, by key, with the remedy; and what is taken. */
import { faultLine, type Fault } from "../../config";
import { check, checkWhole, node, type Edit } from "./good";

type Told = Readonly<Record<string, RegExp>>;
type Row = readonly [what: string, edit: Edit, told: Told];

const both: Edit = { "nodes[4]": node("images", 9, "docker", "image-registry", "image-mirror") };
/** But for the even number of etcd members, which the stack has as it is. */
const told = (warnings: readonly Fault[]): Fault[] => warnings.filter(({ key }) => key !== "datacentre:nodes");
const short = ({ key }: Fault): string => key.replace("datacentre:", "");

function expectTold(faults: readonly Fault[], told: Told): void {
    expect(faults.map(short).sort()).toEqual(Object.keys(told).sort());
    faults.forEach((fault) => expect(faultLine(fault)).toMatch(told[short(fault)]!));
}

const spec = "imageRegistries";
const refused: Row[] = [
    ["plain HTTP without the profile that says so", { [`${spec}.tls`]: false }, { [`${spec}.tls`]: /without TLS: anybody.*security: seed/ }],
    ["a second registry", { "nodes[3].roles[2]": "image-registry" }, { "nodes[4].roles": /agent3 has the role image-registry already, and images would.*image-mirror may be on several/ }],
    ["both at one port of one node", { [`${spec}.registry.port`]: 5000 }, { [`${spec}.mirror.port`]: /the mirror of a registry and the private registry would both listen on port 5000 of images/ }],
    ["an upstream with a path", { [`${spec}.mirror.upstream`]: "https://hub.example/v2" }, { [`${spec}.mirror.upstream`]: /has the path \/v2.*[Ww]rite https:\/\/hub\.example/ }],
    ["an upstream without scheme", { [`${spec}.mirror.upstream`]: "hub.example" }, { [`${spec}.mirror.upstream`]: /begins with http/ }],
    ["an upstream on no port", { [`${spec}.mirror.upstream`]: "https://hub.example:99999" }, { [`${spec}.mirror.upstream`]: /from 1 to 65535/ }],
    ["the stack's own registry as the upstream", { [`${spec}.mirror.upstream`]: "https://images/" }, { [`${spec}.mirror.upstream`]: /images is this stack's own registry.*that is elsewhere/ }],
    ["the mirror as its own upstream", { [`${spec}.mirror.upstream`]: "https://172.18.1.9:5000" }, { [`${spec}.mirror.upstream`]: /this stack's own mirror/ }],
    ["one directory for both", { [`${spec}.mirror.dataDir`]: "/data/docker-registry/private" }, { [`${spec}.mirror.dataDir`]: /is also the images of the private registry/ }],
    ["one's directory within the other's", { [`${spec}.mirror.dataDir`]: "/data/docker-registry/private/mirror" }, { [`${spec}.mirror.dataDir`]: /is within .*the images of the private registry.*none within another/ }],
    ["a directory within Docker's", { [`${spec}.registry.dataDir`]: "/mnt/docker-data/images" }, { [`${spec}.registry.dataDir`]: /is within .*Docker's data/ }],
    ["the system's directory", { [`${spec}.registry.dataDir`]: "/var/lib" }, { [`${spec}.registry.dataDir`]: /such as \/data\/docker-registry\/private/ }],
    ["the program's own word for the upstream", { [`${spec}.mirror.remoteurl`]: "https://hub.example" }, { [`${spec}.mirror.remoteurl`]: /Use upstream/ }],
    ["a time for what was fetched, which the program does not have", { [`${spec}.mirror.ttl`]: "24h" }, { [`${spec}.mirror.ttl`]: /seven days, and has no setting/ }],
    ["an hour that no day has", { [`${spec}.registry.garbageCollection.hour`]: 24 }, { [`${spec}.registry.garbageCollection.hour`]: /23/ }],
];

it.each(refused)("refuses %s", (_, edit, told) => {
    const { faults, dataCentre } = check({ ...both, ...edit });
    expectTold(faults, told);
    faults.forEach(({ remedy }) => expect(remedy).not.toBe(""));
    expect(dataCentre).toBeUndefined();
});

it("refuses the port of another system", () => {
    expectTold(checkWhole({ "nodes[0].roles": ["docker", "glusterfs", "zookeeper", "etcd", "mesos-master", "mesos-agent", "marathon", "image-mirror"] }).faults, {
        "registry.port": /would both listen on port 5000 of master1/,
    });
});

it.each<Row>([
    ["settings without a role", { [`${spec}.mirror.port`]: 5000 }, { [spec]: /no node has a role of image-registry, image-mirror/ }],
    ["roles that no engine uses", { nodes: [node("images", 9, "image-registry")], glusterfs: undefined }, { "nodes[0].roles": /no engine of this stack uses.*[Gg]ive one of them/ }],
    ["an upstream without TLS", { ...both, [`${spec}.mirror.upstream`]: "http://hub.example" }, { [`${spec}.mirror.upstream`]: /without TLS.*https:\/\/hub\.example/ }],
])("allows %s, with a warning", (_, edit, expected) => {
    const { faults, warnings, dataCentre } = check(edit);
    expect(faults).toEqual([]);
    expectTold(told(warnings), expected);
    expect(dataCentre).toBeDefined();
});

it.each<[string, Edit]>([
    ["both by the roles alone", both],
    ["several mirrors", { ...both, "nodes[3].roles[2]": "image-mirror" }],
    ["document 004's plain HTTP", { ...both, security: "seed" }],
    ["TLS where the profile would not ask for it", { ...both, security: "seed", [`${spec}.tls`]: true }],
    ["an upstream with a slash behind it", { ...both, [`${spec}.mirror.upstream`]: "https://hub.example:8443/" }],
])("takes %s", (_, edit) => {
    const { faults, warnings } = check(edit);
    expect([...faults, ...told(warnings)].map(faultLine)).toEqual([]);
});

it("is not for nodes that are containers", () => {
    const { faults } = check({ provider: { kind: "containers", prefix: "dc", subnet: "172.18.1.0/24" }, nodes: [node("images", 9, "image-registry")], glusterfs: undefined });
    expect(faults.map(faultLine).join("\n")).toMatch(/image-registry.*host/);
});
