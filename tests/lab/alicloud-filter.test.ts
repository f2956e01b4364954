/** What the simulated machines' packet filters let through, against what the component's security groups mean. */
import { securityPlan } from "../../components/nodes/alicloud/security";
import { userData } from "../../components/nodes/alicloud/user-data";
import { systems } from "../../components/systems";
import { filterOf, gatewayOf, hasWayOut } from "../../lab/plugins/alicloud/filter";
import { functionInputs, functionNames, lookUp } from "../../lab/plugins/alicloud/functions";
import type { Account } from "../../lab/plugins/alicloud/store";
import { readUserData } from "../../lab/plugins/alicloud/user-data";
import { stackOn } from "../nodes/alicloud-sample";

/** The account as the component's plan for a stack makes it. */
function accountOf(stack: string): { account: Account; plan: ReturnType<typeof securityPlan>; addresses: Record<string, string> } {
    const { dc, provider } = stackOn(stack);
    const plan = securityPlan(systems, dc, provider);
    const account: Account = {
        internet: { network: "internet", cidr: "198.18.5.0/24" },
        vpcs: { v: { name: "v", cidr: provider.subnet, network: "v" } },
        vswitches: { s: { vpc: "v", cidr: provider.subnet, zone: "z" } },
        groups: Object.fromEntries(plan.groups.map(({ name }) => [name, { vpc: "v", name, innerAccess: "Drop" }])),
        rules: Object.fromEntries(
            plan.rules.map(({ group, protocol, ports, from }, index) => [
                String(index),
                { group, protocol, ports, policy: "accept", priority: 1, ...("cidr" in from ? { cidr: from.cidr } : { source: from.group }) },
            ]),
        ),
        ...{ keyPairs: {}, nats: {}, snats: {}, disks: {} },
        eips: { e: { address: "198.18.5.1", boundTo: provider.bastion } },
        instances: Object.fromEntries(
            dc.nodes.map(({ name, address }) => [
                name,
                { name, container: name, vswitch: "s", address, groups: plan.groupsOf(name), deletionProtection: false },
            ]),
        ),
    };
    return { account, plan, addresses: Object.fromEntries(dc.nodes.map(({ name, address }) => [name, address])) };
}

/** iptables' reading of the incoming chain. */
function passes(rules: string, packet: { from: string; to: string; protocol: string; port: number }): boolean {
    for (const line of rules.split("\n").filter((one) => one.startsWith("-A ECS-IN"))) {
        const option = (name: string) => new RegExp(` ${name} (\\S+)`).exec(line)?.[1];
        if (line.includes("! -i eth+") || line.includes("--ctstate")) {
            continue;
        }
        const ports = option("--dport")?.split(":").map(Number);
        const matches =
            [undefined, `${packet.from}/32`].includes(option("-s")) &&
            [undefined, `${packet.to}/32`].includes(option("-d")) &&
            [undefined, packet.protocol].includes(option("-p")) &&
            (ports === undefined || (packet.port >= ports[0]! && packet.port <= ports[1]!));
        if (matches) {
            return line.endsWith("RETURN");
        }
    }
    return false;
}

it.each(["dev", "prod"])("%s: machines reach each other as the groups say", (stack) => {
    const { account, plan, addresses } = accountOf(stack);
    const wrong: string[] = [];
    let open = 0;
    for (const to of Object.keys(addresses)) {
        const rules = filterOf(account, to);
        for (const from of Object.keys(addresses).filter((name) => name !== to)) {
            for (const port of [22, 179, 2181, 2379, 2380, 2888, 4001, 5000, 5050, 5051, 8080, 9090, 24007, 31001, 49152]) {
                const meant = plan.rules.some(
                    (rule) =>
                        plan.groupsOf(to).includes(rule.group) &&
                        "group" in rule.from &&
                        plan.groupsOf(from).includes(rule.from.group) &&
                        rule.protocol === "tcp" &&
                        port >= Number(rule.ports.split("/")[0]) &&
                        port <= Number(rule.ports.split("/")[1]),
                );
                const real = passes(rules, { from: addresses[from]!, to: addresses[to]!, protocol: "tcp", port });
                open += Number(meant);
                if (meant !== real) {
                    wrong.push(`${from} to ${to}:${port}: ${meant} but ${real}`);
                }
            }
        }
    }
    expect(wrong).toEqual([]);
    expect(open).toBeGreaterThan(20);
});

it("lets the operator in by the public address alone, and nobody else of this machine", () => {
    const { account } = accountOf("dev");
    const ssh = { protocol: "tcp", port: 22 };
    const machine = gatewayOf("172.18.1.0/24");
    expect(machine).toBe("172.18.1.253");
    const master = filterOf(account, "master1");
    expect(passes(master, { ...ssh, from: "198.18.5.253", to: "198.18.5.1" })).toBe(true);
    expect(passes(master, { ...ssh, port: 5050, from: "198.18.5.253", to: "198.18.5.1" })).toBe(false);
    expect(passes(master, { ...ssh, from: machine, to: "172.18.1.1" })).toBe(false);
    expect(passes(filterOf(account, "agent1"), { ...ssh, from: machine, to: "172.18.1.2" })).toBe(false);
});

it("keeps the operator out when the rule names another network", () => {
    const { account } = accountOf("dev");
    Object.values(account.rules).forEach((rule) => (rule.cidr = rule.cidr === undefined ? rule.cidr! : "192.0.2.0/24"));
    expect(passes(filterOf(account, "master1"), { protocol: "tcp", port: 22, from: "198.18.5.253", to: "198.18.5.1" })).toBe(false);
});

it("lets out the holder of a public address, and others by a gateway that has one", () => {
    const { account } = accountOf("dev");
    const out = (name: string) => filterOf(account, name).includes("-A ECS-OUT -j RETURN\n");
    expect([out("master1"), out("agent1")]).toEqual([true, false]);
    account.nats["n"] = { vpc: "v", vswitch: "s" };
    account.snats["x"] = { nat: "n", address: "198.18.5.2", vswitch: "s" };
    expect(hasWayOut(account, account.instances["agent1"]!)).toBe(false);
    account.eips["f"] = { address: "198.18.5.2", boundTo: "n" };
    expect(out("agent1")).toBe(true);
});

it("heeds refusals and their order", () => {
    const { account } = accountOf("dev");
    const packet = { from: "172.18.1.2", to: "172.18.1.4", protocol: "tcp", port: 2379 };
    expect(passes(filterOf(account, "agent3"), packet)).toBe(true);
    account.rules["no"] = { group: "all", protocol: "tcp", ports: "2379/2379", source: "all", policy: "drop", priority: 1 };
    expect(passes(filterOf(account, "agent3"), packet)).toBe(false);
    account.rules["no"].priority = 2;
    expect(passes(filterOf(account, "agent3"), packet)).toBe(true);
});

it("lets members of an open group reach each other", () => {
    const { account } = accountOf("dev");
    account.groups["all"]!.innerAccess = "Accept";
    expect(passes(filterOf(account, "agent3"), { from: "172.18.1.2", to: "172.18.1.4", protocol: "tcp", port: 9999 })).toBe(true);
});

describe("user data", () => {
    it("is read as the component writes it, plain and in base64", () => {
        const hostKey = { privateKey: "A\nB\n", publicKey: "ssh-ed25519 AAAAhost" };
        const text = userData({ operator: "ssh-ed25519 AAAAop", hostKey, cgroup1: true });
        const boot = { authorizedKeys: ["ssh-ed25519 AAAAop"], hostKey, ignored: [] };
        expect(readUserData(text)).toEqual(boot);
        expect(readUserData(Buffer.from(text).toString("base64"))).toEqual(boot);
    });

    it("gives root no keys where cloud-init would not, and says what is passed over", () => {
        expect(readUserData("#cloud-config\nssh_authorized_keys: [k]\nruncmd: [x]\n")).toEqual({ authorizedKeys: [], ignored: ["runcmd"] });
        expect(() => readUserData("#!/bin/sh\necho")).toThrow("not #cloud-config");
    });
});

describe("lookups", () => {
    const ask = (name: string, inputs: object) => lookUp(functionNames.find((one) => one.endsWith(name))!, inputs as never, "cn-hangzhou", "/nonexistent");

    it("find the newest image, types of a size by price, and the region's zones", () => {
        expect(ask("getImages", { nameRegex: "^debian_12_.*_x64_", owners: "system", mostRecent: true })).toMatchObject({
            images: [{ id: "debian_12_9_x64_20G_alibase_20250117.vhd" }],
        });
        expect(ask("getInstanceTypes", { cpuCoreCount: 4, memorySize: 8, availabilityZone: "cn-hangzhou-h" })["ids"]).toEqual(["ecs.u1-c1m2.xlarge", "ecs.c7.xlarge"]);
        expect(ask("getInstanceTypes", { cpuCoreCount: 4, availabilityZone: "cn-beijing-a" })["ids"]).toEqual([]);
        expect(ask("getZones", {})["ids"]).toEqual(["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-k"]);
    });

    it("refuse what is not there", () => {
        expect(() => ask("getZones", { nonsense: true })).toThrow("unknown key");
        expect(() => lookUp("alicloud:ecs/getDisks:getDisks", {}, "cn-hangzhou", "/nonexistent")).toThrow("not implemented by the stand-in");
        expect(functionInputs("nothing")).toEqual([]);
    });
});
