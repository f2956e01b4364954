import * as pulumi from "@pulumi/pulumi";

import { Apps } from "./components/apps";
import { Calico } from "./components/calico";
import { DockerNetworks } from "./components/calico/docker-networks";
import { calicoLeaf } from "./components/calico/schema";
import { Containerd } from "./components/containerd";
import { loadDataCentre } from "./components/description";
import { DockerEngine } from "./components/docker";
import { DockerRoll } from "./components/docker-roll";
import { handOver } from "./components/docker-roll/plan";
import { EtcdCluster } from "./components/etcd";
import { Flannel, FlannelBridges, FlannelLeases } from "./components/flannel";
import { GlusterPool } from "./components/glusterfs";
import { Host } from "./components/host";
import { ImageRegistries } from "./components/image-registries";
import { imageRegistriesLeaf } from "./components/image-registries/schema";
import { Kubernetes } from "./components/kubernetes";
import { KubernetesDns } from "./components/kubernetes-dns";
import { objects as nameServer } from "./components/kubernetes-dns/objects";
import { imagesOf as nameServerImages, labelKeys, labelsOf } from "./components/kubernetes-dns/plan";
import { kubeconfig, kubernetesKeys } from "./components/kubernetes/keys";
import { masters as kubernetesMasters } from "./components/kubernetes/plan";
import { Marathon } from "./components/marathon";
import { MarathonBridge } from "./components/marathon-bridge";
import { marathonLeaf } from "./components/marathon/schema";
import { instances } from "./components/marathon/plan";
import { AgentRoll, MesosAgents, MesosMasters } from "./components/mesos";
import { masters } from "./components/mesos/plan";
import { mesosLeaf } from "./components/mesos/schema";
import { spareMemory } from "./components/memory";
import { Mirror } from "./components/mirror";
import { makeNodes } from "./components/nodes";
import { Containers } from "./components/nodes/containers";
import { isLocal } from "./components/nodes/containers/plan";
import { hasAuthority, stackAuthority } from "./components/nodes/keys";
import type { ManagedNode, NodeInContainer } from "./components/nodes/managed-node";
import { describeOutputs } from "./components/outputs";
import { Proxies } from "./components/proxies";
import { proxiesLeaf } from "./components/proxies/schema";
import { tellOrder } from "./components/step/told";
import { isUpgraded } from "./components/step/visits";
import { systems } from "./components/systems";
import { withoutTraces } from "./components/traces";
import { ZooKeeperEnsemble } from "./components/zookeeper";
import type { Role } from "./config";
import { isImaged } from "./config/catalogue";
import { areContainers } from "./config/nodes";

withoutTraces();
const stack = pulumi.getStack();
const owner = `${pulumi.getProject()}/${stack}`;
const dataCentre = loadDataCentre();
spareMemory(dataCentre.nodes.length);
tellOrder(dataCentre.nodes.map(({ name }) => name));

/** Made by scripts/setup where there are masters of Kubernetes. */
const hasKubernetes = kubernetesMasters(dataCentre).length > 0;
const keys = () => kubernetesKeys(stack);

/** Systems on hosts, whichever provider they are from. */
function onHosts(): ManagedNode[] {
    const nodes = makeNodes(systems, dataCentre, stack, owner);
    const busy = nodes.filter((node) => node.spec.roles.length > 0);
    const prepare = (node: ManagedNode, after: readonly pulumi.Resource[]) => new Host(node.spec.name, { node, dataCentre, systems, owner, after });
    // The others fetch through the mirror, so it is there before they are prepared.
    const [gate] = busy.filter(({ spec }) => spec.name === dataCentre.mirror?.node).map((node) => prepare(node, []));
    const mirror = gate ? new Mirror("mirror", { dataCentre, host: gate }).ready : [];
    const hosts = busy.map((node) => (node === gate?.node ? gate : prepare(node, mirror)));
    const withRole = (role: Role) => hosts.filter(({ node }) => node.spec.roles.includes(role));

    const volumes = new GlusterPool("glusterfs", { dataCentre, hosts });
    const zookeeper = new ZooKeeperEnsemble("zookeeper", { dataCentre, hosts });
    const etcd = new EtcdCluster("etcd", {
        ...{ dataCentre, systems, hosts },
        authority: () => stackAuthority(stack, "etcd-authority"),
        hadTls: hasAuthority(stack, "etcd-authority"),
    });
    const registries = imageRegistriesLeaf.roles.some((role) => withRole(role).length > 0)
        ? new ImageRegistries("image-registries", { dataCentre, hosts, authority: () => stackAuthority(stack) })
        : undefined;
    // Docker starts on the subnet that flannel has for its host.
    const flannel = withRole("flannel").length > 0 ? new Flannel("flannel", { dataCentre, hosts, after: etcd.ready, before: (node) => etcd.before(node) }) : undefined;
    // Networks that engines share are kept in etcd, which they ask when they start.
    const store = dataCentre.calico.dockerNetworks.length > 0 ? etcd.ready : [];
    const enginesOn = new Map(
        withRole("docker").map((host) => [
            host.node.spec.name,
            new DockerEngine(host.node.spec.name, {
                ...{ host, dataCentre },
                after: [...store, ...(registries?.before(host.node.spec) ?? []), ...(flannel?.before(host.node.spec) ?? [])],
            }).ready,
        ]),
    );
    const enginesReady = [...enginesOn.values()].flat();
    const roll = new DockerRoll("docker-roll", { dataCentre, hosts, after: enginesReady });
    const rolled = roll.ready;
    const podEngines = withRole("containerd").flatMap(
        (host) => new Containerd(host.node.spec.name, { host, dataCentre, authority: () => stackAuthority(stack).certificate }).ready,
    );
    const bridges = flannel ? new FlannelBridges("flannel-bridges", { dataCentre, hosts, after: [...enginesReady, ...rolled, ...flannel.ready] }).ready : [];
    // No registry holds an engine up, but who runs images waits for both.
    const engines = [...enginesReady, ...rolled, ...podEngines, ...bridges, ...(registries?.ready ?? [])];
    if (hasKubernetes) {
        const cluster = new Kubernetes("kubernetes", {
            dataCentre,
            hosts,
            keys: keys(),
            addons: { objects: nameServer(dataCentre), labels: labelsOf, labelKeys, images: (node) => nameServerImages(dataCentre, node) },
            after: [...etcd.ready, ...podEngines, ...(flannel?.ready ?? [])],
            before: (node) => etcd.before(node),
        });
        new FlannelLeases("flannel-leases", { dataCentre, hosts, after: cluster.ready });
        if (withRole("kubernetes-dns").length > 0) {
            new KubernetesDns("kubernetes-dns", { dataCentre, hosts, authority: () => keys().authority, after: cluster.ready });
        }
    }
    // Calico, masters and Marathon need engines where they run in containers; agents always may.
    const enginesFor = (leaf: Parameters<typeof isImaged>[0]) => (isImaged(leaf, dataCentre) ? engines : []);
    const calico = new Calico("calico", { dataCentre, hosts, owner, after: [...etcd.ready, ...enginesFor(calicoLeaf)] });
    const networks = new DockerNetworks("docker-networks", { dataCentre, hosts, owner, after: [...engines, ...calico.ready] });
    const leaders = new MesosMasters("mesos-masters", { dataCentre, hosts, after: [...zookeeper.ready, ...enginesFor(mesosLeaf)] });
    const agents = new MesosAgents("mesos-agents", {
        ...{ dataCentre, hosts, handOver: handOver(dataCentre) },
        after: [...leaders.ready, ...bridges, ...(registries?.ready ?? []), ...calico.ready],
        // Of engines its own host's alone: with all of them, each of many agents would record every other's.
        afterOn: ({ name }) => [...(enginesOn.get(name) ?? []), ...roll.on(name)],
    });
    // Upstream's order where Mesos is upgraded: masters, agents, schedulers.
    const agentsFirst = isUpgraded(mesosLeaf.name) ? agents.ready : [];
    const marathon = new Marathon("marathon", { dataCentre, hosts, after: [...leaders.ready, ...agentsFirst, ...enginesFor(marathonLeaf)] });
    if (withRole("marathon-bridge").length > 0) {
        new MarathonBridge("marathon-bridge", { dataCentre, systems, hosts, after: marathon.ready });
    }
    if (proxiesLeaf.roles.some((role) => withRole(role).length > 0)) {
        new Proxies("proxies", { dataCentre, hosts, after: [...zookeeper.ready, ...leaders.ready, ...marathon.ready] });
    }
    new Apps("apps", { dataCentre, systems, hosts, after: [...marathon.ready, ...agents.ready, ...volumes.ready, ...networks.ready] });
    return nodes;
}

/** The same systems where nodes are containers of one engine. */
function inContainers(): NodeInContainer[] {
    const containers = new Containers("containers", { dataCentre, systems, owner });
    const [master, marathon] = [masters(dataCentre), instances(dataCentre)].map(([first]) => first && containers.client(first));
    // Containers of another machine's engine are not reached from here.
    const roll = master && isLocal(dataCentre) ? new AgentRoll("mesos-agents", { dataCentre, from: master, after: containers.ready }).ready : [];
    new Apps("apps", { dataCentre, systems, hosts: [], from: marathon, after: [...containers.ready, ...roll] });
    return containers.nodes;
}

function describe() {
    if (areContainers(dataCentre)) {
        return describeOutputs(systems, dataCentre, inContainers());
    }
    const nodes = onHosts();
    const config = hasKubernetes ? kubeconfig(dataCentre, keys(), nodes) : undefined;
    return describeOutputs(systems, dataCentre, nodes, config ? { kubeconfig: config } : {});
}

module.exports = describe();
