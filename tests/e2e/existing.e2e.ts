/**
 * Hosts that are there already, bare: everything is really installed on them, and destroy leaves them as they were,
 * but for what users stored.
 */
import type { DataCentreInput } from "../../config";
import { networkOf, useBareHosts } from "./lib/hosts";
import { totalChanges } from "./lib/output";
import { TestStack, threeNodes, withCalico, withMesos } from "./lib/stack";

const network = networkOf("existing");
const stack = new TestStack("e2e-existing", withCalico(withMesos(threeNodes(network)), network));

/** For another stack over some of the hosts. */
function withoutMesos(config: DataCentreInput): void {
    delete config.calico;
    delete config.registry;
    delete config.marathonLb;
    delete config.docker;
}

/** What can be told of a host from outside: files, units, mounts, listeners, packages, processes, links, routes, packet filter. */
async function picture(node: string): Promise<Record<string, string>> {
    const of = (command: string) => stack.out(node, command);
    return {
        files:
            await of(`find /etc /opt /usr/local /root /data /mnt /srv -xdev \\( -type f -o -type l \\) -printf '%p %m %u:%g ' -exec sh -c '
            sha256sum <"$1" 2>/dev/null | cut -c 1-16; echo' - {} \\; | grep -vE '^$|/etc/(ld.so.cache|passwd-?|group-?|shadow-?|gshadow-?|subuid-?|subgid-?|mtab|.pwd.lock) ' | sort`),
        units: await of("systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort"),
        running: await of("systemctl list-units --no-legend --no-pager --plain --state=running --type=service,socket | awk '{print $1}' | sort"),
        mounts: await of("awk '{print $2, $3}' /proc/mounts | sort"),
        listeners: await of("ss -Hltn | awk '{print $4}' | sort"),
        packages: await of("dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' | sort"),
        links: await of("ip -o link show | awk '{print $2}' | sed 's/@.*//' | sort"),
        routes: await of("ip -4 route show | sort"),
        rules: await of("{ iptables-legacy-save; iptables-nft-save; } 2>/dev/null | grep -E '^-A|^:(cali|DOCKER)' | sort"),
        directories: await of("ls -d /var/lib/* /opt/* /run/datacentre* 2>/dev/null | sort"),
    };
}

useBareHosts(stack, network);

let before: Record<string, string>[] = [];

it("comes up on bare hosts, and is as described", async () => {
    before = await Promise.all(stack.names.map(picture));
    const up = await stack.must("up");
    console.log(`existing hosts, everything installed: ${up.seconds.toFixed(0)} s`);
    await stack.must("verify");
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("refuses a host that shows another key, and touches nothing", async () => {
    const other = new TestStack("e2e-wrongkey", structuredClone(stack.config));
    other.edit((config) => {
        const [first, second] = config.nodes;
        config.nodes = [{ ...second!, name: "wrong", roles: ["docker"], ssh: { ...first!.ssh } }];
        config.glusterfs = {};
        withoutMesos(config);
    });
    stack.hide();
    const up = await other.make("up");
    stack.write();
    await other.clean();
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/wrong: 172\.18\.\d+\.\d+ shows another host key than the known one/);
});

it("refuses a host that belongs to another stack", async () => {
    const other = new TestStack("e2e-second", structuredClone(stack.config));
    stack.hide();
    const up = await other.make("up");
    stack.write();
    await other.clean();
    expect(up.code).not.toBe(0);
    expect(up.output).toContain("this host belongs to stack datacentre/e2e-existing");
    await stack.must("verify");
});

it("refuses an address that another stack's settings have, before anything is asked", async () => {
    const other = new TestStack("e2e-third", structuredClone(stack.config));
    const preview = await other.make("preview");
    await other.clean();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toMatch(/datacentre:nodes\[0\]\.address.*e2e-existing/);
});

it("leaves the hosts as they were, but for what was stored", async () => {
    await stack.out("master1", "echo kept > /data/mnt/planted");
    await stack.out("agent1", "ETCDCTL_API=3 etcdctl put planted kept");
    await stack.must("destroy");
    const after = await Promise.all(stack.names.map(picture));
    const stored = /^\/(data|mnt\/docker-data|opt\/data)\/|^\/(opt\/data|var\/lib\/(etcd|zookeeper|glusterd|mesos))$/;
    const lines = (text: string) => text.split("\n").filter((line) => line !== "" && !stored.test(line));
    after.forEach((now, i) => {
        for (const [what, text] of Object.entries(now)) {
            const had = new Set(lines(before[i]![what]!));
            const has = new Set(lines(text));
            expect([what, [...has].filter((line) => !had.has(line)), [...had].filter((line) => !has.has(line))]).toEqual([what, [], []]);
        }
    });
});

it("takes up again what was stored", async () => {
    await stack.must("up");
    expect(await stack.out("agent2", "cat /data/mnt/planted")).toBe("kept\n");
    expect(await stack.out("agent2", "ETCDCTL_API=3 etcdctl get planted --print-value-only")).toBe("kept\n");
});

it("takes what was stored only when asked", async () => {
    await stack.must("destroy", { DATA: "delete" });
    const after = await Promise.all(stack.names.map(picture));
    after.forEach((now, i) => expect(now.directories).toBe(before[i]!.directories));
    for (const node of stack.names) {
        expect((await stack.out(node, "find /data /mnt /var/lib/etcd /var/lib/zookeeper /var/lib/glusterd -type f 2>/dev/null | wc -l")).trim()).toBe("0");
    }
});
