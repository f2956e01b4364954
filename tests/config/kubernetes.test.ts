/** Descriptions of Kubernetes: what is refused or warned of, by key, with the remedy; and what is taken. */
import { parseDataCentre } from "../../components/description";
import { faultLine, type Fault } from "../../config";
import { readStackFile } from "../../config/files";
import { changed, type Edit } from "./good";

/** The stack `kubernetes` as a person wrote it. */
const base = () => structuredClone(readStackFile("kubernetes")!.config) as never;
const check = (edit: Edit = {}) => parseDataCentre(changed(edit, base()), { stack: "kubernetes" });
const short = ({ key }: Fault): string => key.replace("datacentre:", "");

type Told = Readonly<Record<string, RegExp>>;
type Row = readonly [what: string, edit: Edit, told: Told];

function expectTold(faults: readonly Fault[], told: Told): void {
    expect([...new Set(faults.map(short))].sort()).toEqual(Object.keys(told).sort());
    for (const [key, words] of Object.entries(told)) {
        expect(faults.filter((fault) => short(fault) === key).map(faultLine).join("\n")).toMatch(words);
    }
    faults.forEach(({ remedy }) => expect(remedy).not.toBe(""));
}

const net = "kubernetes.serviceNetwork";
const dns = "kubernetes.dns.address";
const long = "a".repeat(53);
const master2 = { name: "master2", address: "172.18.4.9", roles: ["containerd", "flannel", "kubernetes-master", "kubernetes-node"] };

const refused: Row[] = [
    ["services within the pods' network, unless subnetMax keeps them apart", { "flannel.subnetMax": "10.0.255.0" }, { [net]: /10\.0\.201\.0\/24 overlaps the pods' network 10\.0\.0\.0\/16.*keep them apart by datacentre:flannel\.subnetMax/i }],
    ["services over the hosts' network", { [net]: "172.18.0.0/16" }, { [net]: /overlaps the hosts' network 172\.18\.4\.0\/24/ }],
    ["services over a name that nobody has", { [net]: "127.0.0.0/16" }, { [net]: /where nobody has an address/ }],
    ["a service range that is an address within one", { [net]: "10.96.0.1/16" }, { [net]: /write 10\.96\.0\.0\/16/i }],
    ["a service range of too few addresses", { [net]: "10.96.0.0/29" }, { [net]: /has room for 6 services.*from \/12 to \/27/ }],
    ["a service range of too many", { [net]: "10.0.0.0/8", "flannel.network": "192.168.0.0/16", "flannel.subnetMin": undefined, "flannel.subnetMax": undefined }, { [net]: /more addresses than Kubernetes takes/ }],
    ["a service range that is none", { [net]: "10.96.0.0" }, { [net]: /CIDR/ }],
    ["a name server outside of the service range", { [dns]: "10.0.202.10" }, { [dns]: /outside of the service range 10\.0\.201\.0\/24.*such as 10\.0\.201\.10/ }],
    ["a name server at the API's own address", { [dns]: "10.0.201.1" }, { [dns]: /gives to the API itself/ }],
    ["a name server at the range's end", { [dns]: "10.0.201.255" }, { [dns]: /is an end of 10\.0\.201\.0\/24/ }],
    ["a domain that is no DNS name", { "kubernetes.domain": "Cluster_Local" }, { "kubernetes.domain": /DNS name/ }],
    ["a domain that everybody has for something else", { "kubernetes.domain": "local" }, { "kubernetes.domain": /mDNS/ }],
    ["a domain that ends with a node's name", { "kubernetes.domain": "cluster.node1" }, { "kubernetes.domain": /the name of a node/ }],
    ["a domain that looks like an address", { "kubernetes.domain": "10.0.0.1" }, { "kubernetes.domain": /for an address/ }],
    ["an even number of masters", { "nodes[3]": master2 }, { nodes: /2 masters.*1 or 3 nodes/ }],
    ["a node's name that is too long for a certificate", { "nodes[1].name": long }, { "nodes[1].name": /53 characters.*at most 52/ }],
    ["a node's name that Kubernetes refuses", { "nodes[1].name": "Node_1" }, { "nodes[1].name": /lower-case/ }],
    ["a master that is no node", { "nodes[0].roles": ["etcd", "containerd", "flannel", "kubernetes-master"] }, { "nodes[0].roles": /without the role kubernetes-node/ }],
    ["a node without an engine", { "nodes[1].roles": ["flannel", "kubernetes-node"] }, { "nodes[1].roles": /without the role containerd/ }],
    ["a node without a network", { "nodes[1].roles": ["containerd", "kubernetes-node"] }, { "nodes[1].roles": /without the role flannel/ }],
    ["nodes without a master", { "nodes[0].roles": ["etcd", "containerd", "flannel", "kubernetes-node"] }, { nodes: /none with kubernetes-master/ }],
    ["an API without etcd", { "nodes[0].roles": ["containerd", "flannel", "kubernetes-master", "kubernetes-node"] }, { nodes: /none with etcd/ }],
    ["an API that speaks to etcd without TLS", { "etcd.tls": false }, { "etcd.tls": /anybody on the network could read.*write tls: true/i }],
    ["a pod network too small for the nodes", { "flannel.network": "10.0.0.0/24", "flannel.subnetLen": 26, "flannel.subnetMin": "10.0.0.64", "flannel.subnetMax": "10.0.0.128", "kubernetes.kubelet.maxPods": 50 }, { "flannel.subnetMax": /2 .*3/ }],
    ["more pods than a subnet has addresses", { "kubernetes.kubelet.maxPods": 254 }, { "kubernetes.kubelet.maxPods": /has 253 addresses.*at most 253, or datacentre:flannel\.subnetLen 23/ }],
    ["image garbage collection that never ends", { "kubernetes.kubelet.imageGC": { highPercent: 70, lowPercent: 80 } }, { "kubernetes.kubelet.imageGC.lowPercent": /less than 70/ }],
    ["an etcd that is too small", { "etcd.quotaBackendMiB": 32 }, { "etcd.quotaBackendMiB": /32 MiB/ }],
    ["Calico on a node of Kubernetes", { "nodes[1].roles": ["containerd", "flannel", "kubernetes-node", "calico"] }, { "nodes[1].roles": /calico and flannel: two networks/, "etcd.tls": /./ }],
    ["Docker on a node of Kubernetes", { "nodes[1].roles": ["docker", "containerd", "flannel", "kubernetes-node"] }, { "nodes[1].roles": /Docker brings one that it configures itself/ }],
    ["the port of another system", { "kubernetes.apiPort": 2379 }, { "kubernetes.apiPort": /2379 of master1/ }],
    ["the API and the proxy at one port", { "kubernetes.proxyPort": 6443 }, { "kubernetes.proxyPort": /6443 of master1/ }],
    ["no word on where it is from", { "sources.kubernetes": undefined }, { "sources.kubernetes": /dl\.k8s\.io\/v1\.36\.3.*sha256/ }],
    ["a download without a checksum", { "sources.kubernetes.url": "https://dl.k8s.io/v1.36.3/kubernetes-server-linux-amd64.tar.gz" }, { "sources.kubernetes.sha256": /pinned by its sha256/ }],
    ["a version that this is not made for", { "versions.kubernetes": "1.2.3" }, { "versions.kubernetes": /1\.2\.3 is not among those.*1\.36, 1\.35/ }],
    ["a version without its last number", { "versions.kubernetes": "1.36" }, { "versions.kubernetes": /all three numbers/ }],
    ["an archive whose version nobody says", { "versions.kubernetes": undefined }, { "versions.kubernetes": /nothing says which version it holds/ }],
    ["the pods' network as a key of Kubernetes'", { "kubernetes.clusterCidr": "10.0.0.0/16" }, { "kubernetes.clusterCidr": /flannel\.network/ }],
    ["the document's word for the domain", { "kubernetes.clusterDomain": "test.com" }, { "kubernetes.clusterDomain": /[Uu]se domain/ }],
    ["a share that the kubelet does not take", { "kubernetes.kubelet.evictionHard": { "memory.available": "lots" } }, { "kubernetes.kubelet.evictionHard.memory.available": /share or a size/ }],
    ["a signal that there is none of", { "kubernetes.kubelet.evictionHard": { "cpu.available": "10%" } }, { "kubernetes.kubelet.evictionHard.cpu.available": /./ }],
];

it.each(refused)("refuses %s", (_, edit, told) => {
    const { faults, dataCentre } = check(edit);
    expectTold(faults, told);
    expect(dataCentre).toBeUndefined();
});

it("tells all faults at once", () => {
    const { faults } = check({ [dns]: "10.9.9.9", "kubernetes.domain": "localhost", "etcd.tls": false, "kubernetes.kubelet.maxPods": 500, "sources.kubernetes": undefined });
    expect(faults.map(short)).toEqual(expect.arrayContaining([dns, "kubernetes.domain", "etcd.tls", "kubernetes.kubelet.maxPods", "sources.kubernetes"]));
});

it.each<Row>([
    ["settings without a role", { nodes: [{ name: "a", address: "172.18.4.1", roles: ["etcd"] }] }, { kubernetes: /no node has a role of kubernetes-master, kubernetes-node/ }],
    ["a version that was not tried", { "versions.kubernetes": "1.36.9" }, { "versions.kubernetes": /was not tried here/ }],
    ["the document's domain", { "kubernetes.domain": "fxsoft.com" }, { "kubernetes.domain": /somebody's on the Internet.*fxsoft\.internal/ }],
    ["public addresses for services", { [net]: "11.0.0.0/16" }, { [net]: /public address space/ }],
])("allows %s, with a warning", (_, edit, told) => {
    const { faults, warnings, dataCentre } = check(edit);
    expect(faults.map(faultLine)).toEqual([]);
    for (const [key, words] of Object.entries(told)) {
        expect(warnings.filter((fault) => short(fault) === key).map(faultLine).join("\n")).toMatch(words);
    }
    expect(dataCentre).toBeDefined();
});

it.each<[string, Edit]>([
    ["the stack as it is", {}],
    ["today's usual ranges", { [net]: undefined, flannel: { network: "10.244.0.0/16" } }],
    ["three masters", { "nodes[1].roles": ["etcd", ...master2.roles], "nodes[2].roles": ["etcd", ...master2.roles] }],
    ["the release before", { "versions.kubernetes": "1.35.8" }],
    ["an archive of its publisher's", { "sources.kubernetes": { kind: "archive", url: "https://dl.k8s.io/v1.36.3/kubernetes-server-linux-amd64.tar.gz", sha256: "a".repeat(64) } }],
    ["an archive, of nobody knows which version, of what the stack has not", { "sources.calico": { kind: "archive", url: "file:///opt/calico.tar.gz" } }],
    ["a name server somewhere else in the range", { [dns]: "10.0.201.53" }],
])("takes %s", (_, edit) => {
    const { faults, dataCentre } = check(edit);
    expect(faults.map(faultLine)).toEqual([]);
    expect(dataCentre).toBeDefined();
});
