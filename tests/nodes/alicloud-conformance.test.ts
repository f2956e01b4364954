/** Every input that the component gives, and every lookup's, held against the published schema and the documented values. */
import { describeWithJson } from "../published";
import { opened, runNodes, type Called, type Made } from "./alicloud-mocks";
import { stackOn } from "./alicloud-sample";

interface Property {
    type?: string;
    $ref?: string;
    items?: Property;
    additionalProperties?: Property;
    deprecationMessage?: string;
}

interface Schema {
    resources: Record<string, { inputProperties: Record<string, Property>; requiredInputs?: string[] }>;
    functions: Record<string, { inputs: { properties: Record<string, Property>; required?: string[] } }>;
    config: { variables: Record<string, Property> };
}

/** Descriptions that together make every kind of resource with every kind of input. */
const runs = async (): Promise<{ made: Made[]; called: Called[] }> => {
    const all = [
        await runNodes(stackOn("dev").dc, { operator: "ssh-rsa AAAA" }),
        await runNodes(
            stackOn("prod", {
                "provider.instance": { chargeType: "PrePaid", period: 1, forceDelete: true, systemDisk: { performanceLevel: "PL1" } },
                "provider.instances": [{ nodes: ["agent3"], chargeType: "PostPaid", spot: "SpotWithPriceLimit", spotPriceLimit: 0.5, ramRole: "EcsReader" }],
                "provider.resourceGroupId": "rg-acfm3n",
                "provider.tags": { team: "blue" },
            }).dc,
        ),
    ];
    return {
        made: all.flatMap(({ made }) => made).filter(({ type }) => type.startsWith("alicloud:")),
        called: all.flatMap(({ called }) => called),
    };
};

function fits(property: Property, given: unknown): boolean {
    const value = opened(given);
    switch (property.type) {
        case "string":
            return typeof value === "string";
        case "integer":
            return Number.isInteger(value);
        case "number":
            return typeof value === "number";
        case "boolean":
            return typeof value === "boolean";
        case "array":
            return Array.isArray(value) && value.every((one) => fits(property.items ?? {}, one));
        case "object":
            return typeof value === "object" && Object.values(value as object).every((one) => fits(property.additionalProperties ?? { type: "string" }, one));
        default:
            return false;
    }
}

function misfits(what: string, inputs: Record<string, unknown>, properties: Record<string, Property>, required: readonly string[] = []): string[] {
    return [
        ...required.filter((key) => inputs[key] === undefined).map((key) => `${what}: ${key} is required`),
        ...Object.entries(inputs)
            .filter(([, value]) => value !== undefined)
            .flatMap(([key, value]) => {
                const property = properties[key];
                if (!property) {
                    return [`${what}: there is no ${key}`];
                }
                const old = property.deprecationMessage === undefined ? [] : [`${what}: ${key} is an old name`];
                return [...old, ...(fits(property, value) ? [] : [`${what}: ${key} is no ${property.type}: ${JSON.stringify(value)}`])];
            }),
    ];
}

describeWithJson("what the component gives, against the published schema", "schemas/alicloud-3.105.0-part.json", (read) => {
    const schema = read as () => Schema;
    let all: Awaited<ReturnType<typeof runs>>;
    beforeAll(async () => {
        all = await runs();
    }, 60_000);

    it("has resources of twelve types, and their inputs by today's names, in their types, with all that are required", () => {
        const types = new Set(all.made.map(({ type }) => type));
        expect([...types].map((type) => type.split(":").at(-1)).sort()).toEqual([
            ...["EcsDisk", "EcsDiskAttachment", "EcsKeyPair", "EipAddress", "EipAssociation", "Instance", "NatGateway", "Network"],
            ...["RamRoleAttachment", "SecurityGroup", "SecurityGroupRule", "SnatEntry", "Switch"],
        ]);
        const found = all.made.flatMap(({ type, name, inputs }) => {
            const resource = schema().resources[type];
            return resource ? misfits(`${type} ${name}`, inputs, resource.inputProperties, resource.requiredInputs) : [`${type} is not published`];
        });
        expect(found).toEqual([]);
    });

    it("asks with inputs that the lookups have", () => {
        expect(new Set(all.called.map(({ token }) => token)).size).toBe(3);
        const found = all.called.flatMap(({ token, inputs }) => {
            const published = schema().functions[token];
            return published ? misfits(token, inputs, published.inputs.properties, published.inputs.required) : [`${token} is not published`];
        });
        expect(found).toEqual([]);
    });

    it("configures the provider with what it has", () => {
        expect(Object.keys(schema().config.variables)).toContain("region");
    });

    it("would notice a wrong one", () => {
        const { inputProperties } = schema().resources["alicloud:vpc/network:Network"]!;
        expect(misfits("x", { name: "old", cidrBlock: 5, nothing: "" }, inputProperties, ["vpcName"])).toHaveLength(4);
    });
});

/** Values that the provider's documents and validators list (terraform-provider-alicloud 1.28x, ECS and VPC API references). */
const listed: Record<string, Record<string, readonly unknown[]>> = {
    Instance: {
        instanceChargeType: ["PostPaid", "PrePaid"],
        spotStrategy: ["NoSpot", "SpotAsPriceGo", "SpotWithPriceLimit"],
        systemDiskCategory: ["cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_auto", "cloud_essd_entry"],
        systemDiskPerformanceLevel: ["PL0", "PL1", "PL2", "PL3"],
        periodUnit: ["Week", "Month"],
        period: [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60],
        renewalStatus: ["AutoRenewal", "Normal", "NotRenewal"],
    },
    EcsDisk: {
        category: ["cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_auto", "cloud_essd_entry"],
        performanceLevel: ["PL0", "PL1", "PL2", "PL3"],
        paymentType: ["PayAsYouGo", "Subscription"],
        type: ["offline", "online"],
    },
    SecurityGroup: { innerAccessPolicy: ["Accept", "Drop"], securityGroupType: ["normal", "enterprise"] },
    SecurityGroupRule: {
        type: ["ingress", "egress"],
        ipProtocol: ["tcp", "udp", "icmp", "gre", "all"],
        policy: ["accept", "drop"],
        nicType: ["internet", "intranet"],
        priority: Array.from({ length: 100 }, (_, i) => i + 1),
    },
    NatGateway: {
        natType: ["Enhanced"],
        paymentType: ["PayAsYouGo", "Subscription"],
        internetChargeType: ["PayByLcu", "PayBySpec"],
        networkType: ["internet", "intranet"],
    },
    EipAddress: {
        paymentType: ["PayAsYouGo", "Subscription"],
        internetChargeType: ["PayByBandwidth", "PayByTraffic"],
        isp: ["BGP", "BGP_PRO"],
        netmode: ["public"],
    },
    EipAssociation: { instanceType: ["Nat", "SlbInstance", "EcsInstance", "NetworkInterface", "HaVip", "IpAddress"] },
};

/** Names: a letter first, 2 to 128 characters; descriptions 2 to 256, a rule's 1 to 512. */
const named = /^[A-Za-z](?!ttps?:\/\/)[A-Za-z0-9:._-]{1,127}$/;

describe("documented values", () => {
    let made: Made[];
    beforeAll(async () => {
        ({ made } = await runs());
    }, 60_000);

    it("are those that the provider takes", () => {
        const seen = new Set<string>();
        for (const { type, name, inputs } of made) {
            for (const [key, values] of Object.entries(listed[type.split(":").at(-1)!] ?? {})) {
                if (inputs[key] !== undefined) {
                    seen.add(`${type.split(":").at(-1)}.${key}`);
                    expect([name, key, values.includes(inputs[key]) || inputs[key]]).toEqual([name, key, true]);
                }
            }
        }
        const all = Object.entries(listed).flatMap(([type, keys]) => Object.keys(keys).map((key) => `${type}.${key}`));
        expect([...seen].sort()).toEqual(all.sort());
    });

    it("have ports in the form of their protocol", () => {
        for (const { inputs } of made.filter(({ type }) => type.endsWith(":SecurityGroupRule"))) {
            const { ipProtocol, portRange, cidrIp, sourceSecurityGroupId } = inputs as Record<string, string>;
            if (ipProtocol === "tcp" || ipProtocol === "udp") {
                const [first, last] = /^(\d+)\/(\d+)$/.exec(portRange!)!.slice(1).map(Number) as [number, number];
                expect([portRange, first >= 1 && last >= first && last <= 65535]).toEqual([portRange, true]);
            } else {
                expect(portRange).toBe("-1/-1");
            }
            expect([cidrIp, sourceSecurityGroupId].filter((one) => one !== undefined)).toHaveLength(1);
        }
    });

    it("have names and descriptions of allowed lengths and letters", () => {
        const nameKeys = ["vpcName", "vswitchName", "securityGroupName", "instanceName", "diskName", "systemDiskName", "addressName", "natGatewayName", "snatEntryName", "keyPairName"];
        const names = made.flatMap(({ inputs }) => nameKeys.flatMap((key) => (inputs[key] === undefined ? [] : [inputs[key] as string])));
        expect(names.length).toBeGreaterThan(30);
        expect(names.filter((one) => !named.test(one))).toEqual([]);
        const texts = made.flatMap(({ inputs }) => (inputs.description === undefined ? [] : [inputs.description as string]));
        expect(texts.filter((one) => one.length < 2 || one.length > 256 || /^https?:/.test(one))).toEqual([]);
    });

    it("say of every machine how it is paid, and that it has no public address of its own", () => {
        for (const { inputs } of made.filter(({ type }) => type.endsWith(":Instance"))) {
            expect(inputs).toMatchObject({ instanceChargeType: expect.any(String), internetMaxBandwidthOut: 0 });
        }
    });
});
