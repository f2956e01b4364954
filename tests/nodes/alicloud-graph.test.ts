/** The component on Pulumi's mocks: what is made, under which parent, and with which options. */
import * as pulumi from "@pulumi/pulumi";

import { opened, outputOf, runNodes, type Made } from "./alicloud-mocks";
import { stackOn } from "./alicloud-sample";

const types = {
    instance: "alicloud:ecs/instance:Instance",
    disk: "alicloud:ecs/ecsDisk:EcsDisk",
    attachment: "alicloud:ecs/ecsDiskAttachment:EcsDiskAttachment",
    eip: "alicloud:ecs/eipAddress:EipAddress",
    association: "alicloud:ecs/eipAssociation:EipAssociation",
    vswitch: "alicloud:vpc/switch:Switch",
    vpc: "alicloud:vpc/network:Network",
    nat: "alicloud:vpc/natGateway:NatGateway",
    snat: "alicloud:vpc/snatEntry:SnatEntry",
    rule: "alicloud:ecs/securityGroupRule:SecurityGroupRule",
    group: "alicloud:ecs/securityGroup:SecurityGroup",
    keyPair: "alicloud:ecs/ecsKeyPair:EcsKeyPair",
    ramRole: "alicloud:ecs/ramRoleAttachment:RamRoleAttachment",
} as const;

describe("the dev stack", () => {
    let run: Awaited<ReturnType<typeof runNodes>>;
    beforeAll(async () => {
        run = await runNodes(stackOn("dev").dc);
    });

    it("makes a VPC, a vSwitch, four machines, and one way in", () => {
        const counts = Object.fromEntries(Object.entries(types).map(([key, type]) => [key, run.of(type).length]));
        expect(counts).toEqual({
            ...{ instance: 4, disk: 8, attachment: 8, vswitch: 1, vpc: 1, nat: 1, snat: 1, group: 5, keyPair: 0, ramRole: 0, rule: 26 },
            // One of each is the NAT gateway's.
            ...{ eip: 2, association: 2 },
        });
        expect(run.of(types.association).map(({ name, inputs }) => [name, inputs.instanceId, inputs.instanceType])).toEqual([
            ["nodes-nat-eip-association", "nodes-nat-id", "Nat"],
            ["nodes-eip-association", "master1-id", "EcsInstance"],
        ]);
    });

    it("gives every machine its address, its groups, keys, and what was looked up", () => {
        expect(run.of(types.instance).map(({ inputs }) => inputs.privateIp).sort()).toEqual(["172.18.1.1", "172.18.1.2", "172.18.1.3", "172.18.1.4"]);
        for (const { name, inputs } of run.of(types.instance)) {
            expect(inputs).toMatchObject({ imageId: "debian_12_new.vhd", instanceType: "ecs.u1-c1m2.xlarge", internetMaxBandwidthOut: 0 });
            expect(inputs.vswitchId).toBe("nodes-vswitch-172-18-1-0-24-id");
            expect(inputs.securityGroups.length).toBe(name === "master1" ? 3 : 2);
            expect(opened(inputs.userData)).toContain(`PRIVATE hosts/${name}_ed25519`);
            expect(opened(inputs.userData)).toContain("ssh-ed25519 AAAAoperator");
            expect(inputs.userData).not.toBe(opened(inputs.userData));
            expect(Object.keys(inputs)).not.toContain("keyName");
        }
    });

    it("looks image, types and zone up once each", () => {
        expect(run.called.map(({ token }) => token.split(":").at(-1)).sort()).toEqual(["getImages", "getInstanceTypes", "getZones"]);
        expect(run.called.find(({ token }) => token.endsWith("getInstanceTypes"))?.inputs).toMatchObject({
            availabilityZone: "cn-hangzhou-h",
            cpuCoreCount: 4,
            memorySize: 8,
        });
    });

    it("keeps what a lookup chose, and data, and makes no second machine beside the first", () => {
        const options = run.registeredOf;
        for (const one of options(types.instance)) {
            expect(one.ignoreChanges).toEqual(["imageId", "userData", "instanceType"]);
            expect(one.deleteBeforeReplace).toBe(true);
            expect(one.additionalSecretOutputs).toContain("userData");
        }
        expect(options(types.vswitch)[0]?.ignoreChanges).toEqual(["zoneId"]);
        expect(options(types.disk).map((one) => one.retainOnDelete)).toEqual(Array(8).fill(true));
        expect(options(types.attachment).map((one) => one.deleteBeforeReplace)).toEqual(Array(8).fill(true));
    });

    it("reaches master1 by its public address, and all others through it, with their own keys", async () => {
        const connections = await Promise.all(run.nodes.map(({ connection }) => outputOf(connection as any)));
        const login = { port: 22, user: "root", privateKey: "PRIVATE id_ed25519" };
        const entry = { ...login, host: "47.0.0.1", hostKey: "ssh-ed25519 AAAAmaster1" };
        expect(connections).toEqual([
            entry,
            ...[1, 2, 3].map((n) => ({ ...login, host: `172.18.1.${n + 1}`, hostKey: `ssh-ed25519 AAAAagent${n}`, proxy: entry })),
        ]);
        for (const { connection } of run.nodes) {
            expect(Object.isFrozen(connection)).toBe(true);
            expect(await pulumi.isSecret(pulumi.output(connection.privateKey))).toBe(true);
        }
    });

    it("tells the host its disks by serial number, and waits for them", async () => {
        const disks = await outputOf(run.nodes[1]!["disks" as never] as any);
        expect(disks).toEqual([
            { serial: "agent1-data-id", mount: "/data", filesystem: "ext4" },
            { serial: "agent1-docker-id", mount: "/mnt/docker-data", filesystem: "ext4" },
        ]);
        expect(await outputOf(run.nodes[1]!.instance)).toBe("agent1-id");
        expect(run.nodes.every(({ resource }) => resource !== undefined)).toBe(true);
    });

    it("has everything under the component, by the account's provider", () => {
        const resources = run.registered.filter(({ type }) => type.startsWith("alicloud:"));
        expect(resources.length).toBeGreaterThan(50);
        for (const { type, parent, provider } of resources) {
            expect([type, parent]).toEqual([type, expect.stringMatching(/::datacentre:nodes:Alicloud(\$datacentre:nodes:AlicloudVpc)?::nodes$/)]);
            expect([type, provider]).toEqual([type, expect.stringContaining("::nodes-account::")]);
        }
    });

    it("opens SSH before it makes machines, so that each is reached as soon as it answers", () => {
        const rules = run.made.filter(({ type, inputs }) => type === types.rule && inputs.portRange === "22/22").map(({ name }) => name);
        expect(rules).toHaveLength(2);
        for (const { dependencies } of run.registeredOf(types.instance)) {
            expect(rules.filter((name) => !dependencies.some((urn) => urn.endsWith(`::${name}`)))).toEqual([]);
        }
    });

    it("says whose everything is", () => {
        const tagged = run.made.filter(({ inputs }) => "tags" in inputs);
        expect(tagged.map(({ inputs }: Made) => inputs.tags["datacentre.stack"])).toEqual(tagged.map(() => "datacentre/dev"));
        const untagged = [types.rule, types.association, types.snat, types.attachment] as string[];
        expect(run.made.filter(({ type, inputs }) => type.startsWith("alicloud:") && !("tags" in inputs) && !untagged.includes(type))).toEqual([]);
    });
});

it("makes no NAT gateway where nobody but the bastion is to reach the internet", async () => {
    const { of } = await runNodes(stackOn("dev", { "provider.outbound": "none" }).dc);
    expect([types.nat, types.snat].map((type) => of(type).length)).toEqual([0, 0]);
    expect(of(types.eip).map(({ inputs }) => inputs.addressName)).toEqual(["dc-dev-bastion"]);
});

it("asks nobody for what is given by id, and then does not ignore a type", async () => {
    const { dc } = stackOn("dev", {
        "provider.image.id": "m-bp1",
        "provider.instance": { type: "ecs.g7.xlarge" },
        "provider.vswitches": [{ subnet: "172.18.1.0/24", zone: "cn-hangzhou-k" }],
    });
    const { called, of, registeredOf } = await runNodes(dc);
    expect(called).toEqual([]);
    expect(of(types.instance).map(({ inputs }) => [inputs.imageId, inputs.instanceType])).toEqual(Array(4).fill(["m-bp1", "ecs.g7.xlarge"]));
    expect(registeredOf(types.instance)[0]?.ignoreChanges).toEqual(["imageId", "userData"]);
    expect(registeredOf(types.vswitch)[0]?.ignoreChanges).toEqual([]);
});

it("binds a key pair that the account can keep, and a role that is named", async () => {
    const { dc } = stackOn("dev", { "provider.instances": [{ nodes: ["master1"], ramRole: "EcsReader" }] });
    const { of } = await runNodes(dc, { operator: "ssh-rsa AAAArsa" });
    expect(of(types.keyPair).map(({ inputs }) => [inputs.keyPairName, inputs.publicKey])).toEqual([["dc-dev-operator", "ssh-rsa AAAArsa"]]);
    expect(of(types.instance).map(({ inputs }) => inputs.keyName)).toEqual(Array(4).fill("dc-dev-operator"));
    expect(of(types.ramRole).map(({ inputs }) => [inputs.instanceId, inputs.ramRoleName])).toEqual([["master1-id", "EcsReader"]]);
});

it("attaches a disk that is there, and does not make one", async () => {
    const { dc } = stackOn("dev", { "provider.disks[0].existing": [{ node: "agent1", id: "d-bp1abc" }] });
    const { of, nodes } = await runNodes(dc);
    expect(of(types.disk)).toHaveLength(7);
    expect(of(types.attachment).find(({ name }) => name === "agent1-data-attachment")?.inputs).toMatchObject({ diskId: "d-bp1abc" });
    expect(await outputOf((nodes[1] as any).disks[0].serial)).toBe("bp1abc");
});

it("previews with what cannot be looked up left open", async () => {
    const call = (): object => {
        throw new Error("no credential found");
    };
    const told = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
    const { made } = await runNodes(stackOn("dev").dc, { preview: true, call });
    expect(told).toHaveBeenCalledTimes(2);
    told.mockRestore();
    expect(made.filter(({ type }) => type === types.instance)).toHaveLength(4);
});

describe("the account", () => {
    let told: jest.SpyInstance;
    beforeEach(() => (told = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined)));
    afterEach(() => told.mockRestore());
    const texts = (): string[] => told.mock.calls.map(([text]) => text as string);
    const run = (environment: Record<string, string>, preview = true) => runNodes(stackOn("dev").dc, { preview, environment });
    const ofProvider = ({ of }: Awaited<ReturnType<typeof runNodes>>) => of("pulumi:providers:alicloud")[0]?.inputs;

    it("is asked for nothing in a preview where there is none: the key is unknown, and that is said once", async () => {
        const without = await run({});
        expect(without.called).toEqual([]);
        expect(without.of(types.instance)).toHaveLength(4);
        // An unknown input keeps the engine from configuring the provider, which would refuse.
        expect(ofProvider(without)).toHaveProperty("accessKey");
        expect(texts()).toEqual([expect.stringMatching(/no credentials of an Alibaba Cloud account.*ALICLOUD_PROFILE/)]);
    });

    it.each(["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_PROFILE", "ALIBABA_CLOUD_ECS_METADATA"])("is the environment's (%s)", async (name) => {
        const found = await run({ [name]: "some" });
        expect(ofProvider(found)).not.toHaveProperty("accessKey");
        expect(found.called).not.toEqual([]);
        expect(told).not.toHaveBeenCalled();
    });

    it("is the settings' before the environment's, with its key as a secret", async () => {
        pulumi.runtime.setAllConfig({ "alicloud:accessKey": "id", "alicloud:secretKey": "key" });
        const found = await run({});
        pulumi.runtime.setAllConfig({});
        const { accessKey, secretKey } = ofProvider(found) as Record<string, unknown>;
        expect([accessKey, secretKey].every((one) => one !== opened(one))).toBe(true);
        expect([accessKey, secretKey].map(opened)).toEqual(["id", "key"]);
        expect(told).not.toHaveBeenCalled();
    });

    it("that is missing is told of when something is to be made", async () => {
        await run({}, false);
        expect(texts()).toEqual([expect.stringMatching(/set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY/)]);
    });
});
