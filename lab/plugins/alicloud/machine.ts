import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { JsonObject } from "../docker/api";
import { tarOf } from "../docker/tar";
import { guestDirectory, type Cloud } from "./cloud";
import type { InstanceRecord } from "./store";
import type { FirstBoot } from "./user-data";

/** What machines are made from, whichever image is asked for. */
const image = process.env["DATACENTRE_ALICLOUD_IMAGE"] ?? "datacentre-host:current";

/** Directories of the system disk on volumes, since overlay file systems do not lie on one another. */
const systemDirectories = ["/mnt", "/data", "/opt/data", "/var/lib/docker"];

const unitDirectory = "/etc/systemd/system";
const unitFile = `${unitDirectory}/alicloud-stand-in.service`;

/** systemd as a container's first process, as the docker node provider makes one. */
function body(cloud: Cloud, id: string, instance: InstanceRecord, hostName: string, network: string): JsonObject {
    const unified = existsSync("/sys/fs/cgroup/cgroup.controllers");
    return {
        Hostname: hostName,
        Image: image,
        StopSignal: "SIGRTMIN+3",
        Labels: { ...cloud.labels(), "datacentre.stand-in.instance": id },
        Volumes: Object.fromEntries(systemDirectories.map((path) => [path, {}])),
        HostConfig: {
            Privileged: true,
            CgroupnsMode: unified ? "private" : "host",
            Binds: [
                ...(unified ? [] : ["/sys/fs/cgroup:/sys/fs/cgroup:rw"]),
                `${cloud.machineDirectory(id)}:${guestDirectory}`,
            ],
            Tmpfs: { "/run": "", "/run/lock": "" },
            RestartPolicy: { Name: "unless-stopped" },
            NetworkMode: network,
        },
        NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: instance.address } } } },
    };
}

/** Makes and starts a machine, with what its first boot is told; a failure leaves none. */
export async function makeMachine(
    cloud: Cloud,
    id: string,
    instance: InstanceRecord,
    hostName: string,
    network: string,
    boot: FirstBoot,
): Promise<void> {
    mkdirSync(join(cloud.machineDirectory(id), "disks"), { recursive: true });
    copyFileSync(join(__dirname, "guest.sh"), join(cloud.machineDirectory(id), "guest.sh"));
    await cloud.api.call("POST", "/containers/create", { query: { name: instance.container }, body: body(cloud, id, instance, hostName, network) });
    try {
        const put = async (file: string, mode: number, text: string) =>
            cloud.api.call("PUT", `/containers/${instance.container}/archive`, {
                query: { path: "/", noOverwriteDirNonDir: "true" },
                tar: tarOf(file, mode, Buffer.from(text)),
            });
        await put("root/.ssh/authorized_keys", 0o600, boot.authorizedKeys.map((line) => `${line}\n`).join(""));
        if (boot.hostKey) {
            await put("etc/ssh/ssh_host_ed25519_key", 0o600, boot.hostKey.privateKey);
            await put("etc/ssh/ssh_host_ed25519_key.pub", 0o644, `${boot.hostKey.publicKey}\n`);
        }
        await put(unitFile.slice(1), 0o644, readFileSync(join(__dirname, "guest.service"), "utf8"));
        await cloud.api.call("POST", `/containers/${instance.container}/start`);
        await cloud.execute(instance.container, ["/bin/ln", "-sfn", unitFile, `${unitDirectory}/sysinit.target.wants/`]);
    } catch (error) {
        await removeMachine(cloud, instance.container);
        throw error;
    }
}

/** Takes a machine away, and its system disk; its data disks are let go. */
export async function removeMachine(cloud: Cloud, container: string): Promise<void> {
    await cloud.guest(container, "release").catch(() => false);
    await cloud.api.call("DELETE", `/containers/${encodeURIComponent(container)}`, { query: { force: "1", v: "1" } }).catch((error: unknown) => {
        if ((error as { httpStatus?: number }).httpStatus !== 404) {
            throw error;
        }
    });
}

export const stop = async (cloud: Cloud, container: string): Promise<unknown> =>
    cloud.api.call("POST", `/containers/${encodeURIComponent(container)}/stop`, { query: { t: "30" } });

export const start = async (cloud: Cloud, container: string): Promise<unknown> =>
    cloud.api.call("POST", `/containers/${encodeURIComponent(container)}/start`);
