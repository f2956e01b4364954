import type { Field, Fields, Kind } from "../docker/spec";
import { bool, int, map, text, textSet } from "../docker/spec";
import type { Value } from "../provider/values";

/** One of these words, with Terraform's message. */
export const oneOf =
    (...words: string[]) =>
    (value: Value): string | undefined =>
        typeof value === "string" && !words.includes(value) ? `expected to be one of [${words.join(" ")}], got ${value}` : undefined;

const between =
    (least: number, most: number) =>
    (value: Value): string | undefined =>
        typeof value === "number" && (value < least || value > most) ? `expected to be in the range (${least} - ${most}), got ${value}` : undefined;

const length =
    (least: number, most: number) =>
    (value: Value): string | undefined =>
        typeof value === "string" && (value.length < least || value.length > most)
            ? `expected length to be in the range (${least} - ${most}), got ${value}`
            : undefined;

const beginning =
    (prefix: string) =>
    (value: Value): string | undefined =>
        typeof value === "string" && !value.startsWith(prefix) ? `prefix must be '${prefix}'` : undefined;

/** Inputs of the published schema that this project does not use. */
const refused = (...names: string[]): Fields =>
    Object.fromEntries(
        names.map((name): [string, Field] => [
            name,
            {
                kind: text,
                validate: () => `${name} is not implemented by the stand-in of the alicloud provider: leave it out, or use the genuine plugin`,
            },
        ]),
    );

/** The same, of which the cloud gives the value. */
const given = (...names: string[]): Fields =>
    Object.fromEntries(Object.entries(refused(...names)).map(([name, field]) => [name, { ...field, computed: true }]));

const outputs = (...names: string[]): Fields =>
    Object.fromEntries(names.map((name): [string, Field] => [name, { kind: text, outputOnly: true, computed: true }]));

const numbers = (...names: string[]): Fields =>
    Object.fromEntries(names.map((name): [string, Field] => [name, { kind: int, outputOnly: true, computed: true }]));

const plain: Field = { kind: text };
const computed: Field = { kind: text, computed: true };
const fixed: Field = { kind: text, forceNew: true };
const must: Field = { kind: text, required: true, forceNew: true };
const words = (...list: string[]): Field => ({ kind: text, computed: true, validate: oneOf(...list) });
const flag: Field = { kind: bool, computed: true };
const tags: Field = { kind: map };

/**
 * The resources' properties, as terraform-provider-alicloud 1.28x declares them behind Pulumi's bridge: which there are, what
 * replaces, and which values are taken. Those that the stand-in does not do are refused by name.
 */
export const vpcFields: Fields = {
    ...{ cidrBlock: computed, vpcName: computed, description: plain, tags, resourceGroupId: computed },
    ...refused("classicLinkEnabled", "dnsHostnameStatus", "dryRun", "enableIpv6", "forceDelete", "ipv4CidrMask", "ipv4IpamPoolId"),
    ...refused("ipv6CidrBlock", "ipv6Isp", "isDefault", "name", "secondaryCidrBlocks", "secondaryCidrMask", "systemRouteTableDescription"),
    ...refused("systemRouteTableName", "systemRouteTableRoutePropagationEnable", "userCidrs"),
    ...outputs("createTime", "ipv6CidrBlocks", "regionId", "routeTableId", "routerId", "routerTableId", "status"),
};

export const vswitchFields: Fields = {
    ...{ cidrBlock: { ...computed, forceNew: true }, vswitchName: computed, vpcId: { ...computed, forceNew: true } },
    ...{ zoneId: { ...computed, forceNew: true }, description: plain, tags },
    ...refused("availabilityZone", "enableIpv6", "ipv6CidrBlockMask", "isDefault", "name", "vpcIpv6CidrBlock"),
    ...outputs("createTime", "ipv6CidrBlock", "status"),
};

export const natFields: Fields = {
    ...{ natGatewayName: computed, vpcId: must, vswitchId: plain, natType: words("Enhanced", "Normal"), description: plain, tags },
    networkType: words("internet", "intranet"),
    paymentType: { ...words("PayAsYouGo", "Subscription"), forceNew: true },
    internetChargeType: { ...words("PayByLcu", "PayBySpec"), forceNew: true },
    deletionProtection: flag,
    ...refused("accessMode", "dryRun", "eipBindMode", "force", "icmpReplyEnabled", "instanceChargeType", "name", "period"),
    ...refused("privateLinkEnabled", "specification"),
    ...outputs("forwardTableIds", "snatTableIds", "status"),
};

export const snatFields: Fields = {
    ...{ snatEntryName: plain, snatTableId: must, snatIp: { kind: text, required: true } },
    ...{ sourceVswitchId: { ...computed, forceNew: true }, sourceCidr: { ...computed, forceNew: true } },
    ...refused("eipAffinity"),
    ...outputs("snatEntryId", "status"),
};

export const eipFields: Fields = {
    ...{ addressName: computed, bandwidth: computed, description: computed, resourceGroupId: computed, tags, deletionProtection: flag },
    internetChargeType: { ...words("PayByBandwidth", "PayByTraffic"), forceNew: true },
    isp: { ...words("BGP", "BGP_PRO"), forceNew: true },
    netmode: { ...words("public"), forceNew: true },
    paymentType: { ...words("Subscription", "PayAsYouGo"), forceNew: true },
    ...refused("activityId", "allocationId", "autoPay", "highDefinitionMonitorLogStatus", "instanceChargeType", "logProject", "logStore"),
    ...refused("mode", "name", "period", "pricingCycle", "publicIpAddressPoolId", "securityProtectionTypes", "zone"),
    ...given("ipAddress"),
    ...outputs("createTime", "status"),
};

export const associationFields: Fields = {
    ...{ allocationId: must, instanceId: must, force: { kind: bool } },
    instanceType: { ...words("Nat", "EcsInstance"), forceNew: true },
    ...refused("mode", "privateIpAddress", "vpcId"),
};

export const groupFields: Fields = {
    ...{ securityGroupName: computed, description: plain, resourceGroupId: computed, tags },
    vpcId: { ...computed, forceNew: true },
    securityGroupType: { ...words("normal", "enterprise"), forceNew: true },
    innerAccessPolicy: words("Accept", "Drop"),
    ...refused("innerAccess", "name"),
    ...outputs("createTime"),
};

export const ruleFields: Fields = {
    type: { ...must, validate: oneOf("ingress", "egress") },
    ...{ securityGroupId: must, cidrIp: fixed, sourceSecurityGroupId: fixed, description: plain },
    ipProtocol: { ...must, validate: oneOf("tcp", "udp", "icmp", "icmpv6", "gre", "all") },
    portRange: { ...fixed, fallback: "-1/-1" },
    nicType: { ...words("internet", "intranet"), forceNew: true },
    policy: { ...fixed, fallback: "accept", validate: oneOf("accept", "drop") },
    priority: { kind: int, forceNew: true, fallback: 1, validate: between(1, 100) },
    ...refused("ipv6CidrIp", "prefixListId", "sourceGroupOwnerAccount"),
    ...outputs("securityGroupRuleId"),
};

export const keyPairFields: Fields = {
    keyPairName: { ...computed, forceNew: true, validate: length(2, 128) },
    ...{ publicKey: plain, resourceGroupId: computed, tags },
    ...refused("keyFile", "keyName", "keyNamePrefix"),
    ...outputs("createTime", "fingerPrint"),
};

const categories = ["cloud", "cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_auto", "cloud_essd_entry"];
const levels = words("PL0", "PL1", "PL2", "PL3");

export const diskFields: Fields = {
    ...{ diskName: computed, description: plain, resourceGroupId: computed, tags, performanceLevel: levels, deleteWithInstance: flag },
    category: { kind: text, fallback: "cloud_efficiency", validate: oneOf(...categories) },
    size: { kind: int, computed: true },
    encrypted: { ...flag, forceNew: true },
    paymentType: words("PayAsYouGo", "Subscription"),
    type: { kind: text, validate: oneOf("offline", "online") },
    zoneId: { ...computed, forceNew: true },
    ...refused("advancedFeatures", "availabilityZone", "burstingEnabled", "deleteAutoSnapshot", "dryRun", "enableAutoSnapshot"),
    ...refused("encryptAlgorithm", "instanceId", "kmsKeyId", "multiAttach", "name", "provisionedIops", "snapshotId", "storageSetId"),
    ...refused("storageSetPartitionNumber"),
    ...outputs("createTime", "regionId", "status"),
};

export const diskAttachmentFields: Fields = {
    ...{ diskId: must, instanceId: must, deleteWithInstance: { kind: bool, fallback: false } },
    ...refused("bootable", "keyPairName", "password"),
    ...outputs("device"),
};

export const ramRoleFields: Fields = { instanceId: must, ramRoleName: must, policy: plain };

/** A number with a fraction; it stands as text, of which there are kinds here. */
const amount: Kind = text;

export const instanceFields: Fields = {
    instanceName: { ...computed, validate: length(2, 128) },
    description: { ...computed, validate: length(2, 256) },
    ...{ hostName: computed, privateIp: computed, imageId: computed, vswitchId: computed, vpcId: computed, keyName: computed, userData: plain },
    instanceType: { ...computed, validate: beginning("ecs.") },
    securityGroups: { kind: textSet, computed: true },
    instanceChargeType: words("PrePaid", "PostPaid"),
    period: { kind: int, computed: true },
    periodUnit: { kind: text, validate: oneOf("Week", "Month") },
    renewalStatus: { kind: text, validate: oneOf("AutoRenewal", "Normal", "NotRenewal") },
    forceDelete: { kind: bool },
    spotStrategy: { ...words("NoSpot", "SpotAsPriceGo", "SpotWithPriceLimit"), forceNew: true },
    spotPriceLimit: { kind: amount, computed: true, forceNew: true },
    deletionProtection: { kind: bool },
    internetMaxBandwidthOut: { kind: int, computed: true, validate: between(0, 0) },
    internetChargeType: words("PayByBandwidth", "PayByTraffic"),
    systemDiskCategory: { ...words(...categories), forceNew: true },
    systemDiskSize: { kind: int, computed: true, validate: between(20, 500) },
    systemDiskName: { ...computed, validate: length(2, 128) },
    ...{ systemDiskPerformanceLevel: levels, resourceGroupId: computed, tags, volumeTags: { kind: map, computed: true } },
    status: words("Running", "Stopped"),
    ...refused("allocatePublicIp", "autoReleaseTime", "autoRenewPeriod", "cpuOptions", "creditSpecification", "dataDisks", "dedicatedHostId"),
    ...refused("deploymentSetId", "dryRun", "enableHighDensityMode", "enableJumboFrame", "hpcClusterId", "httpEndpoint", "httpTokens"),
    ...refused("httpPutResponseHopLimit", "imageOptions", "includeDataDisks", "internetMaxBandwidthIn", "ipv6AddressCount", "ipv6Addresses"),
    ...refused("isOutdated", "kmsEncryptedPassword", "kmsEncryptionContext", "launchTemplateId", "launchTemplateName", "launchTemplateVersion"),
    ...refused("maintenanceAction", "maintenanceNotify", "maintenanceTime", "networkCardIndex", "networkInterfaceId", "networkInterfaceTrafficMode"),
    ...refused("networkInterfaces", "operatorType", "password", "passwordInherit", "privatePoolOptionsId", "privatePoolOptionsMatchCriteria"),
    ...refused("queuePairNumber", "roleName", "secondaryPrivateIpAddressCount", "secondaryPrivateIps", "securityEnhancementStrategy"),
    ...refused("sourceDestCheck", "spotDuration", "spotInterruptionBehavior", "stoppedMode", "systemDiskAutoSnapshotPolicyId"),
    ...refused("systemDiskBurstingEnabled", "systemDiskDescription", "systemDiskEncryptAlgorithm", "systemDiskEncrypted", "systemDiskKmsKeyId"),
    ...refused("systemDiskProvisionedIops", "systemDiskStorageClusterId"),
    ...given("availabilityZone"),
    ...outputs("createTime", "deploymentSetGroupNo", "expiredTime", "osName", "osType", "primaryIpAddress", "publicIp", "startTime", "systemDiskId"),
    ...numbers("cpu", "memory"),
};
