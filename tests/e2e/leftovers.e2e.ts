/**
 * What a failed `up` began and the description has no more goes with the next one, on hosts that are there already: apps, deployments that
 * hang, and what a step had done to a host. And what other people have there stays.
 */
import { networkOf, useBareHosts } from "./lib/hosts";
import { Api } from "./lib/mesos";
import { totalChanges } from "./lib/output";
import { settles } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("leftovers");
const lab = "file:///opt/datacentre-lab/apt";
const stack = new TestStack("e2e-leftovers", {
    provider: { kind: "existing", privateKeyFile: "" },
    nodes: [
        { name: "master1", address: "", roles: ["zookeeper", "mesos-master", "marathon", "mesos-agent"] },
        { name: "agent1", address: "", roles: ["mesos-agent"] },
    ],
    security: "seed",
    mesos: { containerizers: ["mesos"] },
    sources: { mesos: { kind: "repository", apt: { url: lab } }, marathon: { kind: "repository", apt: { url: lab } } },
    appWait: { stuckSeconds: 10, timeoutSeconds: 120 },
});
const api = new Api(stack);
const apps = (...list: object[]): void => stack.edit((config) => (config.apps = list as never));
const small = { cpus: 0.1, mem: 16, instances: 1, cmd: "sleep 3000" };
const huge = { ...small, mem: 9_000_000 };
const ids = async (): Promise<string[]> => (JSON.parse(await api.get("/v2/apps")) as { apps: { id: string }[] }).apps.map(({ id }) => id).sort();
const deployments = async (): Promise<string[]> => (JSON.parse(await api.get("/v2/deployments")) as { id: string }[]).map(({ id }) => id);

useBareHosts(stack, network);

it("comes up, and nothing is left half done", async () => {
    apps({ ...small, id: "/stays" });
    await stack.must("up");
    await stack.must("verify");
    expect(await stack.out("master1", "ls -A /var/lib/datacentre/begun 2>/dev/null || true")).toBe("");
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

describe("apps", () => {
    it("whose first deployment failed and that were taken out are gone, and other people's stay", async () => {
        expect((await api.send("PUT", "/v2/apps/somebodys", small)).status).toBe(201);
        const labels = { "datacentre-definition": "x", "datacentre-stack": "datacentre/another" };
        expect((await api.send("PUT", "/v2/apps/another", { ...small, labels })).status).toBe(201);
        apps({ ...small, id: "/stays" }, { ...huge, id: "/large" }, { ...huge, id: "/group/larger" });
        const failed = await stack.make("up");
        expect(failed.code).not.toBe(0);
        expect(failed.output).toMatch(/\/large is not deployed after \d+ s: it stays in Waiting: InsufficientMemory.*0 of 1 tasks of this version/);
        expect(failed.output).toMatch(/deployment \S+ has been at ScaleApplication \(step 2 of 2\) since 20/);
        expect(await ids()).toEqual(expect.arrayContaining(["/large"]));
        apps({ ...small, id: "/stays" });
        const left = await stack.make("verify");
        expect(left.output).toMatch(/no app is left that is described no more/);
        expect(left.code).not.toBe(0);
        await stack.must("up");
        expect(await ids()).toEqual(["/another", "/somebodys", "/stays"]);
        expect(await deployments()).toEqual([]);
        await stack.must("verify");
    });

    // Not healthy before /tmp/go is there, and never two at once.
    const narrow = (cmd: string, checked: string) => ({
        ...small,
        ...{ id: "/narrow", cmd, upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 } },
        healthChecks: [{ protocol: "COMMAND", command: { value: checked }, gracePeriodSeconds: 1, intervalSeconds: 1, timeoutSeconds: 5, maxConsecutiveFailures: 0 }],
    });

    it("hang over a version that is not healthy, in the same run, and are there in the end", async () => {
        apps({ ...small, id: "/stays" }, narrow("sleep 3001", "false"));
        const failed = await stack.make("up");
        expect(failed.code).not.toBe(0);
        expect(failed.output).toMatch(/\/narrow is not deployed.*1 of its tasks fail their health check/);
        const before = (await api.app("/narrow")).tasks[0]!.id;
        apps({ ...small, id: "/stays" }, narrow("sleep 3002", "true"));
        await stack.must("up");
        const after = await api.app("/narrow");
        expect(after.tasksHealthy).toBe(1);
        expect(after.tasks.map(({ id }) => id)).not.toContain(before);
        await stack.must("verify");
    });

    it("are deployed anew where a run gave the same definition up", async () => {
        apps({ ...small, id: "/stays" }, narrow("sleep 3003", "test -e /tmp/go"));
        const { output } = await stack.make("up");
        expect(output).toMatch(/\/narrow is not deployed.*0 of 1 tasks of this version are healthy; deployment \S+ has been at RestartApplication/);
        const [hanging, ...none] = await deployments();
        expect([hanging, none]).toEqual([expect.any(String), []]);
        expect((await stack.make("up")).code).not.toBe(0);
        expect(await deployments()).toEqual([expect.not.stringMatching(hanging!)]);
        for (const node of stack.names) {
            await stack.out(node, "touch /tmp/go");
        }
        await stack.must("up");
        expect(await deployments()).toEqual([]);
        await stack.must("verify");
        apps({ ...small, id: "/stays" });
        await stack.must("up");
        expect(await ids()).toEqual(["/another", "/somebodys", "/stays"]);
    });
});

describe("on a host", () => {
    it("what a step began is taken back when it is described no more", async () => {
        const docker = () => stack.out("agent1", "cat /etc/docker/daemon.json 2>/dev/null; systemctl is-enabled docker 2>/dev/null; systemctl is-active docker");
        stack.edit((config) => {
            config.nodes[1]!.roles!.push("docker");
            config.docker = { images: [{ image: "nope:1", archive: "file:///nowhere/nope.tar", nodes: ["agent1"] }] };
        });
        const failed = await stack.make("up");
        expect(failed.code).not.toBe(0);
        expect(failed.output).toContain("/nowhere/nope.tar");
        expect(await docker()).toMatch(/data-root[^]*\nenabled\nactive\n$/);
        expect(await stack.out("agent1", "ls /var/lib/datacentre/begun")).toBe("docker\n");
        expect((await stack.make("verify")).output).toMatch(/no step was left half done/);
        stack.edit((config) => {
            config.nodes[1]!.roles = ["mesos-agent"];
            delete config.docker;
        });
        await stack.must("up");
        expect(await stack.out("agent1", "ls -A /var/lib/datacentre/begun")).toBe("");
        expect(await stack.on("agent1", "cat /etc/docker/daemon.json; systemctl is-active docker || true")).toMatchObject({ stdout: "inactive\n" });
        await stack.must("verify");
    });

    it("a package that is there is not removed for one of ours, and the host is left as it was", async () => {
        // Made up: it conflicts as the package of Docker's own repository does.
        const own = "containerd.io";
        await stack.out(
            "agent1",
            `mkdir -p /tmp/own/DEBIAN && printf 'Package: ${own}\\nVersion: 1.6.33-1\\nArchitecture: all\\nMaintainer: nobody\\nConflicts: containerd\\nDescription: made up\\n' >/tmp/own/DEBIAN/control &&
             apt-get purge -y docker.io containerd runc >/dev/null 2>&1; dpkg-deb -b /tmp/own /tmp/own.deb >/dev/null && dpkg -i /tmp/own.deb >/dev/null`,
        );
        const packages = () => stack.out("agent1", "dpkg-query -W | sort");
        const before = await packages();
        stack.edit((config) => config.nodes[1]!.roles!.push("docker"));
        const refused = await stack.make("up");
        expect(refused.code).not.toBe(0);
        expect(refused.output).toMatch(/prepare on agent1: .*docker\.io.*would remove containerd\.io/);
        expect(refused.output).toMatch(/remedy: .*containerd\.io/);
        expect(await packages()).toBe(before);
        stack.edit((config) => (config.nodes[1]!.roles = ["mesos-agent"]));
        await stack.must("up");
        await stack.must("verify");
    });
});

it("goes without a trace of its apps", async () => {
    apps({ ...small, id: "/stays" }, { ...huge, id: "/large" });
    expect((await stack.make("up")).code).not.toBe(0);
    await stack.must("destroy", { DATA: "delete" });
    await settles(30, async () => expect(await stack.out("agent1", "ls -d /var/lib/datacentre 2>/dev/null; pgrep -f 'sleep [3]000' || echo none")).toBe("none\n"));
});
