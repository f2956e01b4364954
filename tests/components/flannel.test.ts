/** flannel: what hosts get, what descriptions are refused, what its scripts read, and how verify reads answers. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDataCentre } from "../../components/description";
import { daemonJson, engineSettings } from "../../components/docker/plan";
import { groupProbes, probes } from "../../components/flannel/check";
import { files, networkConfig, range, settingsOf, unitFile } from "../../components/flannel/plan";
import { changed, check, node, type Edit } from "../config/good";
import { isStep, runIndex } from "../structure/run-index";

const archive = { "versions.flannel": "0.28.4", "sources.flannel": { kind: "archive", url: "file:///srv/flannel.tar.gz" } };
const three: Edit = { ...archive, ...Object.fromEntries([0, 1, 2].map((at) => [`nodes[${at}].roles`, ["docker", "flannel", ...(at === 0 ? ["etcd"] : [])]])), "nodes[3].roles": ["docker"], glusterfs: undefined };
const described = (edit: Edit = {}) => {
    const { dataCentre, faults } = parseDataCentre(changed({ ...three, ...edit }), { stack: "local" });
    expect(faults).toEqual([]);
    return dataCentre!;
};
const dc = described();
const [master, agent] = dc.nodes as [(typeof dc.nodes)[number], (typeof dc.nodes)[number]];

describe("the network in etcd", () => {
    it("is document 004's where nothing is said", () => {
        expect(JSON.parse(networkConfig(dc))).toEqual({
            ...{ Network: "10.0.0.0/16", SubnetLen: 24, SubnetMin: "10.0.1.0", SubnetMax: "10.0.200.0" },
            Backend: { Type: "vxlan", VNI: 1, Port: 8472 },
        });
        expect(settingsOf(dc).prefix).toBe("/coreos.com/network");
    });

    it("is as described, from the second part to the last", () => {
        const other = described({ flannel: { network: "10.80.0.0/16", subnetLen: 26, backend: "host-gw" } });
        expect(JSON.parse(networkConfig(other))).toEqual({ Network: "10.80.0.0/16", SubnetLen: 26, SubnetMin: "10.80.0.64", SubnetMax: "10.80.255.192", Backend: { Type: "host-gw" } });
        expect(range(other)).toEqual({ first: 10 * 2 ** 24 + 80 * 2 ** 16 + 64, last: 10 * 2 ** 24 + 80 * 2 ** 16 + 65535 });
    });
});

it("tells flanneld every member, its prefix, and the node's address", () => {
    const unit = unitFile(dc, agent);
    expect(unit).toContain(`--etcd-endpoints=http://172.18.1.1:2379 --etcd-prefix=/coreos.com/network --iface=${agent.address} --public-ip=${agent.address} --ip-masq=true`);
    expect(unit).toContain("Before=docker.service kubelet.service\n");
    expect(unit).toContain("Type=notify\n");
});

it("asks etcd by certificate where it has TLS", () => {
    const secure = described({ "etcd.tls": true });
    expect(unitFile(secure, agent)).toContain(
        "--etcd-endpoints=https://172.18.1.1:2379 --etcd-prefix=/coreos.com/network --etcd-cafile=/etc/datacentre-etcd/authority.crt --etcd-certfile=/etc/datacentre-etcd/client.crt --etcd-keyfile=/etc/datacentre-etcd/client.key",
    );
    expect(files(secure, agent)["/etc/systemd/system/datacentre-flannel-guard.service"]).toContain("--cacert /etc/datacentre-etcd/authority.crt --cert");
});

it("leaves Docker's MTU to flannel, and keeps it elsewhere", () => {
    const stray = dc.nodes[3]!;
    expect(JSON.parse(daemonJson(engineSettings(dc, agent)))).not.toHaveProperty("mtu");
    expect(JSON.parse(daemonJson(engineSettings(dc, stray)))).toHaveProperty("mtu", 1400);
});

describe("refused is", () => {
    const refuse = (edit: Edit): string[] => {
        const { faults, warnings } = check({ ...three, ...edit });
        return [...faults, ...warnings].map(({ key, problem, severity }) => `${severity} ${key.replace("datacentre:", "")}: ${problem}`);
    };
    it.each<[string, Edit, RegExp]>([
        ["a network over the hosts'", { "flannel.network": "172.18.0.0/16" }, /error flannel\.network: .*overlaps the hosts' network/],
        ["one of Calico's pools", { "calico.pools": [{ name: "apps", cidr: "10.0.128.0/20" }] }, /error flannel\.network: .*Calico's pool apps/],
        ["an address for a network", { flannel: { network: "10.9.8.7/16" } }, /error flannel\.network: .*within a network/],
        ["one that nobody has an address in", { flannel: { network: "224.0.0.0/16" } }, /error flannel\.network: .*where nobody/],
        ["what Docker takes networks of", { flannel: { network: "192.168.0.0/16" } }, /warning flannel\.network: .*Docker takes/],
        ["public address space", { flannel: { network: "20.9.0.0/16" } }, /warning flannel\.network: .*public/],
        ["parts that are too large", { flannel: { network: "10.9.0.0/16", subnetLen: 17 } }, /error flannel\.subnetLen: .*four parts/],
        ["an end outside", { flannel: { network: "10.9.0.0/16", subnetMin: "10.8.1.0" } }, /error flannel\.subnetMin: .*not in/],
        ["an end within a part", { "flannel.subnetMax": "10.0.9.128" }, /error flannel\.subnetMax: .*within a part/],
        ["ends that are changed", { flannel: { subnetMin: "10.0.9.0", subnetMax: "10.0.8.0" } }, /error flannel\.subnetMax: .*before/],
        ["too few parts", { flannel: { subnetMin: "10.0.9.0", subnetMax: "10.0.10.0" } }, /error flannel\.subnetMax: .*2 parts of \/24 for 3 hosts/],
        ["the network's own first part", { "flannel.subnetMin": "10.0.0.0" }, /warning flannel\.subnetMin/],
        ["Kubernetes' own prefix", { "flannel.prefix": "/registry/flannel" }, /error flannel\.prefix: .*Kubernetes/],
        ["an etcd before 3.4", { "versions.etcd": "3.2" }, /error versions\.etcd: flannel speaks/],
        ["no source", { "sources.flannel": undefined, "versions.flannel": undefined }, /error sources\.flannel/],
        ["a download without a checksum", { "sources.flannel": { kind: "archive", url: "https://a.example/f.tar.gz" } }, /error sources\.flannel\.sha256/],
        ["an MTU of Docker's", { "docker.mtu": 1300 }, /warning docker\.mtu/],
        ["two networks on one host", { "nodes[2].roles": ["docker", "flannel", "calico"] }, /error nodes\[2\]\.roles: .*flannel and calico/],
        ["a host without an engine", { "nodes[2].roles": ["flannel"] }, /error nodes\[2\]\.roles: .*no engine/],
        ["no etcd", { "nodes[0].roles": ["docker", "flannel"], "nodes[3].roles": ["docker"], "nodes[1].roles": ["docker", "flannel"] }, /error nodes: .*flannel and none with etcd/],
        ["settings without the role", Object.fromEntries([["flannel", {}], ...[0, 1, 2].map((at) => [`nodes[${at}].roles`, ["docker"]])]) as Edit, /warning flannel: no node/],
    ])("%s", (_, edit, expected) => expect(refuse(edit).join("\n")).toMatch(expected));
});

it("is there before Docker on every host, and Docker's bridge after it", async () => {
    const run = await runIndex(changed(three), []);
    const steps = run.made.filter(isStep).map(({ name }) => name);
    expect(steps.filter((name) => name.includes("flannel")).sort()).toEqual(
        ["flannel-agent1", "flannel-agent2", "flannel-config-master1", "flannel-docker-agent1", "flannel-docker-agent2", "flannel-docker-master1", "flannel-master1"],
    );
    expect((await runIndex(changed(), [])).made.some(({ name }) => name.includes("flannel"))).toBe(false);
});

describe("on a host", () => {
    const home = mkdtempSync(join(tmpdir(), "flannel-"));
    afterAll(() => rmSync(home, { recursive: true, force: true }));
    /** The helper with its places in a folder, and a function of it called. */
    const call = (line: string): string => {
        const script = readFileSync("components/flannel/on-host.sh", "utf8").replace(/^case \$\{1:-\}[^]*$/m, "").replaceAll(/(=|\s)\/(run|etc|var)\//g, `$1${home}/$2/`);
        const { stdout, stderr, status } = spawnSync("bash", ["-c", `${script}\n${line}`], { encoding: "utf8" });
        expect([status, stderr]).toEqual([0, ""]);
        return stdout;
    };
    const lease = (masquerade: boolean) => {
        ["run/flannel", "etc/docker", "etc/cni/net.d"].forEach((folder) => mkdirSync(join(home, folder), { recursive: true }));
        writeFileSync(join(home, "run/flannel/subnet.env"), `FLANNEL_NETWORK=10.0.0.0/16\nFLANNEL_SUBNET=10.0.94.65/26\nFLANNEL_MTU=1350\nFLANNEL_IPMASQ=${masquerade}\n`);
    };

    it("tells Docker the lease, but not what daemon.json has", () => {
        lease(true);
        writeFileSync(join(home, "etc/docker/daemon.json"), "{}");
        expect(call("docker_words")).toBe("--bip=10.0.94.65/26 --ip-masq=false --mtu=1350");
        writeFileSync(join(home, "etc/docker/daemon.json"), '{\n    "mtu": 1400\n}\n');
        lease(false);
        expect(call("docker_words")).toBe("--bip=10.0.94.65/26 --ip-masq=true");
    });

    it("writes a network for pods", () => {
        lease(true);
        call("for_pods");
        const { plugins, ...network } = JSON.parse(readFileSync(join(home, "etc/cni/net.d/10-datacentre-flannel.conflist"), "utf8")) as { plugins: Record<string, unknown>[] };
        expect(network).toEqual({ cniVersion: "1.0.0", name: "flannel" });
        expect(plugins[0]).toMatchObject({ type: "bridge", bridge: "cni0", isDefaultGateway: true, hairpinMode: true, ipMasq: false, mtu: 1350 });
        expect(plugins[0]).toHaveProperty("ipam.ranges", [[{ subnet: "10.0.94.64/26" }]]);
        expect(plugins[1]).toEqual({ type: "portmap", capabilities: { portMappings: true } });
    });

    it("knows the first address of a subnet as flanneld writes it", () => {
        expect(call("first_address 10.0.94.64/26")).toBe("10.0.94.65/26");
    });
});

/** etcd's answer to a question for keys. */
const answer = (values: Record<string, unknown>): string => {
    const text = (value: string) => Buffer.from(value).toString("base64");
    return JSON.stringify({ header: { revision: "9" }, kvs: Object.entries(values).map(([key, value]) => ({ key: text(key), create_revision: "1", value: text(JSON.stringify(value)), lease: "5" })) });
};
const held = (by: Record<string, string>) => answer(Object.fromEntries(Object.entries(by).map(([subnet, at]) => [`/coreos.com/network/subnets/${subnet.replace("/", "-")}`, { PublicIP: at, PublicIPv6: null, BackendType: "vxlan" }])));

it("reads leases of an answer as etcd gives it", () => {
    const script = `log=/dev/null; kv() { printf '%s' '${held({ "10.0.1.0/24": "172.18.1.1", "10.0.2.0/24": "172.18.1.2" })}'; }; . components/flannel/etcd.sh; `;
    const text = execFileSync("bash", ["-c", `. components/flannel/etcd.sh; ${script.replace(". components/flannel/etcd.sh; ", "")} leases /coreos.com/network`], { encoding: "utf8" });
    expect(text).toBe("10.0.1.0-24 172.18.1.1\n10.0.2.0-24 172.18.1.2\n");
});

describe("verify", () => {
    const row = (name: string, at = "agent1") => probes(dc).find((one) => one.row === name && one.node === at)!;
    const env = (subnet: string) => `FLANNEL_NETWORK=10.0.0.0/16\nFLANNEL_SUBNET=${subnet}\nFLANNEL_MTU=1350\nFLANNEL_IPMASQ=true\n`;

    it("compares the network in etcd", () => {
        const config = row("network in etcd as described", "master1");
        expect(config.evaluate(answer({ "/coreos.com/network/config": JSON.parse(networkConfig(dc)) }), 0).ok).toBe(true);
        expect(config.evaluate(answer({}), 0).found).toBe("nothing at /coreos.com/network/config");
        expect(config.evaluate("", 0).found).toBe("etcd does not answer");
    });

    it.each([
        ["10.0.94.1/24", true],
        ["10.0.201.1/24", false],
        ["10.0.94.1/25", false],
        ["10.9.94.1/24", false],
    ])("takes %s for a subnet: %s", (subnet, ok) => expect(row("has a subnet of the network").evaluate(env(subnet), 0).ok).toBe(ok));

    it("sees whether Docker was told the lease, and is on it", () => {
        const bridge = row("Docker's bridge is on the subnet");
        const told = "/usr/sbin/dockerd -H fd:// --bip=10.0.94.1/24 --ip-masq=false --mtu=1350";
        expect(bridge.evaluate(`${told}\n10.0.94.1/24\n${env("10.0.94.1/24")}`, 0).ok).toBe(true);
        expect(bridge.evaluate(`/usr/sbin/dockerd\n10.0.94.1/24\n${env("10.0.94.1/24")}`, 0).found).toContain("was not told --bip=10.0.94.1/24");
        expect(bridge.evaluate(`${told}\n172.17.0.1/16\n${env("10.0.94.1/24")}`, 0).found).toBe("172.17.0.1/16");
    });

    it("sees who masquerades", () => {
        const masquerade = row("flannel masquerades, and Docker does not");
        const flannels = "-A POSTROUTING -m comment --comment \"flanneld masq\" -j FLANNEL-POSTRTG\n-A FLANNEL-POSTRTG -s 10.0.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully\n";
        expect(masquerade.evaluate(`${flannels}end`, 0).ok).toBe(true);
        expect(masquerade.evaluate(`-A POSTROUTING -s 10.0.94.2/32 -d 10.0.94.2/32 -p tcp -j MASQUERADE\n${flannels}end`, 0).ok).toBe(true);
        expect(masquerade.evaluate(`-A POSTROUTING -s 10.0.94.0/24 ! -o docker0 -j MASQUERADE\n${flannels}end`, 0).found).toBe("flannel does, another rule does");
        expect(masquerade.evaluate("end", 0).found).toBe("flannel does not");
    });

    it("names who has no subnet, who has another's, and those of nobody", () => {
        const [subnets, routes] = groupProbes(dc);
        const all = { "10.0.1.0/24": "172.18.1.1", "10.0.2.0/24": "172.18.1.2", "10.0.3.0/24": "172.18.1.3" };
        const answers = (by: Record<string, string>, own = ["10.0.1.1/24", "10.0.2.1/24", "10.0.3.1/24"], lost = "") =>
            new Map(
                [master, agent, dc.nodes[2]!].map(({ name }, at) => {
                    const others = own.filter((_, other) => other !== at).map((subnet) => subnet.replace(".1/", ".0/")).filter((to) => at !== 1 || to !== lost);
                    return [name, { at: 0, output: `${held(by)}\n${env(own[at]!)}${others.map((to) => `route ${to} via ${to.replace("/24", "")} dev flannel.1 onlink \n`).join("")}end` }];
                }),
            );
        expect(subnets!.evaluateAll(answers(all)).ok).toBe(true);
        expect(routes!.evaluateAll(answers(all)).ok).toBe(true);
        expect(subnets!.evaluateAll(answers({ ...all, "10.0.9.0/24": "172.18.1.77" })).found).toBe("10.0.9.0/24 is of 172.18.1.77, which is described no more");
        expect(subnets!.evaluateAll(answers({ "10.0.1.0/24": "172.18.1.1", "10.0.2.0/24": "172.18.1.2" })).found).toBe("agent2 has none");
        expect(subnets!.evaluateAll(answers(all, ["10.0.1.1/24", "10.0.8.1/24", "10.0.3.1/24"])).found).toContain("agent1 uses 10.0.8.0/24, and in etcd it has 10.0.2.0/24");
        expect(subnets!.evaluateAll(answers({ ...all, "10.0.3.128/25": "172.18.1.2" })).found).toContain("overlaps");
        expect(routes!.evaluateAll(answers(all, undefined, "10.0.3.0/24")).found).toBe("agent1 has none to agent2's 10.0.3.0/24");
    });
});

it("has a node of pods as well", () => {
    const mixed = described({ "nodes[4]": node("pods", 9, "containerd", "flannel") });
    expect(unitFile(mixed, mixed.nodes[4]!)).toContain("ExecStartPost=/usr/local/lib/datacentre/flannel leased pods\n");
    expect(probes(mixed).filter(({ node: at }) => at === "pods").map(({ row }) => row)).toContain("pods' network is on the subnet");
});
