/**
 * Calico on four hosts: addresses of their own for apps of both containerizers, across hosts, by VXLAN and by BGP; policy; and what
 * has to go on when something dies, joins or goes. Documents 000 and 003.
 */
import { networkOf } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { Api } from "./lib/mesos";
import { run, settles } from "./lib/run";
import { fourNodes, TestStack, withCalico, withMesos } from "./lib/stack";
import { hostState } from "./lib/state";

const network = networkOf("calico");
const stack = new TestStack("e2e-calico", withCalico(withMesos(fourNodes(network)), network));
stack.edit((config) => {
    delete config.glusterfs;
    delete config.registry;
    delete config.marathonLb;
    config.nodes.forEach((node) => (node.roles = node.roles?.filter((role) => role !== "glusterfs")));
    config.docker!.images = config.docker!.images?.filter(({ image }) => image.startsWith("busybox")).map(({ image, archive }) => ({ image, archive }));
    config.docker!.insecureRegistries = [];
    config.mesos = { agentPingTimeout: "3secs", maxAgentPingTimeouts: 3 };
    config.appWait = { stuckSeconds: 20, timeoutSeconds: 240 };
    // Document 003's way: Docker's own networks, with Calico's drivers.
    config.etcd = { v2Api: true };
    config.calico!.pools!.push({ name: "docker", cidr: "10.242.33.0/24", blockSize: 28 });
    config.calico!.dockerNetworks = [{ name: "calico-test", pool: "docker" }];
});
/** The last one joins later. */
const last = stack.config.nodes.pop()!;
const first3 = stack.names;
stack.write();

const address = (name: string) => stack.node(name).address;
const api = new Api(stack);

const onEach = (id: string, network: string, instances: number): object => ({
    id,
    cmd: `while true; do echo from-$MESOS_TASK_ID | nc -l -N 8000; done`,
    cpus: 0.1,
    mem: 16,
    instances,
    constraints: [["hostname", "UNIQUE"]],
    container: { type: "MESOS" },
    networks: [{ mode: "container", name: network }],
});
/** Document 003's own spelling. */
const inDocker = (instances: number): object => ({
    id: "/docker",
    cmd: "mkdir -p /w && echo from-$MESOS_TASK_ID >/w/index.html && exec httpd -f -p 8000 -h /w",
    cpus: 0.1,
    mem: 32,
    instances,
    constraints: [["hostname", "UNIQUE"]],
    container: { type: "DOCKER", docker: { image: "busybox", network: "USER", forcePullImage: false } },
    ipAddress: { networkName: "calico-test" },
});
const apps = (...list: object[]): void => stack.edit((config) => (config.apps = list as never));

interface Placed {
    readonly id: string;
    readonly host: string;
    readonly ipAddresses?: { ipAddress: string }[];
}
/** Where an app's tasks are: node and address. */
async function places(id: string): Promise<{ node: string; ip: string }[]> {
    const { app } = JSON.parse(await api.get(`/v2/apps${id}?embed=app.tasks`)) as { app: { tasks: Placed[] } };
    return app.tasks.map(({ host, ipAddresses }) => ({
        node: stack.names.find((name) => address(name) === host) ?? host,
        ip: ipAddresses?.[0]?.ipAddress ?? "none",
    }));
}
/** Runs a command in the network of a container with this address, of whichever runtime. */
const inside = (node: string, ip: string, command: string) =>
    stack.on(
        node,
        `for ns in $(lsns -t net -n -o PID | sort -u); do
            ! nsenter -t $ns -n ip -4 -o addr show 2>/dev/null | grep -qF ' ${ip}/' || { nsenter -t $ns -n ${command}; exit; }
        done; exit 99`,
    );
const fetch = (node: string, from: string, to: string) => inside(node, from, `curl -sS --http0.9 --max-time 3 http://${to}:8000/`);
const ping = (node: string, from: string, to: string) => inside(node, from, `ping -c 2 -W 1 ${to}`);
const ctl = (command: string) => stack.out("master1", `calicoctl ${command} --allow-version-mismatch`);

/** Every task reaches every other. */
async function allReachEachOther(list: { node: string; ip: string }[]): Promise<void> {
    for (const from of list) {
        for (const to of list.filter((other) => other !== from)) {
            await settles(60, async () => {
                const answer = await fetch(from.node, from.ip, to.ip);
                expect([from, to, answer.stdout]).toEqual([from, to, expect.stringMatching(/^from-/)]);
            });
        }
    }
}

afterAll(() => stack.clean());

it("comes up from one command, and verify finds it as described", async () => {
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
    expect((await stack.must("verify")).output).toMatch(/([0-9]+) checks, \1 as described/);
});

it("a second run, and every step run again, change nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    const before = await Promise.all(first3.map((node) => hostState(stack, node)));
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
    expect(await Promise.all(first3.map((node) => hostState(stack, node)))).toEqual(before);
});

it.each([
    ["VXLAN", "calico", `10.240.${network.third}.`],
    ["BGP", "flat", `10.241.${network.third}.`],
])("an app has an address of the pool on each node, and its tasks reach each other by %s", async (_, network, range) => {
    apps(onEach("/net", network, 3));
    await stack.must("up");
    const list = await places("/net");
    expect(new Set(list.map(({ node }) => node)).size).toBe(3);
    expect(list.map(({ ip }) => ip)).toEqual([1, 2, 3].map(() => expect.stringContaining(range) as string));
    await allReachEachOther(list);
});

it("containers on a Docker network reach each other across hosts", async () => {
    apps(inDocker(3));
    await stack.must("up");
    const list = await places("/docker");
    expect(new Set(list.map(({ node }) => node)).size).toBe(3);
    expect(list.map(({ ip }) => ip)).toEqual([1, 2, 3].map(() => expect.stringContaining("10.242.33.") as string));
    await allReachEachOther(list);
});

it("gives every address back when the app goes", async () => {
    apps();
    await stack.must("up");
    await settles(60, async () => expect(await ctl("get workloadendpoints --all-namespaces")).not.toMatch(/10\.24[0-2]\.33\./));
    expect(await ctl("ipam check")).toContain("found 0 problems");
});

it("a policy that denies is seen to stop traffic, and its removal to restore it", async () => {
    apps(onEach("/net", "calico", 2));
    await stack.must("up");
    const [from, to] = await places("/net");
    expect((await ping(from!.node, from!.ip, to!.ip)).code).toBe(0);
    stack.edit((config) => {
        config.calico!.policies = [{ name: "no-ping", order: 10, selector: "has(calico)", ingress: [{ action: "Deny", protocol: "ICMP" }, { action: "Allow" }] }];
    });
    await stack.must("up");
    await settles(60, async () => expect((await ping(from!.node, from!.ip, to!.ip)).code).toBe(1));
    expect((await fetch(from!.node, from!.ip, to!.ip)).stdout).toMatch(/^from-/);
    stack.edit((config) => delete config.calico!.policies);
    await stack.must("up");
    await settles(60, async () => expect((await ping(from!.node, from!.ip, to!.ip)).code).toBe(0));
});

it("traffic goes on while Calico is restarted on both nodes", async () => {
    const [from, to] = await places("/net");
    const pinging = inside(from!.node, from!.ip, `ping -i 0.2 -c 75 -W 1 ${to!.ip}`);
    await Promise.all([from!, to!].map(({ node }) => stack.out(node, "sleep 2; systemctl restart calico-node calico-tunnel calico-bird")));
    const [, lost = "100"] = /([0-9.]+)% packet loss/.exec((await pinging).stdout) ?? [];
    console.log(`lost while Calico was restarted: ${lost} % of 75`);
    expect(Number(lost)).toBe(0);
});

it("new containers get addresses while the first etcd member is down", async () => {
    await stack.out("master1", "systemctl stop etcd");
    expect((await api.send("PUT", "/v2/apps/net", { instances: 3 })).status).toBe(200);
    await settles(60, async () => expect(await places("/net")).toHaveLength(3));
    await settles(60, async () => expect((await places("/net")).map(({ ip }) => ip)).not.toContain("none"));
    await allReachEachOther(await places("/net"));
    await stack.out("master1", "systemctl start etcd");
    apps(onEach("/net", "calico", 3));
    await stack.must("up");
    await settles(60, async () => expect((await stack.make("verify")).code).toBe(0));
});

it("a node that is added joins", async () => {
    stack.edit((config) => config.nodes.push({ ...last, roles: last.roles!.filter((role) => role !== "etcd") }));
    apps(onEach("/net", "calico", 4), inDocker(4));
    await stack.must("up");
    await allReachEachOther(await places("/net"));
    await allReachEachOther(await places("/docker"));
    await settles(60, async () => expect((await stack.make("verify")).code).toBe(0));
});

it("a node that goes leaves nothing of itself in the datastore", async () => {
    apps(onEach("/net", "calico", 2));
    await stack.must("up");
    stack.edit((config) => config.nodes.pop());
    await stack.must("up");
    expect(await ctl("get nodes")).not.toContain(last.name);
    await settles(90, async () => expect((await stack.make("verify")).code).toBe(0));
});

it("an address that nobody has any more is found", async () => {
    const plugin = `CNI_CONTAINERID=leaked CNI_NETNS=/var/run/netns/leak CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin CNI_COMMAND`;
    await stack.out("agent1", `ip netns add leak; ${plugin}=ADD /opt/cni/bin/calico </etc/mesos/cni/calico.conf 2>/dev/null; ip netns delete leak`);
    await ctl("delete workloadendpoint agent1-cni-leaked-eth0");
    const verify = await stack.make("verify");
    expect(verify.code).not.toBe(0);
    expect(verify.output).toMatch(new RegExp(`no address is leaked[^]*10\\.240\\.${network.third}\\.\\d+ leaked[^]*ipam release`));
    await stack.out("agent1", "CNI_COMMAND=DEL CNI_CONTAINERID=leaked CNI_NETNS= CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/calico </etc/mesos/cni/calico.conf 2>/dev/null");
    await settles(60, async () => expect((await stack.make("verify")).code).toBe(0));
});

it("a pool that is taken out while it is used is kept, and who uses it is said", async () => {
    const { pools, networks } = stack.config.calico!;
    stack.edit((config) => {
        config.calico!.pools = pools!.filter(({ name }) => name !== "apps");
        config.calico!.networks = networks!.filter(({ name }) => name !== "calico");
        // The app stays, as if it were somebody else's.
        config.mesos = { ...config.mesos, otherNetworks: ["calico"] };
    });
    const failed = await stack.make("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(new RegExp(`addresses in use are of no pool that is described: 10\\.240\\.${network.third}\\.\\d+[^]*disabled: true`));
    stack.edit((config) => {
        config.calico!.pools = pools!;
        config.calico!.networks = networks!;
        delete config.mesos!.otherNetworks;
    });
    await stack.must("up");
    const [from, to] = await places("/net");
    expect((await ping(from!.node, from!.ip, to!.ip)).code).toBe(0);
});

it("destroyed, it leaves nothing", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect((await run("docker", ["ps", "-aq", "--filter", `name=${network.prefix}-`])).stdout).toBe("");
});
