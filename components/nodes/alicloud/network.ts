import { EipAddress } from "@pulumi/alicloud/ecs/eipAddress";
import { EipAssociation } from "@pulumi/alicloud/ecs/eipAssociation";
import { SecurityGroup } from "@pulumi/alicloud/ecs/securityGroup";
import { SecurityGroupRule } from "@pulumi/alicloud/ecs/securityGroupRule";
import { NatGateway } from "@pulumi/alicloud/vpc/natGateway";
import { Network } from "@pulumi/alicloud/vpc/network";
import { SnatEntry } from "@pulumi/alicloud/vpc/snatEntry";
import { Switch } from "@pulumi/alicloud/vpc/switch";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../../config/schema";
import type { Systems } from "../../../config/systems";
import type { Lookups } from "./lookups";
import { tagsOf, vswitchName } from "./plan";
import { vswitchesOf, type AlicloudSpec } from "./schema";
import { ruleKey, securityPlan } from "./security";

export interface VpcArgs {
    dataCentre: DataCentre;
    systems: Systems;
    provider: AlicloudSpec;
    owner: string;
    lookups: Lookups;
}

/** The network that a stack's machines are on: VPC, vSwitches, security groups with their rules, and the way out. */
export class Vpc extends pulumi.ComponentResource {
    /** In the order of the description. */
    public readonly vswitches: Switch[];
    /** The security groups of a node, to be in from its beginning. */
    public readonly groupsOf: (node: string) => pulumi.Output<string>[];
    /** Without these nobody gets in. */
    public readonly sshRules: SecurityGroupRule[];

    public constructor(name: string, args: VpcArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:nodes:AlicloudVpc", name, {}, opts);
        const { provider, owner, lookups } = args;
        const inside = { parent: this };
        const group = provider.resourceGroupId === undefined ? {} : { resourceGroupId: provider.resourceGroupId };
        const tags = tagsOf(provider, owner);
        const vpc = new Network(
            `${name}-vpc`,
            { vpcName: provider.prefix, description: `Data centre ${owner}`, cidrBlock: provider.subnet, tags, ...group },
            inside,
        );
        this.vswitches = vswitchesOf(provider).map(
            ({ subnet, zone }, index) =>
                new Switch(
                    `${name}-${vswitchName(subnet)}`,
                    {
                        vswitchName: `${provider.prefix}-${vswitchName(subnet)}`,
                        vpcId: vpc.id,
                        cidrBlock: subnet,
                        zoneId: zone ?? lookups.zone(index),
                        tags,
                    },
                    // Machines and disks cannot leave a zone: one that was looked up stays.
                    { ...inside, ...(zone === undefined ? { ignoreChanges: ["zoneId"] } : {}) },
                ),
        );

        const plan = securityPlan(args.systems, args.dataCentre, provider);
        const groups = new Map(
            plan.groups.map((one) => [
                one.name,
                new SecurityGroup(
                    `${name}-${one.name}`,
                    {
                        securityGroupName: `${provider.prefix}-${one.name}`.slice(0, 128),
                        description: one.description.slice(0, 256),
                        vpcId: vpc.id,
                        securityGroupType: "normal",
                        // Not even members of one group reach each other, except by a rule.
                        innerAccessPolicy: "Drop",
                        tags,
                        ...group,
                    },
                    inside,
                ),
            ]),
        );
        const idOf = (key: string): pulumi.Output<string> => {
            const found = groups.get(key);
            if (!found) {
                throw new pulumi.ResourceError(`there is no security group ${key}`, this);
            }
            return found.id;
        };
        const rules = plan.rules.map((rule) => ({
            rule,
            resource: new SecurityGroupRule(
                `${name}-${ruleKey(rule)}`,
                {
                    type: "ingress",
                    securityGroupId: idOf(rule.group),
                    ipProtocol: rule.protocol,
                    portRange: rule.ports,
                    nicType: "intranet",
                    policy: "accept",
                    priority: 1,
                    ...("cidr" in rule.from ? { cidrIp: rule.from.cidr } : { sourceSecurityGroupId: idOf(rule.from.group) }),
                    description: rule.why,
                },
                inside,
            ),
        }));
        this.groupsOf = (node) => plan.groupsOf(node).map(idOf);
        this.sshRules = rules.filter(({ rule }) => rule.ports === "22/22").map(({ resource }) => resource);
        if (provider.outbound === "nat") {
            this.wayOut(name, args, vpc, inside);
        }
        this.registerOutputs({ vpcId: vpc.id });
    }

    /** The others' way to the internet. The bastion goes by its own address, which comes before the gateway. */
    private wayOut(name: string, { provider, owner }: VpcArgs, vpc: Network, inside: pulumi.CustomResourceOptions): void {
        const tags = tagsOf(provider, owner);
        const first = this.vswitches[0];
        const gateway = new NatGateway(
            `${name}-nat`,
            {
                natGatewayName: `${provider.prefix}-nat`,
                vpcId: vpc.id,
                ...(first ? { vswitchId: first.id } : {}),
                natType: "Enhanced",
                networkType: "internet",
                paymentType: "PayAsYouGo",
                internetChargeType: "PayByLcu",
                tags,
            },
            inside,
        );
        const address = publicAddress(`${name}-nat-eip`, "nat", provider, tags, inside);
        const association = new EipAssociation(
            `${name}-nat-eip-association`,
            { allocationId: address.id, instanceId: gateway.id, instanceType: "Nat" },
            inside,
        );
        vswitchesOf(provider).forEach(({ subnet }, index) => {
            const vswitch = this.vswitches[index];
            if (vswitch) {
                new SnatEntry(
                    `${name}-snat-${vswitchName(subnet)}`,
                    {
                        snatEntryName: `${provider.prefix}-${vswitchName(subnet)}`,
                        snatTableId: gateway.snatTableIds,
                        snatIp: address.ipAddress,
                        sourceVswitchId: vswitch.id,
                    },
                    { ...inside, dependsOn: [association] },
                );
            }
        });
    }
}

/** An elastic public address, paid by use. */
export function publicAddress(
    name: string,
    what: string,
    provider: AlicloudSpec,
    tags: Record<string, string>,
    opts: pulumi.CustomResourceOptions,
): EipAddress {
    return new EipAddress(
        name,
        {
            addressName: `${provider.prefix}-${what}`,
            bandwidth: String(provider.bandwidthMbps),
            internetChargeType: provider.internetChargeType,
            isp: "BGP",
            netmode: "public",
            paymentType: "PayAsYouGo",
            ...(provider.resourceGroupId === undefined ? {} : { resourceGroupId: provider.resourceGroupId }),
            tags,
        },
        opts,
    );
}
