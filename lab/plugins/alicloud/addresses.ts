import { flagOf, stringOf } from "../docker/values";
import { messageOf } from "../provider/errors";
import { Cloud } from "./cloud";
import { now, type CloudDriver } from "./driver";
import { ApiError } from "./errors";
import { associationFields, eipFields } from "./fields";
import { removeInternet } from "./networks";
import { newId } from "./store";

const eipType = "alicloud_eip_address";

/** An elastic address is one of the network that stands for the internet. */
export const eipDriver: CloudDriver = {
    fields: eipFields,

    async create(cloud, planned) {
        const name = stringOf(planned, "addressName");
        cloud.fail(eipType, "AllocateEipAddress", name);
        const bandwidth = Number(stringOf(planned, "bandwidth") || "5");
        if (!Number.isInteger(bandwidth) || bandwidth < 1 || bandwidth > 200) {
            throw new ApiError(eipType, "AllocateEipAddress", "InvalidBandwidth.Malformed", String(bandwidth));
        }
        await internetOnce(cloud);
        const id = newId("eip");
        const ipAddress = cloud.store.change((account) => {
            const address = Cloud.freeAddress(account);
            account.eips[id] = { address };
            return address;
        });
        return { id, state: { ...planned, ipAddress, bandwidth: String(bandwidth), status: "Available", createTime: now() } };
    },

    async read(cloud, id, state) {
        const eip = cloud.store.read().eips[id];
        return eip ? { id, state: { ...state, ipAddress: eip.address, status: eip.boundTo === undefined ? "Available" : "InUse" } } : undefined;
    },

    async delete(cloud, id, state) {
        if (flagOf(state, "deletionProtection")) {
            throw new ApiError(eipType, "ReleaseEipAddress", "InvalidOperation.DeletionProtection", id);
        }
        cloud.store.change((account) => {
            if (account.eips[id]?.boundTo !== undefined) {
                throw new ApiError(eipType, "ReleaseEipAddress", "IncorrectEipStatus", `${id} is in use`);
            }
            delete account.eips[id];
        });
        await removeInternet(cloud);
    },
};

/** Two addresses at once would make two networks. */
const making = new Map<string, Promise<unknown>>();
async function internetOnce(cloud: Cloud): Promise<void> {
    const work = making.get(cloud.directory) ?? cloud.internet();
    making.set(cloud.directory, work);
    try {
        await work;
    } finally {
        making.delete(cloud.directory);
    }
}

const associationType = "alicloud_eip_association";
const call = "AssociateEipAddress";

/** A machine with an elastic address is in the internet's network too; a NAT gateway with one leads out. */
export const associationDriver: CloudDriver = {
    fields: associationFields,

    async create(cloud, planned) {
        const [eipId, target] = [stringOf(planned, "allocationId"), stringOf(planned, "instanceId")];
        cloud.fail(associationType, call, `${eipId} ${target}`);
        const account = cloud.store.change((after) => {
            const eip = after.eips[eipId];
            if (!eip) {
                throw new ApiError(associationType, call, "InvalidAllocationId.NotFound", eipId);
            }
            if (eip.boundTo !== undefined && eip.boundTo !== target) {
                throw new ApiError(associationType, call, "IncorrectEipStatus", `${eipId} is bound to ${eip.boundTo}`);
            }
            if (!after.instances[target] && !after.nats[target]) {
                throw new ApiError(associationType, call, "InvalidInstanceId.NotFound", target);
            }
            const other = Object.entries(after.eips).find(([id, one]) => id !== eipId && one.boundTo === target);
            if (after.instances[target] && other) {
                throw new ApiError(associationType, call, "InvalidInstance.AlreadyHasEip", `${target} has ${other[0]}`);
            }
            eip.boundTo = target;
            return after;
        });
        const { container } = account.instances[target] ?? {};
        if (container !== undefined && account.internet) {
            const endpoint = { IPAMConfig: { IPv4Address: account.eips[eipId]?.address ?? "" } };
            await cloud.api
                .call("POST", `/networks/${encodeURIComponent(account.internet.network)}/connect`, {
                    body: { Container: container, EndpointConfig: endpoint },
                })
                .catch((error: unknown) => {
                    if (!messageOf(error).includes("already exists")) {
                        cloud.store.change((after) => delete after.eips[eipId]?.boundTo);
                        throw error;
                    }
                });
        }
        await cloud.sync();
        const instanceType = account.instances[target] ? "EcsInstance" : "Nat";
        return { id: `${eipId}:${target}`, state: { ...planned, instanceType } };
    },

    async read(cloud, id, state) {
        const [eipId = "", target] = id.split(":");
        return cloud.store.read().eips[eipId]?.boundTo === target ? { id, state } : undefined;
    },

    async delete(cloud, id) {
        const [eipId = "", target = ""] = id.split(":");
        const account = cloud.store.change((after) => {
            if (after.eips[eipId]?.boundTo === target) {
                delete after.eips[eipId].boundTo;
            }
            return after;
        });
        const { container } = account.instances[target] ?? {};
        if (container !== undefined && account.internet) {
            await cloud.api
                .call("POST", `/networks/${encodeURIComponent(account.internet.network)}/disconnect`, { body: { Container: container, Force: true } })
                .catch((error: unknown) => {
                    if (!/is not connected|No such container/.test(messageOf(error))) {
                        throw error;
                    }
                });
        }
        await cloud.sync();
    },
};
