import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { diskInputs, disksOf, machineInputs, tagsOf, vswitchName, vswitchOf } from "../../components/nodes/alicloud/plan";
import { importable, needsCgroup1, userData } from "../../components/nodes/alicloud/user-data";
import { systems } from "../../components/systems";
import { stackOn, unchecked } from "./alicloud-sample";

const owner = "datacentre/dev";
const dev = stackOn("dev");
const prod = stackOn("prod");

/** Runs the boot's script on a made-up machine three times: with groups of the second version, again, and with the first. */
function machineBoots(script: string): string[] {
    const root = mkdtempSync(join(tmpdir(), "boot-"));
    const log = join(root, "log");
    writeFileSync(log, "");
    for (const program of ["update-grub", "reboot"]) {
        writeFileSync(join(root, program), `#!/bin/sh\necho "$(basename "$0")\${*:+ $*}" >>${log}\n`, { mode: 0o755 });
    }
    const controllers = join(root, "sys/fs/cgroup/cgroup.controllers");
    mkdirSync(join(controllers, ".."), { recursive: true });
    writeFileSync(controllers, "");
    const run = () => execFileSync("sh", ["-c", script], { env: { ROOT: root, PATH: `${root}:/usr/bin:/bin` } });
    run();
    const file = join(root, "etc/default/grub.d/zz-datacentre.cfg");
    expect(readFileSync(file, "utf8")).toBe('GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX systemd.unified_cgroup_hierarchy=0"\n');
    run();
    rmSync(file);
    rmSync(controllers);
    run();
    const lines = readFileSync(log, "utf8").trim().split("\n");
    rmSync(root, { recursive: true });
    return lines;
}

it("puts each node on the vSwitch that has its address", () => {
    expect(dev.dc.nodes.map((node) => vswitchOf(dev.provider, node))).toEqual([0, 0, 0, 0]);
    expect(prod.dc.nodes.map((node) => vswitchOf(prod.provider, node))).toEqual([0, 1, 2, 0, 1, 2]);
    expect(vswitchOf(prod.provider, { ...prod.dc.nodes[0]!, address: "172.18.9.1" })).toBeUndefined();
    expect(vswitchName("172.18.1.0/24")).toBe("vswitch-172-18-1-0-24");
});

it("gives machines what is described, and no public address", () => {
    expect(machineInputs(dev.provider, dev.dc.nodes[1]!, owner)).toEqual({
        instanceName: "dc-dev-agent1",
        hostName: "agent1",
        description: "datacentre/dev: docker, glusterfs, zookeeper, etcd, calico, mesos-agent",
        privateIp: "172.18.1.2",
        instanceChargeType: "PostPaid",
        internetMaxBandwidthOut: 0,
        systemDiskCategory: "cloud_essd",
        systemDiskSize: 40,
        systemDiskName: "dc-dev-agent1-system",
        spotStrategy: "NoSpot",
        deletionProtection: false,
        tags: { "datacentre.stack": owner, "datacentre.node": "agent1" },
    });
});

it("says of subscriptions, spot machines and protection what each may say", () => {
    const inputs = (instance: object) => {
        const { dc, provider } = stackOn("dev", { "provider.instance": instance });
        return machineInputs(provider, dc.nodes[0]!, owner);
    };
    const prepaid = inputs({ chargeType: "PrePaid", period: 12, renewal: "AutoRenewal", forceDelete: true });
    expect(prepaid).toMatchObject({ period: 12, periodUnit: "Month", renewalStatus: "AutoRenewal", forceDelete: true });
    expect(Object.keys(prepaid)).not.toEqual(expect.arrayContaining(["spotStrategy"]));
    expect(Object.keys(prepaid)).not.toEqual(expect.arrayContaining(["deletionProtection"]));
    const spot = inputs({ spot: "SpotWithPriceLimit", spotPriceLimit: 0.25 });
    expect(spot).toMatchObject({ spotStrategy: "SpotWithPriceLimit", spotPriceLimit: 0.25 });
    expect(Object.keys(spot)).not.toContain("deletionProtection");
    expect(Object.keys(spot)).not.toContain("period");
    expect(inputs({ deletionProtection: true })).toMatchObject({ deletionProtection: true });
});

it("lets some nodes' settings go before the stack's, key by key", () => {
    const { dc, provider } = stackOn("dev", {
        "provider.instance": { cpus: 8, systemDisk: { sizeGiB: 80 } },
        "provider.instances": [{ nodes: ["agent3"], systemDisk: { category: "cloud_auto" }, spot: "SpotAsPriceGo" }],
    });
    const machines = dc.nodes.map((node) => machineInputs(provider, node, owner));
    expect(machines.map((one) => [one.systemDiskCategory, one.systemDiskSize, one.spotStrategy])).toEqual([
        ["cloud_essd", 80, "NoSpot"],
        ["cloud_essd", 80, "NoSpot"],
        ["cloud_essd", 80, "NoSpot"],
        ["cloud_auto", 80, "SpotAsPriceGo"],
    ]);
});

it("has a data disk for each node that is to have one, or the one that is there", () => {
    expect(disksOf(prod.dc, prod.provider).map(({ name }) => name)).toEqual([
        ...["agent1-data", "agent2-data", "agent3-data"],
        ...["agent1-docker", "agent2-docker", "agent3-docker"],
    ]);
    const { dc, provider } = stackOn("dev", { "provider.disks[0].existing": [{ node: "agent1", id: "d-bp1abc" }] });
    expect(disksOf(dc, provider).filter(({ existing }) => existing).map(({ name, existing }) => [name, existing])).toEqual([["agent1-data", "d-bp1abc"]]);
    expect(diskInputs(prod.provider, disksOf(prod.dc, prod.provider)[0]!, "datacentre/prod")).toEqual({
        diskName: "dc-prod-agent1-data",
        description: "datacentre/prod: /data of agent1",
        category: "cloud_essd",
        size: 500,
        performanceLevel: "PL1",
        encrypted: true,
        paymentType: "PayAsYouGo",
        type: "online",
        deleteWithInstance: false,
        tags: { "datacentre.stack": "datacentre/prod", "datacentre.node": "agent1", "datacentre.mount": "/data" },
    });
});

it("keeps the stack's own tags over others", () => {
    const { provider } = unchecked("dev", { "provider.tags": { team: "blue", "datacentre.stack": "mine" } });
    expect(tagsOf(provider, owner)).toEqual({ team: "blue", "datacentre.stack": owner });
});

describe("the first boot's data", () => {
    const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n: odd\n#\n-----END OPENSSH PRIVATE KEY-----\n";
    const boot = { operator: "ssh-ed25519 AAAAoperator", hostKey: { privateKey, publicKey: "ssh-ed25519 AAAAhost" } };
    const text = userData({ ...boot, cgroup1: false });

    it("is cloud-init's, and holds keys and nothing else", () => {
        expect(text.split("\n")[0]).toBe("#cloud-config");
        expect(parse(text)).toEqual({
            disable_root: false,
            ssh_pwauth: false,
            ssh_authorized_keys: ["ssh-ed25519 AAAAoperator"],
            ssh_deletekeys: true,
            ssh_keys: { ed25519_private: privateKey, ed25519_public: "ssh-ed25519 AAAAhost" },
        });
    });

    it("lets a machine that Mesos' agents are for boot with the control groups that they know, and no other", () => {
        expect(dev.dc.nodes.map((node) => needsCgroup1(systems, dev.dc, node))).toEqual([true, true, true, true]);
        expect(prod.dc.nodes.map((node) => needsCgroup1(systems, prod.dc, node))).toEqual([false, false, false, true, true, true]);
        const told = stackOn("dev", { "mesos.agentFlags": { systemd_enable_support: "false" } });
        expect(needsCgroup1(systems, told.dc, told.dc.nodes[0]!)).toBe(false);
        const { bootcmd, ...rest } = parse(userData({ ...boot, cgroup1: true }));
        expect(rest).toEqual(parse(text));
        expect(bootcmd[0].slice(0, 2)).toEqual(["sh", "-c"]);
        expect(machineBoots(bootcmd[0][2])).toEqual(["update-grub", "reboot -f"]);
    });

    it("fits into what an instance takes (32 KB, and it stands in base64)", () => {
        expect(Buffer.from(text).toString("base64").length).toBeLessThan(32 * 1024);
    });

    it.each([
        ["ssh-ed25519 AAAA", false],
        ["ssh-rsa AAAA", true],
        ["ecdsa-sha2-nistp256 AAAA", true],
        ["sk-ssh-ed25519@openssh.com AAAA", false],
    ])("%s can be a key pair of the account: %s", (key, can) => expect(importable(key)).toBe(can));
});
