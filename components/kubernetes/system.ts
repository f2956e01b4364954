import { packagesOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Family } from "../../config/system-schema";
import { none, type Call, type Listener, type Offer, type RoleFacts, type System } from "../../config/system";
import { groupProbes, probes } from "./check";
import { modules } from "./kubelet";
import { apiUrl, auditLogs, clusterNodes, dnsAddress, domainOf, etc, isMaster, masters, nodePorts, ports, proxyEtc, proxyUnit, settingsOf, version } from "./plan";
import { kubernetesRules } from "./rules";
import { kubernetesLeaf } from "./schema";

const packages = (dc: DataCentre, family: Family): string[] => [...packagesOf(kubernetesLeaf, dc, family), ...(settingsOf(dc).proxyMode === "nftables" ? ["nftables"] : [])];

const node = {
    needs: [
        { role: "kubernetes-master", why: "the API is there" },
        { role: "containerd", why: "it runs the pods of every node" },
        { role: "flannel", why: "pods reach each other by its network" },
    ],
    packages,
    enables: ["haproxy.service"],
    watched: ["kubelet", "kube-proxy", proxyUnit],
} as const satisfies RoleFacts;

const isIn = (one: NodeSpec): boolean => isMaster(one) || one.roles.includes("kubernetes-node");

function listeners(dc: DataCentre, one: NodeSpec): Listener[] {
    const { apiPort, proxyPort } = settingsOf(dc);
    return !isIn(one)
        ? []
        : [
              ...(isMaster(one)
                  ? [
                        { port: apiPort, what: "Kubernetes' API", key: ["kubernetes", "apiPort"] },
                        { port: ports.controllerManager, what: "Kubernetes' controller manager" },
                        { port: ports.scheduler, what: "Kubernetes' scheduler" },
                    ]
                  : []),
              { port: proxyPort, what: "the node's proxy of Kubernetes' API", key: ["kubernetes", "proxyPort"] },
              { port: ports.kubelet, what: "the kubelet" },
              { port: ports.kubeletHealth, what: "the kubelet's health" },
              { port: ports.proxyHealth, what: "kube-proxy's health" },
              { port: ports.proxyMetrics, what: "kube-proxy's metrics" },
          ];
}

export const kubernetesSystem = {
    leaf: kubernetesLeaf,
    roles: {
        "kubernetes-master": {
            ...node,
            needs: [
                { role: "etcd", why: "the API keeps everything there" },
                { role: "kubernetes-node", why: "a master is a node too, whose kubelet runs the API" },
                ...node.needs.slice(1),
            ],
            servesOutside: true,
        },
        "kubernetes-node": { ...node, servesOutside: true },
    },
    duties: {},
    rules: [kubernetesRules],
    listeners,
    offers: (dc): Offer[] => [
        { service: "api", to: "kubernetes-master", protocol: "tcp", ports: settingsOf(dc).apiPort, from: ["kubernetes-master", "kubernetes-node"], why: "Kubernetes' API" },
        { service: "kubelets", to: "kubernetes-node", protocol: "tcp", ports: ports.kubelet, from: ["kubernetes-master"], why: "kubelets, for logs and commands in pods" },
        // To nobody by itself: whom they are for, `openings` say.
        { service: "nodePorts", to: "kubernetes-node", protocol: "tcp", ports: nodePorts, from: [], why: "services of Kubernetes that ask for a port of every node" },
    ],
    calls: (): Call[] => [{ service: "etcd:clients", from: ["kubernetes-master"] }],
    directories: (_, one) =>
        isIn(one) ? [{ path: "/var/lib/kubelet", what: "the kubelet's, with its pods' volumes", remedy: "leave it to the kubelet", stored: undefined }] : [],
    requires: (dc, one) =>
        isIn(one)
            ? [
                  { what: "noswap", why: "the kubelet refuses" },
                  ...modules.map((what) => ({ what, why: "packets between pods and services need" })),
                  ...(settingsOf(dc).proxyMode === "nftables" ? [{ what: "nf_tables", why: "kube-proxy in mode nftables needs" }] : []),
              ]
            : [],
    // Those of static pods come with its archive.
    images: none,
    files: [etc, proxyEtc, auditLogs, "/var/lib/kubelet"],
    steps: ["kubernetes-certificates", "kubernetes-drain-*", "kubernetes-node", "kubernetes-bootstrap", "kubernetes-admit-*", "kubernetes-objects", "kubernetes-members"],
    probes,
    groupProbes,
    output: (dc) =>
        masters(dc).length > 0
            ? {
                  api: masters(dc).map((one) => apiUrl(dc, one)),
                  nodes: clusterNodes(dc).map(({ name }) => name),
                  version: version(dc),
                  domain: domainOf(dc),
                  dns: dnsAddress(dc),
              }
            : undefined,
} satisfies System<typeof kubernetesLeaf>;
