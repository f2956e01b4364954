import { error, keyOf, type Fault, type Path } from "../faults";
import { bricksOf, mountNodes } from "../nodes";
import type { DataCentre, NodeSpec } from "../schema";

/** A directory of ours on a node, and the key that puts it there. */
interface Use {
    readonly path: string;
    readonly key: Path;
    /** In a sentence: "the data of etcd". */
    readonly what: string;
}

/** Directories that are the system's as a whole; what lies deeper in them may be ours. */
const shared = new Set("/ /home /media /mnt /opt /root /srv /var /var/cache /var/lib /var/log /var/spool".split(" "));

/** Directories that are the system's with all that is in them, or that a reboot empties. */
const forbidden = (
    "/bin /boot /dev /etc /lib /lib32 /lib64 /opt/datacentre /proc /root/.ssh /run /sbin /sys /tmp /usr /var/run /var/tmp " +
    "/var/lib/apt /var/lib/containerd /var/lib/datacentre /var/lib/dnf /var/lib/dpkg /var/lib/glusterd /var/lib/rpm /var/lib/systemd"
).split(" ");

const inside = (outer: string, inner: string): boolean => inner === outer || inner.startsWith(`${outer}/`);

/** No directory of ours is the system's, or within another of ours on the same node. */
export function pathRules(dc: DataCentre): Fault[] {
    // By the keys that are at fault: a path that stands on four nodes is one fault.
    const faults = new Map<string, Fault>();
    const add = (id: string, found: Fault[]) => found.forEach((fault) => faults.set(id, faults.get(id) ?? fault));
    for (const node of dc.nodes) {
        const ours = usesOf(dc, node).filter((use) => {
            const found = systemDirectory(use);
            add(keyOf(...use.key), found);
            return found.length === 0;
        });
        ours.forEach((use, index) => {
            ours.slice(0, index)
                .filter((other) => inside(other.path, use.path) || inside(use.path, other.path))
                .forEach((other) => add(`${keyOf(...use.key)} ${keyOf(...other.key)}`, [collision(node, other, use)]));
        });
    }
    return [...faults.values()];
}

function usesOf(dc: DataCentre, node: NodeSpec): Use[] {
    const has = (role: (typeof node.roles)[number]) => node.roles.includes(role);
    const index = dc.nodes.indexOf(node);
    const own = node.docker.dataRoot;
    return [
        ...(has("docker")
            ? [
                  {
                      path: own ?? dc.docker.dataRoot,
                      key: own === undefined ? ["docker", "dataRoot"] : ["nodes", index, "docker", "dataRoot"],
                      what: "Docker's data",
                  },
              ]
            : []),
        ...(has("zookeeper") ? [{ path: dc.zookeeper.dataDir, key: ["zookeeper", "dataDir"], what: "ZooKeeper's data" }] : []),
        // etcd's directory is kept, and taken away, together with the one around it, where it is replaced in one piece.
        ...(has("etcd")
            ? [{ path: parent(dc.etcd.dataDir), key: ["etcd", "dataDir"], what: "the directory around etcd's data" }]
            : []),
        ...(has("mesos-master")
            ? [{ path: `${dc.mesos.workDir}/master`, key: ["mesos", "workDir"], what: "the Mesos master's data" }]
            : []),
        ...(has("mesos-agent") ? [{ path: `${dc.mesos.workDir}/agent`, key: ["mesos", "workDir"], what: "the Mesos agent's data" }] : []),
        ...registryUses(dc, node),
        ...dc.glusterfs.volumes.flatMap((volume, at) => [
            ...bricksOf(volume)
                .filter(({ brick }) => brick.node === node.name)
                .map(({ brick, at: place }) => ({
                    path: brick.path,
                    key: ["glusterfs", "volumes", at, ...place],
                    what: `a brick of ${volume.name}`,
                })),
            ...(mountNodes(dc, volume).includes(node.name)
                ? [{ path: volume.mount, key: ["glusterfs", "volumes", at, "mount"], what: `the mount of ${volume.name}` }]
                : []),
        ]),
    ];
}

/** The registry's directories; on a mounted volume its images belong to the volume. */
function registryUses(dc: DataCentre, node: NodeSpec): Use[] {
    const { registry } = dc;
    if (registry?.node !== node.name) {
        return [];
    }
    const mounted = dc.glusterfs.volumes.some(
        (volume) => mountNodes(dc, volume).includes(node.name) && registry.dataDir.startsWith(`${volume.mount}/`),
    );
    return [
        ...(mounted ? [] : [{ path: registry.dataDir, key: ["registry", "dataDir"], what: "the registry's images" }]),
        { path: registry.configDir, key: ["registry", "configDir"], what: "the registry's configuration" },
    ];
}

const parent = (path: string): string => path.replace(/\/[^/]+$/, "") || "/";

function systemDirectory({ path, key, what }: Use): Fault[] {
    const held = forbidden.find((directory) => inside(directory, path));
    if (held === undefined && !shared.has(path)) {
        return [];
    }
    const how = held === undefined || held === path ? "is the system's own directory" : `is within the system's ${held}`;
    const problem = `${path}, ${what}, ${how}`;
    const remedy =
        key[0] === "etcd"
            ? "use two levels of your own, such as /var/lib/etcd/default.etcd"
            : `use one of your own, such as ${example(key)}`;
    return [error(key, problem, remedy)];
}

function example(key: Path): string {
    if (key.includes("dataRoot")) {
        return "/mnt/docker-data";
    }
    if (key[0] === "zookeeper") {
        return "/var/lib/zookeeper";
    }
    if (key[0] === "mesos") {
        return "/var/lib/mesos";
    }
    if (key[0] === "registry") {
        return "/opt/data/registry";
    }
    return key.includes("mount") ? "/data/mnt" : "/data/repli";
}

function collision(node: NodeSpec, first: Use, second: Use): Fault {
    const how = first.path === second.path ? "is also" : inside(first.path, second.path) ? "is within" : "holds";
    const other = first.path === second.path ? first.what : `${first.path}, ${first.what}`;
    const problem = `on ${node.name}, ${second.path}, ${second.what}, ${how} ${other} (${keyOf(...first.key)})`;
    return error(second.key, problem, "give each a directory of its own, none within another");
}
