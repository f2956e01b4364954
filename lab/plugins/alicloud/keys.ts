import { createHash } from "node:crypto";

import { stringOf } from "../docker/values";
import { roles } from "./catalogue";
import { now, type CloudDriver } from "./driver";
import { ApiError } from "./errors";
import { keyPairFields, ramRoleFields } from "./fields";

const keyType = "alicloud_ecs_key_pair";

/** Key pairs are by their names; ImportKeyPair takes RSA, DSA and ECDSA keys. */
export const keyPairDriver: CloudDriver = {
    fields: keyPairFields,

    async create(cloud, planned) {
        const [name, publicKey] = [stringOf(planned, "keyPairName"), stringOf(planned, "publicKey").trim()];
        cloud.fail(keyType, "ImportKeyPair", name);
        if (!/^(ssh-rsa|ssh-dss|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/=]+/.test(publicKey)) {
            throw new ApiError(keyType, "ImportKeyPair", "InvalidPublicKeyBody.ValueNotSupported");
        }
        cloud.store.change((account) => {
            if (account.keyPairs[name]) {
                throw new ApiError(keyType, "ImportKeyPair", "KeyPair.AlreadyExist", name);
            }
            account.keyPairs[name] = { publicKey };
        });
        const blob = Buffer.from(publicKey.split(/\s+/)[1] ?? "", "base64");
        const fingerPrint = createHash("md5").update(blob).digest("hex");
        return { id: name, state: { ...planned, publicKey, fingerPrint, createTime: now() } };
    },

    async read(cloud, id, state) {
        return cloud.store.read().keyPairs[id] ? { id, state } : undefined;
    },

    async delete(cloud, id) {
        cloud.store.change(({ keyPairs }) => delete keyPairs[id]);
    },
};

const roleType = "alicloud_ecs_ram_role_attachment";

/** Roles are a note: the stand-in has no services that would ask for one. */
export const ramRoleDriver: CloudDriver = {
    fields: ramRoleFields,

    async create(cloud, planned) {
        const [instance, role] = [stringOf(planned, "instanceId"), stringOf(planned, "ramRoleName")];
        cloud.fail(roleType, "AttachInstanceRamRole", `${instance} ${role}`);
        if (!roles.includes(role)) {
            throw new ApiError(roleType, "AttachInstanceRamRole", "InvalidRamRole.NotFound", role);
        }
        if (!cloud.store.read().instances[instance]) {
            throw new ApiError(roleType, "AttachInstanceRamRole", "InvalidInstanceId.NotFound", instance);
        }
        return { id: `${instance}:${role}`, state: planned };
    },

    async read(cloud, id, state) {
        return cloud.store.read().instances[id.split(":")[0] ?? ""] ? { id, state } : undefined;
    },

    async delete() {
        // Nothing keeps it.
    },
};
