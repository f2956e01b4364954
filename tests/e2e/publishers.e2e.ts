/**
 * Mesos from a publisher's repository and Marathon from a published image, the pair that can be had: a repository laid out and named as
 * clusterd's, signed by a key of the test's own and served by this process, and a registry, both with the lab's doubles in them.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Manifest } from "../../components/bundle/manifest";
import type { DataCentreInput } from "../../config";
import { inFours } from "../../config/signing-key";
import { Keyring, layOut, makeDeb, Publisher, type Key } from "../published-repository";
import { networkOf } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { run, settles } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("publishers");
const { net, prefix, subnet, third } = network;
/** This machine in a network of the test's own: reached from here before the stack's network is there, and from its hosts. */
const machine = `172.31.${third}.1`;
const registryPort = 5443;
const registry = `${machine}:${registryPort}`;
const image = `${registry}/mesosphere/marathon:v1.11.24`;
const ofRegistry = `${prefix}-registry`;
const outside = `${prefix}-outside`;

const folder = mkdtempSync(join(tmpdir(), "e2e-publishers-"));
const www = join(folder, "www");
const ring = new Keyring();
const publisher = new Publisher(www);
let key: Key;
let debs: string[];

const stack = new TestStack("e2e-publishers", {
    provider: { kind: "docker", prefix, subnet, gateway: `${net}.254` },
    nodes: [{ name: "master1", address: `${net}.1`, roles: ["docker", "zookeeper", "mesos-master", "mesos-agent", "marathon"] }],
    fallbacks: [{ unpublished: { repositories: ["mesos"], images: [image] }, take: "lab/doubles/settings.yaml" }],
    security: "seed",
    docker: { insecureRegistries: [registry] },
    // clusterd's Docker tasks need the second version of control groups, which a machine need not have.
    mesos: { containerizers: ["mesos"] },
    apps: [{ id: "/web", cmd: "while sleep 5; do :; done", cpus: 0.1, mem: 32, instances: 1 }],
});

/** The index, signed by whom the test says. */
const publish = (by = key, time = ""): void => writeFileSync(join(www, "dists/bookworm/InRelease"), ring.sign(layOut(www, "bookworm", debs), by, "inline", time));

function sourceMesos(more: object = {}): void {
    stack.edit((raw) => {
        const apt = { url: `http://${machine}:${publisher.port}`, suite: "bookworm", components: ["main"] };
        const mesos = { kind: "repository", distribution: "clusterd", apt, keyFingerprint: key.fingerprint, keyUrl: `http://${machine}:${publisher.port}/key.asc`, ...more };
        raw.sources = { mesos, marathon: { kind: "images", image } } as DataCentreInput["sources"];
    });
}

const must = async (command: string): Promise<string> => {
    const { code, output, stdout } = await run("bash", ["-c", `set -e -o pipefail; ${command}`]);
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    return stdout;
};
const host = "datacentre-host:current";
const fromHost = (path: string): string => `docker run --rm --entrypoint cat ${host} /opt/datacentre-lab/${path}`;
const green = () => settles(120, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));

beforeAll(async () => {
    await stack.must("setup");
    key = ring.make("publisher", "1y");
    mkdirSync(www);
    await must(`docker network create --subnet 172.31.${third}.0/24 --gateway ${machine} ${outside}`);
    await must(`docker run --rm --entrypoint tar ${host} -C /opt/datacentre-lab/apt -c . | tar -x -C ${folder} --wildcards './aventer-mesos_*.deb'`);
    // Beside Mesos the publisher has a ZooKeeper, newer than the distribution's.
    debs = [...readdirSync(folder).filter((file) => file.startsWith("aventer-mesos")).map((file) => join(folder, file)), makeDeb(folder, "zookeeper", "3.8.0-99+publisher")];
    expect(debs).toHaveLength(2);
    await publisher.listen("0.0.0.0");
    writeFileSync(join(www, "key.asc"), key.armoured);
    publish();
    writeFileSync(join(folder, "registry.yml"), "{version: 0.1, storage: {filesystem: {rootdirectory: /var/lib/registry}}, http: {addr: ':5000'}}\n");
    await must(`docker rm -f ${ofRegistry} >/dev/null 2>&1 || true; ${fromHost("images/registry.tar")} | docker load -q; ${fromHost("images/marathon.tar")} | docker load -q
        docker run -d --name ${ofRegistry} -p ${registryPort}:5000 -v ${folder}/registry.yml:/etc/docker/registry/config.yml:ro registry:2
        docker tag mesosphere/marathon:v1.11.24 127.0.0.1:${registryPort}/mesosphere/marathon:v1.11.24; docker tag mesosphere/marathon:v1.11.24 ${image}
        for i in $(seq 20); do docker push -q 127.0.0.1:${registryPort}/mesosphere/marathon:v1.11.24 && exit; sleep 1; done; exit 1`);
    sourceMesos();
});

afterAll(async () => {
    await stack.clean();
    await publisher.close();
    ring.close();
    await run("bash", ["-c", `docker rm -fv ${ofRegistry}; docker network rm ${outside}; docker rmi 127.0.0.1:${registryPort}/mesosphere/marathon:v1.11.24 ${image}`]);
    rmSync(folder, { recursive: true, force: true });
});

const standIn = (why: RegExp) => expect.stringMatching(new RegExp(`lab/doubles/settings\\.yaml holds, a STAND-IN, in place of what publishers have, since on [0-9-]+:\\n.*${why.source}`));

it("takes the lab's where another has signed the index, says so before anything is made, and asks again when the stack is gone", async () => {
    publish(ring.make("somebody"));
    expect((await stack.make("preview")).output).toEqual(standIn(/signed by another key/));
    // What was decided is the stack's.
    publish();
    const again = await stack.make("preview");
    expect(again.output).toEqual(standIn(/signed by another key/));
    expect(again.output).not.toContain("aventer-mesos");
    await stack.must("destroy", { DATA: "delete" });
    expect((await stack.make("preview")).output).toMatch(/what publishers have is taken.*\n.*aventer-mesos 1\.11\.0-0\.9\.0\+lab1/);
    await stack.must("destroy", { DATA: "delete" });
});

it("comes up from what publishers have, says what that is, and is as described", async () => {
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
    expect(up.output).toMatch(new RegExp(`what publishers have is taken, as found on .*\\n {2}aventer-mesos .*, signed with ${inFours(key.fingerprint)}\\n {2}${image.replaceAll(".", "\\.")} \\(sha256:[0-9a-f]{64}\\)`));
    expect(up.output).not.toContain("holds, a STAND-IN");
    await green();
    expect(await stack.out("master1", "dpkg-query -W -f '${Version}' aventer-mesos")).toBe("1.11.0-0.9.0+lab1");
    expect(await stack.out("master1", "docker inspect -f '{{.Config.Image}}' datacentre-marathon")).toBe(`${image}\n`);
    expect(await stack.out("master1", "cat /etc/apt/keyrings/datacentre-mesos.asc")).toBe(key.armoured);
});

it("has of the publisher what it is named for, and ZooKeeper of the distribution", async () => {
    expect(await stack.out("master1", "apt-cache madison zookeeper")).toContain("3.8.0-99+publisher");
    expect(await stack.out("master1", "dpkg-query -W -f '${Version}' zookeeper")).not.toContain("publisher");
    expect(await stack.out("master1", "apt-cache policy zookeeper")).not.toMatch(/Candidate: .*publisher/);
});

it("changes nothing the second time, also while nobody is reached", async () => {
    rmSync(www, { recursive: true });
    mkdirSync(www);
    const { output } = await stack.must("up");
    expect(engineChanges(output)).toEqual({});
    expect(output).toMatch(/what publishers have is taken/);
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("brings a newer key of the publisher's, which the operator gives, to the hosts", async () => {
    const newer = ring.extend(key.fingerprint, "5y");
    writeFileSync(join(www, "key.asc"), newer.armoured);
    publish(newer);
    sourceMesos({ key: newer.armoured });
    await stack.must("up");
    expect(await stack.out("master1", "cat /etc/apt/keyrings/datacentre-mesos.asc")).toBe(newer.armoured);
    await green();
});

it("has all of it in a bundle, by checksum, and makes none of what is signed with an expired key", async () => {
    const bundle = join(folder, "bundle");
    stack.edit((raw) => (raw.bundle = { path: bundle, base: "datacentre-host:bare" }));
    await stack.must("bundle");
    const manifest = JSON.parse(readFileSync(join(bundle, "manifest.json"), "utf8")) as Manifest;
    const mesos = manifest.packages.find(({ name }) => name === "aventer-mesos");
    expect(mesos?.version).toBe("1.11.0-0.9.0+lab1");
    expect(manifest.files[mesos?.file ?? ""]?.sha256).toBe((await must(`sha256sum ${debs[0]}`)).slice(0, 64));
    expect(manifest.packages.find(({ name }) => name === "zookeeper")?.version).not.toContain("publisher");
    expect(manifest.images).toContainEqual(expect.objectContaining({ image, id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string }));

    const ended = ring.make("ended", "1y", "20200101T000000");
    publish(ended, "20200201T000000");
    sourceMesos({ key: ended.armoured, keyFingerprint: ended.fingerprint });
    const refused = await stack.make("bundle");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/error: packages were not collected: .* has expired \(EXPKEYSIG\)\n {2}remedy: give .* newer key in/);
    expect(refused.output).toContain("datacentre:sources.mesos.key");
    stack.edit((raw) => delete raw.bundle);
    publish();
    sourceMesos();
});

it("leaves nothing", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect((await run("docker", ["ps", "-aq", "--filter", `name=^${prefix}-master1`])).stdout).toBe("");
});
