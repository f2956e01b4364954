import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { flagOf, numberOf, stringOf } from "../docker/values";
import { zonesOf } from "./catalogue";
import type { Cloud } from "./cloud";
import { now, type CloudDriver } from "./driver";
import { ApiError, notDone } from "./errors";
import { diskAttachmentFields, diskFields } from "./fields";
import { newId } from "./store";

const GIB = 1024 ** 3;

/** GiB by category. Source: the provider's documents of alicloud_ecs_disk. */
const sizes: Readonly<Record<string, readonly [number, number]>> = {
    ...{ cloud: [5, 2000], cloud_efficiency: [20, 32768], cloud_ssd: [20, 32768], cloud_auto: [1, 65536], cloud_essd_entry: [10, 32768] },
};
const levels: Readonly<Record<string, readonly [number, number]>> = { PL0: [1, 65536], PL1: [20, 65536], PL2: [461, 65536], PL3: [1261, 65536] };

export const sizeFits = (category: string, level: string, gib: number): boolean => {
    const [least, most] = (category === "cloud_essd" ? levels[level || "PL1"] : sizes[category]) ?? [1, 0];
    return gib >= least && gib <= most;
};

/** Where a disk's content is: with its machine, or by itself. A file of its size that takes what is written. */
export const fileOf = (cloud: Cloud, id: string, instance?: string): string =>
    instance === undefined ? join(cloud.directory, "disks", `${id}.img`) : join(cloud.machineDirectory(instance), "disks", `${id}.img`);

function grow(file: string, gib: number): void {
    mkdirSync(join(file, ".."), { recursive: true });
    const handle = openSync(file, existsSync(file) ? "r+" : "wx", 0o600);
    ftruncateSync(handle, Math.max(gib * GIB, statSync(file).size));
    closeSync(handle);
}

const diskType = "alicloud_ecs_disk";

export const diskDriver: CloudDriver = {
    fields: diskFields,

    async create(cloud, planned) {
        const [category, level, zone] = ["category", "performanceLevel", "zoneId"].map((key) => stringOf(planned, key)) as [string, string, string];
        const size = numberOf(planned, "size");
        cloud.fail(diskType, "CreateDisk", stringOf(planned, "diskName"));
        if (!zonesOf(cloud.region).includes(zone)) {
            throw new ApiError(diskType, "CreateDisk", "InvalidZoneId.NotFound", zone);
        }
        if (!sizeFits(category, level, size)) {
            throw new ApiError(diskType, "CreateDisk", "InvalidDiskSize.ValueNotSupported", `${size} GiB of ${category} ${level}`);
        }
        const id = newId("d");
        grow(fileOf(cloud, id), size);
        cloud.store.change((account) => (account.disks[id] = { zone, size, keep: !flagOf(planned, "deleteWithInstance") }));
        const performanceLevel = category === "cloud_essd" ? level || "PL1" : "";
        return { id, state: { ...planned, performanceLevel, status: "Available", createTime: now(), regionId: cloud.region } };
    },

    async read(cloud, id, state) {
        const disk = cloud.store.read().disks[id];
        return disk
            ? { id, state: { ...state, size: disk.size, zoneId: disk.zone, status: disk.instance === undefined ? "Available" : "In_use" } }
            : undefined;
    },

    async update(cloud, id, _state, planned) {
        const size = numberOf(planned, "size");
        const disk = cloud.store.read().disks[id];
        if (!disk) {
            throw new ApiError(diskType, "ModifyDiskAttribute", "InvalidDiskId.NotFound", id);
        }
        if (size < disk.size) {
            throw new ApiError(diskType, "ResizeDisk", "InvalidDiskSize.TooSmall", `${disk.size} to ${size} GiB`);
        }
        grow(fileOf(cloud, id, disk.instance), size);
        cloud.store.change(({ disks }) => Object.assign(disks[id] ?? {}, { size, keep: !flagOf(planned, "deleteWithInstance") }));
        await tell(cloud, disk.instance);
        return planned;
    },

    async delete(cloud, id) {
        const disk = cloud.store.read().disks[id];
        if (disk?.instance !== undefined) {
            throw new ApiError(diskType, "DeleteDisk", "IncorrectDiskStatus", `${id} is in use`);
        }
        rmSync(fileOf(cloud, id), { force: true });
        cloud.store.change(({ disks }) => delete disks[id]);
    },
};

/** Has a machine look at its disks again. */
async function tell(cloud: Cloud, instance: string | undefined): Promise<void> {
    const container = cloud.store.read().instances[instance ?? ""]?.container;
    if (container !== undefined) {
        await cloud.guest(container, "apply");
    }
}

const attachmentType = "alicloud_ecs_disk_attachment";

export const diskAttachmentDriver: CloudDriver = {
    fields: diskAttachmentFields,

    async create(cloud, planned) {
        const [id, instance] = [stringOf(planned, "diskId"), stringOf(planned, "instanceId")];
        cloud.fail(attachmentType, "AttachDisk", `${id} ${instance}`);
        const refuse = (code: string, what: string) => new ApiError(attachmentType, "AttachDisk", code, what);
        const number = cloud.store.change((account) => {
            const [disk, machine] = [account.disks[id], account.instances[instance]];
            if (!disk) {
                throw refuse("InvalidDiskId.NotFound", id);
            }
            if (!machine) {
                throw refuse("InvalidInstanceId.NotFound", instance);
            }
            if (disk.instance !== undefined && disk.instance !== instance) {
                throw refuse("IncorrectDiskStatus", `${id} is attached to ${disk.instance}`);
            }
            if (account.vswitches[machine.vswitch]?.zone !== disk.zone) {
                throw refuse("InvalidDisk.ZoneMismatch", `${disk.zone} and ${account.vswitches[machine.vswitch]?.zone ?? "?"}`);
            }
            disk.instance = instance;
            return Object.values(account.disks).filter((one) => one.instance === instance).length;
        });
        move(fileOf(cloud, id), fileOf(cloud, id, instance));
        await tell(cloud, instance);
        // The device's letter is a hint only, as in the genuine cloud: by order of attachment.
        return { id: `${id}:${instance}`, state: { ...planned, device: `/dev/xvd${String.fromCharCode(97 + number)}` } };
    },

    async read(cloud, id, state) {
        const [disk = "", instance] = id.split(":");
        return cloud.store.read().disks[disk]?.instance === instance ? { id, state } : undefined;
    },

    async update() {
        throw notDone("changing an attachment");
    },

    async delete(cloud, id) {
        const [disk = "", instance = ""] = id.split(":");
        await detach(cloud, disk, instance);
    },
};

/** Takes a disk away from its machine, with what is on it. */
export async function detach(cloud: Cloud, id: string, instance: string): Promise<void> {
    if (cloud.store.read().disks[id]?.instance !== instance) {
        return;
    }
    move(fileOf(cloud, id, instance), fileOf(cloud, id));
    cloud.store.change(({ disks }) => delete disks[id]?.instance);
    await tell(cloud, instance);
}

function move(from: string, to: string): void {
    mkdirSync(join(to, ".."), { recursive: true });
    if (existsSync(from)) {
        renameSync(from, to);
    }
}
