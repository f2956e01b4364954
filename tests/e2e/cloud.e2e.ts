/**
 * The dev stack as it is, on simulated instances: reached through master1 alone, half-made and finished, grown and shrunk.
 * What differs from Pulumi.dev.yaml is the name, and the addresses, which other tests' networks have.
 */
import { asItIs, SimulatedStack } from "./lib/cloud";
import { networkOf } from "./lib/hosts";
import { Api } from "./lib/mesos";
import { engineChanges } from "./lib/output";
import { run } from "./lib/run";

const { net, prefix } = networkOf("cloud");
const stack = new SimulatedStack("e2e-cloud", asItIs("dev", { "172.18.1.": `${net}.`, '"dc-dev"': JSON.stringify(prefix) }));
const api = new Api(stack);
/** How a connection from a node ends: 0 made, 1 refused, 124 never answered. */
const dial = async (node: string, host: string, port: number) => (await stack.on(node, `timeout 4 bash -c ': </dev/tcp/${host}/${port}' 2>/dev/null`)).code;

afterAll(() => stack.clean());

it("without an account it is previewed as far as the description tells, and not made", async () => {
    stack.beside = { "alicloud:accessKey": "", "alicloud:secretKey": "" };
    stack.write();
    const { output } = await stack.must("preview");
    expect(output).toMatch(/there are no credentials of an Alibaba Cloud account/);
    expect(output.match(/alicloud:ecs\/instance:Instance: \(create\)/g)).toHaveLength(4);
    const up = await stack.make("up");
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY/);
    stack.beside = {};
    stack.write();
});

it("an instance type that is out of stock fails by name, and the next run finishes what the first began", async () => {
    stack.fault([{ call: "RunInstances", match: "agent3", code: "OperationDenied.NoStock", times: 1, when: "before" }]);
    const failed = await stack.make("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("OperationDenied.NoStock");
    const up = await stack.must("up");
    console.log(`make up of the dev stack, four simulated instances: ${up.seconds.toFixed(0)} s`);
    await stack.green();
});

it("a second run changes nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
});

it("the way in is master1's public address alone, and between nodes what the roles need", async () => {
    for (const address of [1, 2, 3, 4].map((n) => `${net}.${n}`)) {
        expect((await run("timeout", ["3", "bash", "-c", `: </dev/tcp/${address}/22`])).code).toBe(124);
    }
    expect((await run("timeout", ["3", "bash", "-c", `: </dev/tcp/${stack.entry}/22`])).code).toBe(0);
    expect((await run("timeout", ["3", "bash", "-c", `: </dev/tcp/${stack.entry}/8080`])).code).toBe(124);
    expect(await dial("agent1", `${net}.2`, 22)).toBe(0);
    expect(await dial("agent1", `${net}.3`, 22)).toBe(124);
    expect(await dial("agent1", `${net}.1`, 2379)).toBe(0);
    expect(await dial("agent1", `${net}.1`, 5050)).toBe(0);
});

it("without a NAT gateway only master1 reaches out, and the stack is as described still", async () => {
    const outside = "203.0.113.10";
    stack.edit((config) => ((config.provider as { outbound: string }).outbound = "none"));
    await stack.must("up");
    expect(await dial("master1", outside, 9)).not.toBe(124);
    expect(await dial("agent1", outside, 9)).toBe(124);
    await stack.green();
});

/** Since when a node's services have been running. */
const services = (node: string): Promise<string> =>
    stack.out(node, "for u in docker etcd zookeeper glusterd mesos-slave calico-node; do systemctl show -p ActiveEnterTimestamp,MainPID --value $u | tr '\\n' ' '; done");

it("a machine that is replaced comes back on its data disks, while the others go on", async () => {
    const others = stack.names.filter((name) => name !== "agent2");
    const before = await Promise.all(others.map(services));
    const boot = await stack.out("agent2", "cat /etc/machine-id; touch /etc/old; echo kept > /data/kept; echo shared > /data/mnt/before");
    const up = await stack.make("up", {}, { env: { PULUMI_FLAGS: `--replace ${stack.machine("agent2")}` } });
    expect([up.code, up.code === 0 ? "" : up.output.slice(-4000)]).toEqual([0, ""]);
    console.log(`make up that replaces a machine: ${up.seconds.toFixed(0)} s`);
    expect(await stack.out("agent2", "cat /etc/machine-id; ls /etc/old 2>/dev/null; cat /data/kept /data/mnt/before")).toMatch(/^\w+\nkept\nshared\n$/);
    expect(boot).toMatch(/^\w+\n$/);
    expect(await Promise.all(others.map(services))).toEqual(before);
    await stack.green();
});

it("a fifth node touches nothing on the four but what has to know of it", async () => {
    const before = await Promise.all(stack.names.map(services));
    const four = stack.names;
    stack.edit((config) => config.nodes.push({ name: "agent4", address: `${net}.5`, roles: ["docker", "calico", "mesos-agent"] }));
    await stack.must("up");
    expect(await Promise.all(four.map(services))).toEqual(before);
    expect(await stack.out("agent1", "cat /etc/hosts")).toContain(`${net}.5`);
    await stack.green();
});

it("a node that goes hands its tasks over first", async () => {
    const pinned = (address: string) => [{ id: "/sleeper", cmd: "sleep 3000", cpus: 0.1, mem: 16, instances: 1, constraints: [["hostname", "LIKE", address]] }];
    // A machine that was replaced is one already.
    const unreachable = async () => /"master\/slaves_unreachable": ?([0-9]+)/.exec(await api.get("/metrics/snapshot", 5050))?.[1];
    const lost = await unreachable();
    expect(lost).toMatch(/^[0-9]+$/);
    const task = async () => (await api.app("/sleeper")).tasks[0];
    stack.edit((config) => (config.apps = pinned(`${net}\\.5`) as never));
    await stack.must("up");
    expect(await task()).toMatchObject({ host: `${net}.5`, state: "TASK_RUNNING" });
    stack.edit((config) => {
        config.apps = pinned(`${net}\\.[1-5]`);
        config.nodes.pop();
    });
    await stack.must("up");
    expect(await task()).toMatchObject({ host: expect.not.stringContaining(`${net}.5`) as string, state: "TASK_RUNNING" });
    // Told to go, it is no agent that the master waits for.
    expect(await unreachable()).toBe(lost);
    expect((await run("docker", ["ps", "-aq", "--filter", `name=${prefix}-agent4`])).stdout).toBe("");
    await stack.green();
});

it("destroyed, it keeps the data disks and says so", async () => {
    const destroyed = await stack.must("destroy");
    expect(destroyed.output).toMatch(/data disks stay, and cost: .*d-standin/);
    expect((await run("docker", ["ps", "-aq", "--filter", `name=${prefix}-`])).stdout).toBe("");
    expect((await run("docker", ["network", "ls", "-q", "--filter", `name=${prefix}`])).stdout).toBe("");
});
