import type { EcsDiskArgs } from "@pulumi/alicloud/ecs/ecsDisk";
import type { InstanceArgs } from "@pulumi/alicloud/ecs/instance";

import { contains, parseAddress, parseNetwork } from "../../../config/network";
import type { DataCentre, NodeSpec } from "../../../config/schema";
import { instanceOf, vswitchesOf, type AlicloudSpec, type DiskSpec } from "./schema";

/** A data disk of a node, made by the stack or there already. */
export interface NodeDisk {
    readonly spec: DiskSpec;
    readonly node: string;
    /** The name of its resource and, with the prefix, of the disk. */
    readonly name: string;
    /** The disk's id when it is there already. */
    readonly existing?: string;
}

/** The tags of everything that a stack makes: whose it is, and for the console. */
export const tagsOf = (provider: AlicloudSpec, owner: string, node?: string): Record<string, string> => ({
    ...provider.tags,
    "datacentre.stack": owner,
    ...(node === undefined ? {} : { "datacentre.node": node }),
});

/** The vSwitch, by its place in the description, whose network has a node's address; undefined when none has. */
export function vswitchOf(provider: AlicloudSpec, node: NodeSpec): number | undefined {
    const address = parseAddress(node.address);
    const index = vswitchesOf(provider).findIndex(({ subnet }) => {
        const network = parseNetwork(subnet);
        return network !== undefined && address !== undefined && contains(network, address);
    });
    return index < 0 ? undefined : index;
}

/** A vSwitch's name: by its network, so that another one before it changes nothing. */
export const vswitchName = (subnet: string): string => `vswitch-${subnet.replaceAll(".", "-").replace("/", "-")}`;

export const disksOf = (dc: DataCentre, provider: AlicloudSpec): NodeDisk[] =>
    provider.disks.flatMap((spec) =>
        dc.nodes
            .filter(({ name }) => spec.nodes?.includes(name) ?? true)
            .map((node) => {
                const existing = spec.existing.find((one) => one.node === node.name)?.id;
                return { spec, node: node.name, name: `${node.name}-${spec.name}`, ...(existing === undefined ? {} : { existing }) };
            }),
    );

/** What is fixed by the description about a node's machine. What the API takes no more of one kind of payment is not said. */
export function machineInputs(provider: AlicloudSpec, node: NodeSpec, owner: string): InstanceArgs {
    const machine = instanceOf(provider, node.name);
    const prepaid = machine.chargeType === "PrePaid";
    const spot = machine.spot !== "NoSpot";
    const { category, sizeGiB, performanceLevel } = machine.systemDisk;
    return {
        instanceName: `${provider.prefix}-${node.name}`,
        hostName: node.name,
        description: `${owner}: ${node.roles.join(", ") || "no roles"}`.slice(0, 256),
        privateIp: node.address,
        instanceChargeType: machine.chargeType,
        // No public address of its own. Said, since the provider's default for saying nothing changed.
        internetMaxBandwidthOut: 0,
        systemDiskCategory: category,
        systemDiskSize: sizeGiB,
        systemDiskName: `${provider.prefix}-${node.name}-system`,
        ...(performanceLevel === undefined ? {} : { systemDiskPerformanceLevel: performanceLevel }),
        ...(prepaid
            ? {
                  ...(machine.period === undefined ? {} : { period: machine.period }),
                  periodUnit: machine.periodUnit,
                  renewalStatus: machine.renewal,
                  forceDelete: machine.forceDelete,
              }
            : {
                  spotStrategy: machine.spot,
                  ...(spot && machine.spotPriceLimit !== undefined ? { spotPriceLimit: machine.spotPriceLimit } : {}),
                  // Does nothing on a spot machine, which is taken away all the same.
                  ...(spot ? {} : { deletionProtection: machine.deletionProtection }),
              }),
        ...(provider.resourceGroupId === undefined ? {} : { resourceGroupId: provider.resourceGroupId }),
        // Not `volumeTags`, which are set on every disk that is attached, and would fight with the data disks' own.
        tags: tagsOf(provider, owner, node.name),
    };
}

/** What a data disk is asked for, besides its zone. */
export function diskInputs(provider: AlicloudSpec, { spec, node, name }: NodeDisk, owner: string): EcsDiskArgs {
    return {
        diskName: `${provider.prefix}-${name}`,
        description: `${owner}: ${spec.mount} of ${node}`.slice(0, 256),
        category: spec.category,
        size: spec.sizeGiB,
        ...(spec.performanceLevel === undefined ? {} : { performanceLevel: spec.performanceLevel }),
        encrypted: spec.encrypted,
        paymentType: "PayAsYouGo",
        // A disk that grows does so under a running machine.
        type: "online",
        deleteWithInstance: false,
        ...(provider.resourceGroupId === undefined ? {} : { resourceGroupId: provider.resourceGroupId }),
        tags: { ...tagsOf(provider, owner, node), "datacentre.mount": spec.mount },
    };
}
