/** Security groups say what the openings say: no less, no more, and within the cloud's limits. */
import * as fc from "fast-check";

import { dutiesOf, openingsOf, type Opening } from "../../components/nodes/alicloud/openings";
import type { AlicloudSpec } from "../../components/nodes/alicloud/schema";
import { ruleKey, securityPlan, type Rule } from "../../components/nodes/alicloud/security";
import { systems } from "../../components/systems";
import type { DataCentre } from "../../config";
import { stackOn, unchecked } from "./alicloud-sample";

type Packet = Pick<Opening, "protocol"> & { port: number };

const covers = ({ protocol, ports }: Pick<Rule, "protocol" | "ports">, packet: Packet): boolean => {
    const [first = 0, last = 0] = ports.split("/").map(Number);
    return protocol === "all" || (protocol === packet.protocol && (protocol === "icmp" || (packet.port >= first && packet.port <= last)));
};

/** What the groups let through, as the cloud reads them: a packet passes that any rule of any group of its target takes. */
function passes({ groups, rules }: ReturnType<typeof securityPlan>, from: string, to: string, packet: Packet): boolean {
    const member = (group: string, node: string) => groups.find(({ name }) => name === group)?.nodes.includes(node) ?? false;
    return rules.some((rule) => member(rule.group, to) && "group" in rule.from && member(rule.from.group, from) && covers(rule, packet));
}

/** What the openings say should pass. */
function wantedOf(dc: DataCentre, provider: AlicloudSpec): (from: string, to: string, packet: Packet) => boolean {
    const openings = openingsOf(systems, dc, provider);
    const duties = new Map(dc.nodes.map((node) => [node.name, dutiesOf(systems, dc, provider, node)]));
    const does = (node: string, duty: string): boolean => duties.get(node)!.includes(duty);
    return (from, to, packet) =>
        openings.some((opening) => does(to, opening.to) && opening.from.some((duty) => does(from, duty)) && covers(opening, packet));
}

const packets: Packet[] = [
    ...[22, 53, 80, 179, 2181, 2379, 2380, 2888, 3888, 4001, 5000, 5050, 5051, 8080, 9090, 24007, 31500, 40000, 49200, 61000].map((port) => ({
        protocol: "tcp" as const,
        port,
    })),
    { protocol: "udp", port: 4789 },
    { protocol: "udp", port: 53 },
    { protocol: "icmp", port: -1 },
];

const pool = (encapsulation: string) => ({ name: "pods", cidr: "10.240.0.0/16", encapsulation });

/** Who reaches a port of a node, by names. */
function reachers({ dc, provider }: ReturnType<typeof stackOn>, to: string, port: number, protocol: "tcp" | "udp" = "tcp"): string[] {
    const plan = securityPlan(systems, dc, provider);
    return dc.nodes.map(({ name }) => name).filter((from) => passes(plan, from, to, { protocol, port }));
}

describe("the dev stack", () => {
    const dev = stackOn("dev");
    const plan = securityPlan(systems, dev.dc, dev.provider);

    it("lets nobody in from outside but the operator, to the bastion's SSH", () => {
        const outside = plan.rules.filter(({ from }) => "cidr" in from);
        expect(outside).toEqual([{ group: "bastion", protocol: "tcp", ports: "22/22", from: { cidr: "0.0.0.0/0" }, why: "SSH of the operator" }]);
        expect(plan.groups.find(({ name }) => name === "bastion")?.nodes).toEqual(["master1"]);
    });

    it.each<[string, number, string[]]>([
        ["agent1", 22, ["master1"]],
        ["agent3", 22, ["master1"]],
        ["agent3", 2181, []],
        ["agent1", 2181, ["master1", "agent1", "agent2", "agent3"]],
        ["agent1", 2888, ["master1", "agent1", "agent2"]],
        ["master1", 3888, ["master1", "agent1", "agent2"]],
        ["master1", 5050, ["master1", "agent1", "agent2", "agent3"]],
        ["agent1", 5050, []],
        ["agent2", 5051, ["master1"]],
        ["agent3", 2380, ["master1", "agent1", "agent2", "agent3"]],
        ["agent3", 24008, ["master1", "agent1", "agent2", "agent3"]],
        ["master1", 5000, ["master1", "agent1", "agent2", "agent3"]],
        ["agent1", 5000, []],
        ["master1", 8080, ["master1", "agent1", "agent2", "agent3"]],
        ["agent1", 2375, []],
        ["agent1", 179, []],
    ])("%s's port %i is reached by %j", (to, port, from) => {
        expect(reachers(dev, to, port)).toEqual(from);
    });

    it("has a rule for each thing, says why, and names each once", () => {
        expect(plan.rules.length).toBeLessThan(30);
        expect(new Set(plan.rules.map(ruleKey)).size).toBe(plan.rules.length);
        expect(plan.rules.filter(({ why }) => why.length < 3)).toEqual([]);
    });

    it("takes a fifth node without changing a rule or a group's name", () => {
        const fifth = { name: "agent4", address: "172.18.1.5", roles: dev.dc.nodes[3]!.roles };
        const more = stackOn("dev", { nodes: [...dev.dc.nodes.map(({ name, address, roles: own }) => ({ name, address, roles: own })), fifth] });
        const next = securityPlan(systems, more.dc, more.provider);
        expect(next.rules).toEqual(plan.rules);
        expect(next.groups.map(({ name }) => name)).toEqual(plan.groups.map(({ name }) => name));
        expect(next.groupsOf("agent4")).toEqual(plan.groupsOf("agent3"));
    });

    it("moves the bastion without touching the kinds", () => {
        const moved = stackOn("dev", { "provider.bastion": "agent1" });
        const next = securityPlan(systems, moved.dc, moved.provider);
        expect(next.rules).toEqual(plan.rules);
        expect(next.groupsOf("agent1")).toContain("bastion");
        expect(next.groupsOf("master1")).not.toContain("bastion");
    });
});

describe("Calico", () => {
    const withPool = (encapsulation: string) =>
        unchecked("dev", {
            "calico.pools": [pool(encapsulation)],
            "nodes[0].roles": ["docker", "etcd", "calico"],
            "nodes[1].roles": ["docker", "etcd", "calico"],
            "nodes[2].roles": ["docker", "etcd"],
            "nodes[3].roles": ["docker", "etcd"],
        });

    it("has VXLAN's port between its nodes, and no BGP", () => {
        expect(reachers(withPool("vxlan"), "agent1", 4789, "udp")).toEqual(["master1", "agent1"]);
        expect(reachers(withPool("vxlan"), "agent2", 4789, "udp")).toEqual([]);
        expect(reachers(withPool("vxlan"), "agent1", 4789)).toEqual([]);
        expect(reachers(withPool("vxlan"), "agent1", 179)).toEqual([]);
    });

    it("has BGP, and every protocol for IP in IP, which groups cannot name", () => {
        const ipip = withPool("ipip");
        expect(openingsOf(systems, ipip.dc, ipip.provider).filter(({ why }) => why.startsWith("Calico"))).toEqual([
            { to: "calico", protocol: "tcp", ports: "179/179", from: ["calico"], why: "Calico's BGP" },
            { to: "calico", protocol: "all", ports: "-1/-1", from: ["calico"], why: "Calico's IP in IP" },
        ]);
        expect(reachers(ipip, "agent1", 179)).toEqual(["master1", "agent1"]);
        expect(reachers(ipip, "agent2", 179)).toEqual([]);
    });
});

it("opens what is described, to whom it is described", () => {
    const web = stackOn("dev", {
        "provider.openings": [
            { to: "marathon-lb", ports: "10000-10100", from: ["198.18.0.0/15", "mesos-agent"], why: "web" },
            { to: "all", protocol: "udp", ports: "53", from: ["bastion"] },
        ],
    });
    const { rules } = securityPlan(systems, web.dc, web.provider);
    expect(rules.filter(({ why }) => why === "web").map(({ ports, from }) => [ports, from])).toEqual([
        ["10000/10100", { group: "all" }],
        ["10000/10100", { cidr: "198.18.0.0/15" }],
    ]);
    expect(reachers(web, "agent2", 53, "udp")).toEqual(["master1"]);
});

const roleList = fc.subarray([...systems.form.roles]);
const cluster = fc.record({
    kinds: fc.array(roleList, { minLength: 1, maxLength: 8 }),
    bastion: fc.nat(),
    registry: fc.option(fc.nat(), { nil: undefined }),
    lb: fc.array(fc.nat(), { maxLength: 2 }),
    pools: fc.constantFrom([], [pool("vxlan")], [pool("ipip")]),
});

it("lets through just what the openings say, for any roles, within the cloud's limits", () => {
    fc.assert(
        fc.property(cluster, ({ kinds, bastion, registry, lb, pools }) => {
            const name = (index: number) => `n${index % kinds.length}`;
            const { dc, provider } = unchecked("dev", {
                nodes: kinds.map((own, index) => ({ name: `n${index}`, address: `172.18.1.${index + 1}`, roles: own })),
                glusterfs: undefined,
                registry: registry === undefined ? undefined : { node: name(registry) },
                marathonLb: lb.length === 0 ? undefined : { nodes: lb.map(name) },
                "provider.bastion": name(bastion),
                "calico.pools": pools,
            });
            const plan = securityPlan(systems, dc, provider);
            const wanted = wantedOf(dc, provider);
            for (const { name: from } of dc.nodes) {
                expect(plan.groupsOf(from).length).toBeLessThanOrEqual(5);
                expect(plan.groupsOf(from)).toContain("all");
                for (const { name: to } of dc.nodes) {
                    for (const packet of packets) {
                        if (passes(plan, from, to, packet) !== wanted(from, to, packet)) {
                            throw new Error(`${from} to ${to}: ${packet.protocol} ${packet.port}`);
                        }
                    }
                }
            }
            for (const { name: group } of plan.groups) {
                const own = plan.rules.filter((rule) => rule.group === group);
                expect(own.length).toBeLessThanOrEqual(200);
                expect(new Set(own.map(({ from }) => JSON.stringify(from))).size).toBeLessThanOrEqual(21);
            }
            expect(plan.rules.filter(({ from }) => "cidr" in from && from.cidr === "0.0.0.0/0").map(({ group, ports }) => [group, ports])).toEqual([
                ["bastion", "22/22"],
            ]);
        }),
        { numRuns: 60 },
    );
});

it("lets Marathon ask marathon-lb how it is, which runs on other nodes in prod", () => {
    const asks = reachers(stackOn("prod"), "agent1", 9090);
    expect(asks).toEqual(expect.arrayContaining(["master1", "master2", "master3"]));
});
