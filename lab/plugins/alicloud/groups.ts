import { numberOf, stringOf } from "../docker/values";
import { ProviderError } from "../provider/errors";
import { now, type CloudDriver } from "./driver";
import { ApiError } from "./errors";
import { groupFields, ruleFields } from "./fields";
import { newId, type RuleRecord } from "./store";
import { parseNetwork } from "../../../config/network";

const groupType = "alicloud_security_group";

export const groupDriver: CloudDriver = {
    fields: groupFields,

    async create(cloud, planned) {
        const [name, vpc] = [stringOf(planned, "securityGroupName"), stringOf(planned, "vpcId")];
        cloud.fail(groupType, "CreateSecurityGroup", name);
        if (stringOf(planned, "securityGroupType") === "enterprise") {
            throw new ApiError(groupType, "CreateSecurityGroup", "NotSupported.SecurityGroupType", "the stand-in has normal groups only");
        }
        const id = newId("sg");
        cloud.store.change((account) => {
            if (!account.vpcs[vpc]) {
                throw new ApiError(groupType, "CreateSecurityGroup", "InvalidVpcId.NotFound", vpc);
            }
            account.groups[id] = { vpc, name, innerAccess: stringOf(planned, "innerAccessPolicy") || "Accept" };
        });
        return { id, state: { ...planned, securityGroupType: "normal", createTime: now() } };
    },

    async read(cloud, id, state) {
        const group = cloud.store.read().groups[id];
        return group ? { id, state: { ...state, innerAccessPolicy: group.innerAccess, vpcId: group.vpc } } : undefined;
    },

    async update(cloud, id, _state, planned) {
        cloud.store.change((account) => {
            const group = account.groups[id];
            if (!group) {
                throw new ApiError(groupType, "ModifySecurityGroupPolicy", "InvalidSecurityGroupId.NotFound", id);
            }
            Object.assign(group, { name: stringOf(planned, "securityGroupName"), innerAccess: stringOf(planned, "innerAccessPolicy") || "Accept" });
        });
        await cloud.sync();
        return planned;
    },

    async delete(cloud, id) {
        cloud.store.change((account) => {
            const named = Object.values(account.rules).some(({ source, group }) => source === id && group !== id);
            if (named || Object.values(account.instances).some(({ groups }) => groups.includes(id))) {
                throw new ApiError(groupType, "DeleteSecurityGroup", "DependencyViolation", id);
            }
            delete account.groups[id];
        });
    },
};

const ruleType = "alicloud_security_group_rule";
const call = "AuthorizeSecurityGroup";

export const ruleDriver: CloudDriver = {
    fields: ruleFields,

    async create(cloud, planned) {
        const at = (key: string): string => stringOf(planned, key);
        const [group, protocol, ports, cidr, source] = [at("securityGroupId"), at("ipProtocol"), at("portRange"), at("cidrIp"), at("sourceSecurityGroupId")];
        cloud.fail(ruleType, call, `${group} ${protocol} ${ports}`);
        checkRule(at("type"), protocol, ports, cidr, source, at("nicType"));
        const rule: RuleRecord = {
            ...{ group, protocol, ports, policy: at("policy"), priority: numberOf(planned, "priority") },
            ...(cidr === "" ? { source } : { cidr }),
        };
        const id = [group, at("type"), protocol, ports, at("nicType"), cidr || source, rule.policy, rule.priority].join(":");
        cloud.store.change((account) => {
            for (const name of [group, ...(cidr === "" ? [source] : [])]) {
                if (!account.groups[name]) {
                    throw new ApiError(ruleType, call, "InvalidSecurityGroupId.NotFound", name);
                }
            }
            const own = Object.values(account.rules).filter((one) => one.group === group);
            if (own.length >= 200) {
                throw new ApiError(ruleType, call, "QuotaExceed.SecurityGroupRule", "200 in one group");
            }
            if (new Set([...own.flatMap((one) => one.source ?? []), source]).size > 20 && source !== "") {
                throw new ApiError(ruleType, call, "QuotaExceed.SecurityGroupRule", "20 groups named in one group's rules");
            }
            account.rules[id] = rule;
        });
        await cloud.sync();
        return { id, state: { ...planned, nicType: at("nicType") || "intranet", securityGroupRuleId: newId("sgr") } };
    },

    async read(cloud, id, state) {
        return cloud.store.read().rules[id] ? { id, state } : undefined;
    },

    async delete(cloud, id) {
        cloud.store.change(({ rules }) => delete rules[id]);
        await cloud.sync();
    },
};

/** The provider's own checks, in its words, and the API's. */
function checkRule(type: string, protocol: string, ports: string, cidr: string, source: string, nicType: string): void {
    if (type !== "ingress") {
        throw new ApiError(ruleType, "AuthorizeSecurityGroupEgress", "NotSupported.Egress", "the stand-in lets everything out as far as there is a way");
    }
    const any = ports === "-1/-1";
    if (protocol === "tcp" || protocol === "udp") {
        if (any) {
            throw new ProviderError(" 'tcp' and 'udp' can support port range: [1, 65535]. Please correct it and try again.");
        }
        const [, first, last] = (/^(\d{1,5})\/(\d{1,5})$/.exec(ports) ?? []).map(Number);
        if (first === undefined || last === undefined || first < 1 || last > 65535 || first > last) {
            throw new ApiError(ruleType, call, "InvalidPortRange.Malformed", ports);
        }
    } else if (!any) {
        throw new ProviderError(" 'icmp', 'gre' and 'all' only support port range '-1/-1'. Please correct it and try again.");
    }
    if (nicType !== "" && nicType !== "intranet") {
        throw new ProviderError(
            " When security group in the vpc or authorizing permission for source/destination security group, the nic_type must be 'intranet'.",
        );
    }
    if ((cidr === "") === (source === "")) {
        throw new ApiError(ruleType, call, cidr === "" ? "MissingParameter.Source" : "InvalidParam.SourceConflict");
    }
    if (cidr !== "" && !parseNetwork(cidr)) {
        throw new ApiError(ruleType, call, "InvalidSourceCidrIp.Malformed", cidr);
    }
}
