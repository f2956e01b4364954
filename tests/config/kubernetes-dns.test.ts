/** Descriptions of the cluster's name server: what is refused or warned of, by key, with the remedy; and what is taken. */
import { parseDataCentre } from "../../components/description";
import { faultLine, type Fault } from "../../config";
import { cluster } from "./cluster";
import { changed, node, type Edit } from "./good";

type Told = Readonly<Record<string, RegExp>>;
type Row = readonly [what: string, edit: Edit, told: Told];

const look = (edit: Edit = {}) => parseDataCentre(changed({ ...cluster, ...edit }), { stack: "local" });
const short = ({ key }: Fault): string => key.replace("datacentre:", "");

function expectTold(faults: readonly Fault[], told: Told): void {
    expect(faults.map(short).sort()).toEqual(Object.keys(told).sort());
    faults.forEach((fault) => expect(faultLine(fault)).toMatch(told[short(fault)]!));
}

const up = "kubernetesDns.upstreams";
const refused: Row[] = [
    ["itself as an upstream", { [up]: ["10.96.0.10"] }, { [`${up}[0]`]: /cluster's own name server, which would ask itself for ever/ }],
    ["itself at an address of its own", { "kubernetes.dns.address": "10.96.7.7", [up]: ["192.168.1.1", "10.96.7.7:53"] }, { [`${up}[1]`]: /cluster's own name server/ }],
    ["an upstream among services", { [up]: ["10.96.9.9"] }, { [`${up}[0]`]: /in the cluster's own service range/ }],
    ["an upstream on the loopback address", { [up]: ["127.0.0.53"] }, { [`${up}[0]`]: /a pod's is its own/ }],
    ["an upstream that is no address", { [up]: ["300.1.1.1"] }, { [`${up}[0]`]: /no address/ }],
    ["an upstream's name", { [up]: ["dns.example"] }, { [`${up}[0]`]: /IPv4 address, with a port/ }],
    ["an upstream's port that is none", { [up]: ["192.168.1.1:70000"] }, { [`${up}[0]`]: /70000 is no port/ }],
    ["an upstream twice", { [up]: ["192.168.1.1", "192.168.1.1"] }, { [`${up}[1]`]: /there twice/ }],
    ["more upstreams than CoreDNS takes", { [up]: Array.from({ length: 16 }, (_, i) => `192.168.1.${i + 1}`) }, { [up]: /15/ }],
    ["a node that is none of the cluster", { "nodes[4]": node("other", 9, "kubernetes-dns") }, { "nodes[4].roles": /other has the role kubernetes-dns, whose CoreDNS runs as a pod.*add kubernetes-node/i }],
    ["a port that another service has", { "kubernetesDns.healthPort": 6444 }, { "kubernetesDns.healthPort": /6444/ }],
    ["the search path's first part as the domain", { "kubernetes.domain": "svc.cluster.local" }, { "kubernetes.domain": /would end in svc\.svc\.cluster\.local.*write cluster\.local/i }],
    ["where pods' names are as the domain", { "kubernetes.domain": "pod.dc.internal" }, { "kubernetes.domain": /names of pods/ }],
    ["where addresses lead back as the domain", { "kubernetes.domain": "10.in-addr.arpa" }, { "kubernetes.domain": /lead back to names/ }],
    ["the domain said here", { "kubernetesDns.domain": "dc.internal" }, { "kubernetesDns.domain": /write datacentre:kubernetes\.domain/i }],
    ["a lifetime of nothing", { "kubernetesDns.ttl": 0 }, { "kubernetesDns.ttl": /1/ }],
];

it.each(refused)("refuses %s", (_, edit, told) => {
    const { faults, dataCentre } = look(edit);
    expectTold(faults, told);
    expect(dataCentre).toBeUndefined();
});

const without = { "nodes[0].roles[5]": undefined, "nodes[1].roles[5]": undefined };
const warned: Row[] = [
    ["no node with the role", without, { nodes: /pods are told to ask 10\.96\.0\.10, and nobody answers there/ }],
    ["settings that nobody has", { ...without, "kubernetesDns.ttl": 5 }, { nodes: /nobody answers/, kubernetesDns: /says nothing/ }],
    ["one node of many with the role", { "nodes[1].roles[5]": undefined }, { "nodes[0].roles": /master1 alone.*second node/ }],
];

it.each(warned)("warns of %s", (_, edit, told) => {
    const { warnings, faults } = look(edit);
    expect(faults).toEqual([]);
    expectTold(warnings, told);
});

it.each<[string, Edit]>([
    ["upstreams of its own", { [up]: ["192.168.1.1", "192.168.1.2:5353"] }],
    ["no upstreams", { [up]: [] }],
    ["no names", { "kubernetesDns.names": false }],
])("takes %s", (_, edit) => {
    const { faults, warnings } = look(edit);
    expect([...faults, ...warnings]).toEqual([]);
});
