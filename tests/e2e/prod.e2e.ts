/**
 * The prod stack as it is, on simulated instances: three masters in three zones, five members. What differs from
 * Pulumi.prod.yaml is the name, the addresses, and who may come in; Mesos and Marathon are the lab's, as in every simulated stack.
 */
import { asItIs, SimulatedStack } from "./lib/cloud";
import { engineChanges } from "./lib/output";
import { run, settles } from "./lib/run";

const prefix = "e2e-prod";
const stack = new SimulatedStack(prefix, asItIs("prod", { "172.18.": "172.29.", '"dc-prod"': JSON.stringify(prefix), "203.0.113.0/24": "0.0.0.0/0" }));

afterAll(async () => {
    stack.edit((config) => delete (config.provider as { instance: { deletionProtection?: boolean } }).instance.deletionProtection);
    await stack.make("up");
    await stack.clean();
});

it("comes up as it is described, and a second run changes nothing", async () => {
    const up = await stack.must("up");
    console.log(`make up of the prod stack, six simulated instances: ${up.seconds.toFixed(0)} s`);
    await stack.green();
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
});

it("outlives the leading master, which comes back as one of three", async () => {
    const leader = async (): Promise<string> => {
        const told = await stack.out("master3", "curl -fsS -o /dev/null -w '%{redirect_url}' http://172.29.3.1:5050/redirect");
        return stack.names[["172.29.1.1", "172.29.2.1", "172.29.3.1"].findIndex((address) => told.includes(address))] ?? told;
    };
    const first = await leader();
    await stack.out(first, "systemctl stop mesos-master");
    try {
        await settles(60, async () => {
            const next = await leader();
            expect(next).toMatch(/^master[123]$/);
            expect(next).not.toBe(first);
        });
    } finally {
        await stack.out(first, "systemctl start mesos-master");
    }
    await stack.green();
});

it("goes on with two of five members down", async () => {
    for (const node of ["agent1", "agent2"]) {
        await stack.out(node, "systemctl stop etcd zookeeper");
    }
    const put = "ETCDCTL_API=3 etcdctl --endpoints=http://172.29.1.1:2379 put prod two-of-five";
    try {
        await settles(60, async () => expect(await stack.out("master1", put)).toContain("OK"));
        await settles(60, async () => expect((await stack.on("master1", "exec 3<>/dev/tcp/172.29.1.1/2181; echo srvr >&3; cat <&3")).output).toContain("Mode: "));
    } finally {
        for (const node of ["agent1", "agent2"]) {
            await stack.out(node, "systemctl start etcd zookeeper");
        }
    }
    await stack.green();
});

it("is not destroyed while its machines are protected", async () => {
    const destroy = await stack.make("destroy");
    expect(destroy.code).not.toBe(0);
    expect(destroy.output).toMatch(/deletionProtection/);
    expect((await run("docker", ["ps", "-q", "--filter", `name=${prefix}-`])).stdout.trim().split("\n")).toHaveLength(6);
    await stack.green();
});
