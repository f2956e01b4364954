/** The cluster's name server on hosts of the lab, with the real Kubernetes and CoreDNS: a master and a node, both with the role. */
import { readStackFile, type DataCentreInput } from "../../config";
import { asked, leadsBack, namesOfPodsAndNodes, type NameServer } from "./lib/cluster-names";
import { networkOf } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, settles } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("kubernetes-dns");
const { net, prefix, subnet } = network;
const file = structuredClone(readStackFile("kubernetes")!.config) as DataCentreInput;

/** The stack of document 004 without its registries, and on two hosts. */
const config: DataCentreInput = {
    ...file,
    provider: { kind: "docker", prefix, subnet, gateway: `${net}.254`, image: "datacentre-host-kubernetes:current" },
    nodes: [
        { name: "master1", address: `${net}.1`, roles: ["etcd", "containerd", "flannel", "kubernetes-master", "kubernetes-node", "kubernetes-dns"] },
        { name: "node1", address: `${net}.2`, roles: ["containerd", "flannel", "kubernetes-node", "kubernetes-dns"] },
    ],
    imageRegistries: undefined,
};

const stack = new TestStack("e2e-kubernetes-dns", config);
const server: NameServer = { stack, on: "node1", master: "master1", address: "10.0.201.10", domain: "cluster.local" };
const green = () => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const kubectl = (words: string) => stack.out("master1", `kubectl -n kube-system ${words}`);
const names = "datacentre-kubernetes-names";

beforeAll(async () => {
    await stack.must("setup");
});

afterAll(async () => {
    await stack.clean();
});

it("comes up, and is as described", async () => {
    const up = await stack.must("up");
    console.log(`make up with Kubernetes and its name server: ${up.seconds.toFixed(0)} s`);
    await green();
    expect((await kubectl("get daemonset coredns -o 'jsonpath={.status.desiredNumberScheduled} {.status.numberReady}'")).trim()).toBe("2 2");
});

it("changes nothing the second time, nor when all is looked at anew", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("finds services by name, and their addresses lead back", async () => {
    expect(await asked(server, "kubernetes.default.svc.cluster.local", "A")).toBe("10.0.201.1");
    expect(await leadsBack(server, "10.0.201.1")).toBe("kubernetes.default.svc.cluster.local.");
    expect(await asked(server, "none.default.svc.cluster.local", "A")).toBe("NXDOMAIN");
});

namesOfPodsAndNodes(server, "registry.k8s.io/pause:3.10", { name: "node1", address: `${net}.2` });

it("keeps its names while the API is away, and follows it again", async () => {
    await stack.out("master1", "mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/");
    await eventually("the API is away", 90, async () => (await stack.on("master1", "kubectl get --raw /readyz")).code !== 0);
    expect(await asked(server, "node1.cluster.local", "A")).toBe(`${net}.2`);
    await stack.out("master1", "mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/");
    await eventually("the API is back", 120, async () => (await stack.on("master1", "kubectl get --raw /readyz")).code === 0);
    await settles(60, async () => expect(await stack.out("node1", "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9093/health")).toBe("200"));
});

it("lets the service's certificate see pods and nodes, and nothing else", async () => {
    const get = (what: string) =>
        stack.out("node1", `cd /etc/${names} && curl -s -o /dev/null -w '%{http_code}' --cacert authority.crt --cert client.crt --key client.key https://127.0.0.1:6444/api/v1/${what}`);
    expect(await Promise.all(["pods", "nodes", "secrets", "services", "configmaps"].map(get))).toEqual(["200", "200", "403", "403", "403"]);
});

it("is rolled by another setting, and answers meanwhile", async () => {
    const before = await kubectl("get pods -l k8s-app=kube-dns -o name");
    stack.edit((raw) => (raw.kubernetesDns = { ttl: 7 }));
    await stack.must("up");
    const after = await kubectl("get pods -l k8s-app=kube-dns -o name");
    expect(before.split("\n").filter((pod) => pod !== "" && after.includes(pod))).toEqual([]);
    expect(await asked(server, "node1.cluster.local", "A")).toBe(`${net}.2`);
    await green();
});

it("goes without a trace of the service", async () => {
    stack.edit((raw) => (raw.kubernetesDns = { names: false }));
    await stack.must("up");
    expect(await stack.out("node1", `ls -d /etc/${names} /usr/local/lib/${names} /run/datacentre-names /etc/systemd/system/${names}.service 2>/dev/null; getent passwd ${names}; true`)).toBe("");
    await green();
});
