/**
 * Kubernetes goes up one minor version on hosts of the lab, with the real programs of both: the master first, then nodes, each emptied
 * before, while a client asks for a page without a break. The way back, and two versions at once, are refused.
 */
import type { DataCentreInput } from "../../config";
import { client } from "./lib/client";
import { networkOf } from "./lib/hosts";
import { green, nodesOf, serveWeb, webPage, webPort, withMasters } from "./lib/kubernetes";
import { engineChanges, totalChanges } from "./lib/output";
import { run } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("kubernetes-upgrade");
const before = "1.35.8";
const after = "1.36.3";
/** With the archives of both; no stack of the repository names it. */
const image = "datacentre-host-kubernetes-1.35-1.36:current";

const config = withMasters(network, 1, image);
for (const n of [1, 2]) {
    config.nodes.push({ name: `node${n}`, address: `${network.net}.${n + 1}`, roles: ["containerd", "flannel", "kubernetes-node"] });
}
/** As an operator writes another version: its number, and where it is from. */
const of = (version: string) => (raw: DataCentreInput) => {
    raw.versions = { ...raw.versions, kubernetes: version };
    raw.sources = { ...raw.sources, kubernetes: { kind: "archive", url: `file:///opt/datacentre-lab/kubernetes/kubernetes-server-${version}.tar.gz` } };
};
const stack = new TestStack("e2e-kubernetes-upgrade", config);
stack.edit(of(before));
const all = ["master1", "node1", "node2"];
const ready = (version: string) => all.map((name) => `${name} True v${version}`);
/** What steps put on a host and note of it, and since when its services run; the kubelet writes elsewhere by itself. */
const stateOf = (name: string): Promise<string> =>
    stack.out(
        name,
        `find /etc/kubernetes /etc/systemd/system /etc/datacentre-* /opt/datacentre /usr/local -type f -printf '%p %m %s %T@\\n' | sort
        find /var/lib/datacentre -type f -exec sha256sum {} + | sort -k2
        for unit in containerd kubelet kube-proxy datacentre-kubernetes-proxy; do systemctl show -p MainPID,ActiveEnterTimestamp --value "$unit"; done; pgrep -x kube-apiserver || true`,
    );
const note = "/var/lib/datacentre/kubernetes-version";
const pages = () => `http://${stack.node("node2").address}:${webPort}/`;

beforeAll(async () => {
    const made = await run("lab/kubernetes/host-image.sh", ["1.35", "1.36"], { log: "e2e-kubernetes-upgrade-image" });
    expect(made.stdout).toContain(image);
    await stack.must("setup");
});

afterAll(() => stack.clean());

it("comes up with the version before, and serves", async () => {
    const up = await stack.must("up");
    console.log(`make up with ${before}: ${up.seconds.toFixed(0)} s`);
    await green(stack);
    expect(await nodesOf(stack, "master1")).toEqual(ready(before));
    await serveWeb(stack, "master1", 2);
    await stack.out("master1", "kubectl create secret generic kept --from-literal=word=before");
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
});

it("goes up node by node, masters first, and the page is there all the time", async () => {
    stack.edit(of(after));
    let output = "";
    const upgrade = stack.must("up").then((up) => {
        output = up.output;
        console.log(`from ${before} to ${after}: ${up.seconds.toFixed(0)} s`);
    });
    const asked = await client(pages(), webPage, upgrade);
    console.log(`${asked.count} requests, ${asked.rate.toFixed(1)} a second, the slowest ${asked.slowest} ms, failed: ${asked.failed.join(", ") || "none"}`);
    expect(asked.failed).toEqual([]);
    // In this order, each done before the next begins.
    const steps = all.flatMap((name) => [`kubernetes-drain-${name}-master1`, `kubernetes-node-${name}`, `kubernetes-admit-${name}-master1`]);
    const done = steps.map((step) => output.search(new RegExp(`command:remote:Command ${step} updated`)));
    expect(Math.min(...done)).toBeGreaterThan(-1);
    expect([...done].sort((a, b) => a - b)).toEqual(done);
    // The kubelet may say it as well as the controller.
    const emptied = await stack.out("master1", "kubectl get events -A --sort-by=.lastTimestamp --field-selector reason=NodeNotSchedulable -o 'jsonpath={.items[*].involvedObject.name}'");
    expect([...new Set(emptied.trim().split(" "))]).toEqual(all);
    await green(stack);
    expect(await nodesOf(stack, "master1")).toEqual(ready(after));
});

it("has what it had, and nothing of the version before", async () => {
    expect((await stack.out("master1", "kubectl get secret kept -o 'jsonpath={.data.word}' | base64 -d")).trim()).toBe("before");
    expect((await stack.out("master1", "kubectl -n web get deployment web -o 'jsonpath={.status.availableReplicas}'")).trim()).toBe("2");
    for (const name of all) {
        expect((await stack.out(name, `ctr -n k8s.io images list -q | grep -c ${before}; true`)).trim()).toBe("0");
        expect((await stack.out(name, "kubectl version 2>/dev/null; pgrep -ax kubelet; ls -d /opt/datacentre/kubernetes-*; cat /opt/datacentre/kubernetes-*/.datacentre-from")).includes(before)).toBe(false);
    }
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("goes no version back, and says so before anything is touched", async () => {
    const states = () => Promise.all(all.map(stateOf));
    const is = await states();
    stack.edit(of(before));
    const up = await stack.make("up");
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/master1 is at v?1\.36\.3, and Kubernetes goes no minor version back, as to 1\.35\.8/);
    stack.edit(of(after));
    expect(await states()).toEqual(is);
    await stack.must("up");
    await green(stack);
});

it("goes not two versions at once: what is not known is refused by the description, what a host had by its own step", async () => {
    stack.edit(of("1.38.0"));
    const unknown = await stack.make("up");
    expect(unknown.code).not.toBe(0);
    expect(unknown.output).toMatch(/Kubernetes 1\.38\.0 is not among those that this is made for/);
    stack.edit(of(after));
    await stack.out("node1", `echo 1.34.2 >${note}`);
    const is = await stateOf("node1");
    const up = await stack.make("up", { CONVERGE: "1" });
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/node1 is at 1\.34\.2, and Kubernetes goes one minor version at a time, not to 1\.36\.3/);
    expect(await stateOf("node1")).toEqual(is);
    await stack.out("node1", `echo ${after} >${note}`);
    await stack.must("up");
    await green(stack);
});
