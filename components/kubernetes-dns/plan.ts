import { imagesOf as catalogued } from "../../config/catalogue";
import { formatAddress, parseNetwork } from "../../config/network";
import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { dnsAddress, domainOf, localUrl, settingsOf as clusterSettings } from "../kubernetes/plan";
import { defaultSettings, kubernetesDnsLeaf, type KubernetesDnsSpec } from "./schema";

/** What of the cluster its name server goes by. */
export interface Cluster {
    readonly domain: string;
    /** Where pods ask. */
    readonly address: string;
    /** The API's address as a service: the first of the range. */
    readonly api: string;
    /** How a node reaches the API. */
    readonly localUrl: string;
}

export const clusterOf = (dc: DataCentre): Cluster => {
    const services = parseNetwork(clusterSettings(dc).serviceNetwork);
    return { domain: domainOf(dc), address: dnsAddress(dc), api: services ? formatAddress(services.first + 1) : "", localUrl: localUrl(dc) };
};

export const settingsOf = (dc: DataCentre): KubernetesDnsSpec => dc.kubernetesDns ?? defaultSettings;

/** The nodes on which CoreDNS runs. */
export const dnsNodes = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "kubernetes-dns");

export const hasNames = (dc: DataCentre): boolean => settingsOf(dc).names && dnsNodes(dc).length > 0;

const label = "datacentre/dns";
/** Labels of a Node object that only an administrator may give: where CoreDNS runs. */
export const labelsOf = (node: NodeSpec): Record<string, string> => (node.roles.includes("kubernetes-dns") ? { [label]: "true" } : {});
/** All labels that `labelsOf` can give, for who takes them away again. */
export const labelKeys: readonly string[] = [label];

/**
 * Name servers for all that is not the cluster's: `undefined` are the hosts' own. A host of the lab has one on its loopback address,
 * which is the engine's and no pod's.
 */
export const upstreamsOf = (dc: DataCentre): readonly string[] | undefined => settingsOf(dc).upstreams ?? (dc.provider.kind === "docker" ? [] : undefined);

export const image = (dc: DataCentre): string => catalogued(kubernetesDnsLeaf, dc)?.["coredns"] ?? "";
/** Images that a node's pods of ours run in. */
export const imagesOf = (dc: DataCentre, node: NodeSpec): string[] => (node.roles.includes("kubernetes-dns") ? [image(dc)] : []);

/** The unit of the service that follows pods and nodes, which is its user too; where its files are. */
export const unit = "datacentre-kubernetes-names";
export const etc = `/etc/${unit}`;
export const configFile = `${etc}/config.json`;
export const authorityFile = `${etc}/authority.crt`;
/** Without its ending: `.crt` and `.key`. */
export const certificate = `${etc}/client`;
export const serviceDirectory = `/usr/local/lib/${unit}`;
/** What CoreDNS mounts. The service's files are swapped whole, so it is the directory and not they. */
export const runtime = "/run/datacentre-names";
export const addressesFile = `${runtime}/addresses`;
export const podsFile = `${runtime}/pods`;

/** Whom the API takes the service for; the ClusterRole of the same name lets it see pods and nodes, and nothing else. */
export const user = "system:datacentre:names";
export const ownAddress = "127.0.0.1";

/** Days that its certificate is good for, and how many are left when a run of all steps makes another one. */
export const validDays = 365;
export const renewDays = 30;
