/** Descriptions of containerd: what is refused or warned of, by key, with the remedy; and what is taken. */
import { faultLine, type Fault } from "../../config";
import { check, node, type Edit } from "./good";

type Told = Readonly<Record<string, RegExp>>;
type Row = readonly [what: string, edit: Edit, told: Told];

const engine: Edit = { "nodes[4]": node("pods", 9, "containerd") };
/** But for the even number of etcd members, which the stack has as it is. */
const told = (warnings: readonly Fault[]): Fault[] => warnings.filter(({ key }) => key !== "datacentre:nodes");
const short = ({ key }: Fault): string => key.replace("datacentre:", "");

function expectTold(faults: readonly Fault[], told: Told): void {
    expect(faults.map(short).sort()).toEqual(Object.keys(told).sort());
    faults.forEach((fault) => expect(faultLine(fault)).toMatch(told[short(fault)]!));
}

const image = { image: "busybox:1", archive: "file:///srv/busybox.tar" };
const refused: Row[] = [
    ["a node with both engines", { "nodes[4].roles": ["containerd", "docker"] }, { "nodes[4].roles": /pods has the roles docker and containerd.*one node cannot be both/ }],
    ["a registry without TLS", { "containerd.insecureRegistries[0]": "master1:5000" }, { "containerd.insecureRegistries[0]": /without TLS.*security: seed/ }],
    ["a mirror without TLS", { "containerd.registryMirrors[0]": "http://m.example" }, { "containerd.registryMirrors[0]": /https:\/\/m\.example/ }],
    ["a mirror with a path", { "containerd.registryMirrors[0]": "https://m.example/v2" }, { "containerd.registryMirrors[0]": /Write https:\/\/m\.example/ }],
    ["a registry on no port", { security: "seed", "containerd.insecureRegistries[0]": "m:99999" }, { "containerd.insecureRegistries[0]": /from 1 to 65535/ }],
    ["Docker's word for its root", { "containerd.dataRoot": "/data/x" }, { "containerd.dataRoot": /Use root/ }],
    ["containerd's own word for the cgroup driver", { "containerd.SystemdCgroup": true }, { "containerd.SystemdCgroup": /Use cgroupDriver/ }],
    ["an unknown snapshotter", { "containerd.snapshotter": "overlay2" }, { "containerd.snapshotter": /overlayfs, native/ }],
    ["a root of the system's", { "containerd.root": "/var/lib" }, { "containerd.root": /such as \/data\/containerd/ }],
    ["a root within another system's data", { "nodes[4].roles": ["containerd", "etcd"], "containerd.root": "/var/lib/etcd/default.etcd/x" }, { "containerd.root": /is within/ }],
    ["a node's own root within the system's", { "nodes[4].containerd": { root: "/etc/containerd" } }, { "nodes[4].containerd.root": /such as \/data\/containerd/ }],
    ["an image twice", { "containerd.images": [image, image] }, { "containerd.images[1].image": /stands in containerd\.images\[0\] already/ }],
    ["an archive that is not pinned", { "containerd.images": [{ ...image, archive: "https://m.example/x.tar" }] }, { "containerd.images[0].sha256": /sha256sum/ }],
    ["an image for a node without the engine", { "containerd.images": [{ ...image, nodes: ["master1"] }] }, { "containerd.images[0].nodes[0]": /no node with the role containerd.*pods/ }],
    ["a sandbox image of no version", { "containerd.sandboxImage": "registry.k8s.io/pause" }, { "containerd.sandboxImage": /such as :3\.10/ }],
    ["a sandbox image that is not reached", { "containerd.reachableRegistries": [] }, { "containerd.sandboxImage": /pods does not reach registry\.k8s\.io, and is not given registry\.k8s\.io\/pause:3\.10/ }],
    ["logins", { "containerd.credentials": [] }, { "containerd.credentials": /imagePullSecrets/ }],
];

it.each(refused)("refuses %s", (_, edit, told) => {
    const { faults, dataCentre } = check({ ...engine, ...edit });
    expectTold(faults, told);
    faults.forEach(({ remedy }) => expect(remedy).not.toBe(""));
    expect(dataCentre).toBeUndefined();
});

it.each<Row>([
    ["settings without the role", { "containerd.root": "/data/containerd" }, { containerd: /no node has the role containerd/ }],
    ["a node's settings without the role", { "nodes[1].containerd": { root: "/data/containerd" } }, { "nodes[1].containerd": /lacks its role/ }],
    ["layers that are copied", { ...engine, "nodes[4].containerd": { snapshotter: "native" } }, { "nodes[4].containerd.snapshotter": /use overlayfs/i }],
])("allows %s, with a warning", (_, edit, expected) => {
    const { faults, warnings, dataCentre } = check(edit);
    expect(faults).toEqual([]);
    expectTold(told(warnings), expected);
    expect(dataCentre).toBeDefined();
});

it.each<[string, Edit]>([
    ["the role alone", {}],
    ["a sandbox image that is an archive where nothing is reached", { "containerd.reachableRegistries": [], "containerd.images": [{ image: "registry.k8s.io/pause:3.10", archive: "file:///srv/pause.tar" }] }],
    ["a sandbox image of the stack's own registry", { "nodes[4].roles": ["containerd", "image-registry"], "containerd.reachableRegistries": [], "containerd.sandboxImage": "pods:443/pause:3.10" }],
    ["registries as the engine's only users", { "nodes[4].roles": ["containerd", "image-registry", "image-mirror"] }],
    ["the profile's plain registries", { security: "seed", "containerd.insecureRegistries": ["m.example:80"], "containerd.registryMirrors": ["http://m.example:5000"] }],
])("takes %s", (_, edit) => {
    const { faults, warnings } = check({ ...engine, ...edit });
    expect([faults, told(warnings)]).toEqual([[], []]);
});
