/** What the API is told of the cluster's name server, what its nodes get, and how verify reads answers. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { parseDataCentre } from "../../components/description";
import { hostPlan } from "../../components/host/plan";
import { probes } from "../../components/kubernetes-dns/check";
import { objects } from "../../components/kubernetes-dns/objects";
import { imagesOf, labelsOf, upstreamsOf } from "../../components/kubernetes-dns/plan";
import { configOf, serviceFiles, unitFile } from "../../components/kubernetes-dns/program";
import { kubernetesDnsSystem } from "../../components/kubernetes-dns/system";
import { systems } from "../../components/systems";
import { cluster } from "../config/cluster";
import { changed, type Edit } from "../config/good";
import { before } from "../registrations";
import { isStep, programOf, runIndex, type Run } from "../structure/run-index";

const described = (edit: Edit = {}) => {
    const { dataCentre, faults } = parseDataCentre(changed({ ...cluster, ...edit }), { stack: "local" });
    expect(faults).toEqual([]);
    return dataCentre!;
};
const dc = described();
const object = (kind: string, name: string, from = dc) =>
    objects(from).find((one) => one.kind === kind && one.metadata.name === name) as Record<string, any>;
const template = (from = dc) => object("DaemonSet", "coredns", from).spec.template as Record<string, any>;

describe("the objects", () => {
    it("have the fixed address, and ports that pods know", () => {
        expect(object("Service", "kube-dns").spec).toMatchObject({ clusterIP: "10.96.0.10", selector: { "k8s-app": "kube-dns" } });
        expect(object("Service", "kube-dns").spec.ports.map(({ name, port, protocol }: Record<string, unknown>) => [name, port, protocol])).toEqual([["dns", 53, "UDP"], ["dns-tcp", 53, "TCP"], ["metrics", 9153, "TCP"]]);
        expect(object("Service", "kube-dns", described({ "kubernetes.dns.address": "10.96.7.7" })).spec.clusterIP).toBe("10.96.7.7");
    });

    it("run on the nodes with the role, by a label that kubelets cannot give themselves", () => {
        expect(template().spec.nodeSelector).toEqual({ "kubernetes.io/os": "linux", "datacentre/dns": "true" });
        expect(dc.nodes.map((node) => [node.name, labelsOf(node), imagesOf(dc, node)])).toEqual([
            ...["master1", "master2"].map((name) => [name, { "datacentre/dns": "true" }, ["registry.k8s.io/coredns/coredns:v1.15.0"]]),
            ...["master3", "agent1"].map((name) => [name, {}, []]),
        ]);
    });

    it("have no more rights than they need", () => {
        const { securityContext } = template().spec.containers[0];
        expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] }, readOnlyRootFilesystem: true });
        expect(template().spec.containers[0].volumeMounts.every(({ readOnly }: { readOnly: boolean }) => readOnly)).toBe(true);
        expect(object("ClusterRole", "system:coredns").rules.flatMap(({ resources, verbs }: Record<string, string[]>) => [...resources!, ...verbs!])).not.toContain("secrets");
        expect(object("ClusterRole", "datacentre:names").rules).toEqual([{ apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }]);
        expect(object("ClusterRoleBinding", "datacentre:names").subjects).toEqual([{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "system:datacentre:names" }]);
    });

    it("are rolled by what they are told, and by nothing else", () => {
        const digest = (from = dc) => template(from).metadata.annotations["datacentre/config"] as string;
        expect(digest()).toMatch(/^[0-9a-f]{64}$/);
        expect(digest(described({ "kubernetesDns.ttl": 5 }))).not.toBe(digest());
        expect(digest(described({ "kubernetesDns.healthPort": 9999 }))).toBe(digest());
    });

    it("without names mount nothing of the host, and let nobody see pods", () => {
        const from = described({ "kubernetesDns.names": false });
        expect(JSON.stringify(objects(from))).not.toMatch(/hostPath|datacentre:names|"pods"/);
        expect(JSON.stringify(objects(dc))).toMatch(/hostPath/);
    });

    it("are none where nobody has the role", () => {
        expect(objects(described({ "nodes[0].roles[5]": undefined, "nodes[1].roles[5]": undefined }))).toEqual([]);
    });

    it("ask nobody else on hosts of the lab, whose name server no pod reaches", () => {
        expect(upstreamsOf(dc)).toEqual([]);
        expect(upstreamsOf({ ...dc, provider: { ...dc.provider, kind: "existing" } as never })).toBeUndefined();
        expect(upstreamsOf(described({ "kubernetesDns.upstreams": ["192.168.1.1"] }))).toEqual(["192.168.1.1"]);
    });
});

describe("the service", () => {
    it("is told by a configuration that it takes", () => {
        const folder = mkdtempSync(join(tmpdir(), "names-"));
        try {
            const config = JSON.parse(configOf(dc, dc.nodes[0]!)) as Record<string, unknown>;
            expect(config).toMatchObject({ api: "https://127.0.0.1:6444", domain: "cluster.local", node: "master1", directory: "/run/datacentre-names" });
            // Its certificates are on no other machine.
            writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, api: "http://127.0.0.1:6444" }));
            const ask = "import sys; sys.path.insert(0, sys.argv[1]); from settings import load; print(load(sys.argv[2]).listen_port)";
            expect(execFileSync("python3", ["-B", "-c", ask, resolve(__dirname, "../../components/kubernetes-dns/service"), join(folder, "config.json")], { encoding: "utf8" })).toBe("9093\n");
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("has no rights, and a directory that stays while it is away", () => {
        expect(unitFile.split("\n")).toEqual(
            expect.arrayContaining(["User=datacentre-kubernetes-names", "AmbientCapabilities=", "CapabilityBoundingSet=", "RuntimeDirectory=datacentre-names", "RuntimeDirectoryPreserve=yes", "ProtectSystem=strict"]),
        );
        expect(Object.keys(serviceFiles())).toEqual(expect.arrayContaining(["__main__.py", "ask.py", "journal.py"]));
    });

    it("needs Python on its nodes, and openssl", () => {
        expect(hostPlan(systems, dc, dc.nodes[0]!).packages.apt).toEqual(expect.arrayContaining(["python3", "openssl"]));
        expect(hostPlan(systems, dc, dc.nodes[3]!).packages.apt).not.toContain("python3");
    });
});

describe("steps", () => {
    let run: Run;
    const steps = () => run.made.filter(isStep);
    const step = (name: string) => steps().find((one) => one.name === name)!;
    beforeAll(async () => {
        run = await runIndex(changed(cluster));
    }, 60_000);

    it("are a certificate and the service, on the nodes with the role", () => {
        const names = steps().map(({ name }) => name).filter((name) => name.includes("names")).sort();
        expect(names).toEqual(["master1", "master2"].flatMap((node) => [`kubernetes-names-certificate-${node}`, `kubernetes-names-${node}`]).sort());
    });

    it("give the authority's key to the step that signs, as a secret", () => {
        expect(programOf(step("kubernetes-names-certificate-master1"))).toContain("TEXT of kubernetes-authority.key");
        expect(typeof step("kubernetes-names-certificate-master1").inputs.stdin).not.toBe("string");
        expect(programOf(step("kubernetes-names-master1"))).not.toContain("TEXT of kubernetes-authority.key");
        expect(JSON.stringify(run.outputs)).not.toContain("TEXT of kubernetes-authority.key");
    });

    it("come when the API knows what the service may see", () => {
        const names = before(run.registered, "kubernetes-names-master1");
        expect(names).toEqual(expect.arrayContaining(["kubernetes-names-certificate-master1"]));
        expect(names.some((name) => name.startsWith("kubernetes-objects"))).toBe(true);
        expect(programOf(step("kubernetes-objects-master1"))).toContain("\"clusterIP\":\"10.96.0.10\"");
    });
});

describe("rows of verify", () => {
    const row = (name: string, node = "master1") => probes(dc).find((one) => one.row === name && one.node === node)!;

    it("ask every node whether the name server answers, and those with the role for the rest", () => {
        expect(probes(dc).filter(({ node }) => node === "agent1").map((one) => one.row)).toEqual(["the name server answers at its address", "pods are told this domain and this name server"]);
        expect(probes(dc).filter(({ node }) => node === "master1").map((one) => one.row)).toEqual([
            "the name server answers at its address",
            "pods are told this domain and this name server",
            "the service of names runs, and starts with the host",
            "configuration files as described",
            "certificate is good for 30 days and more",
            "pods and nodes are followed",
            "CoreDNS on this node answers for services",
            "names lead to addresses, and back",
            "nodes are found by name",
        ]);
        expect(probes(described({ "kubernetesDns.upstreams": ["192.168.1.1"] })).some((one) => one.row === "other name servers are asked")).toBe(true);
        expect(probes(described({ "kubernetesDns.names": false })).map((one) => one.row)).not.toContain("pods and nodes are followed");
    });

    it.each([
        ["the name server answers at its address", "10.96.0.1\n", true, "10.96.0.1"],
        ["the name server answers at its address", "code 3\n", false, "code 3"],
        ["the name server answers at its address", "", false, "no answer"],
        ["pods are told this domain and this name server", "clusterDNS: [10.96.0.10]\nclusterDomain: cluster.local\n", true, "clusterDNS: [10.96.0.10], clusterDomain: cluster.local"],
        ["pods are told this domain and this name server", "clusterDNS: [10.96.0.10]\nclusterDomain: test.com\n", false, "clusterDNS: [10.96.0.10], clusterDomain: test.com"],
        ["pods and nodes are followed", "200\n{}\n", true, "yes"],
        ["pods and nodes are followed", '503\n{"reasons": ["pods were never listed: it answers 403"]}\n', false, "503; pods were never listed: it answers 403"],
        ["pods and nodes are followed", "", false, "no answer"],
        ["CoreDNS on this node answers for services", "10.96.0.1\n10.96.0.1\n", true, "10.96.0.1"],
        ["CoreDNS on this node answers for services", "", false, "none that is ready"],
        ["CoreDNS on this node answers for services", "SERVFAIL\n", false, "SERVFAIL"],
        ["names lead to addresses, and back", "7 agree\n", true, "7 agree"],
        ["names lead to addresses, and back", "0 agree\n", false, "0 agree"],
        ["names lead to addresses, and back", "10.0.0.1 leads back to a. and not to b\n", false, "10.0.0.1 leads back to a. and not to b"],
        ["nodes are found by name", "172.18.1.1\n172.18.1.2\n172.18.1.3\n172.18.1.4\n", true, "all"],
        ["nodes are found by name", "172.18.1.1\nNXDOMAIN\n172.18.1.3\n172.18.1.4\n", false, "master2.cluster.local is NXDOMAIN"],
    ])("%s: reads %j", (name, output, ok, found) => {
        expect(row(name).evaluate(output, 0)).toMatchObject({ ok, found });
    });

    it("reads who answers on a node from what the service says of itself", () => {
        const health = '200\n{\n "healthy": true,\n "pods": 3,\n "answering": [\n  "10.0.1.3",\n  "fd00::3"\n ]\n}\n';
        const { command } = row("CoreDNS on this node answers for services");
        const functions = `http_get() { printf '%s' "$HEALTH"; }; python3() { echo "$3"; }`;
        const servers = execFileSync("bash", ["-c", `${functions}\n${command}`], { encoding: "utf8", env: { ...process.env, HEALTH: health } });
        expect(servers).toBe("10.0.1.3\nfd00::3\n");
    });
});

it("takes part in the outputs with what others are told", () => {
    expect(kubernetesDnsSystem.output(dc)).toEqual({ address: "10.96.0.10", domain: "cluster.local", nodes: ["master1", "master2"] });
});
