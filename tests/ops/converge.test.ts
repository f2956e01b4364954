import { converge, convergeOptions, readAccount, reportText, type StepReport } from "../../ops/rerun/converge";
import { SshError, type SshResult, type Target } from "../../components/ssh/ssh";
import { plain, recordedSteps } from "../../ops/rerun/steps";

const mark = "4dabf18193072939515e22adb298388d";
/** As `pulumi stack export --show-secrets` writes a secret. */
const secret = (value: unknown) => ({ [mark]: "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(value) });

const urn = (type: string, name: string) => `urn:pulumi:local::datacentre::${type}::${name}`;
const commandUrn = (name: string) => urn("datacentre:x:X$command:remote:Command", name);

function step(name: string, node: string, ...dependencies: string[]) {
    return {
        urn: commandUrn(`${name}-${node}`),
        type: "command:remote:Command",
        custom: true,
        dependencies,
        inputs: {
            connection: secret({ host: `10.0.0.${node.at(-1)}`, port: 22, user: "root", privateKey: "KEY", hostKey: "ssh-ed25519 AAAA" }),
            create: `bash -c 'eval "$(cat)"' datacentre converge # ${name} on ${node}, instance abc`,
            stdin: name === "login" ? secret("program with password") : `program of ${name}`,
        },
    };
}

const component = urn("datacentre:host:Host", "n1");
const deployment = {
    resources: [
        { urn: component, type: "datacentre:host:Host", dependencies: [commandUrn("prepare-n1")] },
        step("prepare", "n1"),
        step("prepare", "n2"),
        step("zookeeper", "n1", commandUrn("prepare-n1")),
        step("zookeeper", "n2", commandUrn("prepare-n2"), commandUrn("zookeeper-n1")),
        // Through a component, which is no step itself.
        step("login", "n1", component),
    ],
};

const steps = recordedSteps(deployment);
const idOf = ({ step: name, node }: { step: string; node: string }) => `${name}-${node}`;

it("reads the recorded steps: what runs, where, and after what", () => {
    expect(steps.map(idOf)).toEqual(["prepare-n1", "prepare-n2", "zookeeper-n1", "zookeeper-n2", "login-n1"]);
    expect(steps[3]).toMatchObject({
        after: [commandUrn("prepare-n2"), commandUrn("zookeeper-n1")],
        alone: "n2",
        command: `bash -c 'eval "$(cat)"' datacentre converge # zookeeper on n2, instance abc`,
        stdin: "program of zookeeper",
        target: { host: "10.0.0.2", port: 22, user: "root", privateKey: "KEY", hostKey: "ssh-ed25519 AAAA" },
    });
    expect(steps[4]).toMatchObject({ after: [commandUrn("prepare-n1")], stdin: "program with password" });
});

it("reads a step's bastion, and nothing of what the provider keeps beside it", () => {
    const proxy = { host: "b", port: 2222, user: "jump", privateKey: "JUMPKEY", hostKey: "ssh-ed25519 BBBB" };
    const one = step("etcd", "n1");
    const connection = { host: "10.0.0.1", user: "ops", privateKey: "KEY", hostKey: "ssh-ed25519 AAAA", dialErrorLimit: 10, perDialTimeout: 15 };
    one.inputs.connection = secret({ ...connection, proxy: { ...proxy, privateKey: secret(proxy.privateKey), dialErrorLimit: 10 } });
    expect(recordedSteps({ resources: [one] })[0]!.target).toEqual({ host: "10.0.0.1", port: 22, user: "ops", privateKey: "KEY", hostKey: "ssh-ed25519 AAAA", proxy });
    expect(steps[0]!.target).not.toHaveProperty("proxy");
});

it("takes the wrapping off secrets at any depth", () => {
    expect(plain({ a: [secret({ b: secret("c") })], d: null })).toEqual({ a: [{ b: "c" }], d: null });
});

const answers =
    (reply: (target: Target, stdin: string) => Partial<SshResult>) =>
    (target: Target, _command: string, { stdin = "" }: { stdin?: string }): Promise<SshResult> =>
        Promise.resolve({ code: 0, stdout: "0 changes\n", stderr: "", ...reply(target, stdin) });

it("runs every step in order and adds up what they changed", async () => {
    const reports = await converge(
        steps,
        answers((_target, stdin) => (stdin.includes("zookeeper") ? { stdout: "2 changes\n  wrote /etc/x\n  started zookeeper\n" } : {})),
    );
    expect(reports.map(({ changes }) => changes).reduce((a, b) => a + b)).toBe(4);
    const order = reports.map(idOf);
    expect(order.indexOf("zookeeper-n1")).toBeGreaterThan(order.indexOf("prepare-n1"));
    expect(order.indexOf("zookeeper-n2")).toBeGreaterThan(order.indexOf("zookeeper-n1"));
    expect(reports.map(reportText)).toContain("zookeeper on n1: 2 changes: wrote /etc/x; started zookeeper");
    expect(reports.map(reportText)).toContain("prepare on n2: 0 changes");
});

it("leaves out what needs a step that failed, and says so", async () => {
    const reports = await converge(
        steps,
        answers((target, stdin) => (target.host === "10.0.0.1" && stdin.includes("prepare") ? { code: 1, stdout: "", stderr: "datacentre: no\n  remedy: do" } : {})),
    );
    const failed = Object.fromEntries(reports.filter(({ ok }) => !ok).map((one) => [idOf(one), one.error]));
    expect(failed["prepare-n1"]).toBe("datacentre: no\n  remedy: do");
    expect(Object.keys(failed).sort()).toEqual(["login-n1", "prepare-n1", "zookeeper-n1", "zookeeper-n2"]);
    expect(reports.find((one) => idOf(one) === "prepare-n2")?.ok).toBe(true);
});

it("reports a host that is not reached, and one that says nothing it understands", async () => {
    const [one, two] = [steps[0]!, steps[1]!];
    const lost = await converge([one], () => Promise.reject(new SshError("10.0.0.1 does not answer", "start it")));
    expect(lost[0]).toMatchObject({ ok: false, error: "10.0.0.1 does not answer\n  remedy: start it" });
    const odd = await converge([two], answers(() => ({ stdout: "Welcome!\n" })));
    expect(odd[0]).toMatchObject({ ok: false, error: "ended with status 0 and said nothing" });
});

it("tells every fault that a host was found with, and of talk without one only the end", async () => {
    const fails = async (stderr: string) => (await converge([steps[0]!], answers(() => ({ code: 1, stdout: "", stderr }))))[0]!.error!;
    const faults = Array.from({ length: 9 }, (_, i) => `- fault ${i}\n  remedy: mend ${i}`).join("\n");
    const told = `datacentre: prepare on n1: 9 things are in the way, and nothing was touched:\n${faults}`;
    expect(await fails(`Warning: a banner\n${told}\n`)).toBe(told);
    expect(await fails(Array.from({ length: 40 }, (_, i) => `line ${i}`).join("\n"))).toMatch(/^line 32\n[^]*line 39$/);
});

it("never prints a step's program", async () => {
    const texts: string[] = [];
    await converge(steps, answers(() => ({ code: 1, stdout: "", stderr: "failed" })), (report: StepReport) => texts.push(reportText(report)));
    expect(texts).toHaveLength(steps.length);
    expect(texts.join("\n")).not.toMatch(/program|password|KEY/);
});

it("reads a step's account", () => {
    expect(readAccount("1 changes\n  wrote /etc/hosts\n  note: kept data /data\n")).toEqual({ changes: 1, lines: ["wrote /etc/hosts", "note: kept data /data"] });
    expect(readAccount("")).toBeUndefined();
    expect(readAccount("some changes\n")).toBeUndefined();
});

it("takes a step's and a node's name", () => {
    expect(convergeOptions(["--step", "etcd", "--node", "n1"])).toEqual({ step: "etcd", node: "n1" });
    expect(() => convergeOptions(["--steps", "etcd"])).toThrow(/steps/);
});

describe("steps that run on this machine", () => {
    const mineUrn = (name: string) => urn("datacentre:nodes:Containers$command:local:Command", name);
    const local = (name: string, node: string, program: string, ...dependencies: string[]) => ({
        ...{ urn: mineUrn(`${name}-${node}`), type: "command:local:Command", custom: true, dependencies },
        inputs: { create: `bash -c 'eval "$(cat)"' datacentre converge # ${name} on ${node}, instance none: it runs here`, stdin: program },
    });
    const container = { urn: urn("docker:index/container:Container", "zk2"), type: "docker:index/container:Container", dependencies: [mineUrn("await-zk1")] };
    const unused = () => Promise.reject(new Error("no host is asked"));

    it("are read beside those on hosts, through the containers between them", () => {
        const read = recordedSteps({ resources: [local("await", "zk1", "x"), container, local("await", "zk2", "y", container.urn), step("etcd", "n1")] });
        expect(read.map(({ step: name, node, target, after }) => [name, node, "here" in target, after])).toEqual([
            ["await", "zk1", true, []],
            ["await", "zk2", true, [mineUrn("await-zk1")]],
            ["etcd", "n1", false, []],
        ]);
    });

    it("are run here, with the engine's environment and their program on stdin", async () => {
        const read = recordedSteps({ resources: [local("app-web", "marathon1", 'echo "1 changes"; echo "  $1 in $DATACENTRE_STEP_STATE"')] });
        const [report] = await converge(read, unused, () => undefined, { PATH: process.env.PATH, DATACENTRE_STEP_STATE: "/there" });
        expect(report).toEqual({ step: "app-web", node: "marathon1", ok: true, changes: 1, lines: ["converge in /there"] });
    });

    it("that fail say why, and keep back what needs them", async () => {
        const read = recordedSteps({ resources: [local("await", "zk1", "printf 'datacentre: zk1: no\\n  remedy: do\\n' >&2; exit 1"), container, local("await", "zk2", "echo '0 changes'", container.urn)] });
        const reports = await converge(read, unused);
        expect(reports.map(({ node, ok, error }) => [node, ok, error])).toEqual([
            ["zk1", false, "datacentre: zk1: no\n  remedy: do"],
            ["zk2", false, "not run, since a step before it failed"],
        ]);
    });
});
