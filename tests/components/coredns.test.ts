/** The real CoreDNS with our configuration, against an API and an upstream in small; where the lab has built it. */
import { spawn, type ChildProcess } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { corefile, ports, type DnsSettings } from "../../components/kubernetes-dns/corefile";
import { addressesFile, podsFile } from "../../components/kubernetes-dns/plan";

const builds = join(process.env["DATACENTRE_CACHE"] ?? join(homedir(), ".cache/datacentre"), "kubernetes");
const program = (existsSync(builds) ? readdirSync(builds) : [])
    .filter((name) => name.startsWith("coredns-"))
    .map((name) => join(builds, name, "coredns"))
    .find(existsSync);
if (program === undefined) {
    console.log(`skipped: no CoreDNS in ${builds}; lab/kubernetes/build.sh makes it`);
}
const service = resolve(__dirname, "../../components/kubernetes-dns/service");

const cluster = { domain: "dc.example", address: "10.96.0.10", api: "10.96.0.1", localUrl: "https://127.0.0.1:6444" };
const settings: DnsSettings = { upstreams: [], ttl: 7, cacheSeconds: 30, names: true };

const freePort = () =>
    new Promise<number>((done) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address() as { port: number };
            server.close(() => done(port));
        });
    });

const namespace = (name: string) => ({ metadata: { name } });
const service_ = (name: string, clusterIP: string, more: object = {}) => ({
    metadata: { name, namespace: "default" },
    spec: { clusterIP, clusterIPs: [clusterIP], type: "ClusterIP", ports: [{ name: "https", port: 443, protocol: "TCP" }], ...more },
});
const objects = {
    "/api/v1/namespaces": [namespace("default"), namespace("kube-system")],
    "/api/v1/services": [service_("kubernetes", "10.96.0.1"), service_("web", "None", { clusterIP: "None" })],
    "/apis/discovery.k8s.io/v1/endpointslices": [
        {
            metadata: { name: "web-x", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
            addressType: "IPv4",
            endpoints: [{ addresses: ["10.0.1.2"], hostname: "web-0", conditions: { ready: true } }, { addresses: ["10.0.1.3"], hostname: "web-1", conditions: { ready: true } }],
            ports: [{ name: "https", port: 443, protocol: "TCP" }],
        },
    ],
};
/** As the service writes them: tests of its own hold that. */
const files = {
    addresses: "172.18.1.1 node1.dc.example\n10.0.1.2 web-0.default.pod.dc.example\n",
    pods: "10.0.1.2 web-0.default.pod.dc.example 10-0-1-2.default.pod.dc.example\n172.18.1.1 api.kube-system.pod.dc.example 172-18-1-1.kube-system.pod.dc.example\n",
};

let folder: string;
const started: ChildProcess[] = [];
let upstream: Socket;
const asked: string[] = [];

/** Answers every question for an address, and says whose it was. */
function answer(question: Buffer): Buffer {
    const end = question.indexOf(0, 12) + 5;
    const kind = question.readUInt16BE(end - 4);
    const record = kind === 1 ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]) : Buffer.alloc(0);
    const head = Buffer.concat([question.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, kind === 1 ? 1 : 0, 0, 0, 0, 0])]);
    return Buffer.concat([head, question.subarray(12, end), record]);
}

function run(command: string, args: readonly string[], cwd: string): ChildProcess & { said: () => string } {
    let said = "";
    const child = spawn(command, args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
    [child.stdout, child.stderr].forEach((stream) => stream.on("data", (text) => (said += String(text))));
    started.push(child);
    return Object.assign(child, { said: () => said });
}

async function until(holds: () => unknown, what: () => string): Promise<void> {
    for (let left = 200; !(await holds()); left--) {
        if (left === 0) {
            throw new Error(`not within 20 s: ${what()}`);
        }
        await pause(100);
    }
}

/** Starts one and waits until it is ready. */
async function coredns(given: Partial<DnsSettings>): Promise<{ resolver: Resolver; said: () => string }> {
    const api = run("python3", ["-B", "-m", "tests.fakes", join(folder, "objects.json")], service);
    await until(() => api.said().includes("\n"), api.said);
    const [port, health, ready, metrics] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const text = corefile(cluster, { ...settings, ...given }, { port, api: [`endpoint ${api.said().trim()}`] })
        .replaceAll(addressesFile, join(folder, "addresses"))
        .replaceAll(podsFile, join(folder, "pods"))
        .replaceAll(`:${ports.health}`, `127.0.0.1:${health}`)
        .replaceAll(`:${ports.ready}`, `127.0.0.1:${ready}`)
        .replaceAll(`:${ports.metrics}`, `127.0.0.1:${metrics}`);
    writeFileSync(join(folder, "Corefile"), text);
    const child = run(program!, ["-conf", join(folder, "Corefile")], folder);
    await until(async () => (await fetch(`http://127.0.0.1:${ready}/ready`).catch(() => undefined))?.status === 200, child.said);
    const resolver = new Resolver({ timeout: 2000, tries: 2 });
    resolver.setServers([`127.0.0.1:${port}`]);
    // It says that it is ready before it listens.
    await until(async () => (await code(resolver.resolve4("nobody.default.svc.dc.example"))) === "ENOTFOUND", child.said);
    return { resolver, said: child.said };
}

const code = (promise: Promise<unknown>) => promise.then(String, (error: unknown) => (error as { code?: string }).code);

(program === undefined ? describe.skip : describe)("CoreDNS", () => {
    let resolver: Resolver;

    beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), "coredns-"));
        writeFileSync(join(folder, "objects.json"), JSON.stringify(objects));
        Object.entries(files).forEach(([name, text]) => writeFileSync(join(folder, name), text));
        upstream = createSocket("udp4");
        await new Promise<void>((done) => upstream.bind(0, "127.0.0.1", done));
        upstream.on("message", (message, client) => {
            asked.push(message.subarray(12).toString("latin1").replaceAll(/[^a-z0-9-]+/g, "."));
            upstream.send(answer(message), client.port, client.address);
        });
        ({ resolver } = await coredns({ upstreams: [`127.0.0.1:${upstream.address().port}`] }));
    }, 60_000);

    afterAll(() => {
        started.forEach((child) => child.kill("SIGKILL"));
        upstream.close();
        rmSync(folder, { recursive: true, force: true });
    });

    it("finds services, and their addresses lead back", async () => {
        expect(await resolver.resolve4("kubernetes.default.svc.dc.example", { ttl: true })).toEqual([{ address: "10.96.0.1", ttl: 7 }]);
        expect(await resolver.reverse("10.96.0.1")).toEqual(["kubernetes.default.svc.dc.example"]);
        expect((await resolver.resolve4("web.default.svc.dc.example")).sort()).toEqual(["10.0.1.2", "10.0.1.3"]);
        expect(await resolver.resolve4("web-1.web.default.svc.dc.example")).toEqual(["10.0.1.3"]);
    });

    it("finds pods, whose addresses lead back to the pod and not to the service that it is behind", async () => {
        expect(await resolver.resolve4("web-0.default.pod.dc.example", { ttl: true })).toEqual([{ address: "10.0.1.2", ttl: 7 }]);
        expect(await resolver.resolve4("10-0-1-2.default.pod.dc.example")).toEqual(["10.0.1.2"]);
        expect(await resolver.reverse("10.0.1.2")).toEqual(["web-0.default.pod.dc.example"]);
        // One that is not known yet is, as without us, what it is to its service.
        expect(await resolver.reverse("10.0.1.3")).toEqual(["web-1.web.default.svc.dc.example"]);
    });

    it("finds nodes, also by a pod's search path, and pods in their network, which are not what they lead back to", async () => {
        expect(await resolver.resolve4("node1.dc.example")).toEqual(["172.18.1.1"]);
        expect(await resolver.resolve4("api.kube-system.pod.dc.example")).toEqual(["172.18.1.1"]);
        expect(await resolver.reverse("172.18.1.1")).toEqual(["node1.dc.example"]);
    });

    it("says what does not exist, and asks nobody else for it", async () => {
        const before = asked.length;
        for (const name of ["none.default.svc.dc.example", "none.default.pod.dc.example", "10-9-9-9.default.pod.dc.example", "node9.dc.example", "default.svc.node1.dc.example"]) {
            expect([name, await code(resolver.resolve4(name))]).toEqual([name, "ENOTFOUND"]);
        }
        expect(await code(resolver.resolve6("node1.dc.example"))).toBe("ENODATA");
        expect(await code(resolver.resolve6("web-0.default.pod.dc.example"))).toBe("ENODATA");
        expect(asked.length).toBe(before);
    });

    it("asks the upstream for all else, once", async () => {
        expect(await resolver.resolve4("www.elsewhere.org")).toEqual(["192.0.2.1"]);
        expect(await resolver.resolve4("www.elsewhere.org")).toEqual(["192.0.2.1"]);
        expect(asked.filter((name) => name.includes("elsewhere"))).toHaveLength(1);
        // Addresses that are nobody's here.
        expect(["ENODATA", "ENOTFOUND"]).toContain(await code(resolver.reverse("203.0.113.1")));
        expect(asked.some((name) => name.includes("in-addr"))).toBe(true);
    });

    it("reads files that are swapped, within seconds, and keeps no answer of before", async () => {
        expect(await code(resolver.resolve4("late.default.pod.dc.example"))).toBe("ENOTFOUND");
        for (const [name, line] of [["addresses", "10.0.1.9 late.default.pod.dc.example\n"], ["pods", "10.0.1.9 late.default.pod.dc.example\n"]] as const) {
            writeFileSync(join(folder, "new"), files[name] + line);
            renameSync(join(folder, "new"), join(folder, name));
        }
        await until(async () => (await code(resolver.resolve4("late.default.pod.dc.example"))) === "10.0.1.9", () => "a new pod is found");
        await until(async () => (await code(resolver.reverse("10.0.1.9"))) === "late.default.pod.dc.example", () => "and its address leads back");
    }, 30_000);

    it("without upstreams says so at once, and without names knows services alone", async () => {
        const { resolver: other } = await coredns({ upstreams: [], names: false });
        expect(await other.resolve4("kubernetes.default.svc.dc.example")).toEqual(["10.96.0.1"]);
        expect(await code(other.resolve4("www.elsewhere.org"))).toBe("ESERVFAIL");
        expect(await code(other.resolve4("node1.dc.example"))).toBe("ENOTFOUND");
    }, 60_000);
});
