import fc from "fast-check";

import { birdConfig, protocolOf } from "../../components/calico/bird";
import { probes } from "../../components/calico/check";
import { covers, groupProbes, readUsage } from "../../components/calico/check-datastore";
import { cniConfig, environment, files, poolsOf } from "../../components/calico/plan";
import { policyTypes, resources } from "../../components/calico/resources";
import { unitNames, units } from "../../components/calico/units";
import { dataCentreSchema } from "../../components/description";
import { agentFlags } from "../../components/mesos/plan";
import type { DataCentreInput } from "../../config";
import { sampleDataCentre } from "./sample";

const dc = sampleDataCentre();
const agent1 = dc.nodes[1]!;

const flat = (raw: DataCentreInput) => {
    raw.calico = {
        pools: [
            { name: "apps", cidr: "10.240.0.0/16" },
            { name: "flat", cidr: "10.241.0.0/16", encapsulation: "none" },
        ],
        networks: [{ name: "calico", pools: ["apps"] }, { name: "flat", pools: ["flat"], isolated: true }],
    };
};
const withFlat = sampleDataCentre(flat);

/** Document 003's series, in its images. */
const series2 = dataCentreSchema.parse({
    provider: { kind: "docker", prefix: "t", subnet: "172.30.9.0/24" },
    versions: { calico: "2.6.12" },
    etcd: { v2Api: true },
    nodes: [1, 2].map((n) => ({ name: `n${n}`, address: `172.30.9.${n}`, roles: ["docker", "etcd", "calico"] })),
    calico: {
        pools: [{ name: "p", cidr: "10.9.0.0/16", encapsulation: "none" }],
        dockerNetworks: [{ name: "calico-test", pool: "p" }],
        policies: [{ name: "no-ping", order: 5, selector: "has(x)", ingress: [{ action: "Deny", protocol: "ICMP" }, { action: "Allow" }] }],
    },
});

const values = (text: string) => Object.fromEntries(text.trim().split("\n").map((line) => line.split(/=(.*)/s) as [string, string]));

it("tells every etcd member to the node, its own address, and no default pool", () => {
    expect(values(environment(dc, agent1))).toMatchObject({
        NODENAME: "agent1",
        FELIX_FELIXHOSTNAME: "agent1",
        IP: "172.18.1.2",
        ETCD_ENDPOINTS: "http://172.18.1.1:2379,http://172.18.1.2:2379,http://172.18.1.3:2379,http://172.18.1.4:2379",
        FELIX_ETCDENDPOINTS: "http://172.18.1.1:2379,http://172.18.1.2:2379,http://172.18.1.3:2379,http://172.18.1.4:2379",
        NO_DEFAULT_POOLS: "true",
        CALICO_NETWORKING_BACKEND: "vxlan",
        DATASTORE_TYPE: "etcdv3",
    });
});

it("lets a setting of Felix stand over ours", () => {
    const loud = sampleDataCentre((raw) => (raw.calico = { ...raw.calico, felix: { logSeverityScreen: "Debug" } }));
    expect(values(environment(loud, agent1)).FELIX_LOGSEVERITYSCREEN).toBe("Debug");
    expect(environment(loud, agent1).match(/LOGSEVERITYSCREEN/g)).toHaveLength(1);
});

it("asks for BGP only where a pool goes without encapsulation", () => {
    expect(birdConfig(dc, agent1)).toBeUndefined();
    expect(unitNames(dc, agent1)).toEqual(["calico-node", "calico-tunnel"]);
    expect(unitNames(withFlat, agent1)).toEqual(["calico-node", "calico-tunnel", "calico-bird"]);
    expect(values(environment(withFlat, agent1))).toMatchObject({ CALICO_NETWORKING_BACKEND: "bird", AS: "64512" });
});

it("makes every other node a BGP peer, and tells them of that pool's containers alone", () => {
    const text = birdConfig(withFlat, withFlat.nodes[1]!)!;
    expect([...text.matchAll(/^protocol bgp (\w+) from of_nodes \{\n {4}neighbor (\S+) as 64512;/gm)].map(([, name, address]) => `${name} ${address}`)).toEqual([
        "node_master1 172.18.1.1",
        "node_agent2 172.18.1.3",
        "node_agent3 172.18.1.4",
    ]);
    expect(text).toContain("router id 172.18.1.2;");
    expect(text).toContain("route 10.241.0.0/16 unreachable;");
    expect(text).not.toContain("10.240.");
});

it("gives BIRD a name that it takes for every node's name", () => {
    fc.assert(
        fc.property(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/), (name) => {
            expect(protocolOf({ ...agent1, name })).toMatch(/^[a-z_][a-z0-9_]*$/);
        }),
    );
    const names = ["a.b", "a-b", "a--b", "adb", `${"a".repeat(30)}.${"b".repeat(31)}`, `${"a".repeat(30)}.${"b".repeat(32)}`];
    const protocols = names.map((name) => protocolOf({ name }));
    expect(protocols.slice(0, 2)).toEqual(["node_aDb", "node_a_b"]);
    expect(new Set(protocols).size).toBe(names.length);
    protocols.forEach((protocol) => expect(protocol).toMatch(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/));
});

it("writes CNI networks in the version that Mesos reads, from the network's own pools", () => {
    const config = JSON.parse(cniConfig(withFlat, withFlat.nodes[1]!, withFlat.calico.networks[1]!)) as Record<string, unknown>;
    expect(config).toMatchObject({
        name: "flat",
        cniVersion: "0.2.0",
        type: "calico",
        nodename: "agent1",
        datastore_type: "etcdv3",
        ipam: { type: "calico-ipam", ipv4_pools: ["10.241.0.0/16"] },
    });
    expect(Object.keys(files(withFlat, withFlat.nodes[1]!))).toEqual([
        "/etc/calico/calico.env",
        "/etc/calico/calicoctl.cfg",
        "/etc/mesos/cni/calico.conf",
        "/etc/mesos/cni/flat.conf",
    ]);
});

it("takes a network's addresses from no disabled pool, and from none that is a Docker network's", () => {
    const some = sampleDataCentre((raw) => {
        raw.calico = {
            pools: [
                { name: "a", cidr: "10.240.0.0/16" },
                { name: "b", cidr: "10.241.0.0/16", disabled: true },
                { name: "c", cidr: "10.242.0.0/16" },
            ],
            networks: [{ name: "n" }],
            dockerNetworks: [{ name: "d", pool: "c" }],
        };
    }, "unchecked");
    expect(poolsOf(some, some.calico.networks[0]!)).toEqual(["10.240.0.0/16"]);
});

it("gives agents the isolator and the directories, but not agents without Calico", () => {
    expect(agentFlags(dc, agent1)).toMatchObject({
        network_cni_plugins_dir: "/opt/cni/bin",
        network_cni_config_dir: "/etc/mesos/cni",
        network_cni_root_dir_persist: "true",
    });
    expect(agentFlags(dc, agent1).isolation?.split(",")).toContain("network/cni");
    const without = { ...agent1, roles: agent1.roles.filter((role) => role !== "calico") };
    expect(Object.keys(agentFlags(dc, without)).filter((flag) => /cni|isolation/.test(flag))).toEqual([]);
});

it("puts pools, a profile for every network and policies into the datastore, marked as ours", () => {
    const made = resources(withFlat, "datacentre/local");
    expect(made.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
        "bgpconfiguration default",
        "ippool apps",
        "ippool flat",
        "profile calico",
        "profile flat",
    ]);
    expect(made[1]?.body).toMatchObject({
        metadata: { annotations: { "datacentre/owner": "datacentre/local" } },
        spec: { cidr: "10.240.0.0/16", vxlanMode: "Always", ipipMode: "Never", natOutgoing: true, blockSize: 26 },
    });
    expect(made[2]?.body).toMatchObject({ spec: { vxlanMode: "Never", ipipMode: "Never" } });
});

it("lets nodes and other pools reach a network, unless it is isolated", () => {
    const [open, closed] = resources(withFlat, "o").filter(({ kind }) => kind === "profile");
    expect(open?.body.spec).toMatchObject({
        ingress: [
            { action: "Allow", source: { selector: "has(calico)" } },
            { action: "Allow", source: { nets: expect.arrayContaining(["172.18.1.4/32", "10.240.0.0/16"]) as string[] } },
        ],
        labelsToApply: { calico: "" },
    });
    expect((closed?.body.spec as { ingress: unknown[] }).ingress).toHaveLength(1);
});

it("takes a policy's types from its rules, and closes what goes in where it has none", () => {
    const bare = { name: "p", selector: "all()" };
    expect(policyTypes(bare)).toEqual(["Ingress"]);
    expect(policyTypes({ ...bare, egress: [] })).toEqual(["Egress"]);
    expect(policyTypes({ ...bare, ingress: [], egress: [] })).toEqual(["Ingress", "Egress"]);
    expect(policyTypes({ ...bare, types: ["Egress"], ingress: [] })).toEqual(["Egress"]);
});

it("writes series 2 in its own forms, on etcd's v2 API, in its image with the Docker driver", () => {
    const node = series2.nodes[0]!;
    expect(values(environment(series2, node))).toMatchObject({ DATASTORE_TYPE: "etcdv2", CALICO_LIBNETWORK_ENABLED: "true" });
    expect(files(series2, node)["/etc/calico/calicoctl.cfg"]).toContain("datastoreType: etcdv2");
    expect(resources(series2, "o").map(({ kind, name, body }) => [kind, name, body.apiVersion])).toEqual([
        ["ippool", "10.9.0.0/16", "v1"],
        ["profile", "calico-test", "v1"],
        ["policy", "no-ping", "v1"],
    ]);
    expect(resources(series2, "o")[2]?.body.spec).toMatchObject({ types: ["ingress"], ingress: [{ action: "deny", protocol: "icmp" }, { action: "allow" }] });
    const { "calico-node": unit = "" } = units(series2, node);
    expect(unit).toContain("quay.io/calico/node:v2.6.12");
    expect(unit).toContain("-v /run/docker/plugins:/run/docker/plugins");
    expect(unitNames(series2, node)).toEqual(["calico-node"]);
});

describe("verify", () => {
    const row = (some: typeof dc, name: string) => {
        const found = probes(some).find((probe) => probe.node === "agent1" && probe.row === name);
        if (!found) {
            throw new Error(`no row ${name}`);
        }
        return found;
    };
    const group = (name: string) => groupProbes(withFlat).find((probe) => probe.row === name)!;
    const answer = (output: string) => new Map([["master1", { output, at: 0 }]]);

    it("misses a node to which there is no VXLAN", () => {
        const line = (address: string) => `66:0a dst ${address} self permanent\n`;
        const all = ["172.18.1.1", "172.18.1.3", "172.18.1.4"].map(line);
        expect(row(dc, "VXLAN to every other node").evaluate(`${all.join("")}end\n`, 0).ok).toBe(true);
        expect(row(dc, "VXLAN to every other node").evaluate(`${all.slice(0, 2).join("")}end\n`, 0)).toMatchObject({ ok: false, found: "lacks agent3" });
        expect(row(dc, "VXLAN to every other node").evaluate("", 0)).toMatchObject({ ok: false, found: "no answer" });
    });

    it("misses a BGP peer that is not established", () => {
        const table = (info: string) =>
            `Name Proto Table State Since Info\nnode_master1 BGP --- up 11:31 Established\nnode_agent2 BGP --- up 11:31 Established\nnode_agent3 BGP --- start 11:31 ${info}\nend\n`;
        expect(row(withFlat, "BGP to every other node").evaluate(table("Established"), 0).ok).toBe(true);
        expect(row(withFlat, "BGP to every other node").evaluate(table("Active Socket: Connection refused"), 0)).toMatchObject({ found: "lacks agent3" });
    });

    it("tells a node that calls itself by another name", () => {
        expect(row(dc, "calls itself by the node's name").evaluate("agent1\n", 0).ok).toBe(true);
        expect(row(dc, "calls itself by the node's name").evaluate("ip-172-18-1-2", 0)).toMatchObject({ ok: false, found: "ip-172-18-1-2" });
    });

    it("names nodes that are missing, elsewhere, or not described", () => {
        const lines = ["master1 172.18.1.1/24", "agent1 172.18.1.9/24", "agent2 172.18.1.3/24", "old 172.18.1.8/24", "end"].join("\n");
        expect(group("nodes as described").evaluateAll(answer(lines))).toMatchObject({
            ok: false,
            found: "lacks agent3, agent1 at 172.18.1.9, has old",
        });
    });

    it("takes for different only what the description says, and false for what is left out", () => {
        const pool = resources(withFlat, "o").filter(({ kind }) => kind === "ippool");
        const lines = (change: object) =>
            pool.map(({ name, body }) => JSON.stringify({ name, spec: { ...(body.spec as object), disabled: undefined, allowedUses: ["Workload"], ...change } })).join("\n");
        expect(group("ippool as described").evaluateAll(answer(`${lines({})}\nend`)).ok).toBe(true);
        expect(group("ippool as described").evaluateAll(answer(`${lines({ natOutgoing: false })}\nend`))).toMatchObject({ found: "apps differs, flat differs" });
        expect(group("ippool as described").evaluateAll(answer(""))).toMatchObject({ ok: false, found: "no answer" });
        expect(covers([1, 2], [1])).toBe(false);
    });

    it("reads how full pools are", () => {
        const table = (used: string) => ["+---+", "| GROUPING | CIDR | IPS TOTAL | IPS IN USE | IPS FREE |", `| IP Pool | 10.240.0.0/16 | 65536 | ${used} | 1 |`];
        expect(readUsage(table("6554 (10%)"))).toEqual([{ cidr: "10.240.0.0/16", share: 6554 / 65536 }]);
        const judged = (used: string) => group("pools have addresses left").evaluateAll(answer([...table(used), "end"].join("\n")));
        expect(judged("4 (0%)").ok).toBe(true);
        expect(judged("65000 (99%)")).toMatchObject({ ok: false, found: "10.240.0.0/16 99 %" });
        expect(judged("1.3107e+04 (20%)").ok).toBe(true);
    });

    it("counts leaked addresses, and names some", () => {
        const check = group("no address is leaked");
        expect(check.evaluateAll(answer("Check complete; found 0 problems.\nend")).ok).toBe(true);
        expect(check.evaluateAll(answer("  10.240.0.9 leaked; attrs node:agent1\nCheck complete; found 1 problems.\nend"))).toMatchObject({
            ok: false,
            found: expect.stringContaining("10.240.0.9 leaked") as string,
        });
        expect(check.evaluateAll(answer("")).ok).toBe(false);
    });
});
