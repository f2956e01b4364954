/**
 * Two bare hosts, of which one reaches nobody but the other and the operator: packages, an archive and images come to it through
 * the mirror on the other.
 */
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";

import type { DataCentreInput } from "../../config";
import { cutOff, networkOf, removeHosts, standOnBareHosts } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { run } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("mirror");
const { net } = network;
/** This machine, as hosts see it: it stands for a publisher on the web, at the only port that is one. */
const outside = `${net}.254`;

const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: ["master1", "agent1"].map((name, i) => ({ name, address: `${net}.${i + 1}`, roles: ["docker", "etcd"] })),
    mirror: { node: "master1", cacheGiB: 1 },
    docker: { images: [{ image: "busybox:latest", archive: `http://${outside}/busybox.tar`, nodes: ["agent1"] }] },
};

const stack = new TestStack("e2e-mirror", config);
const key = `${stack.home}/id_ed25519`;
const asked: string[] = [];
let server: Server;
let archive: Buffer;

/** Files, packages and units, as they can be told from outside. */
const picture = (node: string): Promise<string> =>
    stack.out(
        node,
        `find /etc /opt /var/cache/datacentre-mirror /var/lib/datacentre -xdev -type f ! -name 'ld.so.cache' 2>/dev/null -exec sha256sum {} + | grep -vE ' /etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$' | sort
        dpkg-query -W -f '\${db:Status-Abbrev} \${Package}\\n' | sort; systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort`,
    );

beforeAll(async () => {
    await stack.must("setup");
    await standOnBareHosts(stack, network, key);
    const saved = await run("docker", ["run", "--rm", "--entrypoint", "base64", "datacentre-host:bare", "/opt/datacentre-lab/images/busybox.tar"]);
    archive = Buffer.from(saved.stdout, "base64");
    stack.edit((raw) => (raw.docker!.images![0]!.sha256 = createHash("sha256").update(archive).digest("hex")));
    server = createServer((request, response) => {
        asked.push(request.socket.remoteAddress ?? "");
        response.end(archive);
    });
    await new Promise<void>((resolve) => server.listen(80, outside, resolve));
    await stack.out("agent1", cutOff(network));
    // Not this machine's web server either, but through the mirror.
    await stack.out("agent1", `iptables -I OUTPUT -p tcp -d ${outside} --dport 80 -j REJECT`);
});

afterAll(async () => {
    server.close();
    await stack.clean();
    await removeHosts(network);
});

let before: string[] = [];

it("stands before a host that reaches no package source", async () => {
    expect((await stack.on("agent1", "apt-get -o Acquire::Retries=0 update 2>&1 | grep -E '^(E|W|Err)'")).output).toMatch(/Could not|Failed|Temporary/);
    before = await Promise.all(stack.names.map(picture));
});

it("has the closed host fetch everything through the other one", async () => {
    const up = await stack.must("up");
    console.log(`make up through the mirror: ${up.seconds.toFixed(0)} s`);
    expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/);
    const log = await stack.out("master1", "cat /var/log/squid/access.log");
    expect(log).toMatch(new RegExp(`${net}.2 TCP_\\w+/200 \\d+ GET http://\\S+/docker\\.io_\\S+\\.deb`));
    expect(log).toContain(`GET http://${outside}/busybox.tar`);
    expect(new Set(asked)).toEqual(new Set([`${net}.1`]));
    expect(await stack.out("agent1", "docker images --format '{{.Repository}}:{{.Tag}}'")).toContain("busybox:latest");
    // The engine is told as well; the host's own settings are not.
    expect(await stack.out("agent1", "docker info --format '{{.HTTPProxy}} {{.NoProxy}}'")).toContain(`http://${net}.1:3128 localhost,127.0.0.1,master1`);
    expect(await stack.out("agent1", "apt-config dump | grep -i proxy || true")).toBe(await stack.out("master1", "apt-config dump | grep -i proxy || true"));
    expect(await stack.out("master1", "docker info --format '{{.HTTPProxy}}'")).toBe("\n");
});

it("changes nothing the second time", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("leads nobody inside, to metadata, to other ports, and no stranger out", async () => {
    const through = async (node: string, url: string) => (await stack.on(node, `curl -sS -o /dev/null -w '%{http_code}' --noproxy '' -x http://${net}.1:3128 ${url}`)).stdout;
    expect(await through("agent1", `http://${outside}/busybox.tar`)).toBe("200");
    for (const url of [`http://${net}.1:2379/version`, `http://${net}.2/`, "http://169.254.169.254/latest", "http://100.100.100.200/latest", `http://${outside}:22/`, "http://127.0.0.1:3128/"]) {
        expect([url, await through("agent1", url)]).toEqual([url, "403"]);
    }
    expect((await run("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-x", `http://${net}.1:3128`, `http://${outside}/busybox.tar`])).stdout).toBe("403");
});

it("is found gone by verify, which names who lacks it, and mended", async () => {
    await stack.out("master1", "systemctl stop squid");
    const verify = await stack.make("verify");
    expect(verify.code).not.toBe(0);
    expect(verify.output).toMatch(/reaches the mirror[^]*no answer/);
    await stack.must("up", { CONVERGE: "1" });
    await stack.must("verify");
});

it("leaves the hosts as they were", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect(await Promise.all(stack.names.map(picture))).toEqual(before);
});
