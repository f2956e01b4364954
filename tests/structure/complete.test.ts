/** Complete or refused: every system has all its parts, and a part that is taken out is missed by name. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDataCentre } from "../../components/description";
import { systems } from "../../components/systems";
import { readStackFile } from "../../config/files";
import type { Part, System } from "../../config/system";
import { compose } from "../../config/systems";
import { changed, whole } from "../config/good";
import { lacking, partKeys, systemsPage, type Evidence } from "./complete";
import { isStep, runIndex } from "./run-index";

const folder = mkdtempSync(join(tmpdir(), "complete-"));

/** A stack that has everything; a bundle, which excludes the mirror, has a stack of its own below. */
const everything = changed(
    {
        security: "seed",
        mirror: { node: "master1" },
        "docker.credentials": [{ registry: "registry.example", username: "u", password: "planted" }],
        "marathon.credentials": { username: "u", password: "planted" },
        "sources.mesos": { kind: "images", master: "mesosphere/mesos-master:1.11.0", agent: "mesosphere/mesos-slave:1.11.0" },
        "sources.marathon": { kind: "images", image: "mesosphere/marathon:v1.11.24" },
        "docker.reachableRegistries": undefined,
        "mesos.containerizers": ["docker"],
        // The series whose images have the driver of Docker networks.
        ...{ "sources.calico": undefined, "versions.calico": "2.6.12", "etcd.v2Api": true, "calico.networks": undefined, "calico.policies": undefined },
        "calico.pools": [
            { name: "apps", cidr: "10.240.0.0/16", encapsulation: "ipip" },
            { name: "docker", cidr: "10.241.0.0/16", encapsulation: "ipip" },
        ],
        "calico.dockerNetworks": [{ name: "flat", pool: "docker" }],
        apps: [
            {
                ...{ id: "/web", cmd: "sleep 9", cpus: 0.1, mem: 32, networks: [{ mode: "container/bridge" }] },
                container: { type: "DOCKER", docker: { image: "busybox:1" }, portMappings: [{ containerPort: 80, servicePort: 10080 }] },
            },
        ],
        ...Object.fromEntries([2].map((at) => [`nodes[${at}].roles`, [...(whole().nodes[at]!.roles ?? []), "marathon-bridge", "mesos-proxy", "marathon-proxy", "zookeeper-proxy"]])),
        // With certificates, which this security profile has not by itself; and at a port that no registry of Marathon's has.
        "nodes[3].roles": [...(whole().nodes[3]!.roles ?? []), "marathon-bridge", "mesos-proxy", "marathon-proxy", "zookeeper-proxy", "image-registry", "image-mirror"],
        imageRegistries: { tls: true, mirror: { port: 5001, credentials: { username: "u", password: "planted" } } },
        // No node has two engines.
        "nodes[4]": { name: "agent4", address: "172.18.1.9", roles: ["containerd", "flannel"] },
        // And no node two networks.
        "nodes[5]": { name: "agent5", address: "172.18.1.10", roles: ["docker", "flannel"] },
        "versions.flannel": "0.28.4",
        "sources.flannel": { kind: "archive", url: "file:///opt/datacentre-lab/flannel/flannel-v0.28.4-linux-amd64.tar.gz" },
        // What they stand before has the usual ones.
        proxies: { mesosPort: 15050, marathonPort: 18080, zookeeperPort: 12181 },
        // marathon-lb has the usual one.
        marathonBridge: { statsPort: 9190, statsPassword: "planted" },
    },
    whole(),
);
/** Provider `existing` asks hosts for what containers of this machine have of it. */
const elsewhere = {
    provider: { kind: "existing", privateKeyFile: "~/.ssh/none" },
    nodes: (everything.nodes as object[]).map((node, at) => ({ ...node, ssh: { hostKey: `ssh-ed25519 AAAA${at}` } })),
};

/** Calico and Kubernetes are in no stack together. */
const cluster = changed({ "kubernetes.masterTaint": true }, readStackFile("kubernetes")!.config as never);

let evidence: Evidence;
let ofCluster: Evidence;

beforeAll(async () => {
    const run = await runIndex(everything, ["docker", "marathon", "marathonBridge", "imageRegistries"]);
    const { dataCentre, faults } = parseDataCentre({ ...everything, ...elsewhere }, { stack: "local" });
    expect(faults).toEqual([]);
    evidence = { dc: dataCentre!, systems, run, docs: systemsPage() };
    const clusterRun = await runIndex(cluster, [], "../../index", "kubernetes");
    ofCluster = { ...evidence, dc: parseDataCentre(cluster, { stack: "kubernetes" }).dataCentre!, run: clusterRun };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The evidence for one part: the bundle is in no stack with a mirror. */
function of(part: Part): Evidence {
    if (part.leaf.name.startsWith("kubernetes")) {
        return ofCluster;
    }
    if (part.leaf.name === "etcd" || part.leaf.name === "flannel") {
        // Certificates, and subnets of nodes that leave, are in that one.
        return { ...evidence, run: { ...evidence.run, made: [...evidence.run.made, ...ofCluster.run.made] } };
    }
    if (part.leaf.name !== "bundle") {
        return evidence;
    }
    const path = join(folder, "bundle");
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "manifest.json"), JSON.stringify({ format: 1, family: "apt", release: { id: "debian", version: "12", architecture: "amd64" }, packages: [], images: [], archives: [], files: {} }));
    return { ...evidence, dc: { ...evidence.dc, bundle: { path, family: "apt", base: "debian:bookworm" } } };
}

it.each(systems.parts.map((part) => [part.leaf.name, part] as const))("%s has every part", (_, part) => {
    expect(lacking(part, of(part))).toEqual([]);
});

/** Every part of every system, one by one. */
const taken = systems.parts.flatMap((part) => partKeys.filter((key) => key in part && (key !== "roles" || part.leaf.roles.length > 0)).map((key) => [part.leaf.name, key, part] as const));

it.each(taken)("misses %s's %s when it is taken out", (name, key, part) => {
    const rest = Object.fromEntries(Object.entries(part).filter(([other]) => other !== key));
    expect(lacking(rest as unknown as Part, of(part)).join("\n")).toContain(`${name}: ${key}`);
});

const functions = taken.filter(([, key, part]) => typeof (part as unknown as Record<string, unknown>)[key] === "function");

it.each(functions)("misses %s's %s when it says nothing", (name, key, part) => {
    const said = (part as unknown as Record<string, unknown>)[key] as { name: string };
    const silent = { ...part, [key]: () => [] };
    const found = lacking(silent, of(part)).join("\n");
    if (said.name === "none") {
        expect(found).toContain(`${name}: ${key}`);
    } else {
        expect(found).toMatch(new RegExp(`${name}: (${key}|probes)`));
    }
});

/** What is said of each role and duty, one by one. */
const facts = systems.parts.flatMap((part) =>
    (["roles", "duties"] as const).flatMap((list) =>
        Object.entries((part as Partial<System>)[list] ?? {}).flatMap(([one, said]) =>
            ["needs", "packages", "enables", "watched"].map((fact) => [fact, one, list, said, part] as const),
        ),
    ),
);

it.each(facts)("misses the %s of %s when they are taken out", (fact, one, list, said, part) => {
    const rest = Object.fromEntries(Object.entries(said).filter(([other]) => other !== fact));
    const maimed = { ...part, [list]: { ...(part as System)[list], [one]: rest } };
    expect(lacking(maimed, of(part))).toContain(`${part.leaf.name}: roles, ${one} lacks ${fact}`);
});

it("knows whose every step is", () => {
    const steps = [evidence, ofCluster].flatMap(({ run }) => run.made.filter(isStep).map(({ name }) => name.replace(/-(master|agent|node)\d+$/, "")));
    const owners = (step: string) => systems.parts.filter(({ steps: own }) => own.some((one) => new RegExp(`^${one.replaceAll("*", ".+")}$`).test(step)));
    // `app-*` is all apps, of which two are the program's own.
    expect([...new Set(steps)].filter((step) => step !== "prepare" && owners(step).length === 0)).toEqual([]);
});

describe("the registry's own function", () => {
    const [first] = systems.systems as readonly [System];
    const again = (leaf: Partial<System["leaf"]>) => () =>
        compose({ ...systems, systems: [...systems.systems, { ...first, leaf: { ...first.leaf, name: "other", roles: [], duties: [], groups: {}, node: {}, ...leaf }, roles: {} }] });

    it.each([
        ["name", { name: "docker" }, "the name docker is claimed by docker and by docker"],
        ["role", { roles: ["etcd"] }, "the role or duty etcd is claimed by etcd and by other"],
        ["group", { groups: { mesos: first.leaf.groups.docker! } }, "the group mesos is claimed by mesos and by other"],
        ["node's key", { node: { docker: first.leaf.node.docker! } }, "the node's key docker is claimed by docker and by other"],
    ])("refuses a %s that is taken", (_, leaf, words) => {
        expect(again(leaf)).toThrow(words);
    });
});

it("calls only what somebody offers, and offers what its leaf says", () => {
    const offered = systems.parts.flatMap((part) => part.offers(evidence.dc).map(({ service }) => `${part.leaf.name}:${service}`));
    const called = systems.parts.flatMap((part) => part.calls(evidence.dc).map(({ service }) => service));
    const said = systems.parts.flatMap(({ leaf }) => leaf.services.map((service) => `${leaf.name}:${service}`));
    expect(called.filter((service) => !offered.includes(service))).toEqual([]);
    expect([...new Set(offered)].sort()).toEqual(said.sort());
});
