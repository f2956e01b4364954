import * as pulumi from "@pulumi/pulumi";

import { Calico } from "./components/calico";
import { DockerEngine } from "./components/docker-engine";
import { DockerNetworks } from "./components/docker-network";
import { EtcdCluster } from "./components/etcd";
import { GlusterPool } from "./components/glusterfs";
import { Apps } from "./components/apps";
import { Host } from "./components/host";
import { Marathon } from "./components/marathon";
import { MesosAgents, MesosMasters } from "./components/mesos";
import { Mirror } from "./components/mirror";
import { makeNodes, type ManagedNode } from "./components/nodes";
import { describeOutputs } from "./components/outputs";
import { ZooKeeperEnsemble } from "./components/zookeeper";
import { isImaged, loadDataCentre, type Component } from "./config";

const stack = pulumi.getStack();
const owner = `${pulumi.getProject()}/${stack}`;
const dataCentre = loadDataCentre();

const nodes = makeNodes(dataCentre, stack, owner);
const busy = nodes.filter((node) => node.spec.roles.length > 0);
const prepare = (node: ManagedNode, after: readonly pulumi.Resource[]) => new Host(node.spec.name, { node, dataCentre, owner, after });
// The others fetch through the mirror, so it is there before they are prepared.
const [gate] = busy.filter(({ spec }) => spec.name === dataCentre.mirror?.node).map((node) => prepare(node, []));
const mirror = gate ? new Mirror("mirror", { dataCentre, host: gate }).ready : [];
const hosts = busy.map((node) => (node === gate?.node ? gate : prepare(node, mirror)));
const withRole = (role: string) => hosts.filter(({ node }) => (node.spec.roles as string[]).includes(role));

const volumes = new GlusterPool("glusterfs", { dataCentre, hosts });
const zookeeper = new ZooKeeperEnsemble("zookeeper", { dataCentre, hosts });
const etcd = new EtcdCluster("etcd", { dataCentre, hosts });
// Networks that engines share are kept in etcd, which they ask when they start.
const store = dataCentre.calico.dockerNetworks.length > 0 ? etcd.ready : [];
const engines = withRole("docker").flatMap((host) => new DockerEngine(host.node.spec.name, { host, dataCentre, after: store }).ready);
// Calico, masters and Marathon need engines where they run in containers; agents always may.
const enginesFor = (component: Component) => (isImaged(component, dataCentre) ? engines : []);
const calico = new Calico("calico", { dataCentre, hosts, owner, after: [...etcd.ready, ...enginesFor("calico")] });
const networks = new DockerNetworks("docker-networks", { dataCentre, hosts, owner, after: [...engines, ...calico.ready] });
const masters = new MesosMasters("mesos-masters", { dataCentre, hosts, after: [...zookeeper.ready, ...enginesFor("mesos")] });
const agents = new MesosAgents("mesos-agents", { dataCentre, hosts, after: [...masters.ready, ...engines, ...calico.ready] });
const marathon = new Marathon("marathon", { dataCentre, hosts, after: [...masters.ready, ...enginesFor("marathon")] });
new Apps("apps", { dataCentre, hosts, after: [...marathon.ready, ...agents.ready, ...volumes.ready, ...networks.ready] });

module.exports = describeOutputs(dataCentre, nodes);
