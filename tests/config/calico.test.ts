/** Calico: descriptions with one thing wrong, each named by its key with a remedy that helps, and what is allowed. */
import fc from "fast-check";

import { labelsOf, selectorProblem, selectsAll } from "../../components/calico/rules/selector";
import { calicoSeries } from "../../components/calico/source";
import { parseDataCentre } from "../../components/description";
import { dockerBridge } from "../../components/docker/bridge";
import { faultLine, type Fault } from "../../config";
import { contains, formatAddress, formatNetwork, isPrivate, overlaps, parseNetwork, type Network } from "../../config/network";
import { changed, check, checkWhole, existing, put, type Edit } from "./good";
import type { Row } from "./refused";
import { archive, base, docker, images, networks, nodes, old, policies, pools, sources, warned } from "./refused-calico";

const look = (edit: Edit = {}) => check({ ...base, ...edit });

/** Holds the faults' keys, each once, and their texts against what was to be told. */
function expectTold(faults: readonly Fault[], told: Row[2]): void {
    expect(faults.map(({ key }) => key.replace("datacentre:", "")).sort()).toEqual(Object.keys(told).sort());
    faults.forEach((fault) => expect(faultLine(fault)).toMatch(told[fault.key.replace("datacentre:", "")] ?? /^$/));
}

const rows = (...tables: Row[][]) => tables.flat().map(([what, edit, told]) => [what, edit, told] as const);

describe("refuses", () => {
    it.each(rows(nodes, pools, networks, sources, policies))("%s", (_, edit, told) => {
        const { faults, dataCentre } = look(edit);
        expectTold(faults, told);
        expect(dataCentre).toBeUndefined();
    });

    it("a Docker without cluster store, in its own words", () => {
        const { faults } = look({ ...docker, "versions.docker": "24.0" });
        expect(faults.map(faultLine).join("\n")).toMatch(/versions\.docker: Docker 24\.0 has no cluster store any more.*20\.10.*calico\.networks/);
    });

    it("pools that a cloud's network does not carry", () => {
        const cloud = (encapsulation: string) => {
            const provider = { kind: "alicloud", region: "cn-hangzhou", subnet: "172.18.1.0/24", bastion: "master1", operatorCidrs: ["198.51.100.7/32"] };
            const { faults, warnings } = look({ provider, "calico.pools[0].encapsulation": encapsulation });
            return [...faults, ...warnings].filter(({ key }) => key === "datacentre:calico.pools[0].encapsulation").map((fault) => `${fault.severity}: ${faultLine(fault)}`);
        };
        expect(cloud("vxlan")).toEqual([]);
        expect(cloud("ipip")).toEqual([expect.stringMatching(/^warning: .*Use vxlan/)]);
        expect(cloud("none")).toEqual([expect.stringMatching(/^error: .*Use vxlan/)]);
    });

    it("all of it at once, and keeps judging what is whole", () => {
        const { faults } = look({
            "calico.pools": [{ name: "apps", cidr: "172.18.0.0/16" }, "more", { name: "last", cidr: "10.0.0.0/33" }],
            "calico.networks": [{ name: "host", pools: ["nowhere", 7] }, {}],
            "calico.dockerNetworks": [{ name: "blue", pool: "apps" }],
            "calico.policies": [{ name: "p", ingress: [{ protocol: "TCP", destination: { ports: [0] } }, "x"], selector: "((" }, null],
            "calico.healthPort": 2379,
            "calico.felix": { "": "x", healthPort: "1" },
            "sources.calico": { kind: "images", node: "calico/node" },
        });
        expect(faults.map(({ key }) => key.replace("datacentre:", "")).sort()).toEqual(
            [
                ...["calico.dockerNetworks", "calico.felix.", "calico.felix.healthPort", "calico.healthPort", "calico.networks[0].name"],
                ...["calico.networks[0].pools[0]", "calico.networks[0].pools[1]", "calico.networks[1].name", "calico.policies[0].ingress[0].action"],
                ...["calico.policies[0].ingress[0].destination.ports[0]", "calico.policies[0].ingress[1]", "calico.policies[0].selector"],
                ...["calico.policies[1]", "calico.pools[0].cidr", "calico.pools[1]", "calico.pools[2].cidr", "etcd.v2Api"],
                ...["sources.calico.cni", "sources.calico.ctl", "sources.calico.node"],
            ].sort(),
        );
    });
});

it("says something sensible of anything", () => {
    const keys = fc.constantFrom("name", "cidr", "pools", "networks", "dockerNetworks", "policies", "pool", "ingress", "egress", "source", "ports", "selector", "types", "action", "icmp", "felix", "x");
    const { tree } = fc.letrec((tie) => ({
        tree: fc.oneof(
            { depthSize: "small" },
            fc.constantFrom<unknown>(null, true, 0, -1, 70000, "", "apps", "10.240.0.0/16", "0.0.0.0/0", "10.0.0.0/33", "all()", "((", "Allow", "Ingress"),
            fc.array(tie("tree"), { maxLength: 3 }),
            fc.dictionary(keys, tie("tree"), { maxKeys: 4 }),
        ),
    }));
    const places = ["calico", "calico.pools", "calico.pools[0]", "calico.networks", "calico.dockerNetworks", "calico.policies", "calico.policies[0].ingress", "sources.calico", "versions.calico"];
    fc.assert(
        fc.property(fc.constantFrom(...places), tree, fc.constantFrom({}, docker, old), (place, value, around) => {
            const raw = changed({ ...base, ...around });
            put(raw, place, value);
            const { faults, warnings } = parseDataCentre(raw, { stack: "local" });
            [...faults, ...warnings].forEach(({ problem, remedy }) => expect(`${problem} ${remedy}`).not.toMatch(/undefined|NaN|\[object/));
        }),
        { numRuns: 400 },
    );
});

describe("allows with a warning", () => {
    it.each(rows(warned))("%s", (_, edit, told) => {
        const { faults, warnings, dataCentre } = look(edit);
        expect(faults).toEqual([]);
        expectTold(warnings, { nodes: /4 etcd members/, ...told });
        expect(dataCentre).toBeDefined();
    });
});

describe("allows without a word", () => {
    const quiet: [what: string, edit: Edit][] = [
        ["one pool and one network", {}],
        ["a pool without encapsulation or NAT", { "calico.pools[0].encapsulation": "none", "calico.pools[0].natOutgoing": false }],
        ["IPIP in images", { "calico.pools[0].encapsulation": "ipip" }],
        ["programs of one's own", { "sources.calico": archive, "versions.calico": "3.28.5" }],
        ["a checked download", { "versions.calico": "3.28.5", "sources.calico": { ...archive, url: "https://m.example/c.tar.gz", sha256: "a".repeat(64) } }],
        ["images of one's own", { "sources.calico": { ...images, node: "r.example:5000/calico/node:v3.27.0" } }],
        ["Docker networks by an archive's driver", docker],
        ["document 003's series with Docker networks", { ...old, ...docker, "sources.calico": undefined, "versions.calico": "2.6.12", "calico.pools": [{ name: "docker", cidr: "10.241.0.0/16", encapsulation: "ipip" }, { name: "apps", cidr: "10.242.0.0/16", encapsulation: "none" }] }],
        ["packets that just fit", { "calico.mtu": 1350 }],
        ["a pool of fine blocks", { "calico.pools[0].cidr": "10.240.0.0/26", "calico.pools[0].blockSize": 28 }],
        ["a policy that closes one network and opens it to the hosts", {
            "calico.policies": [
                { name: "open", order: 10, ingress: [{ action: "Allow", source: { nets: ["172.18.1.0/24"] } }] },
                { name: "shut", order: 20, selector: "all()", ingress: [{ action: "Deny" }] },
                { name: "one", selector: "has(calico) && role in {'web', \"db\"}", egress: [{ action: "Deny", protocol: "ICMP", icmp: { type: 8 } }] },
            ],
        }],
        ["every kind of match", {
            "calico.policies": [
                {
                    name: "all",
                    types: ["Ingress", "Egress"],
                    ingress: [{ action: "Allow", protocol: "SCTP", destination: { ports: [80, "8000:8100", "53"] }, source: { notNets: ["10.0.0.0/8"], selector: "!has(calico)" } }],
                    egress: [{ action: "Log", protocol: 17, destination: { notPorts: [53] } }, { action: "Pass" }],
                },
            ],
        }],
        ["a setting of Felix in any letters", { "calico.felix": { iptablesBackend: "nft", LogSeveritySys: "info" } }],
    ];

    it.each(quiet)("%s", (_, edit) => {
        const { faults, warnings } = look(edit);
        expect([...faults, ...warnings].map(faultLine).filter((line) => !line.includes("4 etcd members"))).toEqual([]);
    });

    it("a description without Calico", () => {
        const { faults, dataCentre } = check();
        expect(faults).toEqual([]);
        expect(calicoSeries(dataCentre!)).toBe(3);
    });
});

describe("Mesos' agents", () => {
    const mesos: Edit = { calico: { pools: [{ name: "apps", cidr: "10.240.0.0/16" }], networks: [{ name: "calico" }] } };
    const wrong: Row[] = [
        ["a flag that is made from networks", { "mesos.agentFlags": { network_cni_config_dir: "/etc/cni" } }, { "mesos.agentFlags.network_cni_config_dir": /made from datacentre:calico\.networks/ }],
        ["isolation without what images need", { "mesos.agentFlags": { isolation: "cgroups/cpu,cgroups/mem" } }, { "mesos.agentFlags.isolation": /image_providers=docker.*without filesystem\/linux and docker\/runtime.*write cgroups\/cpu,cgroups\/mem,filesystem\/linux,docker\/runtime/i }],
        ["isolation by nothing", { "mesos.agentFlags": { isolation: "" } }, { "mesos.agentFlags.isolation": /Write filesystem\/linux,docker\/runtime/ }],
        ["another network isolator", { "mesos.agentFlags": { isolation: "filesystem/linux,docker/runtime,network/port_mapping" } }, {
            "mesos.agentFlags.isolation": /network isolator other than network\/cni/,
        }],
        ["networks of a containerizer that is not there", { "mesos.containerizers": ["docker"] }, { "mesos.containerizers": /the Mesos containerizer's.*Add mesos/ }],
        ["networks of agents in containers", {
            "mesos.containerizers": ["docker"],
            "sources.mesos": { kind: "images", master: "mesosphere/mesos-master:1.11.0", agent: "mesosphere/mesos-slave:1.11.0" },
            "docker.reachableRegistries": undefined,
        }, { "mesos.containerizers": /dockerNetworks instead, or install Mesos/ }],
    ];

    it.each(rows(wrong))("are refused %s", (_, edit, told) => {
        expectTold(checkWhole({ ...mesos, ...edit }).faults, told);
    });

    it("may lack the role, isolate by more, and have flags of their own without networks", () => {
        const { faults, warnings } = checkWhole({ ...mesos, "nodes[3].roles": ["docker", "glusterfs", "etcd", "mesos-agent"] });
        expect(faults).toEqual([]);
        expect(warnings.map(faultLine).join()).toMatch(/nodes\[3\]\.roles: agent3 is an agent without the networks calico.*Add calico/);
        expect(checkWhole({ ...mesos, "mesos.agentFlags": { isolation: "cgroups/cpu,filesystem/linux,docker/runtime" } }).faults).toEqual([]);
        expect(checkWhole({ "calico.networks": undefined, "mesos.agentFlags": { isolation: "cgroups/cpu", network_cni_config_dir: "/etc/cni" } }).faults).toEqual([]);
    });
});

describe("apps", () => {
    const app = (more: object) => ({ id: "/web", cpus: 0.1, mem: 32, cmd: "sleep 100", ...more });
    const inDocker = { container: { type: "DOCKER", docker: { image: "master1:5000/x:1" } } };
    const on = (name: string, more: object = {}) => ({ calico: { pools: [{ name: "apps", cidr: "10.240.0.0/16" }], networks: [{ name: "calico" }] }, apps: [app({ networks: [{ mode: "container", name }], ...more })] });

    it.each(rows([
        ["on a network that is not there", on("blue"), { "apps[0].networks[0].name": /Mesos containerizer has no network blue; it has calico\. Use calico/ }],
        ["on a network with a slip", on("calcio"), { "apps[0].networks[0].name": /Did you mean calico\?/ }],
        ["of Docker on a network of Mesos", on("calico", inDocker), { "apps[0].networks[0].name": /a network of the Mesos containerizer.*this app is started by the Docker.*write container\.type: MESOS/i }],
        ["with a host port", on("calico", { container: { type: "MESOS", portMappings: [{ containerPort: 80, hostPort: 0 }] } }), {
            "apps[0].container.portMappings[0].hostPort": /no host port leads to them.*containerPort/,
        }],
    ]))("are refused %s", (_, edit, told) => {
        expectTold(checkWhole(edit).faults, told);
    });

    it("are taken on a network of theirs, and on one from elsewhere", () => {
        expect(checkWhole(on("calico", { container: { type: "MESOS", portMappings: [{ containerPort: 80 }] } })).faults).toEqual([]);
        expect(checkWhole({ ...on("dcos"), "mesos.otherNetworks": ["dcos"] }).faults).toEqual([]);
    });
});

describe("proposals", () => {
    const address = fc.integer({ min: 0x0a000000, max: 0x0affffff });
    const clash = (one: Network, hosts: readonly number[], others: readonly Network[]) =>
        hosts.some((host) => contains(one, host)) || others.some((other) => overlaps(one, other));
    const network = fc.record({ address, bits: fc.integer({ min: 9, max: 24 }) }).map(({ address: host, bits }) => {
        const size = 2 ** (32 - bits);
        const first = Math.floor(host / size) * size;
        return { first, last: first + size - 1, bits };
    });
    const proposed = (faults: readonly Fault[]): Network[] =>
        faults.flatMap(({ remedy }) => [...remedy.matchAll(/such as ([\d.]+\/\d+)/g)].map(([, text = ""]) => parseNetwork(text)!));

    it("are nobody's: no host's, no other pool's, and none proposed before", () => {
        fc.assert(
            fc.property(fc.array(network, { minLength: 1, maxLength: 6 }), fc.array(address, { minLength: 4, maxLength: 4 }), (list, hosts) => {
                const edit = {
                    ...existing,
                    ...Object.fromEntries(hosts.map((host, index) => [`nodes[${index}].address`, formatAddress(host)])),
                    "calico.pools": list.map((one, index) => ({ name: `p${index}`, cidr: formatNetwork(one) })),
                };
                const { faults, warnings } = look(edit);
                const free = proposed([...faults, ...warnings].filter(({ key }) => key.startsWith("datacentre:calico.pools[")));
                const wrong = list.filter((one, index) => clash(one, hosts, list.slice(0, index)));
                expect(free.length).toBeGreaterThanOrEqual(wrong.length);
                free.forEach((one, index) => {
                    expect(isPrivate(one)).toBe(true);
                    expect(clash(one, hosts, [...list, ...free.slice(0, index), dockerBridge])).toBe(false);
                });
            }),
            { numRuns: 60 },
        );
    });

    it("can be written in their pool's place", () => {
        const { faults } = look({ "calico.pools": ["172.18.0.0/16", "172.18.1.0/24", "127.0.0.0/20"].map((cidr, index) => ({ name: `p${index}`, cidr })) });
        const list = proposed(faults).map((one, index) => ({ name: `p${index}`, cidr: formatNetwork(one) }));
        expect(list).toHaveLength(3);
        expect(look({ "calico.pools": list }).faults).toEqual([]);
    });
});

describe("selectors", () => {
    it.each([
        ...["all()", " ", "has(a)", "!has(a.b/c-d_e)", "! !has( a )", "a == 'x'", 'a!="y"', "a in {'x', \"y\"}", "a not in {}", "a in{'x',}", "a notin {'x'}"],
        ...["a contains 'x'", "a starts with 'x' && b ends  with 'y'", "(a == 'x' || has(b)) && all()", "in == 'in'", "has == 'x'", "((has(a)))"],
    ])("%s is one", (text) => {
        expect(selectorProblem(text)).toBeUndefined();
    });

    it.each([
        ["a", /one of ==/],
        ["a = 'x'", /compared by ==|one of ==/],
        ["= 'x'", /compared by ==/],
        ["a == x", /a value in quotes/],
        ["a == 'x", /never closed/],
        ["has(a", /one of ==|missing/],
        ["has()", /one of ==|missing/],
        ["(has(a)", /at its end a \)/],
        ["has(a))", /before \) && or \|\|/],
        ["has(a) has(b)", /before has\(b\) && or \|\|/],
        ["has(a) & has(b)", /both are asked for by &&/],
        ["has(a) | has(b)", /either is asked for by/],
        ["has(a) &&", /at its end something/],
        ["a in 'x'", /a list/],
        ["a in {'x'", /at its end a \}/],
        ["global()", /one of ==/],
        ["a b", /after a comes one of/],
        ["ä", /means nothing/],
    ])("%s is none", (text, why) => {
        expect(selectorProblem(text)).toMatch(why);
    });

    it("are told from any text, without stumbling", () => {
        const words = fc.constantFrom("has(a)", "all()", "a", "==", "!=", "'x'", '"', "(", ")", "{", "}", ",", "!", "&&", "||", "in", "not in", "contains", " ", "ä", "=");
        fc.assert(
            fc.property(fc.array(words, { maxLength: 12 }).map((list) => list.join(" ")), (text) => {
                expect(selectorProblem(text) ?? "").not.toMatch(/undefined|\[object|is no selector$/);
                // Whatever is one, is one in brackets and denied as well.
                expect(text.trim() === "" || (selectorProblem(`!(${text})`) === undefined) === (selectorProblem(text) === undefined)).toBe(true);
            }),
            { numRuns: 300 },
        );
    });

    it("name networks, and everything", () => {
        expect(labelsOf("has(a) && !has( b-c ) || d == 'has(e)'")).toEqual(["a", "b-c", "e"]);
        expect(["all()", " ", "all( )", "has(a)", "all() && has(a)"].map(selectsAll)).toEqual([true, true, true, false, false]);
    });
});
