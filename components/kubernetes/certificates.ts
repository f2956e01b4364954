import type { DataCentre, NodeSpec } from "../../config/schema";
import { apiServiceAddress, authorities, domainOf, isMaster, masters, pki } from "./plan";

/** One certificate of a node, made there for a key that never leaves it. */
export interface Certificate {
    /** `NAME.key` and `NAME.crt` in the directory of all. */
    readonly name: string;
    /** Whom the authenticator takes it for: `O` are groups, `CN` is the user. */
    readonly subject: string;
    readonly usage: "clientAuth" | "serverAuth";
    readonly names?: readonly string[];
    /** Whose signature others ask for; the cluster's own unless said. */
    readonly by?: keyof typeof authorities;
}

/** How long they are good, and how many days before their end a run of all steps makes new ones. */
export const validDays = 365;
export const renewDays = 30;

const dns = (name: string): string => `DNS:${name}`;
const ip = (address: string): string => `IP:${address}`;

/** By which names and addresses the API is called: as a service, through a node's own proxy, and at every master. */
export const apiNames = (dc: DataCentre, node: NodeSpec): string[] => [
    ...["kubernetes", "kubernetes.default", "kubernetes.default.svc", `kubernetes.default.svc.${domainOf(dc)}`, "localhost", node.name].map(dns),
    ...[...new Set([node.address, apiServiceAddress(dc), "127.0.0.1", ...masters(dc).map(({ address }) => address)])].map(ip),
];

/**
 * What a node proves itself with. Only who needs it to begin with is in a group that Kubernetes knows by itself; nobody is in
 * system:masters, which no rule takes anything from.
 * Source: Kubernetes 1.36, "PKI certificates and requirements".
 */
export const certificates = (dc: DataCentre, node: NodeSpec): Certificate[] => [
    { name: "kubelet-client", subject: `/O=system:nodes/CN=system:node:${node.name}`, usage: "clientAuth" },
    { name: "kubelet", subject: `/O=system:nodes/CN=system:node:${node.name}`, usage: "serverAuth", names: [dns(node.name), ip(node.address)] },
    { name: "kube-proxy", subject: "/CN=system:kube-proxy", usage: "clientAuth" },
    ...(isMaster(node) ? masterCertificates(dc, node) : []),
];

const masterCertificates = (dc: DataCentre, node: NodeSpec): Certificate[] => [
    { name: "apiserver", subject: "/CN=kube-apiserver", usage: "serverAuth", names: apiNames(dc, node) },
    { name: "apiserver-kubelet-client", subject: "/CN=kube-apiserver-kubelet-client", usage: "clientAuth" },
    { name: "front-proxy-client", subject: "/CN=front-proxy-client", usage: "clientAuth", by: "frontProxy" },
    { name: "controller-manager", subject: "/CN=system:kube-controller-manager", usage: "clientAuth" },
    { name: "scheduler", subject: "/CN=system:kube-scheduler", usage: "clientAuth" },
    { name: "admin", subject: `/O=datacentre:admins/CN=datacentre:${node.name}`, usage: "clientAuth" },
];

/** Path without its ending. */
export const baseOf = (name: string): string => `${pki}/${name}`;

/** As certificates.sh takes them: path, subject, usage, authority, its key's variable, and names. */
export const certificateLines = (dc: DataCentre, node: NodeSpec): string[] =>
    certificates(dc, node).map(({ name, subject, usage, names = [], by = "kubernetes" }) =>
        [baseOf(name), subject, usage, authorities[by], by === "kubernetes" ? "kubernetes_key" : "front_proxy_key", names.join(",")].join("|"),
    );
