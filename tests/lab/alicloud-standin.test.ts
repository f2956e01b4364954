/** The simulated account: what it makes, refuses as the real one does, and fails at on demand. */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { InvokeRequest } from "@pulumi/pulumi/proto/provider_pb";

import { alicloudProvider } from "../../lab/plugins/alicloud/provider";
import { Engine } from "../../lab/plugins/provider/engine";
import { InitFailedError } from "../../lab/plugins/provider/errors";
import { ProviderServer } from "../../lab/plugins/provider/server";
import { decodeStruct, encodeStruct, type PropertyMap } from "../../lab/plugins/provider/values";
import { Bed, type Thing } from "./alicloud-account";

let bed: Bed;
beforeEach(() => (bed = new Bed()));
afterEach(() => bed.remove());

const userData = (key = "PRIVATE") =>
    `#cloud-config\ndisable_root: false\nssh_authorized_keys: [ssh-ed25519 AAAAop]\nssh_keys: {ed25519_private: ${key}, ed25519_public: ssh-ed25519 AAAAhost}\n`;

function beginning(file: string, length: number): string {
    const handle = openSync(file, "r");
    const bytes = Buffer.alloc(length);
    readSync(handle, bytes, 0, length, 0);
    closeSync(handle);
    return bytes.toString();
}

it("makes a machine of a container on the VPC's network, with its keys, before it starts", async () => {
    const ground = await bed.ground();
    const { id, state } = await bed.make("Instance", bed.machine(ground, 1, { userData: userData(), hostName: "master1" }));
    const container = bed.engine.containers.get("t-1")!;
    expect(container.running).toBe(true);
    expect(container.body).toMatchObject({ Hostname: "master1", HostConfig: { Privileged: true, NetworkMode: "t" } });
    expect(container.body.NetworkingConfig.EndpointsConfig.t.IPAMConfig).toEqual({ IPv4Address: "172.31.1.1" });
    expect(container.body.Labels["datacentre.stand-in"]).toBe("alicloud");
    expect(container.files["root/.ssh/authorized_keys"]).toBe("ssh-ed25519 AAAAop\n");
    expect(container.files["etc/ssh/ssh_host_ed25519_key"]).toBe("PRIVATE");
    expect(state).toMatchObject({ status: "Running", primaryIpAddress: "172.31.1.1", availabilityZone: "cn-hangzhou-h", publicIp: "" });
    expect(id).toMatch(/^i-standin/);
    expect(bed.engine.networks.get("t").IPAM.Config[0]).toEqual({ Subnet: "172.31.0.0/16", Gateway: "172.31.255.253" });
});

it("gives a public address that leads to one machine, and takes it away with it", async () => {
    const ground = await bed.ground();
    const machine = await bed.make("Instance", bed.machine(ground, 1));
    const eip = await bed.make("EipAddress", { addressName: "e", paymentType: "PayAsYouGo", bandwidth: "10" });
    const bound = await bed.make("EipAssociation", { allocationId: eip.id, instanceId: machine.id, instanceType: "EcsInstance" });
    expect(bed.engine.containers.get("t-1")!.networks).toEqual({ "s-internet-stand-in": eip.state["ipAddress"] });
    expect(await bed.read("Instance", machine)).toMatchObject({ publicIp: eip.state["ipAddress"] });
    await expect(bed.drop("EipAddress", eip)).rejects.toThrow("IncorrectEipStatus");
    await bed.drop("EipAssociation", bound);
    expect(bed.engine.containers.get("t-1")!.networks).toEqual({});
    await bed.drop("EipAddress", eip);
});

it("keeps a disk through the life of its machine, and moves it to the next", async () => {
    const ground = await bed.ground();
    const first = await bed.make("Instance", bed.machine(ground, 1));
    const disk = await bed.make("EcsDisk", { diskName: "d", category: "cloud_essd", size: 20, zoneId: "cn-hangzhou-h" });
    const inFirst = join(bed.directory, "machines", first.id, "disks", `${disk.id}.img`);
    await bed.make("EcsDiskAttachment", { diskId: disk.id, instanceId: first.id });
    expect(statSync(inFirst).size).toBe(20 * 1024 ** 3);
    expect(statSync(inFirst).blocks).toBe(0);
    writeFileSync(inFirst, "content", { flag: "r+" });
    await bed.drop("Instance", first);
    const second = await bed.make("Instance", bed.machine(ground, 1));
    await bed.make("EcsDiskAttachment", { diskId: disk.id, instanceId: second.id });
    const inSecond = join(bed.directory, "machines", second.id, "disks", `${disk.id}.img`);
    expect(beginning(inSecond, 7)).toBe("content");
    expect(existsSync(inFirst)).toBe(false);
    const { diff } = await bed.change("EcsDisk", disk, { size: 30 });
    expect([diff, statSync(inSecond).size]).toEqual([["size"], 30 * 1024 ** 3]);
    await expect(bed.drop("EcsDisk", disk)).rejects.toThrow("IncorrectDiskStatus");
});

it("tells every machine its filter when groups, rules or members change, and only when they do", async () => {
    const ground = await bed.ground();
    const machine = await bed.make("Instance", bed.machine(ground, 1));
    const rules = () => readFileSync(join(bed.directory, "machines", machine.id, "rules"), "utf8");
    expect(rules()).not.toContain("172.31.1.2/32");
    const told = () => bed.engine.executed.filter(({ command }) => command.at(-1) === "apply").length;
    const before = told();
    await bed.make("SecurityGroupRule", { type: "ingress", ipProtocol: "tcp", portRange: "22/22", securityGroupId: ground.group.id, sourceSecurityGroupId: ground.group.id });
    expect(told()).toBe(before);
    await bed.make("Instance", bed.machine(ground, 2));
    expect(rules()).toContain("-s 172.31.1.2/32 -d 172.31.1.1/32 -p tcp --dport 22:22 -j RETURN");
    expect(told()).toBe(before + 2);
});

it("reboots for changed user data, and leaves the host's key as it was", async () => {
    const ground = await bed.ground();
    const machine = await bed.make("Instance", bed.machine(ground, 1, { userData: userData() }));
    const { diff } = await bed.change("Instance", machine, { userData: userData("OTHER") });
    expect(diff).toEqual(["userData"]);
    expect(bed.engine.done).toEqual(["start t-1", "stop t-1", "start t-1"]);
    expect(bed.engine.containers.get("t-1")!.files["etc/ssh/ssh_host_ed25519_key"]).toBe("PRIVATE");
});

it("sees a machine that was stopped, and one that is gone", async () => {
    const ground = await bed.ground();
    const machine = await bed.make("Instance", bed.machine(ground, 1));
    bed.engine.containers.get("t-1")!.running = false;
    expect(await bed.read("Instance", machine)).toMatchObject({ status: "Stopped" });
    bed.engine.containers.delete("t-1");
    expect(await bed.read("Instance", machine)).toBeUndefined();
    expect(bed.cloud.store.read().instances).toEqual({});
});

it("replaces and changes what the genuine provider does", async () => {
    const ground = await bed.ground();
    const machine = await bed.make("Instance", bed.machine(ground, 1, { spotStrategy: "NoSpot", systemDiskCategory: "cloud_essd", description: "one" }));
    expect((await bed.change("Instance", machine, { spotStrategy: "SpotAsPriceGo" })).diff).toEqual(["spotStrategy!"]);
    expect((await bed.change("Instance", machine, { systemDiskCategory: "cloud_auto" })).diff).toEqual(["systemDiskCategory!"]);
    expect((await bed.change("Instance", machine, { description: "two", tags: { a: "b" } })).diff.sort()).toEqual(["description", "tags"]);
    expect((await bed.change("Switch", ground.vswitch, { zoneId: "cn-hangzhou-i" })).diff).toEqual(["zoneId!"]);
    expect((await bed.change("Network", ground.vpc, { description: "d" })).diff).toEqual(["description"]);
});

it("leaves an old group before it enters the next, and so refuses to leave the last", async () => {
    const ground = await bed.ground();
    const other = await bed.make("SecurityGroup", { securityGroupName: "o", vpcId: ground.vpc.id });
    const machine = await bed.make("Instance", bed.machine(ground, 1));
    await expect(bed.change("Instance", machine, { securityGroups: [other.id] })).rejects.toThrow("LastSecurityGroup");
    const { thing } = await bed.change("Instance", machine, { securityGroups: [ground.group.id, other.id] });
    expect((await bed.change("Instance", thing, { securityGroups: [other.id] })).thing.state["securityGroups"]).toEqual([other.id]);
});

describe("refuses with the API's codes:", () => {
    type Case = [string, string, (ground: { vpc: Thing; vswitch: Thing; group: Thing }) => [string, PropertyMap]];
    it.each<Case>([
        ["an image that is not there", "InvalidImageId.NotFound", (g) => ["Instance", bed.machine(g, 1, { imageId: "debian_1" })]],
        ["a type that is not sold", "InvalidInstanceType.ValueNotSupported", (g) => ["Instance", bed.machine(g, 1, { instanceType: "ecs.x9.huge" })]],
        ["an address outside", "InvalidPrivateIpAddress.Malformed", (g) => ["Instance", bed.machine(g, 1, { privateIp: "172.31.2.1" })]],
        ["the network's own address", "InvalidPrivateIpAddress.Malformed", (g) => ["Instance", bed.machine(g, 0)]],
        ["one of the last three", "InvalidPrivateIpAddress.Malformed", (g) => ["Instance", bed.machine(g, 253)]],
        ["PrePaid for no time", "InvalidPeriod", (g) => ["Instance", bed.machine(g, 1, { instanceChargeType: "PrePaid" })]],
        ["PrePaid spot", "InvalidSpotStrategy", (g) => ["Instance", bed.machine(g, 1, { instanceChargeType: "PrePaid", period: 1, spotStrategy: "SpotAsPriceGo" })]],
        ["no group", "InvalidSecurityGroupId.NotFound", (g) => ["Instance", bed.machine(g, 1, { securityGroups: [] })]],
        ["a tag of the cloud's", "InvalidTagKey.Malformed", (g) => ["Instance", bed.machine(g, 1, { tags: { "acs:x": "y" } })]],
        ["a key pair that is not there", "InvalidKeyPairName.NotFound", (g) => ["Instance", bed.machine(g, 1, { keyName: "none" })]],
        ["an ed25519 key pair", "InvalidPublicKeyBody.ValueNotSupported", () => ["EcsKeyPair", { keyPairName: "kk", publicKey: "ssh-ed25519 AAAA" }]],
        ["a vSwitch outside of its VPC", "InvalidCidrBlock.Malformed", (g) => ["Switch", { vpcId: g.vpc.id, cidrBlock: "10.0.0.0/24", zoneId: "cn-hangzhou-h" }]],
        ["a vSwitch over another", "InvalidCidrBlock.Overlapped", (g) => ["Switch", { vpcId: g.vpc.id, cidrBlock: "172.31.0.0/20", zoneId: "cn-hangzhou-h" }]],
        ["another region's zone", "InvalidZoneId.NotFound", (g) => ["Switch", { vpcId: g.vpc.id, cidrBlock: "172.31.9.0/24", zoneId: "cn-beijing-a" }]],
        ["a disk too small", "InvalidDiskSize.ValueNotSupported", () => ["EcsDisk", { category: "cloud_efficiency", size: 10, zoneId: "cn-hangzhou-h" }]],
        ["a role that is not there", "InvalidRamRole.NotFound", () => ["RamRoleAttachment", { instanceId: "i-1", ramRoleName: "Nobody" }]],
        ["a SNAT address of nobody", "IncorrectEipStatus", () => ["SnatEntry", { snatTableId: "stb-1", snatIp: "1.2.3.4" }]],
        ["ports upside down", "InvalidPortRange.Malformed", (g) => ["SecurityGroupRule", { type: "ingress", ipProtocol: "tcp", portRange: "90/80", cidrIp: "10.0.0.0/8", securityGroupId: g.group.id }]],
        ["a rule from nobody", "MissingParameter.Source", (g) => ["SecurityGroupRule", { type: "ingress", ipProtocol: "tcp", portRange: "80/80", securityGroupId: g.group.id }]],
    ])("%s", async (_what, code, thing) => {
        const [type, inputs] = thing(await bed.ground());
        await expect(bed.make(type, inputs)).rejects.toThrow(`Code: ${code}`);
    });

    it.each<[string, string, PropertyMap]>([
        ["TCP on all ports", "SecurityGroupRule", { type: "ingress", ipProtocol: "tcp", portRange: "-1/-1", cidrIp: "10.0.0.0/8", securityGroupId: "x" }],
        ["a protocol that is none", "SecurityGroupRule", { type: "ingress", ipProtocol: "ipip", cidrIp: "10.0.0.0/8", securityGroupId: "x" }],
        ["an old name", "Network", { name: "old", cidrBlock: "10.0.0.0/16" }],
        ["a name that nobody knows", "Network", { vpcNmae: "typo" }],
        ["a category that is none", "EcsDisk", { category: "ssd", size: 20 }],
        ["a required input that is missing", "EipAssociation", { allocationId: "eip-1" }],
        ["a public address on the machine itself", "Instance", { internetMaxBandwidthOut: 5 }],
    ])("in the provider's words: %s", async (_what, type, inputs) => {
        await expect(bed.make(type, inputs)).rejects.toThrow(/Please correct|expected|not implemented|unknown key|Missing required/);
    });

    it("a second machine at an address", async () => {
        const ground = await bed.ground();
        await bed.make("Instance", bed.machine(ground, 1));
        await expect(bed.make("Instance", { ...bed.machine(ground, 1), instanceName: "t-x" })).rejects.toThrow("InvalidPrivateIpAddress.Duplicated");
    });

    it("the end of what is protected, or paid for", async () => {
        const ground = await bed.ground();
        const safe = await bed.make("Instance", bed.machine(ground, 1, { deletionProtection: true }));
        await expect(bed.drop("Instance", safe)).rejects.toThrow("InvalidOperation.DeletionProtection");
        const paid = await bed.make("Instance", bed.machine(ground, 2, { instanceChargeType: "PrePaid", period: 1 }));
        await expect(bed.drop("Instance", paid)).rejects.toThrow("force_delete");
    });

    it("the end of what others need", async () => {
        const ground = await bed.ground();
        await bed.make("Instance", bed.machine(ground, 1));
        await expect(bed.drop("Switch", ground.vswitch)).rejects.toThrow("DependencyViolation.VSwitch");
        await expect(bed.drop("SecurityGroup", ground.group)).rejects.toThrow("DependencyViolation");
        await expect(bed.drop("Network", ground.vpc)).rejects.toThrow("DependencyViolation");
    });
});

describe("on demand", () => {
    const ask = (...faults: object[]) => writeFileSync(join(bed.directory, "faults.json"), JSON.stringify(faults));

    it("fails as often as it is asked to, for what it is asked for, with the real code", async () => {
        const ground = await bed.ground();
        ask({ call: "RunInstances", match: "t-2", code: "OperationDenied.NoStock", times: 2 });
        await bed.make("Instance", bed.machine(ground, 1));
        for (let i = 0; i < 2; i++) {
            await expect(bed.make("Instance", bed.machine(ground, 2))).rejects.toThrow(/StatusCode: 403\n\s+Code: OperationDenied\.NoStock/);
        }
        expect(bed.engine.containers.has("t-2")).toBe(false);
        await bed.make("Instance", bed.machine(ground, 2));
        expect(bed.engine.containers.has("t-2")).toBe(true);
    });

    it("leaves a machine half-made, which stays in state", async () => {
        const ground = await bed.ground();
        ask({ call: "RunInstances", code: "InternalError", when: "after" });
        const failure = await bed.make("Instance", bed.machine(ground, 1)).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(InitFailedError);
        expect((failure as InitFailedError).id).toMatch(/^i-standin/);
        expect(bed.engine.containers.get("t-1")?.running).toBe(true);
    });

    it("says what the account's quota is", async () => {
        ask({ call: "AllocateEipAddress", code: "QuotaExceeded.Eip" });
        await expect(bed.make("EipAddress", { addressName: "e" })).rejects.toThrow("Elastic IP address quota exceeded");
    });
});

it("answers lookups over the plugin's own service, with the engine's errors", async () => {
    const provider = alicloudProvider();
    await expect(provider.configure({ region: "cn-hangzhou" })).rejects.toThrow("no valid credential sources");
    await provider.configure({ region: "cn-hangzhou", accessKey: "simulated" });
    const { invoke } = new ProviderServer(provider, new Engine(undefined)).methods();
    const ask = (token: string, inputs: PropertyMap): Promise<PropertyMap> =>
        new Promise((resolve, reject) => {
            const request = new InvokeRequest();
            request.setTok(token);
            request.setArgs(encodeStruct(inputs));
            const done = (error: any, response: any) => (error ? reject(new Error(error.details)) : resolve(decodeStruct(response.getReturn())));
            (invoke as any)({ request }, done);
        });
    expect((await ask("alicloud:index/getZones:getZones", {}))["ids"]).toContain("cn-hangzhou-k");
    await expect(ask("alicloud:ecs/getDisks:getDisks", {})).rejects.toThrow("not implemented by the stand-in");
    expect(provider.unknownType("x:y:Z").message).toContain("not implemented by the stand-in");
    expect((await provider.checkConfig({ region: "a", endpoints: [] })).failures.map(({ property }) => property)).toEqual(["endpoints"]);
});
