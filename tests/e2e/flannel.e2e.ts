/**
 * Document 004's network on hosts that are there already: one etcd member, Docker everywhere. Containers on two hosts reach each other and
 * see each other's own addresses; subnets survive, and those that change are dealt with.
 */
import type { DataCentreInput } from "../../config";
import { damages } from "./damages/flannel";
import { expectNamed } from "./lib/damage";
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, run, settles } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("flannel");
const { net } = network;
const names = ["master1", "agent1", "agent2"];

const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name, i) => ({ name, address: `${net}.${i + 1}`, roles: ["docker", "flannel", ...(i === 0 ? (["etcd"] as const) : [])] })),
    sources: { flannel: { kind: "archive", url: "file:///opt/datacentre-lab/flannel/flannel-v0.28.4-linux-amd64.tar.gz" } },
    versions: { flannel: "0.28.4" },
    docker: { images: [{ image: "busybox:latest", archive: "file:///opt/datacentre-lab/images/busybox.tar" }] },
};

const stack = new TestStack("e2e-flannel", config);
const key = `${stack.home}/id_ed25519`;
const green = () => settles(60, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const subnet = async (node: string) => (await stack.out(node, "sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env")).trim();
const mtu = async (node: string) => (await stack.out(node, "sed -n 's/^FLANNEL_MTU=//p' /run/flannel/subnet.env")).trim();
/** Each of the first three numbers as a part of it: 10.0.94.1/24 is 94. */
const third = (text: string): number => Number(text.split(".")[2]);
const bridge = async (node: string) => (await stack.out(node, "ip -4 -o addr show dev docker0 | awk '{print $4}'")).trim();
const etcdctl = (words: string) => stack.out("master1", `ETCDCTL_API=3 etcdctl --endpoints=http://${net}.1:2379 ${words}`);

/** A container that says to whoever asks by whom it is asked. */
const serve = (node: string) =>
    stack.out(node, "docker rm -f web >/dev/null 2>&1; docker run -d --restart always --name web busybox:latest nc -ll -p 8000 -e netstat -tn >/dev/null; docker inspect -f '{{.NetworkSettings.IPAddress}}' web");
const addressOf = async (node: string, name = "web") => (await stack.out(node, `docker inspect -f '{{.NetworkSettings.IPAddress}}' ${name}`)).trim();
/** What a container on a host gets from an address, before its own. */
const asks = (node: string, address: string) => stack.out(node, `docker run --rm busybox:latest sh -c 'hostname -i; echo | nc -w 3 ${address} 8000'`);
const seen = async (node: string, address: string) => {
    const [own = "", ...answer] = (await asks(node, address)).trim().split("\n");
    return answer.join("\n").includes(`${own.trim()}:`);
};
const reboot = async (node: string) => {
    await run("docker", ["restart", `${network.prefix}-node${names.indexOf(node) + 1}`]);
    await eventually(`${node}'s ssh`, 60, async () => (await stack.on(node, "true")).code === 0);
};

beforeAll(async () => {
    await stack.must("setup");
    const made = await run("lab/flannel/host-image.sh", []);
    expect(made.code).toBe(0);
    await makeKey(key);
    const hosts = await bareHosts(network, names.length, key, "datacentre-host-flannel:current");
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: hosts[i]!.hostKey }));
    });
});

afterAll(async () => {
    await stack.clean();
    if (!process.env.E2E_KEEP) {
        await removeHosts(network);
    }
});

let before: string[] = [];
/** What is on a host of networks, files and rules, as it can be told from outside. */
const picture = (node: string): Promise<string> =>
    stack.out(
        node,
        `ip -o link show | sed -E 's/^[0-9]+: ([^:@]+).*/\\1/' | sort; ip -4 route show | sort; iptables-save | grep -vE '^[#:*]|^COMMIT|DOCKER_OUTPUT|DOCKER_POSTROUTING' | sort; cat /proc/sys/net/ipv4/ip_forward
        find /etc /opt /usr/local /run/flannel /var/lib/datacentre-flannel /var/lib/datacentre -xdev -not -path '/opt/datacentre-lab/*' ! -name 'ld.so.cache' 2>/dev/null \\( -type d -printf '%p %m\\n' -o -type f -exec sha256sum {} + \\) | grep -vE ' /etc/(passwd|group|shadow|gshadow|subuid|subgid|.pwd.lock)-?$' | sort
        systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort`,
    );

it("comes up, and is as described", async () => {
    before = await Promise.all(names.map(picture));
    const up = await stack.must("up");
    console.log(`make up with flannel: ${up.seconds.toFixed(0)} s`);
    await green();
});

it("changes nothing the second time", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("gives every host a part of document 004's range, which Docker's bridge is on", async () => {
    for (const node of names) {
        const own = await subnet(node);
        expect(own).toMatch(/^10\.0\.\d+\.1\/24$/);
        expect(third(own)).toBeGreaterThanOrEqual(1);
        expect(third(own)).toBeLessThanOrEqual(200);
        expect(await bridge(node)).toBe(own);
        expect(await stack.out(node, "tr '\\0' ' ' <\"/proc/$(systemctl show -p MainPID --value docker)/cmdline\"")).toContain(`--bip=${own} --ip-masq=false --mtu=1350`);
    }
    expect(new Set(await Promise.all(names.map(subnet))).size).toBe(3);
});

it("carries packets between containers of two hosts, with the container's own address", async () => {
    await serve("agent1");
    const address = await addressOf("agent1");
    expect(await seen("agent2", address)).toBe(true);
    expect(await seen("master1", address)).toBe(true);
    // As large as a packet may be.
    await stack.out("agent2", `docker run --rm busybox:latest ping -c 2 -W 2 -s 1322 ${address}`);
});

it("masquerades what leaves the network", async () => {
    await stack.out("master1", "docker run -d --rm --net host --name listener busybox:latest nc -ll -p 8001 -e netstat -tn");
    await eventually("the listener", 20, async () => (await stack.on("master1", "ss -ltn | grep -q :8001")).code === 0);
    expect(await stack.out("agent2", `docker run --rm busybox:latest sh -c 'echo | nc -w 3 ${net}.1 8001'`)).toContain(`${net}.3:`);
    await stack.out("master1", "docker rm -f listener >/dev/null");
});

it("keeps its subnets when flanneld dies, and over a reboot, and starts in order", async () => {
    const owned = await Promise.all(names.map(subnet));
    await stack.out("agent1", "systemctl kill -s KILL datacentre-flanneld");
    const address = await addressOf("agent1");
    expect(await seen("agent2", address)).toBe(true);
    for (const node of names) {
        await reboot(node);
    }
    await green();
    expect(await Promise.all(names.map(subnet))).toEqual(owned);
    // A container with a restart policy is there again, at an address of the same subnet.
    expect(await seen("agent2", await addressOf("agent1"))).toBe(true);
    const began = (unit: string, which: string) => stack.out("master1", `systemctl show -p ${which} --value ${unit}`).then(Number);
    expect(await began("etcd", "ActiveEnterTimestampMonotonic")).toBeLessThanOrEqual(await began("datacentre-flanneld", "ActiveEnterTimestampMonotonic"));
    expect(await began("datacentre-flanneld", "ActiveEnterTimestampMonotonic")).toBeLessThanOrEqual(await began("docker", "ExecMainStartTimestampMonotonic"));
});

it("goes on while etcd is away, also on a host that starts meanwhile", async () => {
    const owned = await subnet("agent2");
    await stack.out("master1", "systemctl stop etcd");
    expect(await seen("agent2", await addressOf("agent1"))).toBe(true);
    expect((await stack.make("verify")).output).toMatch(/flannel/);
    await reboot("agent2");
    await eventually("docker on agent2", 150, async () => (await stack.on("agent2", "systemctl is-active docker")).code === 0);
    expect(await bridge("agent2")).toBe(owned);
    await stack.out("master1", "systemctl start etcd");
    await green();
    expect(await subnet("agent2")).toBe(owned);
    const address = await addressOf("agent1");
    await eventually("agent1 from agent2", 120, () => seen("agent2", address));
});

it("takes its subnet again when its lease is removed by hand", async () => {
    const owned = await subnet("agent1");
    await etcdctl(`del /coreos.com/network/subnets/${owned.replace(".1/", ".0-")}`);
    await eventually("agent1's lease", 150, async () => (await etcdctl("get --prefix --keys-only /coreos.com/network/subnets/")).includes(owned.replace(".1/", ".0-")));
    await green();
    expect(await subnet("agent1")).toBe(owned);
});

it("brings Docker to another subnet when the host has one, with the containers that are to run always", async () => {
    const owned = await subnet("agent1");
    const name = owned.replace(".1/", ".0-");
    // As another host would have it by now.
    await stack.out("agent1", "systemctl stop datacentre-flanneld");
    await etcdctl(`put /coreos.com/network/subnets/${name} '{"PublicIP":"${net}.77","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:77"}}'`);
    expect((await stack.make("verify")).output).toContain(`${net}.77`);
    await stack.out("agent1", "systemctl start datacentre-flanneld");
    await eventually("agent1's bridge", 90, async () => (await bridge("agent1")) === (await subnet("agent1")));
    expect(await subnet("agent1")).not.toBe(owned);
    await eventually("the container of agent1", 60, async () => (await addressOf("agent1")).startsWith((await subnet("agent1")).replace(/\.1\/24$/, ".")));
    expect(await seen("agent2", await addressOf("agent1"))).toBe(true);
    // A lease of nobody's goes by the next run of all steps.
    await stack.must("up", { CONVERGE: "1" });
    expect(await etcdctl("get --prefix --print-value-only /coreos.com/network/subnets/")).not.toContain(`${net}.77`);
    await green();
});

/** Every row takes a whole `make verify`: FULL=1 tries them all, and without it every third is tried. */
const tried = Object.entries(damages(net)).filter((_, index) => process.env.FULL || index % 3 === 0);

it.each(tried)("verify is not blind to: %s", (row, damage) => expectNamed(stack, "flannel", row, damage));

it("moves to another network by routes alone, within its ends", async () => {
    await settles(60, green);
    stack.edit((raw) => (raw.flannel = { network: "10.80.0.0/16", subnetLen: 26, subnetMin: "10.80.7.0", subnetMax: "10.80.7.192", backend: "host-gw" }));
    await stack.must("up");
    await green();
    for (const node of names) {
        expect(await subnet(node)).toMatch(/^10\.80\.7\.(1|65|129|193)\/26$/);
        expect(await mtu(node)).toBe("1400");
        expect(await stack.out(node, "ip -o link show | grep -c 'flannel\\.' || true")).toBe("0\n");
        expect(await stack.out(node, "ip -4 route show root 10.0.0.0/16")).toBe("");
    }
    expect(await seen("agent2", await addressOf("agent1"))).toBe(true);
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("gives a leaving node's subnet back, and leaves its Docker with a bridge of its own", async () => {
    stack.edit(() => (stack.node("agent2").roles = ["docker"]));
    await stack.must("up");
    expect(await bridge("agent2")).toBe("172.17.0.1/16");
    expect(await etcdctl("get --prefix --print-value-only /coreos.com/network/subnets/")).not.toContain(`${net}.3"`);
    expect((await stack.on("agent2", "iptables-save | grep FLANNEL; ls -d /run/flannel /etc/systemd/system/*flannel* /etc/systemd/system/docker.service.d; ip -4 route show root 10.80.0.0/16")).stdout).toBe("");
    await green();
    stack.edit((raw) => {
        stack.node("agent2").roles = ["docker", "flannel"];
        delete raw.flannel;
    });
    await stack.must("up");
    await green();
    expect(await seen("agent2", await addressOf("agent1"))).toBe(true);
});

it("leaves the hosts as they were", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect(await Promise.all(names.map(picture))).toEqual(before);
});
