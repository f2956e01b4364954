/**
 * Document 004's cluster, on hosts that are there already: one master and two nodes, the real Kubernetes. Workloads answer by name, nodes
 * come back from a reboot, join and leave, and hosts are left as they were.
 */
import type { DataCentreInput } from "../../config";
import { readStackFile } from "../../config/files";
import { damages } from "./damages/kubernetes";
import { expectNamed } from "./lib/damage";
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, run, settles, sleep } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("kubernetes");
const { net } = network;
const hostNames = ["master1", "node1", "node2", "node3"];

const base = structuredClone(readStackFile("kubernetes")!.config) as unknown as DataCentreInput;
const busybox = "docker.io/library/busybox:latest";
const config: DataCentreInput = {
    ...base,
    provider: { kind: "existing", privateKeyFile: "/unused" },
    // A mirror has no upstream here.
    nodes: base.nodes.map((node, i) => ({ ...node, address: `${net}.${i + 1}`, roles: (node.roles ?? []).filter((role) => role !== "image-mirror") })),
    // What else is on these hosts is itself an overlay.
    containerd: { ...base.containerd, root: "/data/containerd", images: [{ image: busybox, archive: "file:///opt/datacentre-lab/images/busybox.tar" }] },
    kubernetesDns: { upstreams: [] },
    security: "seed",
};

const stack = new TestStack("e2e-kubernetes", config);
const key = `${stack.home}/id_ed25519`;
const kubectl = (command: string, input = ""): Promise<string> => stack.on("master1", `kubectl ${command}`, input).then(({ code, output, stdout }) => {
    if (code !== 0) {
        throw new Error(`kubectl ${command}: ${output}`);
    }
    return stdout;
});
const green = () => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const nodesReady = (names: readonly string[]) =>
    eventually(`${names.join(", ")} Ready`, 180, async () => {
        const said = await kubectl("get nodes --no-headers");
        return names.every((name) => new RegExp(`^${name} +Ready `, "m").test(said));
    });
const reboot = async (name: string) => {
    await run("docker", ["restart", `${network.prefix}-node${hostNames.indexOf(name) + 1}`]);
    await eventually(`${name}'s ssh`, 90, async () => (await stack.on(name, "true")).code === 0);
};

/** Files, packages, users, units, devices, rules and mounts, as they can be told from outside. */
const picture = (node: string): Promise<string> =>
    stack.out(
        node,
        `find /etc /opt /usr/local /var/lib/datacentre /var/lib/kubelet /var/log/pods /var/log/kubernetes -xdev -not -path '/opt/datacentre-lab/*' ! -name 'ld.so.cache' 2>/dev/null \\( -type d -printf '%p %m\\n' -o -type f -exec sha256sum {} + \\) | grep -vE ' /etc/(passwd|group|shadow|gshadow|subuid|subgid|.pwd.lock)-?$' | sort
        cut -d: -f1 /etc/passwd | sort; systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort
        ip -o link | cut -d: -f2 | cut -d@ -f1 | sort; awk '{print $2}' /proc/mounts | sort; iptables-save | grep '^-A' | grep -vF 127.0.0.11 | sort; iptables-save | grep -c '^:KUBE'; nft list tables 2>/dev/null | grep -c kube-proxy; find /sys/fs/cgroup/*/docker/$(awk -F/ '/:memory:/ {print $3}' /proc/1/cgroup) -name 'kubepods*' 2>/dev/null | wc -l`,
    );

const web = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: web } } }]
      containers:
      - name: web
        image: ${busybox}
        imagePullPolicy: IfNotPresent
        command: [sh, -c, 'hostname >/tmp/index.html; exec httpd -f -p 8080 -h /tmp']
        readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;
/** A pod on a node that waits for commands. */
const waiting = (name: string, node: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec: { nodeName: ${node}, terminationGracePeriodSeconds: 0, containers: [{ name: a, image: "${busybox}", imagePullPolicy: IfNotPresent, command: [sleep, "100000"] }] }\n`;
const up = (pod: string) => kubectl(`wait --for=condition=Ready pod/${pod} --timeout=90s`);

const before: Record<string, string> = {};

beforeAll(async () => {
    await stack.must("setup");
    expect((await run("lab/kubernetes/host-image.sh", [])).code).toBe(0);
    await makeKey(key);
    const hosts = await bareHosts(network, hostNames.length, key, "datacentre-host-kubernetes:current");
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: hosts[i]!.hostKey }));
        raw.nodes.push({ name: "node3", address: `${net}.4`, roles: [], ssh: { hostKey: hosts[3]!.hostKey } });
    });
    for (const name of hostNames) {
        before[name] = await picture(name);
    }
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

it("comes up with all nodes Ready, and is as described", async () => {
    const made = await stack.must("up");
    console.log(`make up of Kubernetes: ${made.seconds.toFixed(0)} s`);
    await nodesReady(["master1", "node1", "node2"]);
    await green();
});

it("changes nothing the second time", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    const again = await stack.must("up", { CONVERGE: "1" });
    expect(again.output.match(/^kubernetes\S* on \S+: [1-9][0-9]* changes.*/gm) ?? []).toEqual([]);
    expect(totalChanges(again.output)).toBe(0);
});

it("answers a pod on another node by name", async () => {
    await kubectl("apply -f -", web);
    await kubectl("rollout status deployment web --timeout=120s");
    for (const node of ["node1", "node2"]) {
        await kubectl("apply -f -", waiting(`ask-${node}`, node));
        await up(`ask-${node}`);
    }
    const seen = new Set<string>();
    for (let i = 0; i < 20 && seen.size < 2; i++) {
        seen.add((await kubectl("exec ask-node1 -- timeout 5 wget -q -O - http://web.default.svc.cluster.local/")).trim());
    }
    expect([...seen].sort().join(" ")).toMatch(/^web-\S+ web-\S+$/);
    expect(await kubectl("exec ask-node2 -- nslookup kubernetes.default.svc.cluster.local")).toContain("10.0.201.1");
    expect(await kubectl("logs deployment/web --tail=1")).toBeDefined();
});

it("runs an image that was pushed to the private registry", async () => {
    // Not of an image that other pods have: one that a kubelet has pulled it pulls again under each other name (1.35 and newer).
    const image = "master1:80/team/pause:1";
    await stack.out("node1", `ctr -n k8s.io images tag registry.k8s.io/pause:3.10 ${image} && ctr -n k8s.io images push --plain-http ${image} >/dev/null </dev/null && ctr -n k8s.io images rm ${image}`);
    await kubectl("apply -f -", `apiVersion: v1\nkind: Pod\nmetadata: { name: private }\nspec: { nodeName: node2, containers: [{ name: a, image: "${image}", imagePullPolicy: Always }] }\n`);
    await up("private");
    await kubectl("delete pod private --wait=false");
});

it("has no key of its own in state, arguments and journals", async () => {
    const tls = `${stack.home}/stacks/e2e-kubernetes/tls`;
    for (const file of ["kubernetes-authority.key", "front-proxy-authority.key", "service-accounts.key", "encryption.key", "admin.key"]) {
        const line = (await run("sh", ["-c", `grep -v -- ----- ${tls}/${file} | head -n 1`])).stdout.trim();
        expect(line.length).toBeGreaterThan(20);
        expect((await run("grep", ["-rlF", line, `${stack.home}/state`])).stdout).toBe("");
        for (const name of ["master1", "node1"]) {
            const found = await stack.on(name, `journalctl --no-pager | grep -cF '${line}'; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -cF '${line}'; grep -rlF '${line}' /etc /run /tmp /var/lib/datacentre /root 2>/dev/null`);
            const kept = file === "service-accounts.key" && name === "master1" ? "/etc/kubernetes/pki/service-accounts.key\n" : file === "encryption.key" && name === "master1" ? "/etc/kubernetes/apiserver/encryption.yaml\n" : "";
            // The shell that asks has it in its own arguments.
            expect(found.stdout.replace(/^0\n[0-9]+\n/, "")).toBe(kept);
        }
    }
});

it("gives the operator a kubeconfig", async () => {
    const output = await run("bash", ["-c", `. .datacentre/env.sh && eval "$(make -s env STACK=e2e-kubernetes)" && pulumi stack output kubeconfig --show-secrets --stack e2e-kubernetes >${stack.home}/kubeconfig && $(command -v kubectl) --kubeconfig ${stack.home}/kubeconfig get nodes --no-headers | wc -l`], { env: { DATACENTRE_HOME: stack.home } });
    expect(output.stdout.trim()).toBe("3");
});

it("comes back after a node's reboot", async () => {
    await reboot("node1");
    await sleep(5000);
    await nodesReady(["master1", "node1", "node2"]);
    await kubectl("rollout status deployment web --timeout=180s");
    await green();
});

it("goes on with workloads while the master is rebooted", async () => {
    const ip = (await kubectl("get service web -o jsonpath={.spec.clusterIP}")).trim();
    const asking = stack.on("node2", `for i in $(seq 60); do curl -s -o /dev/null -m 3 http://${ip}/ && echo ok || echo lost; sleep 0.5; done | sort | uniq -c`);
    await reboot("master1");
    const answers = (await asking).stdout;
    console.log(`while the master was rebooted: ${answers.replaceAll(/\s+/g, " ")}`);
    expect(Number(/(\d+) ok/.exec(answers)?.[1] ?? 0)).toBeGreaterThan(30);
    await eventually("the API", 120, async () => (await kubectl("get --raw /readyz")) === "ok");
    await nodesReady(["master1", "node1", "node2"]);
    await green();
});

it("takes a node in, and lets it go empty", async () => {
    stack.edit(() => (stack.node("node3").roles = ["containerd", "flannel", "kubernetes-node"]));
    await stack.must("up");
    await nodesReady(["node3"]);
    await kubectl("scale deployment web --replicas=6");
    await kubectl("rollout status deployment web --timeout=120s");
    expect(await kubectl("get pods -l app=web -o wide")).toContain("node3");
    stack.edit(() => (stack.node("node3").roles = []));
    await stack.must("up");
    expect(await kubectl("get nodes --no-headers")).not.toContain("node3");
    await kubectl("rollout status deployment web --timeout=120s");
    expect(await kubectl("get pods -l app=web -o wide")).not.toContain("node3");
    expect(await picture("node3")).toBe(before["node3"]);
});

it("rolls a kubelet's setting node by node, each emptied before", async () => {
    stack.edit((raw) => (raw.kubernetes!.kubelet = { ...raw.kubernetes!.kubelet, maxPods: 100 }));
    // Of no controller: nobody would make them again.
    expect((await stack.make("up")).output).toMatch(/node1 cannot be drained: .*declare no controller/);
    await kubectl("delete pod ask-node1 ask-node2");
    const made = await stack.must("up");
    expect(made.code).toBe(0);
    expect(await kubectl("get nodes -o 'jsonpath={.items[*].status.capacity.pods}'")).toBe("100 100 100");
    expect(await kubectl("get nodes -o 'jsonpath={.items[*].spec.unschedulable}'")).toBe("");
    const events = await kubectl("get events -A --field-selector reason=NodeNotSchedulable -o 'jsonpath={.items[*].involvedObject.name}'");
    expect(["master1", "node1", "node2"].every((name) => events.includes(name))).toBe(true);
    await kubectl("rollout status deployment web --timeout=120s");
    await green();
});

it("tells who lets no pod go, and takes nothing away", async () => {
    await kubectl("apply -f -", "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: web }\nspec: { maxUnavailable: 0, selector: { matchLabels: { app: web } } }\n");
    stack.edit((raw) => {
        raw.kubernetes!.kubelet = { ...raw.kubernetes!.kubelet, maxPods: 90 };
        raw.kubernetes!.drainTimeoutSeconds = 10;
    });
    const refused = await stack.make("up");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/cannot be drained:.*disruption budget[^]*remedy:.*PodDisruptionBudget/);
    expect(await kubectl("get nodes -o 'jsonpath={.items[*].spec.unschedulable}'")).toBe("");
    await kubectl("delete pdb web");
    stack.edit((raw) => (raw.kubernetes!.drainTimeoutSeconds = 120));
});

it("finishes what a killed engine left", async () => {
    let ended = false;
    const killed = stack.make("up", {}, {
        log: "e2e-kubernetes-killed",
        started: (child) => {
            void sleep(45_000).then(() => {
                if (!ended && child.pid !== undefined) {
                    process.kill(-child.pid, "SIGKILL");
                }
            });
        },
    });
    await killed;
    ended = true;
    await stack.must("up");
    expect(await kubectl("get nodes -o 'jsonpath={.items[*].status.capacity.pods}'")).toBe("90 90 90");
    expect(await kubectl("get nodes -o 'jsonpath={.items[*].spec.unschedulable}'")).toBe("");
    await green();
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("refuses to go a minor version back, before anything is touched", async () => {
    stack.edit((raw) => (raw.versions = { ...raw.versions, kubernetes: "1.35.8" }));
    const refused = await stack.make("up");
    stack.edit((raw) => (raw.versions = { ...raw.versions, kubernetes: "1.36.3" }));
    expect(refused.output).toMatch(/goes no minor version back/);
    // What verify goes by is what was described last.
    expect(engineChanges((await stack.must("up")).output)).not.toHaveProperty("deleted");
    await green();
});

/** Every row takes a whole `make verify`: FULL=1 tries them all, and without it every third is tried. */
const tried = Object.entries(damages(net)).filter((_, index) => process.env.FULL || index % 3 === 0);

it.each(tried)("verify is not blind to: %s", (row, damage) => expectNamed(stack, "kubernetes", row, damage));

it("leaves the hosts as they were", async () => {
    await stack.must("destroy", { DATA: "delete" });
    for (const name of hostNames) {
        expect(await picture(name)).toBe(before[name]);
    }
});
