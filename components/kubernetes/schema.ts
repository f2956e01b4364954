import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";
import { cidr, fileUrl, httpUrl, ipv4, port, sha256, word } from "../../config/texts";

const quantity = (example: string) => z.string().regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?$/, `use a quantity as Kubernetes writes it, in quotes, such as "${example}"`);
const threshold = z.string().regex(/^[0-9]+(\.[0-9]+)?(%|Ki|Mi|Gi)$/, 'use a share or a size, in quotes, such as "10%" or "1Gi"');
const signals = ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree", "pid.available"] as const;

const kubeletSchema = z.strictObject({
    maxPods: z.int().min(1).max(1000).default(110).describe("Pods of a node at most; each has an address of the node's subnet."),
    podPidsLimit: z.int().min(64).max(1_000_000).default(4096).describe("Processes of a pod at most."),
    reserved: z
        .strictObject({ cpu: quantity("100m").default("100m"), memory: quantity("256Mi").default("256Mi") })
        .prefault({})
        .describe("What pods leave to the host."),
    evictionHard: z.partialRecord(z.enum(signals), threshold).optional().describe("When pods are evicted; by default the kubelet's own thresholds."),
    imageGC: z
        .strictObject({ highPercent: z.int().min(1).max(100).default(85), lowPercent: z.int().min(0).max(99).default(80) })
        .prefault({})
        .describe("How full the images' disk may be until unused images go, and until when they do."),
});

const auditSchema = z.strictObject({
    level: z.enum(["none", "metadata", "request"]).default("metadata").describe("`request` has what was asked too, but for secrets and tokens."),
    maxAgeDays: z.int().min(1).max(3650).default(30),
    maxBackups: z.int().min(1).max(1000).default(10),
    maxSizeMiB: z.int().min(1).max(10_000).default(100),
});

const kubernetesSchema = z.strictObject({
    serviceNetwork: cidr.default("10.96.0.0/16").describe("Services' addresses. Document 004's 10.0.201.0/24 is within its pods' 10.0.0.0/16, which flannel.subnetMax keeps apart."),
    domain: z
        .string()
        .max(200)
        .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/, "use a DNS name in small letters, such as cluster.local")
        .default("cluster.local")
        .describe("The end of services' names. Said here and nowhere else."),
    clusterName: word.default("datacentre").describe("What kubectl calls the cluster."),
    apiPort: port.default(6443).describe("Where masters serve the API."),
    proxyPort: port.default(6444).describe("Where every node finds all masters, on its own loopback."),
    dns: z
        .strictObject({ address: ipv4.optional().describe("The cluster's name server; by default the tenth address of the service range.") })
        .prefault({}),
    proxyMode: z.enum(["iptables", "nftables"]).default("iptables").describe("How services' addresses are translated; nftables wants Linux 5.13 or newer."),
    kubelet: kubeletSchema.prefault({}),
    audit: auditSchema.prefault({}).describe("The log of who asked the API for what, on every master."),
    masterTaint: z.boolean().default(false).describe("Keep pods off the masters that do not ask for them; document 004 runs pods there."),
    allowCgroup1: z.boolean().default(false).describe("Hosts with the first version of control groups, which Kubernetes is about to leave; for the lab."),
    drainTimeoutSeconds: z.int().min(10).max(86_400).default(300).describe("How long pods may take to leave a node."),
});
export type KubernetesSpec = z.output<typeof kubernetesSchema>;

/** What holds where nothing is described besides the roles. */
export const defaultSettings: KubernetesSpec = kubernetesSchema.parse({});

const packages = {
    apt: { programs: [], needs: ["haproxy", "openssl", "conntrack", "iptables", "kmod", "curl"] },
    yum: { programs: [], needs: ["haproxy", "openssl", "conntrack-tools", "iptables", "kmod", "curl"] },
};

/** Kubernetes: the API and who works behind it as static pods of the masters, kubelet and kube-proxy as services of all nodes. */
export const kubernetesLeaf = {
    name: "kubernetes",
    roles: ["kubernetes-master", "kubernetes-node"],
    duties: [],
    services: ["api", "kubelets", "nodePorts"],
    groups: {
        // Left out of descriptions that have none: most stacks are without it.
        kubernetes: kubernetesSchema.optional().describe("The cluster of the nodes with roles kubernetes-master and kubernetes-node."),
    },
    node: {},
    catalogue: [
        { version: "1.36.3", packages, offered: [], note: "Its publisher's archive. It leaves the first version of control groups unless told otherwise" },
        { version: "1.35.8", packages, offered: [], note: "The minor version before, from which 1.36 is reached" },
    ],
    source: z.discriminatedUnion("kind", [
        z.strictObject({
            kind: z.literal("archive").describe("kubernetes-server-linux-amd64.tar.gz as upstream has it, with programs and images in kubernetes/server/bin."),
            url: z.union([fileUrl, httpUrl]),
            sha256: sha256.optional().describe("Needed for http and https."),
        }),
    ]),
    secretKeys: [],
    words: {
        oldKeys: {
            "kubernetes.clusterDomain": "kubernetes.domain",
            "kubernetes.cluster_domain": "kubernetes.domain",
            "kubernetes.clusterDns": "kubernetes.dns.address",
            "kubernetes.clusterDNS": "kubernetes.dns.address",
            "kubernetes.serviceCidr": "kubernetes.serviceNetwork",
            "kubernetes.serviceClusterIpRange": "kubernetes.serviceNetwork",
            "kubernetes.dns.upstreams": "kubernetesDns.upstreams",
            "kubernetes.kubelet.podsMax": "kubernetes.kubelet.maxPods",
        },
        missingKeys: {
            "kubernetes.clustercidr": "pods' network is flannel's: write datacentre:flannel.network",
            "kubernetes.podnetwork": "pods' network is flannel's: write datacentre:flannel.network",
            "kubernetes.insecureport": "the API is served by TLS alone; take it out",
            "kubernetes.dockerroot": "the engine is containerd: write datacentre:containerd.root",
            "kubernetes.extraargs": "flags have no key of their own; those that matter are keys here",
        },
    },
    standIns: { values: { "kubernetes.serviceNetwork": "10.96.0.0/16", "kubernetes.domain": "cluster.local" } },
} as const satisfies SystemSchema;
