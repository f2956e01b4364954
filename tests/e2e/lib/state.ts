import type { TestStack } from "./stack";

/** What the stack's steps answer for on a host: files by hash, mode and owner; services by the time they started. */
export interface HostState {
    readonly files: string;
    readonly services: string;
}

const files = [
    "/etc/hosts",
    "/etc/docker",
    "/etc/etcd",
    "/etc/zookeeper",
    "/etc/glusterfs",
    "/etc/fstab",
    "/etc/chrony",
    "/etc/systemd/system",
    "/etc/calico",
    "/etc/mesos",
    "/etc/mesos-master",
    "/etc/mesos-slave",
    "/etc/apt/sources.list.d",
    "/var/lib/zookeeper/myid",
    "/var/lib/datacentre",
];
const units = ["docker", "etcd", "zookeeper", "glusterd", "chrony", "mesos-master", "mesos-slave", "marathon", "calico-node", "calico-tunnel", "calico-docker", "calico-bird"];

export async function hostState(stack: TestStack, node: string): Promise<HostState> {
    const list = `find ${files.join(" ")} \\( -type f -o -type l \\) 2>/dev/null | sort | while read -r f; do
        echo "$(sha256sum <"$f" | cut -c 1-16) $(stat -c '%a %U:%G' "$f") $f"; done`;
    const started = `for u in ${units.join(" ")}; do
        echo "$u $(systemctl show -p ActiveState,ActiveEnterTimestamp,MainPID --value "$u" | tr '\\n' ' ')"; done`;
    return { files: await stack.out(node, list), services: await stack.out(node, started) };
}
