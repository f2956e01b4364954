import { archiveOf, versionOf } from "../../config/catalogue";
import { formatAddress, parseNetwork } from "../../config/network";
import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { archiveHome } from "../step/program";
import { defaultSettings, kubernetesLeaf, type KubernetesSpec } from "./schema";

export const settingsOf = (dc: DataCentre): KubernetesSpec => dc.kubernetes ?? defaultSettings;

export const isMaster = (node: NodeSpec): boolean => node.roles.includes("kubernetes-master");

export const masters = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "kubernetes-master");

/** All nodes of the cluster in the order in which they are visited: masters first, since no kubelet may be newer than an API server. */
export const clusterNodes = (dc: DataCentre): NodeSpec[] => {
    const all = dc.nodes.filter((node) => isMaster(node) || node.roles.includes("kubernetes-node"));
    return [...all.filter(isMaster), ...all.filter((node) => !isMaster(node))];
};

export const version = (dc: DataCentre): string => versionOf(kubernetesLeaf, dc);

/** Where upstream's archive has the programs, and images as tar files beside them. */
export function binOf(dc: DataCentre): string {
    return `${archiveHome("kubernetes", archiveOf(kubernetesLeaf, dc)?.sha256 ?? "local")}/server/bin`;
}

/** The n-th address of the service range; empty where the range is none. */
function serviceAddress(dc: DataCentre, n: number): string {
    const network = parseNetwork(settingsOf(dc).serviceNetwork);
    return network ? formatAddress(network.first + n) : "";
}

/** The API's own address as a service: Kubernetes takes the first one. */
export const apiServiceAddress = (dc: DataCentre): string => serviceAddress(dc, 1);

/** Where pods' name server is. */
export const dnsAddress = (dc: DataCentre): string => settingsOf(dc).dns.address ?? serviceAddress(dc, 10);

export const domainOf = (dc: DataCentre): string => settingsOf(dc).domain;

export const apiUrl = (dc: DataCentre, node: NodeSpec): string => `https://${node.address}:${settingsOf(dc).apiPort}`;

/** How everything on a node reaches the API: its own proxy knows all masters. */
export const localUrl = (dc: DataCentre): string => `https://127.0.0.1:${settingsOf(dc).proxyPort}`;

export const etc = "/etc/kubernetes";
export const pki = `${etc}/pki`;
export const manifests = `${etc}/manifests`;
/** What only the API server reads; one directory, so that it sees files that are written anew. */
export const apiServerEtc = `${etc}/apiserver`;
export const auditLogs = "/var/log/kubernetes";

/** Whom each certificate of the cluster is by. */
export const authorities = { kubernetes: `${pki}/authority.crt`, frontProxy: `${pki}/front-proxy-authority.crt` } as const;

/** The proxy of a node: its unit, which is its user too. */
export const proxyUnit = "datacentre-kubernetes-proxy";
export const proxyEtc = `/etc/${proxyUnit}`;

/** The annotation by which a Node object is known to be ours, and with which settings it was let in last. */
export const nodeAnnotation = "datacentre/kubelet";
/** The label of objects that are ours. */
export const objectLabel = "datacentre/object";

/** Ports that nobody can change. */
export const ports = {
    kubelet: 10250,
    kubeletHealth: 10248,
    proxyHealth: 10256,
    proxyMetrics: 10249,
    controllerManager: 10257,
    scheduler: 10259,
} as const;
/** Where services are reached on every node, if they ask for it: Kubernetes' own range. */
export const nodePorts: readonly [number, number] = [30000, 32767];

/** Of Node objects of masters: a label, and where it is described a taint too. */
export const masterLabel = "node-role.kubernetes.io/control-plane";
