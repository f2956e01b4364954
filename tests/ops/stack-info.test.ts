import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "stack-info-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Five lines, whatever is in them. */
function told(...files: string[]): string[] {
    const output = execFileSync(process.execPath, ["--require", "tsx/cjs", "ops/stack-info.ts", ...files], { cwd: root, encoding: "utf8" });
    expect(output.match(/\n/g)).toHaveLength(5);
    return output.split("\n").slice(0, 5);
}

it("tells set-up the kinds and nodes of a stack, those of its defaults among them", () => {
    const names = "master1 agent1 agent2 agent3";
    expect(told("Pulumi.local.yaml", join(scratch, "none.yaml"))).toEqual(["docker", names, "", "", ""]);
    expect(told("Pulumi.dev.yaml")).toEqual(["alicloud", names, "", "", ""]);
    const mine = join(scratch, "mine.yaml");
    writeFileSync(mine, "config:\n  datacentre:nodes: [{ name: agent9 }, { name: 'no name' }, 7]\n  datacentre:extends: [nowhere.yaml]\n");
    expect(told("Pulumi.local.yaml", mine)).toEqual(["docker", `${names} agent9`, "", "", ""]);
});

it("tells of containers as nodes no keys, but the lab's images and the engine that they go to", () => {
    const images = "datacentre-lab/zookeeper:3.8.0 datacentre-lab/haproxy:2.6 datacentre-lab/mesos-master:1.11.0 datacentre-lab/mesos-slave:1.11.0 datacentre-lab/marathon:1.11.24 busybox:latest";
    expect(told("Pulumi.onebox.yaml")).toEqual(["containers", "", images, "unix:///var/run/docker.sock", ""]);
    const mine = join(scratch, "far.yaml");
    writeFileSync(mine, `config:
  datacentre:provider: { kind: containers, engine: "ssh://ops@box" }
  datacentre:nodes: [{ name: zk1, address: 10.0.0.1 }]
  datacentre:sources:
    zookeeper: { kind: images, image: "zookeeper:3.8" }
    mesos: { kind: images, master: "datacentre-lab/mesos-master:1.11.0", agent: "x$(id)" }
`);
    expect(told(mine)).toEqual(["containers", "", "datacentre-lab/mesos-master:1.11.0", "ssh://ops@box", ""]);
    // The user's own settings come last, and their engine counts.
    expect(told("Pulumi.onebox.yaml", mine)).toEqual(["containers", "", images, "ssh://ops@box", ""]);
    writeFileSync(mine, "config:\n  datacentre:provider: { kind: containers }\n");
    expect(told(mine)[3]).toBe("unix:///var/run/docker.sock");
});

it.each([
    ["none", "{ name: a, roles: [etcd] }", "{ tls: false }", ""],
    ["etcd's", "{ name: a, roles: [etcd] }", "{ tls: true }", "etcd"],
    ["etcd's for a node of Kubernetes", "{ name: a, roles: [kubernetes-node] }", "{}", "etcd"],
    ["both for a master", "{ name: a, roles: [etcd, kubernetes-master] }", "{}", "etcd kubernetes"],
    ["none for what is no list", "{ name: a, roles: kubernetes-master }", "7", ""],
])("tells whose keys are made besides the stack's own: %s", (_, node, etcd, keys) => {
    const mine = join(scratch, "keys.yaml");
    writeFileSync(mine, `config:\n  datacentre:provider: { kind: docker }\n  datacentre:nodes: [${node}]\n  datacentre:etcd: ${etcd}\n`);
    expect(told(mine)).toEqual(["docker", "a", "", "", keys]);
});

it.each([
    ["datacentre-host-kubernetes:current", "docker", "datacentre-host-kubernetes:current"],
    ["datacentre-host:current", "docker", ""],
    ["datacentre-host-../x:current", "docker", ""],
    ["datacentre-host-kubernetes:current", "alicloud", ""],
])("tells which host image of the lab's a stack names that has more than the others: %s of %s", (image, kind, images) => {
    const mine = join(scratch, "more.yaml");
    writeFileSync(mine, `config:\n  datacentre:provider: { kind: ${kind}, image: "${image}" }\n`);
    expect(told(mine)[2]).toBe(images);
});
