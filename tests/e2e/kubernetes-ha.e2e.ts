/** Kubernetes' masters on hosts of the lab, with the real programs: one grows to three by config, and then the first one's host dies. */
import { client } from "./lib/client";
import { networkOf } from "./lib/hosts";
import { directly, green, masterNode, nodesOf, serveWeb, webPage, webPort, withMasters } from "./lib/kubernetes";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, run, settles } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("kubernetes-ha");
const stack = new TestStack("e2e-kubernetes-ha", withMasters(network, 1));
const masters = ["master1", "master2", "master3"];
const address = (name: string) => stack.node(name).address;
const ready = (count: number) => masters.slice(0, count).map((name) => `${name} True v1.36.3`);
/** Something that was written, as one master's own API server reads it; secrets come out of etcd encrypted. */
const kept = (on: string, server: string) => directly(stack, on, server, "get secret kept -o 'jsonpath={.data.word}'");
const podOn = async (node: string, from: string): Promise<string> =>
    (await stack.out(from, `kubectl -n web get pods --field-selector spec.nodeName=${node},status.phase=Running -o 'jsonpath={.items[0].metadata.name}'`)).trim();
const starts = (pod: string, from: string) => stack.out(from, `kubectl -n web get pod ${pod} -o 'jsonpath={.metadata.uid} {.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].containerID}'`);
const etcd = "cd /etc/datacentre-etcd && ETCDCTL_API=3 etcdctl --cacert authority.crt --cert client.crt --key client.key";

beforeAll(async () => {
    await stack.must("setup");
});

afterAll(() => stack.clean());

it("comes up with one master, and serves", async () => {
    const up = await stack.must("up");
    console.log(`make up with one master: ${up.seconds.toFixed(0)} s`);
    await green(stack);
    expect(await nodesOf(stack, "master1")).toEqual(ready(1));
    await serveWeb(stack, "master1", 1);
    await stack.out("master1", "kubectl create secret generic kept --from-literal=word=before && kubectl create serviceaccount kept");
});

let token = "";

it("grows to three by its description, and its pods notice nothing", async () => {
    token = (await stack.out("master1", "kubectl create token kept --duration=6h")).trim();
    const before = await starts(await podOn("master1", "master1"), "master1");
    stack.edit((raw) => raw.nodes.push(masterNode(network, 2), masterNode(network, 3)));
    let seconds = 0;
    const asked = await client(`http://${address("master1")}:${webPort}/`, webPage, stack.must("up").then((up) => (seconds = up.seconds)));
    console.log(`from one master to three: ${seconds.toFixed(0)} s; ${asked.count} requests, the slowest ${asked.slowest} ms, failed: ${asked.failed.length}`);
    expect(asked.failed).toEqual([]);
    await green(stack);
    expect(await nodesOf(stack, "master1")).toEqual(ready(3));
    expect(await starts(await podOn("master1", "master1"), "master1")).toBe(before);
});

it("changes nothing the second time, nor when all is looked at anew", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("has all three in etcd, in the API servers' lists, in every proxy's, and in certificates", async () => {
    const addresses = masters.map(address);
    for (const node of masters) {
            const members = await stack.out(node, `${etcd} --endpoints https://${address(node)}:2379 member list | sort -t, -k3`);
        expect(members.trim().split("\n").map((line) => line.split(", ").slice(1, 4).join(" "))).toEqual(masters.map((name) => `started ${name} https://${address(name)}:2380`));
        const flags = await stack.out(node, "tr '\\0' '\\n' </proc/$(pgrep -x kube-apiserver)/cmdline");
        expect(flags).toContain(`--etcd-servers=${addresses.map((one) => `https://${one}:2379`).join(",")}\n`);
        const proxy = await stack.out(node, "grep -o 'server master.*' /etc/datacentre-kubernetes-proxy/haproxy.cfg");
        expect(addresses.filter((one) => proxy.includes(`${one}:6443`))).toEqual(addresses);
        const names = await stack.out("master1", `openssl s_client -connect ${address(node)}:6443 </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName`);
        expect([...addresses, "10.0.201.1", "127.0.0.1"].filter((one) => names.includes(`IP Address:${one}`))).toHaveLength(5);
    }
    expect((await stack.out("master1", "kubectl get endpointslices kubernetes -o 'jsonpath={.endpoints[*].addresses[0]}'")).split(" ").sort()).toEqual(addresses);
});

it("has lost nothing: each server reads what was encrypted before, and knows a token of before", async () => {
    expect(await Promise.all(masters.map((name) => kept("master1", name)))).toEqual(masters.map(() => Buffer.from("before").toString("base64")));
    const ask = (name: string) => `curl -s --noproxy '*' -o /dev/null -w '%{http_code}' --cacert /etc/kubernetes/pki/authority.crt -H 'Authorization: Bearer ${token}' https://${address(name)}:6443/api`;
    // Whoever has a good token may read the list of versions.
    expect(await Promise.all(masters.map((name) => stack.out("master1", ask(name))))).toEqual(["200", "200", "200"]);
});

it("runs pods on all three, which answer at each one's port", async () => {
    await serveWeb(stack, "master2", 3);
    const on = await stack.out("master3", "kubectl -n web get pods -o 'jsonpath={.items[*].spec.nodeName}'");
    expect([...new Set(on.split(" "))].sort()).toEqual(masters);
    for (const name of masters) {
        const pages = await stack.out("master1", `for i in $(seq 40); do curl -s --noproxy '*' --max-time 5 http://${address(name)}:${webPort}/; done | sort -u | wc -l`);
        expect(pages.trim()).toBe("3");
    }
});

it("goes on when the first master's host dies, and takes what is written meanwhile", async () => {
    // It leads etcd, which is the worst.
    const statuses = `${etcd} --endpoints ${masters.map((name) => `https://${address(name)}:2379`).join(",")} endpoint status`;
    const [id, leads] = ["2", "5"].map((field) => `$(${statuses} | grep -F '//${address("master1")}:' | cut -d, -f${field} | tr -d ' ')`);
    await stack.out("master1", `test "${leads}" = true || ${etcd} --endpoints $(${statuses} | grep ', true,' | cut -d, -f1) move-leader "${id}"; test "${leads}" = true`);
    const pod = await podOn("master2", "master2");
    const before = await starts(pod, "master2");
    // Each by its node's own proxy, and one past all of them, a few times a second.
    const watch = `end=$((SECONDS + 60)); while [ $SECONDS -lt $end ]; do kubectl --request-timeout=5s get configmap kube-root-ca.crt >/dev/null 2>&1 && echo ok || date +%s.%N; sleep 0.3; done`;
    const watched = Promise.all([stack.out("master2", watch), stack.out("master3", watch), stack.out("master2", watch.replace("kubectl", `kubectl --server=https://${address("master3")}:6443`))]);
    await run("docker", ["kill", `${network.prefix}-master1`]);
    const begin = Date.now();
    await eventually("an object is written", 60, async () => (await stack.on("master2", "kubectl create configmap meanwhile --from-literal=by=proxy")).code === 0);
    console.log(`the first write after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    await directly(stack, "master2", "master3", "create configmap directly --from-literal=by=address");
    expect(await kept("master3", "master2")).toBe(Buffer.from("before").toString("base64"));
    for (const said of await watched) {
        const rounds = said.trim().split("\n");
        const failed = rounds.filter((line) => line !== "ok").map(Number);
        console.log(`${rounds.length} reads, failed: ${failed.length}, over ${failed.length > 0 ? (failed.at(-1)! - failed[0]!).toFixed(1) : 0} s`);
        expect(rounds.length - failed.length).toBeGreaterThan(20);
        expect(rounds.slice(-10)).toEqual(Array(10).fill("ok"));
    }
    await settles(90, async () => expect(await nodesOf(stack, "master2")).toEqual(["master1 Unknown v1.36.3", "master2 True v1.36.3", "master3 True v1.36.3"]));
    await settles(60, async () => expect((await stack.out("master3", "kubectl get endpointslices kubernetes -o 'jsonpath={.endpoints[*].addresses[0]}'")).split(" ").sort()).toEqual([address("master2"), address("master3")]));
    expect(await starts(pod, "master3")).toBe(before);
    expect((await stack.make("verify")).code).not.toBe(0);
});

it("makes and unmakes pods meanwhile: controllers have another leader", async () => {
    await stack.out("master2", "kubectl -n web scale deployment/web --replicas=5");
    await settles(90, async () => {
        const on = await stack.out("master2", "kubectl -n web get pods --field-selector status.phase=Running -o 'jsonpath={range .items[*]}{.spec.nodeName}{\"\\n\"}{end}'");
        expect(on.trim().split("\n").filter((node) => node !== "master1")).toHaveLength(4);
    });
    const answered = await stack.out("master3", `for i in $(seq 30); do curl -s --noproxy '*' --max-time 5 http://${address("master3")}:${webPort}/ || echo none; done | grep -c ^web-`);
    expect(answered.trim()).toBe("30");
});

it("is asked by the operator at any address, and by a host whose own API server is away too", async () => {
    const tls = `${stack.home}/stacks/e2e-kubernetes-ha/tls`;
    for (const server of ["master2", "master3"]) {
        const { stdout } = await run("curl", ["-s", "--noproxy", "*", "--cacert", `${tls}/kubernetes-authority.crt`, "--cert", `${tls}/admin.crt`, "--key", `${tls}/admin.key`, `https://${address(server)}:6443/api/v1/namespaces/web`]);
        expect(JSON.parse(stdout)).toMatchObject({ kind: "Namespace", metadata: { name: "web" } });
    }
    await stack.out("master2", "mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/");
    await eventually("master2's own API server is away", 90, async () => (await stack.on("master2", `curl -sk --noproxy '*' --max-time 2 https://${address("master2")}:6443/readyz`)).code !== 0);
    await settles(20, async () => expect(await stack.out("master2", "kubectl get --raw /readyz")).toBe("ok"));
    await stack.out("master2", "kubectl create configmap past-its-own --from-literal=by=master3 && mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/");
    await settles(120, async () => expect(await directly(stack, "master3", "master2", "get --raw /readyz")).toBe("ok"));
});

it("has it back when the host is started again, with what was written, and nothing is to be done", async () => {
    const begin = Date.now();
    await run("docker", ["start", `${network.prefix}-master1`]);
    await settles(180, async () => expect(await nodesOf(stack, "master2")).toEqual(ready(3)));
    console.log(`Ready again after ${((Date.now() - begin) / 1000).toFixed(0)} s`);
    await green(stack);
    expect(await directly(stack, "master1", "master1", "get configmaps meanwhile directly -o 'jsonpath={.items[*].data.by}'")).toBe("proxy address");
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});
