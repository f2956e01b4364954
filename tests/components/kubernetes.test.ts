/** What nodes of Kubernetes get, in which order they are visited, and how verify reads what they say. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { parseDataCentre } from "../../components/description";
import { certificates } from "../../components/kubernetes/certificates";
import { groupProbes, probes } from "../../components/kubernetes/check";
import { filesOf } from "../../components/kubernetes/files";
import { kubeletDigest } from "../../components/kubernetes";
import { operatorKubeconfig } from "../../components/kubernetes/kubeconfigs";
import { kubeletConfig } from "../../components/kubernetes/kubelet";
import { localProxyConfig } from "../../components/kubernetes/local-proxy";
import { allObjects, nameOf, textOf } from "../../components/kubernetes/objects";
import { clusterNodes, dnsAddress } from "../../components/kubernetes/plan";
import { kubeProxyConfig } from "../../components/kubernetes/proxy";
import { staticPods } from "../../components/kubernetes/static-pods";
import type { DataCentre } from "../../config";
import { faultLine } from "../../config/faults";
import { readStackFile } from "../../config/files";
import { changed, type Edit } from "../config/good";
import { isStep, programOf, runIndex } from "../structure/run-index";

const base = () => structuredClone(readStackFile("kubernetes")!.config) as never;
const described = (edit: Edit = {}): DataCentre => {
    const { dataCentre, faults } = parseDataCentre(changed(edit, base()), { stack: "kubernetes" });
    expect(faults.map(faultLine)).toEqual([]);
    return dataCentre!;
};
const whole = ["etcd", "containerd", "flannel", "kubernetes-master", "kubernetes-node"];
const three: Edit = { "nodes[1].roles": whole, "nodes[2].roles": whole, "nodes[3]": { name: "node3", address: "172.18.4.9", roles: ["containerd", "flannel", "kubernetes-node"] } };
const dc = described();
const [master, node] = dc.nodes as [DataCentre["nodes"][0], DataCentre["nodes"][0]];

interface Pod {
    readonly spec: {
        readonly containers: readonly { readonly command: string[]; readonly volumeMounts: { mountPath: string; readOnly?: boolean }[] }[];
        readonly volumes: { hostPath: { path: string } }[];
    };
}
const pod = (of: DataCentre, name: string, on = of.nodes[0]!): Pod => parse(staticPods(of, on)[`/etc/kubernetes/manifests/${name}.yaml`]!) as Pod;
const flags = (of: DataCentre, name: string): string[] => pod(of, name).spec.containers[0]!.command.slice(1);

describe("static pods", () => {
    it("ask for TLS, names and rights", () => {
        expect(flags(dc, "kube-apiserver")).toEqual(
            expect.arrayContaining([
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                "--etcd-servers=https://172.18.4.1:2379",
                "--etcd-cafile=/etc/datacentre-etcd/authority.crt",
                "--service-cluster-ip-range=10.0.201.0/24",
                "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                "--encryption-provider-config=/etc/kubernetes/apiserver/encryption.yaml",
                "--profiling=false",
            ]),
        );
        expect(flags(dc, "kube-apiserver").some((flag) => /insecure|anonymous-auth|token-auth-file/.test(flag))).toBe(false);
        expect(flags(dc, "kube-controller-manager")).toEqual(expect.arrayContaining(["--cluster-cidr=10.0.0.0/16", "--allocate-node-cidrs=false", "--bind-address=127.0.0.1"]));
    });

    it("write nowhere but the log, and mount all that they name", () => {
        for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
            const { containers, volumes } = pod(dc, name).spec;
            const mounts = containers[0]!.volumeMounts;
            expect(mounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath)).toEqual(name === "kube-apiserver" ? ["/var/log/kubernetes"] : []);
            expect(mounts.map(({ mountPath }) => mountPath)).toEqual(volumes.map(({ hostPath }) => hostPath.path));
            const named = flags(dc, name).flatMap((flag) => /=(\/[a-z].*)$/.exec(flag)?.[1] ?? []);
            expect(named.filter((path) => !mounts.some(({ mountPath }) => path.startsWith(mountPath)))).toEqual([]);
        }
    });

    it("have no log where none is asked for", () => {
        const silent = described({ "kubernetes.audit.level": "none" });
        expect(flags(silent, "kube-apiserver").filter((flag) => flag.includes("audit"))).toEqual([]);
        expect(Object.keys(filesOf(silent, silent.nodes[0]!)).filter((path) => path.includes("audit"))).toEqual([]);
    });
});

describe("files", () => {
    it("say where pods ask, once", () => {
        expect(parse(kubeletConfig(dc, node))).toMatchObject({ clusterDNS: ["10.0.201.10"], clusterDomain: "cluster.local", failCgroupV1: false, cgroupDriver: "cgroupfs", readOnlyPort: 0, rotateCertificates: false });
        expect(dnsAddress(described({ "kubernetes.dns.address": "10.0.201.53" }))).toBe("10.0.201.53");
        expect(parse(kubeletConfig(dc, node))).not.toHaveProperty("staticPodPath");
        expect(parse(kubeletConfig(dc, master))).toHaveProperty("staticPodPath", "/etc/kubernetes/manifests");
    });

    it("keep the kubelet's own thresholds where some are described", () => {
        expect(parse(kubeletConfig(dc, node))).toMatchObject({ mergeDefaultEvictionSettings: true, evictionHard: { "nodefs.available": "1Gi" }, imageGCHighThresholdPercent: 100 });
    });

    it("are YAML, all that say so", () => {
        for (const [path, text] of Object.entries(filesOf(dc, master)).filter(([path]) => /\.(yaml|conf)$/.test(path) && path.startsWith("/etc/kubernetes"))) {
            expect([path, typeof parse(text)]).toEqual([path, "object"]);
        }
        expect(parse(kubeProxyConfig(dc, node))).toMatchObject({ mode: "iptables", clusterCIDR: "10.0.0.0/16", conntrack: { maxPerCore: 0, min: 0 } });
    });

    it("hold no key, and refer to their files", () => {
        const text = Object.values(filesOf(dc, master)).join("\n");
        expect(text).not.toMatch(/key-data|PRIVATE KEY|token:/);
        expect(text).toContain("client-key: /etc/kubernetes/pki/kubelet-client.key");
        const own = parse(operatorKubeconfig(dc, "https://172.18.4.1:6443", "A", "C", "K", "socks5://127.0.0.1:16443")) as { clusters: { cluster: object }[] };
        expect(own.clusters[0]!.cluster).toEqual({ server: "https://172.18.4.1:6443", "certificate-authority-data": "QQ==", "proxy-url": "socks5://127.0.0.1:16443" });
    });
});

describe("certificates", () => {
    it("put nobody in system:masters, and name the API as everybody calls it", () => {
        const all = described(three);
        for (const one of all.nodes) {
            expect(certificates(all, one).map(({ subject }) => subject).filter((subject) => subject.includes("system:masters"))).toEqual([]);
        }
        const names = certificates(all, all.nodes[1]!).find(({ name }) => name === "apiserver")!.names!;
        expect(names).toEqual(expect.arrayContaining(["DNS:kubernetes.default.svc.cluster.local", "IP:10.0.201.1", "IP:127.0.0.1", "IP:172.18.4.1", "IP:172.18.4.2", "IP:172.18.4.3"]));
        expect(certificates(all, all.nodes[3]!).map(({ name }) => name)).toEqual(["kubelet-client", "kubelet", "kube-proxy"]);
    });
});

describe("the node's own proxy", () => {
    it("knows all masters, of which a master prefers itself", () => {
        const all = described(three);
        expect(localProxyConfig(all, all.nodes[3]!).match(/^ {4}server .*/gm)).toEqual([1, 2, 3].map((n) => expect.stringMatching(new RegExp(`172\\.18\\.4\\.${n}:6443$`)) as unknown));
        expect(localProxyConfig(all, all.nodes[1]!).match(/^ {4}server .*/gm)!.map((line) => line.endsWith(" backup"))).toEqual([true, false, true]);
    });

    const haproxy = spawnSync("haproxy", ["-v"]).error ? it.skip : it;
    haproxy("is taken by HAProxy", () => {
        const directory = mkdtempSync(join(tmpdir(), "kubernetes-"));
        execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a", "-keyout", join(directory, "key"), "-out", join(directory, "crt")], { stdio: "ignore" });
        writeFileSync(join(directory, "cfg"), localProxyConfig(dc, node).replace(/ca-file \S+/, `ca-file ${join(directory, "crt")}`));
        expect(spawnSync("haproxy", ["-c", "-f", join(directory, "cfg")], { encoding: "utf8" }).stderr).not.toMatch(/ALERT/);
        rmSync(directory, { recursive: true });
    });
});

describe("the steps", () => {
    it("visit masters first, each node between its drain and its admission", async () => {
        const others: Edit = { ...three, "nodes[0].roles": ["containerd", "flannel", "kubernetes-node"], "nodes[3].roles": whole };
        const { made, outputs } = await runIndex(changed(others, base()), [], "../../index", "kubernetes");
        const names = made.filter(isStep).map(({ name }) => name);
        const steps = names.filter((name) => /^kubernetes-(drain|node|admit|objects|members|bootstrap)/.test(name));
        const visited = steps.filter((name) => name.startsWith("kubernetes-node-")).map((name) => name.replace("kubernetes-node-", ""));
        expect(visited).toEqual(["node1", "node2", "node3", "master1"]);
        expect(steps.slice(-2)).toEqual(["kubernetes-objects-node1", "kubernetes-members-node1"]);
        expect(steps.indexOf("kubernetes-bootstrap-node1")).toBeLessThan(steps.indexOf("kubernetes-admit-node1-node1"));
        expect(Object.keys(outputs)).toContain("kubeconfig");
    });

    it("have keys as secrets alone", async () => {
        const { made } = await runIndex(changed({}, base()), [], "../../index", "kubernetes");
        const key = /TEXT of (kubernetes-authority|service-accounts|encryption|front-proxy-authority)\.key/;
        const keyed = made.filter(isStep).filter((step) => key.test(programOf(step)));
        expect(keyed.length).toBeGreaterThan(0);
        expect(keyed.filter(({ inputs }) => typeof inputs.stdin === "string").map(({ name }) => name)).toEqual([]);
        const names = new Set(keyed.map(({ name }) => name.replace(/-(master|node)\d$/, "")));
        expect([...names].sort()).toEqual(["kubernetes-bootstrap", "kubernetes-certificates", "kubernetes-names-certificate"]);
    });

    it("empty a node for its kubelet's settings and version, and for nothing else", () => {
        const digest = (edit: Edit) => kubeletDigest(described(edit), described(edit).nodes[1]!);
        expect(digest({ "kubernetes.kubelet.maxPods": 100 })).not.toBe(digest({}));
        expect(digest({ "versions.kubernetes": "1.35.8" })).not.toBe(digest({}));
        expect(digest({ "kubernetes.audit.level": "request", "kubernetes.proxyMode": "nftables", "kubernetes.drainTimeoutSeconds": 60 })).toBe(digest({}));
    });

    it("know the order of nodes", () => {
        expect(clusterNodes(described(three)).map(({ name }) => name)).toEqual(["master1", "node1", "node2", "node3"]);
    });
});

it("marks its objects, and names them", () => {
    const all = allObjects([{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "kube-system", labels: { app: "a" } } }]);
    expect(all.map(nameOf)).toEqual(expect.arrayContaining(["ClusterRoleBinding - datacentre:admins", "ConfigMap kube-system a"]));
    expect(all.every(({ metadata }) => (metadata["labels"] as Record<string, string>)["datacentre/object"] === "yes")).toBe(true);
    expect(textOf(all).split("---\n").map((text) => JSON.parse(text) as unknown)).toHaveLength(all.length);
});

describe("verify", () => {
    const about = (row: string, of = dc) => probes(of).find((probe) => probe.row === row)!;
    const at = Date.parse("2026-01-01T00:00:10Z");

    it.each<[string, string, boolean, RegExp]>([
        ["kubelet is healthy", "ok\n", true, /ok/],
        ["kubelet is healthy", "", false, /no answer/],
        ["kube-proxy has all services", "503\n", false, /503/],
        ["runs the described version", "kubelet Kubernetes v1.36.3\nkube-proxy Kubernetes v1.36.3\n", true, /1\.36\.3/],
        ["runs the described version", "kubelet Kubernetes v1.35.8\nkube-proxy Kubernetes v1.36.3\n", false, /kubelet 1\.35\.8/],
        ["reaches all API servers", "ok\nend\n", true, /1 of 1/],
        ["reaches all API servers", "\nend\n", false, /0 of 1, not master1/],
        ["swap is off", "end\n", true, /off/],
        ["swap is off", "/dev/sda2\nend\n", false, /sda2/],
        ["API server is ready", "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n", false, /etcd/],
        ["API server is ready", "[+]ping ok\nreadyz check passed\n", true, /ok/],
        ["who says no name is refused", "200\n", false, /200/],
        ["who says no name is refused", "401\n", true, /401/],
        ["secrets are encrypted in etcd", `"value":"${Buffer.from("k8s:enc:secretbox:v1:datacentre:xx").toString("base64")}"`, true, /secretbox/],
        ["secrets are encrypted in etcd", `"value":"${Buffer.from("k8s\0\n{}").toString("base64")}"`, false, /plain/],
        ["node1 is Ready, with its version and address", "node1|True|v1.36.3|172.18.4.2||abc\nend\n", true, /Ready/],
        ["node1 is Ready, with its version and address", "node1|True|v1.36.3|172.18.4.2|true|abc\nend\n", false, /takes no pods/],
        ["node1 is Ready, with its version and address", "node1|Unknown|v1.36.3|172.18.4.2||abc\nend\n", false, /not Ready/],
        ["node1 is Ready, with its version and address", "end\n", false, /is no node/],
        ["nodes are those that are described", "node9|True|v1.36.3|172.18.4.9||abc\nend\n", false, /node9/],
        ["nodes are those that are described", "other|True|v1.36.3|172.18.4.9||\nend\n", true, /as described/],
        ["the stack's own deployments are up", "DaemonSet coredns 1/2\nend\n", false, /1\/2/],
        ["static pods as described", "end\n", false, /no answer|differs/],
    ])("%s: %j", (row, output, ok, words) => {
        const found = about(row).evaluate(output, at);
        expect(found.ok).toBe(ok);
        expect(found.found).toMatch(words);
        expect(found.remedy === undefined).toBe(ok);
    });

    it("warns of certificates before they end", () => {
        const row = about("certificates are good for 30 days and more");
        const good = (days: number, name = "") => ["kubelet-client", "kubelet", "kube-proxy", "apiserver", "apiserver-kubelet-client", "front-proxy-client", "controller-manager", "scheduler", "admin", "authority", "front-proxy-authority"].map((one) => `${one} 600:root:root OK ${one === name ? days : 300}\n`).join("");
        expect(row.evaluate(`${good(300)}end\n`, at).ok).toBe(true);
        expect(row.evaluate(`${good(29, "scheduler")}end\n`, at)).toMatchObject({ ok: false, found: "scheduler has 29 days left" });
        expect(row.evaluate(`${good(29, "authority")}end\n`, at).remedy).toMatch(/another authority/);
        expect(row.evaluate(good(300).replace("kubelet 600:root:root", "kubelet 644:root:root") + "end\n", at).found).toMatch(/kubelet's key is 644/);
        expect(row.evaluate("", at).found).toBe("no answer");
    });

    it("wants one leader, that is at work, of all masters", () => {
        const all = described(three);
        const [leader] = groupProbes(all);
        const said = (...outputs: string[]) => new Map(outputs.map((output, n) => [`n${n}`, { output, at }]));
        const one = "node1_abc 2026-01-01T00:00:08.000000Z";
        expect(leader!.evaluateAll(said(one, one, one)).ok).toBe(true);
        expect(leader!.evaluateAll(said(one, one, "node2_x 2026-01-01T00:00:08.000000Z")).ok).toBe(false);
        expect(leader!.evaluateAll(said(one, one)).ok).toBe(false);
        const old = "node1_abc 2025-12-31T00:00:08.000000Z";
        expect(leader!.evaluateAll(said(old, old, old))).toMatchObject({ ok: false, found: "node1, said by 3, a minute ago or longer" });
    });

    it("has rows of each node, each once", () => {
        const keys = probes(dc).map(({ node: on, row }) => `${on} ${row}`);
        expect(new Set(keys).size).toBe(keys.length);
    });
});
