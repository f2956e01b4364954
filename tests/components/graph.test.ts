/** The whole program on Pulumi's mocks: what is made, in which order, and with which options. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { Apps } from "../../components/apps";
import { Calico } from "../../components/calico";
import { Host } from "../../components/host";
import { Marathon } from "../../components/marathon";
import { MesosAgents, MesosMasters } from "../../components/mesos";
import { makeNodes } from "../../components/nodes";
import { DockerEngine } from "../../components/docker-engine";
import { EtcdCluster } from "../../components/etcd";
import { GlusterPool } from "../../components/glusterfs";
import { ZooKeeperEnsemble } from "../../components/zookeeper";
import { sampleDataCentre } from "./sample";

interface Made {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
}

const made: Made[] = [];
const home = mkdtempSync(join(tmpdir(), "graph-"));

beforeAll(async () => {
    process.env.DATACENTRE_HOME = home;
    const dc = sampleDataCentre();
    const keys = join(home, "stacks", "local", "ssh");
    mkdirSync(join(keys, "hosts"), { recursive: true });
    for (const name of ["id_ed25519", ...dc.nodes.map((node) => `hosts/${node.name}_ed25519`)]) {
        writeFileSync(join(keys, name), "PRIVATE");
        writeFileSync(join(keys, `${name}.pub`), `ssh-ed25519 ${name.length}AAA comment`);
    }
    await pulumi.runtime.setMocks({
        newResource: (args) => {
            made.push({ type: args.type, name: args.name, inputs: args.inputs as Record<string, unknown> });
            return { id: `${args.name}-id`, state: args.inputs as Record<string, unknown> };
        },
        call: () => ({}),
    });
    const nodes = makeNodes(dc, "local", "datacentre/local");
    const hosts = nodes.map((node) => new Host(node.spec.name, { node, dataCentre: dc, owner: "datacentre/local" }));
    const engines = hosts.map((host) => new DockerEngine(host.node.spec.name, { host, dataCentre: dc }));
    const volumes = new GlusterPool("glusterfs", { dataCentre: dc, hosts });
    const zookeeper = new ZooKeeperEnsemble("zookeeper", { dataCentre: dc, hosts });
    const etcd = new EtcdCluster("etcd", { dataCentre: dc, hosts });
    const calico = new Calico("calico", { dataCentre: dc, hosts, owner: "datacentre/local", after: etcd.ready });
    const masters = new MesosMasters("mesos-masters", { dataCentre: dc, hosts, after: zookeeper.ready });
    const after = [...masters.ready, ...calico.ready, ...engines.flatMap(({ ready }) => ready)];
    const agents = new MesosAgents("mesos-agents", { dataCentre: dc, hosts, after });
    const marathon = new Marathon("marathon", { dataCentre: dc, hosts, after: masters.ready });
    new Apps("apps", { dataCentre: dc, hosts, after: [...marathon.ready, ...agents.ready, ...volumes.ready] });
    await pulumi.runtime.disconnect();
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const steps = (): Made[] => made.filter(({ type }) => type === "command:remote:Command");

it("needs few remote steps and resources a host", () => {
    const perHost = steps().length / 4;
    const resources = made.length / 4;
    console.log(`${perHost} remote steps and ${resources} resources a host`);
    // A step for each system of a host, so that a change runs what it touches; whole data centres have three more.
    expect(perHost).toBeLessThanOrEqual(9.75);
});

it("makes every step with the options that keep secrets in and drift out", () => {
    expect(steps().length).toBeGreaterThan(0);
    for (const { name, inputs } of steps()) {
        expect([name, Object.keys(inputs).sort()]).toEqual([
            name,
            ["addPreviousOutputInEnv", "connection", "create", "delete", "logging", "stdin"],
        ]);
        expect(inputs).toMatchObject({ addPreviousOutputInEnv: false, logging: "none" });
        const { value } = inputs.connection as { value: Record<string, unknown> };
        // dialErrorLimit and perDialTimeout are the SDK's own defaults.
        expect(Object.keys(value).sort()).toEqual([
            ...["dialErrorLimit", "host", "hostKey", "perDialTimeout", "port", "privateKey", "user"],
        ]);
        expect(JSON.stringify({ ...inputs, connection: "" })).not.toContain("PRIVATE");
    }
});

it("gives each node's steps one connection, and its longer patience to the first alone", () => {
    const patient = steps().filter(({ inputs }) => (inputs.connection as { value: { dialErrorLimit: number } }).value.dialErrorLimit > 10);
    expect(patient.map(({ name }) => name).sort()).toEqual(["prepare-agent1", "prepare-agent2", "prepare-agent3", "prepare-master1"]);
});

it("runs a node's steps again when its machine is another one", () => {
    for (const { name, inputs } of steps()) {
        const node = name.split("-").pop()!;
        expect(inputs.create).toContain(`instance ${node}-id`);
    }
});
