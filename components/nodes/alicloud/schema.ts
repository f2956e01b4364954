import { z } from "zod";

import type { ProviderSchema } from "../../../config/system-schema";
import { cidr, name, nodeName, path } from "../../../config/texts";

/**
 * The part of the description that Alibaba Cloud takes: a network, machines on it, and who may reach what.
 * Values are those that the provider's 1.28x series and the ECS and VPC API references list.
 */

const zone = z.string().regex(/^[a-z]{2}-[a-z0-9-]+$/, "use a zone's id, such as cn-hangzhou-k");

/** Where elastic block storage is kept. `cloud` and local disks are not for today's machines. */
const category = z.enum(["cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_essd_entry", "cloud_auto"]);
const performanceLevel = z.enum(["PL0", "PL1", "PL2", "PL3"]).describe("Of `cloud_essd` only; each has a least size.");

const names = z.array(nodeName).min(1);

/** What one kind of machine is. Everything may be left out: `instanceDefaults` stands in, unless it is looked up. */
const instance = {
    type: z
        .string()
        .regex(/^ecs\.[a-z0-9.-]+$/, "use an instance type, such as ecs.g7.xlarge")
        .optional()
        .describe("Left out, the cheapest one in stock with `cpus` and `memoryGiB` is taken when the machine is made, and stays the machine's."),
    cpus: z.int().min(1).max(256).optional().describe("By default 4; of machines that are still to be made."),
    memoryGiB: z.number().min(0.5).max(4096).optional().describe("By default 8; of machines that are still to be made."),
    chargeType: z.enum(["PostPaid", "PrePaid"]).optional().describe("By default PostPaid: paid by the second, ended at will."),
    period: z.int().min(1).max(60).optional().describe("Of PrePaid: 1 to 9, 12, 24, 36, 48 or 60 months, or 1 to 3 weeks."),
    periodUnit: z.enum(["Month", "Week"]).optional().describe("By default Month."),
    renewal: z.enum(["Normal", "AutoRenewal", "NotRenewal"]).optional().describe("Of PrePaid; by default Normal, which is by hand."),
    forceDelete: z.boolean().optional().describe("Of PrePaid: whether destroying ends the subscription early. By default it refuses."),
    spot: z
        .enum(["NoSpot", "SpotAsPriceGo", "SpotWithPriceLimit"])
        .optional()
        .describe("Of PostPaid: a machine that may be taken away for a lower price. By default NoSpot."),
    spotPriceLimit: z.number().min(0.001).max(10000).optional().describe("Per hour, of SpotWithPriceLimit."),
    deletionProtection: z.boolean().optional().describe("Of PostPaid: nobody deletes the machine, this program included. By default off."),
    systemDisk: z
        .strictObject({
            category: category.optional().describe("By default cloud_essd."),
            sizeGiB: z.int().min(20).max(500).optional().describe("By default 40."),
            performanceLevel: performanceLevel.optional(),
        })
        .optional(),
    ramRole: z
        .string()
        .regex(/^[A-Za-z0-9.-]{1,64}$/, "use a RAM role's name: letters, digits, '.' and '-', at most 64")
        .optional()
        .describe("A role that is there already, for what runs on the machine. By default none."),
};

const instanceSchema = z.strictObject(instance);
export type InstanceSettings = z.output<typeof instanceSchema>;

/** What holds where a description says nothing. */
export const instanceDefaults = {
    cpus: 4,
    memoryGiB: 8,
    chargeType: "PostPaid",
    periodUnit: "Month",
    renewal: "Normal",
    forceDelete: false,
    spot: "NoSpot",
    deletionProtection: false,
    systemDisk: { category: "cloud_essd", sizeGiB: 40 },
} as const;

const diskSchema = z.strictObject({
    name: name.describe("Part of the disks' names, unique in the stack."),
    mount: path.describe("Where it is mounted on the node."),
    sizeGiB: z.int().min(1).max(65536).describe("It can grow later, not shrink."),
    category: category.default("cloud_essd"),
    performanceLevel: performanceLevel.optional(),
    encrypted: z.boolean().default(false),
    filesystem: z.enum(["ext4", "xfs"]).default("ext4").describe("Made on an empty disk only."),
    nodes: names.optional().describe("Which nodes have one each; by default all."),
    existing: z
        .array(z.strictObject({ node: nodeName, id: z.string().regex(/^d-[a-z0-9]+$/, "use a disk's id, such as d-bp131n0q38u3a4z1") }))
        .default([])
        .describe("Disks that are there already, such as those that an earlier stack left: they are attached, never made or deleted."),
});
export type DiskSpec = z.output<typeof diskSchema>;

const portRange = z.string().regex(/^[0-9]{1,5}(-[0-9]{1,5})?$/, 'use a port or a range in quotes, such as "80" or "10000-10100"');

/** @param duties what a rule can be about: roles, what runs as an app, and every node */
const openingSchema = (duties: readonly [string, ...string[]]) => z.strictObject({
    to: z.enum(duties).describe("Who is reached."),
    protocol: z.enum(["tcp", "udp"]).default("tcp"),
    ports: portRange,
    from: z
        .array(z.union([z.enum(duties), cidr]))
        .min(1)
        .describe("Who may: roles, or networks outside."),
    why: z.string().max(200).regex(/^[^\p{C}]+$/u, "use one line of text").optional().describe("Written into the rule."),
});
export type OpeningSpec = z.output<ReturnType<typeof openingSchema>>;

const internetChargeType = z.enum(["PayByTraffic", "PayByBandwidth"]);

/** A tag's key and value as the API takes them. */
const tagText = z.string().max(128).regex(/^(?!aliyun|acs:)(?!.*https?:\/\/)[^\p{C}]*$/u, "use at most 128 characters, not beginning with aliyun or acs:");

const schema = (duties: readonly [string, ...string[]]) => z.strictObject({
    kind: z.literal("alicloud").describe("Hosts are Alibaba Cloud ECS instances."),
    region: z.string().regex(/^[a-z]{2}-[a-z0-9-]+$/, "use a region's id, such as cn-hangzhou"),
    prefix: name.max(40).default("datacentre").describe("Put before the name of everything that is made."),
    subnet: cidr.describe("The VPC's network, in private space."),
    vswitches: z
        .array(
            z.strictObject({
                subnet: cidr.describe("Within the VPC's."),
                zone: zone.optional().describe("Left out, one that has the machines in stock when the vSwitch is made."),
            }),
        )
        .default([])
        .describe("One for each zone; a node is on the one that has its address. By default a single one, with the whole network."),
    bastion: nodeName.describe("The node that has the public address: the way in to all others."),
    operatorCidrs: z
        .array(cidr)
        .min(1)
        .describe("The public networks from which SSH to the bastion is let in: your own address with /32."),
    outbound: z
        .enum(["nat", "none"])
        .default("nat")
        .describe("How the other nodes reach the internet: by a NAT gateway, which costs by the hour, or not at all."),
    bandwidthMbps: z.int().min(1).max(200).default(10).describe("Of the bastion's public address, and of the NAT gateway's."),
    internetChargeType: internetChargeType.default("PayByTraffic"),
    image: z
        .strictObject({
            id: z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{1,127}$/, "use an image's id, such as debian_12_6_x64_20G_alibase_20240717.vhd").optional(),
            nameRegex: z
                .string()
                .max(200)
                .regex(/^[^\p{C}]+$/u, "use one line of text")
                .default("^debian_12_.*_x64_")
                .describe("The newest image with such a name is taken when a machine is made, and stays the machine's."),
            owners: z.enum(["system", "self", "others", "marketplace"]).default("system"),
        })
        .prefault({})
        .describe("With an `id` nothing is looked up."),
    instance: instanceSchema.prefault({}).describe("What every machine is."),
    instances: z
        .array(z.strictObject({ nodes: names, ...instance }))
        .default([])
        .describe("What some nodes' machines are, over `instance`."),
    disks: z.array(diskSchema).default([]).describe("Data disks. They stay when their machine, or the whole stack, goes."),
    openings: z.array(openingSchema(duties)).default([]).describe("What security groups let in besides what the roles need of each other."),
    tags: z.record(tagText.min(1), tagText).default({}).describe("On everything that is made, besides the stack's own tags."),
    resourceGroupId: z.string().regex(/^rg-[a-z0-9]+$/, "use a resource group's id, such as rg-acfm3n").optional(),
});

export type AlicloudSpec = z.output<ReturnType<typeof schema>>;

/** Alibaba Cloud's ECS instances. */
export const alicloudProvider = {
    kind: "alicloud",
    schema,
    duties: ["bastion", "all"],
    standIns: {
        values: {
            "provider.region": "xx-none",
            "provider.openings.*.ports": "1",
            "provider.bastion": "stand-in",
            "provider.operatorCidrs": ["0.0.0.0/32"],
            "provider.operatorCidrs.*": "0.0.0.0/32",
        },
    },
} as const satisfies ProviderSchema;

type Defaults = { -readonly [Key in keyof typeof instanceDefaults]-?: NonNullable<InstanceSettings[Key]> };
export type Machine = Omit<InstanceSettings, keyof Defaults> &
    Omit<Defaults, "systemDisk"> & { systemDisk: Defaults["systemDisk"] & { category: z.output<typeof category>; sizeGiB: number } };

/** What a node's machine is: defaults, then the stack's settings, then those for the node. */
export function instanceOf(provider: AlicloudSpec, node: string): Machine {
    const own = provider.instances.filter(({ nodes }) => nodes.includes(node)).map(({ nodes: _, ...settings }) => settings);
    const all: InstanceSettings[] = [instanceDefaults, provider.instance, ...own];
    const systemDisk = Object.assign({}, ...all.map((one) => one.systemDisk)) as Machine["systemDisk"];
    return { ...(Object.assign({}, ...all) as Machine), systemDisk };
}

/** The vSwitches that are made: those described, or one with the whole network. */
export const vswitchesOf = (provider: AlicloudSpec): { subnet: string; zone?: string | undefined }[] =>
    provider.vswitches.length > 0 ? provider.vswitches : [{ subnet: provider.subnet }];
