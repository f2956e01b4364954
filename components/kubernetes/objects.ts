import { objectLabel } from "./plan";

/** An object of the API, as far as it is looked at here. */
export interface KubernetesObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
    readonly [key: string]: unknown;
}

const rbac = "rbac.authorization.k8s.io/v1";

/** Those whose certificates say so: administrators, the hosts' own kubectl and the operator's. */
export const admins: KubernetesObject = {
    apiVersion: rbac,
    kind: "ClusterRoleBinding",
    metadata: { name: "datacentre:admins" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "datacentre:admins" }],
};

/** API servers may ask kubelets for logs, and start commands in pods, and no more. */
const kubeletClient: KubernetesObject = {
    apiVersion: rbac,
    kind: "ClusterRoleBinding",
    metadata: { name: "datacentre:apiserver-kubelet-client" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:kubelet-api-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "kube-apiserver-kubelet-client" }],
};

/** Nothing is kept in it: verify looks at how etcd has it. */
export const encryptionWitness: KubernetesObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "datacentre-encryption-witness", namespace: "kube-system" },
    type: "Opaque",
    data: { what: Buffer.from("shows whether secrets are encrypted").toString("base64") },
};

/** All objects of the stack, each with the mark by which one that is described no more is found. */
export const allObjects = (more: readonly KubernetesObject[]): KubernetesObject[] =>
    [admins, kubeletClient, encryptionWitness, ...more].map((object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { ...(object.metadata["labels"] ?? {}), [objectLabel]: "yes" } },
    }));

/** `Kind namespace name`; a dash for what is in no namespace. */
export const nameOf = ({ kind, metadata: { name, namespace } }: KubernetesObject): string => `${kind} ${namespace ?? "-"} ${name}`;

export const textOf = (objects: readonly KubernetesObject[]): string => objects.map((object) => `${JSON.stringify(object)}\n`).join("---\n");
