import * as pulumi from "@pulumi/pulumi";

import { DockerEngine } from "./components/docker-engine";
import { EtcdCluster } from "./components/etcd";
import { GlusterPool } from "./components/glusterfs";
import { Apps } from "./components/apps";
import { Host } from "./components/host";
import { Marathon } from "./components/marathon";
import { MesosAgents, MesosMasters } from "./components/mesos";
import { makeNodes } from "./components/nodes";
import { describeOutputs } from "./components/outputs";
import { ZooKeeperEnsemble } from "./components/zookeeper";
import { isImaged, loadDataCentre } from "./config";

const stack = pulumi.getStack();
const owner = `${pulumi.getProject()}/${stack}`;
const dataCentre = loadDataCentre();

const nodes = makeNodes(dataCentre, stack, owner);
const hosts = nodes
    .filter((node) => node.spec.roles.length > 0)
    .map((node) => new Host(node.spec.name, { node, dataCentre, owner }));
const withRole = (role: string) => hosts.filter(({ node }) => (node.spec.roles as string[]).includes(role));

const engines = withRole("docker").map((host) => new DockerEngine(host.node.spec.name, { host, dataCentre }));
const volumes = new GlusterPool("glusterfs", { dataCentre, hosts });
const zookeeper = new ZooKeeperEnsemble("zookeeper", { dataCentre, hosts });
new EtcdCluster("etcd", { dataCentre, hosts });
// Masters and Marathon need engines where they run in containers; agents always may.
const enginesReady = engines.flatMap(({ ready }) => ready);
const enginesFor = (component: "mesos" | "marathon") => (isImaged(component, dataCentre) ? enginesReady : []);
const masters = new MesosMasters("mesos-masters", { dataCentre, hosts, after: [...zookeeper.ready, ...enginesFor("mesos")] });
const agents = new MesosAgents("mesos-agents", { dataCentre, hosts, after: [...masters.ready, ...enginesReady] });
const marathon = new Marathon("marathon", { dataCentre, hosts, after: [...masters.ready, ...enginesFor("marathon")] });
new Apps("apps", { dataCentre, hosts, after: [...marathon.ready, ...agents.ready, ...volumes.ready] });

module.exports = describeOutputs(dataCentre, nodes);
