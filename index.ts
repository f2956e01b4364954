import * as pulumi from "@pulumi/pulumi";

import { DockerEngine } from "./components/docker-engine";
import { EtcdCluster } from "./components/etcd";
import { GlusterPool } from "./components/glusterfs";
import { Host } from "./components/host";
import { makeNodes } from "./components/nodes";
import { describeOutputs } from "./components/outputs";
import { ZooKeeperEnsemble } from "./components/zookeeper";
import { loadDataCentre } from "./config";

const stack = pulumi.getStack();
const owner = `${pulumi.getProject()}/${stack}`;
const dataCentre = loadDataCentre();

const nodes = makeNodes(dataCentre, stack, owner);
const hosts = nodes
    .filter((node) => node.spec.roles.length > 0)
    .map((node) => new Host(node.spec.name, { node, dataCentre, owner }));
const withRole = (role: string) => hosts.filter(({ node }) => (node.spec.roles as string[]).includes(role));

withRole("docker").forEach((host) => new DockerEngine(host.node.spec.name, { host, dataCentre }));
new GlusterPool("glusterfs", { dataCentre, hosts });
new ZooKeeperEnsemble("zookeeper", { dataCentre, hosts });
new EtcdCluster("etcd", { dataCentre, hosts });

module.exports = describeOutputs(dataCentre, nodes);
