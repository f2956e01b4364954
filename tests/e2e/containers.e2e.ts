/** One host that runs everything in containers: Calico, Mesos' master and agent, Marathon, and an app. */
import { networkOf } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { Api } from "./lib/mesos";
import { run, settles, sleep } from "./lib/run";
import { TestStack } from "./lib/stack";
import { hostState } from "./lib/state";

const images = {
    // The catalogue's, all in one archive.
    "calico/node:v3.28.5": "calico.tar.gz",
    "calico/cni:v3.28.5": "calico.tar.gz",
    "calico/ctl:v3.28.5": "calico.tar.gz",
    "mesosphere/mesos-master:1.11.0": "mesos-master.tar",
    "mesosphere/mesos-slave:1.11.0": "mesos-slave.tar",
    "mesosphere/marathon:v1.11.24": "marathon.tar",
    "busybox:latest": "busybox.tar",
};
const password = "only-for-this-test";

const { prefix, net, subnet, third } = networkOf("containers");
const stack = new TestStack("e2e-containers", {
    provider: { kind: "docker", prefix, subnet, gateway: `${net}.254` },
    nodes: [{ name: "one", address: `${net}.1`, roles: ["docker", "zookeeper", "etcd", "calico", "mesos-master", "mesos-agent", "marathon"] }],
    docker: { images: Object.entries(images).map(([image, file]) => ({ image, archive: `file:///opt/datacentre-lab/images/${file}` })) },
    calico: { pools: [{ name: "apps", cidr: `10.240.${third}.0/24` }] },
    sources: {
        mesos: { kind: "images", master: "mesosphere/mesos-master:1.11.0", agent: "mesosphere/mesos-slave:1.11.0" },
        marathon: { kind: "images", image: "mesosphere/marathon:v1.11.24" },
    },
    mesos: { containerizers: ["docker"] },
    appWait: { stuckSeconds: 15, timeoutSeconds: 120 },
    apps: [web()],
});
const api = new Api(stack, "one");
const containers = () => stack.out("one", "docker ps --format '{{.Names}}' | sort");
const tasks = () => stack.out("one", "docker ps -q --no-trunc --filter name=^/mesos- | sort");
const settled = () => settles(90, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));

function web(more: object = {}) {
    return {
        id: "/web",
        cpus: 0.1,
        mem: 32,
        cmd: "mkdir -p /w && echo served >/w/index.html && exec httpd -f -p 80 -h /w",
        networks: [{ mode: "container/bridge" }],
        container: { type: "DOCKER", docker: { image: "busybox:latest" }, portMappings: [{ containerPort: 80, hostPort: 31080 }] },
        healthChecks: [{ protocol: "HTTP", path: "/", portIndex: 0, gracePeriodSeconds: 20, intervalSeconds: 2 }],
        upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
        ...more,
    };
}
const served = () => stack.on("one", `curl -sS --max-time 3 http://${net}.1:31080/`);

afterAll(() => stack.clean());

it("comes up from one command, installs nothing of Mesos, and verify finds it as described", async () => {
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
    const verify = await stack.must("verify");
    expect(verify.output).toMatch(/([0-9]+) checks, \1 as described/);
    expect((await stack.on("one", "dpkg-query -W mesos marathon")).stdout).toBe("");
    expect((await containers()).split("\n")).toEqual(expect.arrayContaining(["datacentre-calico-node", "datacentre-marathon", "datacentre-mesos-master", "datacentre-mesos-slave"]));
    expect((await served()).stdout).toBe("served\n");
});

it("a second run, and every step run again, change nothing", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    const before = await hostState(stack, "one");
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
    expect(await hostState(stack, "one")).toEqual(before);
});

it("a restart of the agent, and its sudden end, leave its tasks' containers running", async () => {
    const before = await tasks();
    const [task] = (await api.app("/web")).tasks;
    expect(before).not.toBe("");
    for (const blow of ["systemctl restart mesos-slave", "docker kill datacentre-mesos-slave", "systemctl kill -s KILL mesos-slave"]) {
        const agent = await stack.out("one", "docker container inspect -f '{{.Id}}' datacentre-mesos-slave");
        await stack.out("one", blow);
        await settles(60, async () => {
            expect(await stack.out("one", "docker container inspect -f '{{.Id}}' datacentre-mesos-slave")).not.toBe(agent);
            expect(await api.get("/metrics/snapshot", 5051)).toMatch(/"slave\/registered": ?1/);
        });
        await sleep(5000);
        expect(await tasks()).toBe(before);
        expect((await api.app("/web")).tasks[0]).toMatchObject({ id: task!.id, state: "TASK_RUNNING" });
    }
    await settled();
});

it("an end of a task is still seen by an agent that was restarted", async () => {
    const [task] = (await api.app("/web")).tasks;
    await stack.out("one", "docker kill $(docker ps -q --filter name=^/mesos- --filter ancestor=busybox:latest)");
    await settles(60, async () => {
        const now = await api.app("/web");
        expect(now.tasks[0]?.id).not.toBe(task!.id);
        expect(now.tasksHealthy).toBe(1);
    });
    expect((await served()).stdout).toBe("served\n");
});

it("master and Marathon come back when they are killed, with the agent and the app", async () => {
    const [task] = (await api.app("/web")).tasks;
    await stack.out("one", "docker kill datacentre-mesos-master datacentre-marathon");
    await settled();
    expect((await api.app("/web")).tasks[0]?.id).toBe(task!.id);
});

it("Calico comes back when it is killed, and takes calicoctl out of its image", async () => {
    await stack.out("one", "docker kill datacentre-calico-node");
    await settled();
    expect(await stack.out("one", "calicoctl get ippool apps -o wide --allow-version-mismatch")).toContain(`10.240.${third}.0/24`);
});

it("a pool by IPIP is refused where the kernel has none, with VXLAN named, and nothing changes", async () => {
    const before = await hostState(stack, "one");
    stack.edit((config) => (config.calico!.pools![0]!.encapsulation = "ipip"));
    const failed = await stack.make("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/pool 10\.240\.\d+\.0\/24 goes by IPIP, and this kernel has none\s+remedy: set its encapsulation to vxlan/);
    expect(await hostState(stack, "one")).toEqual(before);
    stack.edit((config) => delete config.calico!.pools![0]!.encapsulation);
    await stack.must("up");
    await settled();
});

it("what an agent would be refused for is put back, and gets a new id where that is asked for", async () => {
    const id = () => stack.out("one", "readlink /var/lib/mesos/agent/meta/slaves/latest");
    const before = await id();
    stack.edit((config) => (config.nodes[0]!.mesos = { memMiB: 64 }));
    const failed = await stack.make("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/Incompatible agent info/);
    expect(await id()).toBe(before);
    await settles(60, async () => expect(await api.get("/metrics/snapshot", 5051)).toMatch(/"slave\/registered": ?1/));
    stack.edit((config) => {
        config.nodes[0]!.mesos = { memMiB: 512 };
        config.mesos = { ...config.mesos, incompatibleAgent: "renew" };
    });
    await stack.must("up");
    expect(await id()).not.toBe(before);
    await settled();
});

it("Marathon's login is asked for, and stands on no command line", async () => {
    // The password is set apart, as a secret.
    stack.edit((config) => (config.marathon = { credentials: { username: "ops" } as { username: string; password: string } }));
    const set = `eval "$(make -s env STACK=${stack.name})" && pulumi config set --secret --path 'datacentre:marathon.credentials.password'`;
    expect((await run("bash", ["-c", set], { env: { DATACENTRE_HOME: stack.home }, input: `${password}\n` })).code).toBe(0);
    await stack.must("up");
    expect(await stack.out("one", `curl -s -o /dev/null -w '%{http_code}' http://${net}.1:8080/v2/apps`)).toBe("401");
    const seen = await stack.out("one", `cat /proc/[0-9]*/cmdline | tr '\\0' ' '; cat /etc/systemd/system/marathon.service; systemctl show marathon`);
    expect(seen).toContain("datacentre-marathon");
    expect(seen).not.toContain(password);
    await settled();
});

it("destroyed, it leaves nothing", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect((await run("docker", ["ps", "-aq", "--filter", `name=${prefix}-`])).stdout).toBe("");
});
