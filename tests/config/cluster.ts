import { node, type Edit } from "./good";

const host = ["containerd", "flannel", "kubernetes-node"];
/** Three masters, of which two have the name server, and a node. */
export const cluster: Edit = {
    nodes: [
        node("master1", 1, ...host, "etcd", "kubernetes-master", "kubernetes-dns"),
        node("master2", 2, ...host, "etcd", "kubernetes-master", "kubernetes-dns"),
        node("master3", 3, ...host, "etcd", "kubernetes-master"),
        node("agent1", 4, ...host),
    ],
    glusterfs: undefined,
    "etcd.tls": true,
    "kubernetes.serviceNetwork": "10.96.0.0/16",
    "versions.kubernetes": "1.36.3",
    "versions.flannel": "0.28.4",
    "sources.kubernetes": { kind: "archive", url: "file:///opt/kubernetes.tar.gz" },
    "sources.flannel": { kind: "archive", url: "file:///opt/flannel.tar.gz" },
};
