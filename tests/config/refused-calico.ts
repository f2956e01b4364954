/** Changes that each make a description with Calico wrong: what must be named, by key, and what its text must say. */
import { existing, type Edit } from "./good";
import type { Row } from "./refused";

const pool = "calico.pools[0]";
const apps = { name: "apps", cidr: "10.240.0.0/16" };
const policy = (more: object) => ({ "calico.policies": [{ name: "one", ...more }] });
const ingress = (...rules: object[]) => policy({ ingress: rules.map((rule) => ({ action: "Allow", ...rule })) });
const calicoOn = (role: string | undefined) => Object.fromEntries([[0, 4], [1, 4], [2, 4], [3, 3]].map(([node, at]) => [`nodes[${node}].roles[${at}]`, role]));
const rolesOf = (...roles: string[]) => Object.fromEntries([0, 1, 2, 3].map((index) => [`nodes[${index}].roles`, roles]));

/** Calico on every node of the description, in its catalogued images, with one pool and one network. */
export const base: Edit = {
    ...calicoOn("calico"),
    "calico.pools": [apps],
    "calico.networks": [{ name: "calico" }],
};
export const archive = { kind: "archive", url: "file:///opt/calico.tar.gz" };
export const images = { kind: "images", node: "calico/node:v3.28.5", cni: "calico/cni:v3.28.5", ctl: "calico/ctl:v3.28.5" };
/** With Docker networks, from an archive that has a driver for them. */
export const docker: Edit = {
    "sources.calico": archive,
    "versions.calico": "3.28.5",
    "etcd.v2Api": true,
    "calico.pools": [apps, { name: "docker", cidr: "10.241.0.0/16" }],
    "calico.dockerNetworks": [{ name: "blue", pool: "docker" }],
};
/** Document 003's series. */
export const old: Edit = { "versions.calico": "2.6", "etcd.v2Api": true, [`${pool}.encapsulation`]: "ipip" };

export const nodes: Row[] = [
    ["networks and pools of nobody", calicoOn(undefined), { calico: /pools, networks are described, and no node has the role calico/ }],
    ["Calico without etcd", { ...rolesOf("docker", "calico"), glusterfs: {} }, { nodes: /none with etcd: Calico keeps its data there/ }],
    ["a network without pools", { "calico.pools": undefined }, { "calico.pools": /no pool that they could have.*10\.64\.0\.0\/16/ }],
    ["pools that are all disabled", { [`${pool}.disabled`]: true }, { "calico.pools": /every pool is disabled/ }],
    ["Felix at etcd's port", { "calico.healthPort": 2379 }, { "calico.healthPort": /Calico's Felix and etcd for clients.*another port/i }],
    ["a service on BGP's port", { [`${pool}.encapsulation`]: "none", "etcd.peerPort": 179 }, { "etcd.peerPort": /BGP.*port 179/ }],
    ["packets that do not fit when they are wrapped", { "calico.mtu": 1380 }, { "calico.mtu": /1400, of which 50 wrap.*at most 1350/ }],
    ["packets that do not fit an IPIP tunnel", { "calico.mtu": 1390, [`${pool}.encapsulation`]: "ipip" }, { "calico.mtu": /at most 1380/ }],
    ["a setting of Felix that has a key", { "calico.felix": { healthPort: "9098" } }, { "calico.felix.healthPort": /made from datacentre:calico\.healthPort/ }],
    ["a setting of Felix that is no text", { "calico.felix": { logSeverityScreen: 1 } }, { "calico.felix.logSeverityScreen": /a number and should be a text/ }],
    ["a setting of Felix that is no name", { "calico.felix": { "log-severity": "info" } }, { "calico.felix.log-severity": /such as logSeverityScreen/ }],
    ["a group with another name", { "calico.ipPools": [] }, { "calico.ipPools": /Use pools, if you meant that/ }],
];

export const pools: Row[] = [
    ["a pool over the hosts' network", { [`${pool}.cidr`]: "172.18.0.0/16" }, {
        [`${pool}.cidr`]: /172\.18\.0\.0\/16 overlaps the hosts' network 172\.18\.1\.0\/24 \(datacentre:provider\.subnet\).*such as 10\.64\.0\.0\/16/,
    }],
    ["document 003's pool over its hosts", {
        ...existing,
        ...Object.fromEntries([0, 1, 2, 3].map((index) => [`nodes[${index}].address`, `192.168.56.10${index}`])),
        [`${pool}.cidr`]: "192.168.0.0/16",
    }, {
        [`${pool}.cidr`]: /192\.168\.0\.0\/16 holds 192\.168\.56\.100, the address of master1 \(and 3 more\), as document 003's pool.*such as 10\.64\.0\.0\/16/,
    }],
    ["a pool over one host that is there", { ...existing, "nodes[2].address": "10.240.3.4" }, { [`${pool}.cidr`]: /holds 10\.240\.3\.4, the address of agent2: packets/ }],
    ["two pools of one space", { "calico.pools": [apps, { name: "more", cidr: "10.240.64.0/18" }] }, {
        "calico.pools[1].cidr": /overlaps calico\.pools\[0\] \(apps, 10\.240\.0\.0\/16\).*such as 10\.64\.0\.0\/18/,
    }],
    ["two pools of one name", { "calico.pools": [apps, { name: "apps", cidr: "10.241.0.0/16" }] }, { "calico.pools[1].name": /name of calico\.pools\[0\] already/ }],
    ["a pool with a host's part", { [`${pool}.cidr`]: "10.240.7.0/16" }, { [`${pool}.cidr`]: /Write 10\.240\.0\.0\/16/ }],
    ["a pool that is no network", { [`${pool}.cidr`]: "10.240.0.0" }, { [`${pool}.cidr`]: /CIDR form/ }],
    ["a pool without network", { "calico.pools": [{ name: "apps" }] }, { [`${pool}.cidr`]: /this is missing.*CIDR/ }],
    ["a pool in Docker's words", { "calico.pools": [{ name: "apps", subnet: "10.240.0.0/16", cidr: "10.240.0.0/16" }] }, { [`${pool}.subnet`]: /Use cidr, if you meant that/ }],
    ["a pool on loopback", { [`${pool}.cidr`]: "127.16.0.0/16" }, { [`${pool}.cidr`]: /is in 127\.0\.0\.0\/8/ }],
    ["a pool on link-local space", { [`${pool}.cidr`]: "169.254.0.0/16" }, { [`${pool}.cidr`]: /is in 169\.254\.0\.0\/16/ }],
    ["a pool on multicast space", { [`${pool}.cidr`]: "239.0.0.0/8" }, { [`${pool}.cidr`]: /where nobody has an address.*10\.64\.0\.0\/16/ }],
    ["a pool of everything", { [`${pool}.cidr`]: "0.0.0.0/0" }, { [`${pool}.cidr`]: /where nobody has an address/ }],
    ["a pool smaller than a block", { [`${pool}.cidr`]: "10.240.0.0/27" }, { [`${pool}.cidr`]: /smaller than one block of \/26.*blockSize, such as 30, or use a larger network, such as 10\.64\./ }],
    ["a pool of one address", { [`${pool}.cidr`]: "10.240.0.0/32" }, { [`${pool}.cidr`]: /smaller than one block.*Use a larger network/ }],
    ["fewer blocks than hosts", { [`${pool}.cidr`]: "10.240.0.0/25" }, { [`${pool}.cidr`]: /2 blocks of \/26 for 4 hosts.*Use blockSize 27/ }],
    ["one block for all hosts", { [`${pool}.cidr`]: "10.240.0.0/26" }, { [`${pool}.cidr`]: /one block of \/26 for 4 hosts.*Use blockSize 28/ }],
    ["tunnels that take all addresses", { [`${pool}.cidr`]: "10.240.0.0/30", [`${pool}.blockSize`]: 32 }, { [`${pool}.cidr`]: /no address left for a container/ }],
    ["a block of no size", { [`${pool}.blockSize`]: 16 }, { [`${pool}.blockSize`]: /16 is out of range. Use at least 20/ }],
    ["an encapsulation with a slip", { [`${pool}.encapsulation`]: "vxlna" }, { [`${pool}.encapsulation`]: /Use vxlan, if you meant that/ }],
    ["IPIP without Calico's BIRD", { "sources.calico": archive, "versions.calico": "3.28.5", [`${pool}.encapsulation`]: "ipip" }, {
        [`${pool}.encapsulation`]: /BIRD that Calico changed.*Use vxlan, or take datacentre:sources\.calico out.*images/,
    }],
    ["VXLAN with Calico 2", { ...old, [`${pool}.encapsulation`]: "vxlan" }, { [`${pool}.encapsulation`]: /Calico 2 knows no VXLAN.*ipip or none/ }],
    ["a block size with Calico 2", { ...old, [`${pool}.blockSize`]: 28 }, { [`${pool}.blockSize`]: /blocks of \/26 always/ }],
];

export const networks: Row[] = [
    ["two networks of one name", { "calico.networks": [{ name: "calico" }, { name: "calico" }] }, { "calico.networks[1].name": /name of calico\.networks\[0\] already/ }],
    ["a network of both kinds", { ...docker, "calico.dockerNetworks[0].name": "calico" }, { "calico.dockerNetworks[0].name": /name of calico\.networks\[0\].*either kind/ }],
    ["a network with Docker's name", { "calico.networks[0].name": "bridge" }, { "calico.networks[0].name": /another name, such as calico/ }],
    ["Calico on etcd with TLS", { "etcd.tls": true }, { "etcd.tls": /what the role calico keeps in etcd goes by plain HTTP.*one stack has either/ }],
    ["Docker networks on etcd with TLS", { ...docker, "etcd.tls": true }, { "etcd.tls": /leave out the role calico and datacentre:calico\.dockerNetworks/ }],
    ["a network called host", { ...docker, "calico.dockerNetworks[0].name": "host" }, { "calico.dockerNetworks[0].name": /a name of Docker's or Calico's own/ }],
    ["a network that no app can name", { "calico.networks[0].name": "Calico_Net" }, { "calico.networks[0].name": /lower-case letters/ }],
    ["a network on no pool", { "calico.networks[0].pools": ["app"] }, { "calico.networks[0].pools[0]": /there is no pool app\. Use apps, if you meant that/ }],
    ["a network on disabled pools", { "calico.pools[1]": { name: "off", cidr: "10.241.0.0/16", disabled: true }, "calico.networks[0].pools": ["off"] }, {
        "calico.networks[0].pools": /disabled pools only/,
    }],
    ["a network that Docker leaves no pool", { ...docker, "calico.dockerNetworks[0].pool": "apps", "calico.pools": [apps] }, {
        "calico.networks[0]": /belongs to a Docker network\. Describe one more pool/,
    }],
    ["a network that others bring too", { "mesos.otherNetworks": ["calico"] }, { "mesos.otherNetworks[0]": /one of datacentre:calico's own/ }],
    ["a Docker network on no pool", { ...docker, "calico.dockerNetworks[0].pool": "dokcer" }, { "calico.dockerNetworks[0].pool": /Use docker, if you meant that; else use one of: apps, docker/ }],
    ["a Docker network without pool", { ...docker, "calico.dockerNetworks": [{ name: "blue" }] }, { "calico.dockerNetworks[0].pool": /this is missing/ }],
    ["a Docker network on a disabled pool", { ...docker, "calico.pools[1].disabled": true }, { "calico.dockerNetworks[0].pool": /is disabled/ }],
    ["two Docker networks on one pool", { ...docker, "calico.dockerNetworks[1]": { name: "red", pool: "docker" } }, {
        "calico.dockerNetworks[1].pool": /docker is the subnet of blue already/,
    }],
    ["Docker networks without engines", { ...docker, ...rolesOf("etcd", "calico"), glusterfs: {} }, { "calico.dockerNetworks": /no node has both roles/ }],
    ["Docker networks without etcd's old API", { ...docker, "etcd.v2Api": false }, { "etcd.v2Api": /v2 API is off.*cluster store.*etcd\.v2Api: true/ }],
    ["Docker networks without drivers", { ...docker, "sources.calico": undefined, "versions.calico": undefined }, {
        "calico.dockerNetworks": /no Docker network drivers since 3\.0.*versions\.calico to "2\.6".*calico-docker-driver/,
    }],
    ["Calico 2 without etcd's old API", { ...old, "etcd.v2Api": false }, { "etcd.v2Api": /Calico 2 keeps its data behind it/ }],
];

export const sources: Row[] = [
    ["an archive of Calico 2", { ...old, "sources.calico": archive, "versions.calico": "2.6.12", [`${pool}.encapsulation`]: "none" }, { "sources.calico": /in its images only.*Calico 3/ }],
    ["an archive of nobody knows which version", { "sources.calico": archive }, { "versions.calico": /nothing says which version/ }],
    ["a download without checksum", { "versions.calico": "3.28.5", "sources.calico": { ...archive, url: "https://mirror.example/calico.tar.gz" } }, {
        "sources.calico.sha256": /pinned by its sha256/,
    }],
    ["a source of no kind", { "sources.calico": { kind: "package" } }, { "sources.calico.kind": /use one of: images, archive/i }],
    ["an archive from nowhere", { "versions.calico": "3.28.5", "sources.calico.kind": "archive", "sources.calico.url": "ftp://mirror.example/calico.tar.gz" }, {
        "sources.calico.url": /not in a form.*file:\/\/.*; or use a whole URL/,
    }],
    ["an image without version", { "sources.calico": { ...images, cni: "calico/cni" } }, { "sources.calico.cni": /says no version/ }],
    ["images of two series", { "sources.calico": { ...images, ctl: "calico/ctl:v1.6.5" } }, { "sources.calico.ctl": /does not go with calico\/node:v3\.28\.5.*release 3/ }],
    ["plugins of another series", { ...old, "versions.calico": undefined, "sources.calico": { kind: "images", node: "calico/node:v2.6.12", cni: "calico/cni:v3.28.5", ctl: "calico/ctl:v1.6.5" } }, {
        "sources.calico.cni": /release 1/,
    }],
    ["images without an engine", { "nodes[3].roles": ["glusterfs", "etcd", "calico"] }, { "nodes[3].roles": /calico runs in containers, and agent3 lacks.*archive in datacentre:sources\.calico/ }],
    ["the catalogue's images out of reach", { "docker.reachableRegistries": ["master1:5000"] }, {
        "sources.calico": /master1 reaches only master1:5000, and is not given calico\/node:v3\.28\.5, calico\/cni:v3\.28\.5, calico\/ctl:v3\.28\.5\. Add archives of them/,
    }],
    ["an image out of reach", { "docker.reachableRegistries": ["docker.io"], "sources.calico": { ...images, ctl: "r.example/ctl:v3.28.5" } }, {
        "sources.calico.ctl": /reaches only docker\.io.*Add an archive of it/,
    }],
    ["a version that is not in the catalogue", { "versions.calico": "3.14" }, { "versions.calico": /Use one of: 3\.28\.5, 2\.6\.12/ }],
    ["a version besides the images' tags", { "versions.calico": "3.28", "sources.calico": images }, { "versions.calico": /tags say the version/ }],
];

export const policies: Row[] = [
    ["two policies of one name", { "calico.policies": [{ name: "one" }, { name: "one" }] }, { "calico.policies[1].name": /a name of its own/ }],
    ["ports without protocol", ingress({ destination: { ports: [80] } }), { "calico.policies[0].ingress[0].destination.ports": /the rule has no protocol\. Write protocol: TCP/ }],
    ["ports of a protocol without", ingress({ protocol: "UDPLite", source: { notPorts: [80] } }), { "calico.policies[0].ingress[0].source.notPorts": /UDPLite has none/ }],
    ["ports of SCTP with Calico 2", { ...old, ...ingress({ protocol: "SCTP", destination: { ports: [80] } }) }, {
        "calico.policies[0].ingress[0].destination.ports": /TCP or UDP, and SCTP has none/,
    }],
    ["ports backwards", ingress({ protocol: "TCP", destination: { ports: [22, "8100:8000"] } }), { "calico.policies[0].ingress[0].destination.ports[1]": /the lower one first/ }],
    ["a port above all ports", ingress({ protocol: "TCP", destination: { ports: ["70000"] } }), { "calico.policies[0].ingress[0].destination.ports[0]": /70000 is no range/ }],
    ["a port by name", ingress({ protocol: "TCP", destination: { ports: ["http"] } }), { "calico.policies[0].ingress[0].destination.ports[0]": /a range in quotes/ }],
    ["ICMP without ICMP", ingress({ icmp: { type: 8 } }), { "calico.policies[0].ingress[0].icmp": /write protocol: ICMP/i }],
    ["ICMP by its number", ingress({ protocol: 1, icmp: { type: 8 } }), { "calico.policies[0].ingress[0].icmp": /write protocol: ICMP/i }],
    ["ICMP of no type", ingress({ protocol: "ICMP", icmp: { code: 0 } }), { "calico.policies[0].ingress[0].icmp.type": /this is missing/ }],
    ["a protocol that is none", ingress({ protocol: "HTTP" }), { "calico.policies[0].ingress[0].protocol": /"HTTP" is not known here.*"TCP" or "UDP".*or a number/ }],
    ["Calico 2's small letters", ingress({ action: "allow" }), { "calico.policies[0].ingress[0].action": /Use Allow, if you meant that/ }],
    ["rules that are never looked at", policy({ types: ["Ingress"], egress: [{ action: "Allow" }], selector: "has(calico)" }), {
        "calico.policies[0].egress": /types leaves Egress out.*Add Egress/,
    }],
    ["a type twice", policy({ types: ["Egress", "Egress"] }), { "calico.policies[0].types[1]": /keep one/i }],
    ["a selector that is never closed", policy({ selector: "(has(calico) || has(b)" }), { "calico.policies[0].selector": /at its end a \) is missing/ }],
    ["a selector with one =", policy({ selector: "role = 'db'" }), { "calico.policies[0].selector": /compared by ==|one of ==/ }],
    ["a selector of a rule", ingress({ source: { selector: "has(calico" } }), { "calico.policies[0].ingress[0].source.selector": /this is no selector/ }],
    ["what is not selected, wrongly", ingress({ destination: { notSelector: "role == db" } }), { "calico.policies[0].ingress[0].destination.notSelector": /a value in quotes is missing/ }],
    ["a network that is none", ingress({ source: { nets: ["10.0.0.0"] } }), { "calico.policies[0].ingress[0].source.nets[0]": /CIDR form/ }],
];

/** Changes that are allowed, and told. */
export const warned: Row[] = [
    ["Calico without addresses", { "calico.pools": undefined, "calico.networks": undefined }, { "calico.pools": /no addresses to give/ }],
    ["a pool that Docker's bridge has", { [`${pool}.cidr`]: "172.17.0.0/20" }, { [`${pool}.cidr`]: /overlaps 172\.17\.0\.0\/16.*such as 10\.64\.0\.0\/20/ }],
    ["a pool of others' addresses", { [`${pool}.cidr`]: "8.8.0.0/16" }, { [`${pool}.cidr`]: /public address space.*10\.64\.0\.0\/16/ }],
    ["a Docker network that shares its pool", { ...docker, "calico.networks[0].pools": ["apps", "docker"] }, { "calico.networks[0].pools[1]": /the subnet of the Docker network blue/ }],
    ["an engine without Docker's driver", { ...docker, "nodes[3].roles": ["docker", "glusterfs", "etcd"] }, { "calico.dockerNetworks": /agent3 lists these networks.*Add calico/ }],
    ["a policy that keeps everybody out", policy({ ingress: [{ action: "Deny", protocol: "TCP" }] }), { "calico.policies[0]": /no health check.*nets: \[the hosts' network\]/ }],
    ["a policy without rules", policy({}), { "calico.policies[0]": /lets anybody in/ }],
    ["a policy that hides another", {
        "calico.policies": [
            { name: "b-last", egress: [{ action: "Allow" }], selector: "has(calico)" },
            { name: "a-first", egress: [{ action: "Deny" }] },
        ],
    }, { "calico.policies[1].egress": /before b-last, whose rules are never asked.*higher order/ }],
    ["a selector with a slip", policy({ selector: "has(calcio)" }), { "calico.policies[0].selector": /write has\(calico\)/i }],
    ["a setting that Felix does not know", { "calico.felix": { logSeverityScren: "info" } }, { "calico.felix.logSeverityScren": /use LogSeverityScreen, if you meant that/i }],
];
