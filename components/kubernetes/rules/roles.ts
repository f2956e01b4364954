import { error, warning, type Fault } from "../../../config/faults";
import { majorityOf } from "../../../config/nodes";
import type { DataCentre, NodeSpec, Role } from "../../../config/schema";
import { clusterNodes, isMaster, masters } from "../plan";

/** What a node of the cluster has besides, and how many masters there are. */
export const roleRules = (dc: DataCentre): Fault[] => [...count(dc), ...clusterNodes(dc).flatMap((node) => beside(dc, node)), ...store(dc)];

const at = (dc: DataCentre, node: NodeSpec) => ["nodes", dc.nodes.indexOf(node), "roles"];

function count(dc: DataCentre): Fault[] {
    const many = masters(dc).length;
    if (many === 0 || many % 2 === 1) {
        return many === 1
            ? [warning(["nodes"], "one node has the role kubernetes-master: while it is down pods go on, and nothing can be changed", "give it to three nodes")]
            : [];
    }
    const problem = `${many} masters of Kubernetes: controllers have one leader, and where etcd is on masters it takes ${majorityOf(many)} of ${many}, so that ${many - 1} bear as much`;
    return [error(["nodes"], problem, `give the role kubernetes-master to ${many - 1} or ${many + 1} nodes`)];
}

/** Roles that a node of the cluster needs itself, and those that it cannot have. */
function beside(dc: DataCentre, node: NodeSpec): Fault[] {
    const has = (role: Role): boolean => node.roles.includes(role);
    const path = at(dc, node);
    const lacks = (role: Role, why: string): Fault[] => (has(role) ? [] : [error(path, `${node.name} is a node of Kubernetes without the role ${role}: ${why}`, `add ${role} to its roles`)]);
    return [
        ...(isMaster(node) ? lacks("kubernetes-node", "the API server is a pod, which its kubelet runs") : []),
        ...lacks("containerd", "nobody would run its pods"),
        ...lacks("flannel", "its pods would have no network"),
        ...(has("calico")
            ? [error(path, `${node.name} has the roles calico and flannel: two networks would each take the host's containers for their own`, "take calico out of its roles: pods are on flannel's network")]
            : []),
        ...(has("docker")
            ? [error(path, `${node.name} is a node of Kubernetes with the role docker: since 1.24 the kubelet speaks to containerd, and Docker brings one that it configures itself`, "take docker out of its roles, and write containerd")]
            : []),
    ];
}

/** The API server's store holds every secret: it is spoken to by TLS, or not at all. */
const store = (dc: DataCentre): Fault[] =>
    masters(dc).length > 0 && !dc.etcd.tls
        ? [error(["etcd", "tls"], "Kubernetes keeps all it knows in etcd, and without TLS anybody on the network could read and write that", "write tls: true")]
        : [];
