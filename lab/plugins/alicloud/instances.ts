import { rmSync } from "node:fs";

import { contains, parseAddress, parseNetwork } from "../../../config/network";
import { HalfMadeError } from "../docker/bridged";
import { flagOf, numberOf, stringMapOf, stringOf, stringsOf } from "../docker/values";
import { messageOf, ProviderError } from "../provider/errors";
import type { CallContext } from "../provider/resource";
import type { PropertyMap } from "../provider/values";
import { images, types } from "./catalogue";
import type { Cloud } from "./cloud";
import { detach } from "./disks";
import { now, type CloudDriver } from "./driver";
import { ApiError, notDone } from "./errors";
import { instanceFields } from "./fields";
import { makeMachine, removeMachine, start, stop } from "./machine";
import { newId, type Account, type InstanceRecord } from "./store";
import { readUserData, type FirstBoot } from "./user-data";

const type = "alicloud_instance";
const refuse = (call: string, code: string, detail: string) => new ApiError(type, call, code, detail);

/** An ECS instance is a container with systemd in it, on the VPC's network. */
export const instanceDriver: CloudDriver = {
    fields: instanceFields,

    async create(cloud, planned, context) {
        const name = stringOf(planned, "instanceName");
        cloud.fail(type, "RunInstances", name);
        const boot = await firstBoot(cloud, planned, context);
        const id = newId("i");
        const { record, network } = cloud.store.change((account) => {
            const made = admit(account, planned, name === "" ? id : name);
            account.instances[id] = made.record;
            return made;
        });
        try {
            await makeMachine(cloud, id, record, stringOf(planned, "hostName") || id, network, boot);
        } catch (error) {
            cloud.store.change(({ instances }) => delete instances[id]);
            throw new ProviderError(
                `the stand-in of the alicloud provider could not make the container ${record.container}: ${messageOf(error)}. ` +
                    "Its name and address must be nobody else's on this machine: another stack may have them",
            );
        }
        try {
            await cloud.sync();
            cloud.fail(type, "RunInstances", name, "after");
            if (stringOf(planned, "status") === "Stopped") {
                await stop(cloud, record.container);
            }
        } catch (error) {
            throw new HalfMadeError(id, error);
        }
        return { id, state: await described(cloud, id, planned) };
    },

    async read(cloud, id, state) {
        const instance = cloud.store.read().instances[id];
        if (!instance || !(await cloud.look(instance.container))) {
            if (instance) {
                await letGo(cloud, id);
            }
            return undefined;
        }
        return { id, state: await described(cloud, id, state) };
    },

    async update(cloud, id, state, planned) {
        const instance = cloud.store.read().instances[id];
        if (!instance) {
            throw refuse("ModifyInstanceAttribute", "InvalidInstanceId.NotFound", id);
        }
        const text = (one: PropertyMap, key: string): string => JSON.stringify(one[key] ?? null);
        const changed = (...keys: string[]): boolean => keys.some((key) => text(state, key) !== text(planned, key));
        for (const key of ["imageId", "vswitchId", "privateIp", "keyName", "vpcId", "systemDiskSize"]) {
            if (changed(key)) {
                throw notDone(`changing an instance's ${key}`);
            }
        }
        await join(cloud, id, stringsOf(state, "securityGroups"), stringsOf(planned, "securityGroups"));
        cloud.fail(type, "ModifyInstanceAttribute", instance.name);
        checkPayment(planned);
        if (changed("instanceType")) {
            checkType(stringOf(planned, "instanceType"));
        }
        cloud.store.change(({ instances }) =>
            Object.assign(instances[id] ?? {}, { name: stringOf(planned, "instanceName"), deletionProtection: flagOf(planned, "deletionProtection") }),
        );
        // All of these reboot an instance; cloud-init does not read its data again.
        const reboot = changed("userData", "hostName", "instanceType");
        const wanted = stringOf(planned, "status");
        if (reboot || changed("status")) {
            const running = (await cloud.look(instance.container))?.running ?? false;
            if (running) {
                cloud.fail(type, "StopInstance", instance.name);
                await stop(cloud, instance.container);
            }
            if (wanted !== "Stopped") {
                cloud.fail(type, "StartInstance", instance.name);
                await start(cloud, instance.container);
                cloud.forget(id);
            }
        }
        await cloud.sync();
        return described(cloud, id, planned);
    },

    async delete(cloud, id, state) {
        if (stringOf(state, "instanceChargeType") === "PrePaid" && !flagOf(state, "forceDelete")) {
            throw new ProviderError(
                "Please convert 'PrePaid' instance to 'PostPaid' or set 'force_delete' as true before deleting 'PrePaid' instance.",
            );
        }
        const instance = cloud.store.read().instances[id];
        if (!instance) {
            return;
        }
        cloud.fail(type, "DeleteInstance", instance.name);
        if (instance.deletionProtection) {
            throw refuse("DeleteInstance", "InvalidOperation.DeletionProtection", id);
        }
        await removeMachine(cloud, instance.container);
        await letGo(cloud, id);
    },
};

async function firstBoot(cloud: Cloud, planned: PropertyMap, context: CallContext): Promise<FirstBoot> {
    let boot: FirstBoot;
    try {
        boot = readUserData(stringOf(planned, "userData"));
    } catch (error) {
        throw notDone(messageOf(error));
    }
    if (boot.ignored.length > 0) {
        await context.log("warning", `the stand-in of the alicloud provider does nothing with ${boot.ignored.join(", ")} of the user data`);
    }
    const keyName = stringOf(planned, "keyName");
    const pair = cloud.store.read().keyPairs[keyName];
    if (keyName !== "" && !pair) {
        throw refuse("RunInstances", "InvalidKeyPairName.NotFound", keyName);
    }
    return pair ? { ...boot, authorizedKeys: [...boot.authorizedKeys, pair.publicKey] } : boot;
}

/** Whether an instance can be as it is asked for, as RunInstances looks at it. */
function admit(account: Account, planned: PropertyMap, container: string): { record: InstanceRecord; network: string } {
    const call = "RunInstances";
    const [imageId, vswitchId] = [stringOf(planned, "imageId"), stringOf(planned, "vswitchId")];
    if (!images.some(({ id }) => id === imageId) && !imageId.startsWith("m-")) {
        throw refuse(call, "InvalidImageId.NotFound", imageId);
    }
    checkType(stringOf(planned, "instanceType"));
    checkPayment(planned);
    const vswitch = account.vswitches[vswitchId];
    const vpc = account.vpcs[vswitch?.vpc ?? ""];
    if (!vswitch || !vpc) {
        throw refuse(call, "InvalidVSwitchId.NotFound", vswitchId);
    }
    const text = stringOf(planned, "privateIp");
    const [address, network] = [parseAddress(text), parseNetwork(vswitch.cidr)];
    if (address === undefined || !network || !contains(network, address) || address === network.first || address > network.last - 3) {
        throw refuse(call, "InvalidPrivateIpAddress.Malformed", `${text} in ${vswitch.cidr}`);
    }
    if (Object.values(account.instances).some((other) => other.address === text && account.vswitches[other.vswitch]?.vpc === vswitch.vpc)) {
        throw refuse(call, "InvalidPrivateIpAddress.Duplicated", text);
    }
    const groups = stringsOf(planned, "securityGroups");
    checkGroups(account, groups, vswitch.vpc, call);
    const record = { name: container, container, vswitch: vswitchId, address: text, groups, deletionProtection: flagOf(planned, "deletionProtection") };
    return { record, network: vpc.network };
}

function checkGroups(account: Account, groups: readonly string[], vpc: string, call: string): void {
    const strange = groups.find((id) => account.groups[id]?.vpc !== vpc);
    if (groups.length === 0 || strange !== undefined) {
        throw refuse(call, "InvalidSecurityGroupId.NotFound", strange ?? "no security group");
    }
    if (groups.length > 5) {
        throw refuse(call, "SecurityGroupInstanceLimitExceed", `${groups.length}`);
    }
}

function checkType(name: string): void {
    if (!types[name]) {
        throw refuse("RunInstances", "InvalidInstanceType.ValueNotSupported", `the stand-in sells ${Object.keys(types).join(", ")}; this is ${name}`);
    }
}

/** Source: RunInstances, and the provider's own checks. */
function checkPayment(planned: PropertyMap): void {
    const [charge, spot] = [stringOf(planned, "instanceChargeType"), stringOf(planned, "spotStrategy")];
    const period = numberOf(planned, "period");
    const allowed = stringOf(planned, "periodUnit") === "Week" ? [1, 2, 3] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60];
    if (charge === "PrePaid" && !allowed.includes(period)) {
        throw refuse("RunInstances", "InvalidPeriod", String(period));
    }
    if (charge === "PrePaid" && spot !== "" && spot !== "NoSpot") {
        throw refuse("RunInstances", "InvalidSpotStrategy", "spot instances are PostPaid");
    }
    if (spot === "SpotWithPriceLimit" && stringOf(planned, "spotPriceLimit") === "") {
        throw refuse("RunInstances", "MissingParameter.SpotPriceLimit", spot);
    }
    const tags = Object.keys(stringMapOf(planned, "tags"));
    if (tags.length > 20 || tags.some((key) => /^(aliyun|acs:)|https?:\/\//.test(key))) {
        throw refuse("RunInstances", "InvalidTagKey.Malformed", tags.join(", "));
    }
}

/** Moves an instance between groups, out of the old ones first, as the genuine provider does. */
async function join(cloud: Cloud, id: string, before: readonly string[], after: readonly string[]): Promise<void> {
    const leave = before.filter((group) => !after.includes(group));
    const enter = after.filter((group) => !before.includes(group));
    if (leave.length === 0 && enter.length === 0) {
        return;
    }
    cloud.store.change((account) => {
        const instance = account.instances[id];
        if (!instance) {
            throw refuse("LeaveSecurityGroup", "InvalidInstanceId.NotFound", id);
        }
        const rest = instance.groups.filter((group) => !leave.includes(group));
        if (rest.length === 0) {
            throw refuse("LeaveSecurityGroup", "InvalidOperation.LastSecurityGroup", id);
        }
        const all = [...rest, ...enter];
        checkGroups(account, all, account.vswitches[instance.vswitch]?.vpc ?? "", "JoinSecurityGroup");
        instance.groups = all;
    });
    await cloud.sync();
}

/** What is known of an instance: what was asked for, and what its container says. */
async function described(cloud: Cloud, id: string, state: PropertyMap): Promise<PropertyMap> {
    const account = cloud.store.read();
    const instance = account.instances[id];
    const seen = await cloud.look(instance?.container ?? "");
    const size = types[stringOf(state, "instanceType")];
    const vswitch = account.vswitches[instance?.vswitch ?? ""];
    return {
        ...state,
        securityGroups: instance?.groups ?? [],
        ...{ vpcId: vswitch?.vpc ?? "", availabilityZone: vswitch?.zone ?? "", primaryIpAddress: instance?.address ?? "" },
        ...{ privateIp: instance?.address ?? "", hostName: stringOf(state, "hostName") || id },
        status: seen?.running === true ? "Running" : "Stopped",
        publicIp: Object.values(account.eips).find(({ boundTo }) => boundTo === id)?.address ?? "",
        ...{ cpu: size?.cpus ?? 0, memory: (size?.memory ?? 0) * 1024, osName: "Debian  12 64 bit (STAND-IN)", osType: "linux" },
        startTime: seen?.started ?? "",
        createTime: stringOf(state, "createTime") || now(),
        systemDiskId: stringOf(state, "systemDiskId") || id.replace(/^i-/, "d-"),
    };
}

/** Forgets an instance: its disks and its public address are free again. */
async function letGo(cloud: Cloud, id: string): Promise<void> {
    const { disks } = cloud.store.read();
    for (const [disk, { instance }] of Object.entries(disks)) {
        if (instance === id) {
            await detach(cloud, disk, id);
        }
    }
    cloud.store.change((account) => {
        delete account.instances[id];
        Object.values(account.eips)
            .filter(({ boundTo }) => boundTo === id)
            .forEach((eip) => delete eip.boundTo);
    });
    rmSync(cloud.machineDirectory(id), { recursive: true, force: true });
    cloud.forget(id);
    await cloud.sync();
}
