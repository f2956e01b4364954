import type { Context } from "../context";
import { error, keyOf, type Fault, type Path } from "../faults";
import type { DataCentre, NodeSpec } from "../schema";
import type { Directory } from "../system";
import type { Systems } from "../systems";

/** A directory of ours on a node that a key puts there. */
type Use = Directory & { readonly key: Path };

/** Directories that are the system's as a whole; what lies deeper in them may be ours. */
const shared = new Set("/ /home /media /mnt /opt /root /srv /var /var/cache /var/lib /var/log /var/spool".split(" "));

/** Directories that are the system's with all that is in them, or that a reboot empties. */
const forbidden = (
    "/bin /boot /dev /etc /lib /lib32 /lib64 /opt/datacentre /proc /root/.ssh /run /sbin /sys /tmp /usr /var/run /var/tmp " +
    "/var/lib/apt /var/lib/containerd /var/lib/datacentre /var/lib/dnf /var/lib/dpkg /var/lib/glusterd /var/lib/rpm /var/lib/systemd"
).split(" ");

const inside = (outer: string, inner: string): boolean => inner === outer || inner.startsWith(`${outer}/`);

/** No directory of ours is the system's, or within another of ours on the same node. */
export function pathRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    // By the keys that are at fault: a path that stands on four nodes is one fault.
    const faults = new Map<string, Fault>();
    const add = (id: string, found: Fault[]) => found.forEach((fault) => faults.set(id, faults.get(id) ?? fault));
    for (const node of dc.nodes) {
        const ours = usesOf(systems, dc, node).filter((use) => {
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

const usesOf = ({ parts }: Systems, dc: DataCentre, node: NodeSpec): Use[] =>
    parts
        .flatMap((part) => part.directories(dc, node))
        // One that is not in its form holds everything, or nothing.
        .flatMap((one) => (one.key && one.path.startsWith("/") ? [{ ...one, key: one.key }] : []));

function systemDirectory({ path, key, what, remedy }: Use): Fault[] {
    const held = forbidden.find((directory) => inside(directory, path));
    if (held === undefined && !shared.has(path)) {
        return [];
    }
    const how = held === undefined || held === path ? "is the system's own directory" : `is within the system's ${held}`;
    return [error(key, `${path}, ${what}, ${how}`, remedy)];
}

function collision(node: NodeSpec, first: Use, second: Use): Fault {
    const how = first.path === second.path ? "is also" : inside(first.path, second.path) ? "is within" : "holds";
    const other = first.path === second.path ? first.what : `${first.path}, ${first.what}`;
    const problem = `on ${node.name}, ${second.path}, ${second.what}, ${how} ${other} (${keyOf(...first.key)})`;
    return error(second.key, problem, "give each a directory of its own, none within another");
}
