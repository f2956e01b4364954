import type { OneBox } from "../lib/onebox";
import { ports } from "../lib/onebox";
import { run } from "../lib/run";

/** One way to break what a row of a stack of containers looks at. */
export interface ContainerDamage {
    /** The node whose row it is; any of several for rows between nodes. */
    readonly on: string;
    readonly harm: () => Promise<unknown>;
    readonly mend: () => Promise<unknown>;
    /** What the row finds. */
    readonly says: RegExp;
}

/** Rows that no harm from outside can break are in tests/nodes. */
export function damages(stack: OneBox): Record<string, ContainerDamage> {
    const { network } = stack;
    const name = stack.container;
    const docker = stack.docker;
    const stopped = (...nodes: string[]): Pick<ContainerDamage, "harm" | "mend"> => ({
        harm: () => docker("stop", "-t", "1", ...nodes.map(name)),
        mend: () => docker("start", ...nodes.map(name)),
    });
    /** Another container has the node's name and address. */
    const imposter = (node: string): Pick<ContainerDamage, "harm" | "mend"> => ({
        harm: async () => {
            await docker("stop", "-t", "1", name(node));
            await docker("rename", name(node), `${name(node)}-aside`);
            await stack.asked("run", "-d", "--name", name(node), "--entrypoint", "sleep", "datacentre-lab/haproxy:2.6", "600");
        },
        mend: async () => {
            await docker("rm", "-f", name(node));
            await docker("rename", `${name(node)}-aside`, name(node));
            await docker("start", name(node));
        },
    });
    const inside = (node: string, harm: string, mend: string): Pick<ContainerDamage, "harm" | "mend"> => ({ harm: () => stack.inside(node, harm), mend: () => stack.inside(node, mend) });
    /** Programs that are there and do nothing. */
    const frozen = (node: string, program: string): Pick<ContainerDamage, "harm" | "mend"> => {
        const signal = (which: string) => `for at in /proc/[0-9]*; do if tr '\\0' ' ' <$at/cmdline | grep -q '^[^ ]*${program}'; then kill -${which} \${at#/proc/}; fi; done`;
        return inside(node, signal("STOP"), signal("CONT"));
    };
    const marathonImage = "datacentre-lab/marathon:1.11.24";
    let was = "";
    return {
        "runs, and starts with the engine": { on: "zk-proxy", harm: () => docker("update", "--restart", "no", name("zk-proxy")), mend: () => docker("update", "--restart", "unless-stopped", name("zk-proxy")), says: /^running, no$/ },
        "runs in the described image": {
            on: "marathon2",
            harm: async () => {
                was = (await stack.asked("image", "inspect", "-f", "{{.Id}}", marathonImage)).trim();
                await stack.asked("tag", "datacentre-lab/haproxy:2.6", marathonImage);
            },
            mend: () => docker("tag", was, marathonImage),
            says: /another one/,
        },
        "is started as described": { on: "marathon2", ...imposter("marathon2"), says: /LIBPROCESS_IP.* not as described$/ },
        "has its address": {
            on: "zk-proxy",
            harm: () => docker("network", "disconnect", network.prefix, name("zk-proxy")),
            mend: () => docker("network", "connect", "--ip", stack.node("zk-proxy").address, "--alias", "zk-proxy", network.prefix, name("zk-proxy")),
            says: /^none in the network/,
        },
        "keeps its data on volumes": { on: "zk3", ...imposter("zk3"), says: /^on none$/ },
        "configuration files as described": { on: "zk-proxy", ...inside("zk-proxy", "cp -a /usr/local/etc/haproxy/haproxy.cfg /tmp/whole && echo '# mine' >>/usr/local/etc/haproxy/haproxy.cfg", "cp -a /tmp/whole /usr/local/etc/haproxy/haproxy.cfg"), says: /haproxy.cfg differs/ },
        [`publishes ${ports.zookeeper}`]: { on: "zk-proxy", ...imposter("zk-proxy"), says: /^not published$/ },
        "is reached from outside": { on: "mesos-proxy", ...stopped("mesos-proxy"), says: /^not reached$/ },
        "its machine has one bridge of the network": {
            on: "zk1",
            harm: () => run("bash", ["-c", `ip link add br-0123456789ab type bridge && ip address add ${network.net}.254/32 dev br-0123456789ab`]),
            mend: () => run("ip", ["link", "delete", "br-0123456789ab"]),
            says: /^br-[0-9a-f]{12}, br-[0-9a-f]{12}$/,
        },
        "srvr: serves in a quorum": { on: "zk3", ...frozen("zk3", "java"), says: /^no answer$/ },
        "member number": { on: "zk2", ...inside("zk2", "echo 9 >/var/lib/zookeeper/myid", "echo 2 >/var/lib/zookeeper/myid"), says: /^9$/ },
        "old snapshots are purged": {
            on: "zk2",
            ...inside("zk2", "for i in 1 2 3 4; do touch -d '3 days ago' /var/lib/zookeeper/version-2/snapshot.e2e$i; done", "rm -f /var/lib/zookeeper/version-2/snapshot.e2e*"),
            says: /^[4-9] older than 12 h$/,
        },
        "mntr: one leader, followed by all others": { on: "zk1", ...stopped("zk1", "zk2"), says: /^no quorum: 0 of 3 serve/ },
        "master answers": { on: "master3", ...frozen("master3", "mesos-master"), says: /^no answer$/ },
        "agent is registered": { on: "slave2", ...stopped("slave2"), says: /^not reached$/ },
        "one master leads": { on: "master1", ...stopped("master1", "master2", "master3"), says: /^0 lead$|not reached/ },
        "every replica of the masters' log votes": { on: "master1", ...stopped("master2"), says: /^master1, master3 vote; no answer of master2$/ },
        "every agent is active at the leader": { on: "master1", ...stopped("slave1"), says: /^1 active$/ },
        "API answers": { on: "marathon2", ...frozen("marathon2", "/marathon"), says: /^no answer$/ },
        "one leads, and all know it": { on: "marathon1", ...stopped("marathon2"), says: /./ },
        "the leading Mesos master answers through it": { on: "mesos-proxy", ...frozen("mesos-proxy", "haproxy"), says: /./ },
        "the leading Marathon answers through it": { on: "marathon-proxy", ...frozen("marathon-proxy", "haproxy"), says: /./ },
        "a ZooKeeper member in the quorum answers through it": { on: "zk-proxy", ...frozen("zk-proxy", "haproxy"), says: /./ },
        "/web is deployed as described": {
            on: "marathon1",
            harm: () => run("curl", ["-fsS", "-X", "PUT", "-H", "Content-Type: application/json", "-d", '{"instances": 3}', `http://127.0.0.1:${ports.marathon}/v2/apps/web?force=true`]),
            mend: () => run("curl", ["-fsS", "-X", "PUT", "-H", "Content-Type: application/json", "-d", '{"instances": 2}', `http://127.0.0.1:${ports.marathon}/v2/apps/web?force=true`]),
            says: /changed by somebody else/,
        },
    };
}
