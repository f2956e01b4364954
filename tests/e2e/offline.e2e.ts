/**
 * Hosts that reach nobody but each other and the operator: everything comes from a bundle, over SSH alone. They are bare, so that
 * nothing of it is there before.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { DataCentreInput } from "../../config";
import { cutOff, networkOf, removeHosts, standOnBareHosts } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { run } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("offline");
const { net } = network;
const names = ["master1", "agent1"];
/** Of this machine's engine, since no registry is to be reached for a test; the name is one that no registry has. */
const image = "datacentre-e2e/offline:1";
const base = "datacentre-host:bare";

const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name, i) => ({ name, address: `${net}.${i + 1}`, roles: i === 0 ? ["docker", "etcd", "zookeeper", "mesos-master", "marathon"] : ["docker", "etcd", "mesos-agent"] })),
    security: "seed",
    sources: {
        mesos: { kind: "repository", apt: { url: "file:///opt/datacentre-lab/apt" } },
        marathon: { kind: "repository", apt: { url: "file:///opt/datacentre-lab/apt" } },
    },
    apps: [
        {
            id: "/web",
            cmd: "sleep 100000",
            cpus: 0.1,
            mem: 32,
            instances: 1,
            networks: [{ mode: "container/bridge" }],
            container: { type: "DOCKER", docker: { image }, portMappings: [{ containerPort: 80, hostPort: 0 }] },
        },
    ],
};

const stack = new TestStack("e2e-offline", config);
const key = join(stack.home, "id_ed25519");
const bundle = join(stack.home, "bundle");

/** Files, packages and what apt asks, as they can be told from outside. */
const picture = (node: string): Promise<string> =>
    stack.out(
        node,
        `find /etc/apt /opt/datacentre /usr/sbin/policy-rc.d /var/lib/datacentre /var/lib/datacentre-bundle /var/lib/apt/lists -type f 2>/dev/null -exec sha256sum {} + | sort
        dpkg-query -W -f '\${db:Status-Abbrev} \${Package} \${Version}\\n' | sort; cat /etc/hosts; apt-get indextargets --format '$(URI)' | sort`,
    );

/** How many packets were refused on their way out. */
const refusals = async (node: string): Promise<number> =>
    (await stack.out(node, "iptables -L OUTPUT -v -n -x | awk '$3 == \"REJECT\" {print $1}'")).split("\n").reduce((sum, line) => sum + Number(line), 0);

beforeAll(async () => {
    mkdirSync(stack.home, { recursive: true });
    await stack.must("setup");
    await standOnBareHosts(stack, network, key);
    stack.edit((raw) => (raw.bundle = { path: bundle, base }));
    // The lab's archive of busybox, under a name that no host has.
    const load = await run("bash", [
        "-c",
        `set -e; docker run --rm --entrypoint cat ${base} /opt/datacentre-lab/images/busybox.tar | docker load; docker tag busybox:latest ${image}`,
    ]);
    expect(load).toMatchObject({ code: 0 });
    for (const node of names) {
        await stack.out(node, cutOff(network));
    }
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
    await run("docker", ["rmi", image]);
});

/** The host's own package sources, and the servers that they name. */
const sources = (node: string): Promise<string> => stack.out(node, "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true");
const serversOf = (text: string): string[] => [...new Set([...text.matchAll(/https?:\/\/(?:[^@/\s]*@)?([^/:\s]+)/g)].map(([, server = ""]) => server))];

let before: string[] = [];
let servers: string[] = [];

it("stands before hosts that nothing outside is reached from", async () => {
    for (const node of names) {
        expect((await stack.on(node, "apt-get -o Acquire::Retries=0 update 2>&1 | grep -E '^(E|W|Err)'")).output).toMatch(/Could not|Failed|Temporary/);
    }
    servers = serversOf(await sources("master1"));
    expect(servers).not.toEqual([]);
    for (const [node, server] of names.flatMap((name) => servers.map((server) => [name, server] as const))) {
        expect((await stack.on(node, `timeout 10 bash -c ': </dev/tcp/${server}/80'`)).code).not.toBe(0);
    }
    await Promise.all(names.map((node) => stack.out(node, "apt-get clean")));
    before = await Promise.all(names.map(picture));
});

it("is refused before anything is touched while there is no bundle", async () => {
    const up = await stack.make("up");
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/datacentre:bundle\.path: there is no bundle: .*manifest\.json is not there\. Run 'make bundle STACK=e2e-offline'/);
    expect((await stack.on("master1", "ls -d /var/lib/datacentre*")).code).not.toBe(0);
});

it("is collected, and collected again to the same bytes without being fetched again", async () => {
    const first = await stack.must("bundle");
    console.log(`bundle: ${first.seconds.toFixed(0)} s: ${first.stdout}`);
    const manifest = readFileSync(join(bundle, "manifest.json"), "utf8");
    // As if a run had been cut off: a package and the image are gone, and a file of nobody's is there.
    const [deb = ""] = readdirSync(join(bundle, "packages")).filter((name) => name.startsWith("etcd-server"));
    rmSync(join(bundle, "packages", deb));
    writeFileSync(join(bundle, "images", "stray.tar.part"), "x");
    const again = await stack.must("bundle");
    console.log(`again, one package fetched: ${again.seconds.toFixed(0)} s`);
    const [, all, kept] = /packages: (\d+), of which (\d+) are there/.exec(again.output) ?? [];
    expect(Number(all) - Number(kept)).toBe(1);
    expect(readFileSync(join(bundle, "manifest.json"), "utf8")).toBe(manifest);
    expect(existsSync(join(bundle, "images", "stray.tar.part"))).toBe(false);
    expect(readdirSync(bundle).sort()).toEqual(["images", "manifest.json", "packages"]);
});

it("is refused when it was damaged, or lacks something, with all that is wrong at once", async () => {
    const [deb = ""] = readdirSync(join(bundle, "packages")).filter((name) => name.startsWith("docker.io"));
    const file = join(bundle, "packages", deb);
    const [content, text] = [readFileSync(file), readFileSync(join(bundle, "manifest.json"), "utf8")];
    const damaged = Buffer.from(content);
    damaged[damaged.length - 9]! ^= 1;
    writeFileSync(file, damaged);
    const manifest = JSON.parse(text) as { images: unknown[]; packages: { name: string }[] };
    writeFileSync(join(bundle, "manifest.json"), JSON.stringify({ ...manifest, images: [], packages: manifest.packages.filter(({ name }) => name !== "zookeeper") }));
    const up = await stack.make("up");
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(new RegExp(`the bundle is damaged: packages/${deb.replaceAll("+", "\\+")} has sha256`));
    expect(up.output).toContain("the bundle lacks the package zookeeper 3.8.0");
    expect(up.output).toContain(`the bundle lacks the image ${image}`);
    expect((await stack.on("master1", "ls -d /var/lib/datacentre*")).code).not.toBe(0);
    writeFileSync(file, content);
    writeFileSync(join(bundle, "manifest.json"), text);
});

it("is all that up needs, and the next up changes nothing", async () => {
    const refused = await Promise.all(names.map(refusals));
    const up = await stack.must("up");
    console.log(`up from the bundle: ${up.seconds.toFixed(0)} s`);
    expect(up.output).toMatch(/master1 was sent \d+ files of the bundle/);
    const verify = await stack.must("verify");
    expect(verify.output).toMatch(/its bundle is whole/);
    // But for the time service, which looks for its servers, nobody tried to get out.
    const tried = await Promise.all(names.map(refusals));
    console.log(`packets refused meanwhile: ${tried.map((count, i) => count - refused[i]!).join(", ")}`);
    const next = await stack.must("up");
    expect(engineChanges(next.output)).toEqual({});
    expect(next.output).not.toMatch(/was sent/);
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
    expect(await stack.out("agent1", "docker ps --format '{{.Image}}'")).toContain(image);
});

it("asks no other package source, and leaves the host's own as they are", async () => {
    for (const node of names) {
        expect(serversOf(await sources(node))).toEqual(servers);
        const lists = await stack.out(node, "ls /var/lib/datacentre/bundle/lists");
        expect(lists).toMatch(/datacentre-bundle/);
        expect(servers.filter((server) => lists.includes(server))).toEqual([]);
    }
});

it("is found damaged on a host by verify, and sent again by up: that file alone", async () => {
    const path = (await stack.out("agent1", "ls /var/lib/datacentre-bundle/packages/etcd-server*.deb")).trim();
    await stack.out("agent1", `printf x | dd of='${path}' bs=1 seek=500 conv=notrunc 2>/dev/null`);
    const broken = await stack.make("verify");
    expect(broken.code).not.toBe(0);
    expect(broken.output).toMatch(/packages\/etcd-server\S+ is damaged or gone/);
    const up = await stack.must("up");
    expect(up.output).toMatch(/agent1 was sent 1 files of the bundle/);
    expect(up.output).not.toMatch(/master1 was sent/);
    await stack.must("verify");
});

it("goes on with a file that was cut off on its way", async () => {
    const path = (await stack.out("agent1", "ls -S /var/lib/datacentre-bundle/packages/*.deb | head -n 1")).trim();
    const size = statSync(join(bundle, "packages", path.slice(path.lastIndexOf("/") + 1))).size;
    await stack.out("agent1", `head -c ${size - 1000} '${path}' > '${path}.part'; rm '${path}'`);
    const up = await stack.must("up");
    expect(up.output).toMatch(/agent1 was sent 1 files of the bundle, 1 MiB/);
    await stack.must("verify");
});

it("leaves with the stack, which puts the hosts back as they were", async () => {
    await stack.must("destroy", { DATA: "delete" });
    const after = await Promise.all(names.map(picture));
    expect(after).toEqual(before);
    expect((await stack.on("master1", "ls -d /var/lib/datacentre*")).code).not.toBe(0);
});
