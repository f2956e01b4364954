import { z } from "zod";

import { imageReference, port } from "../../config/texts";
import type { SystemSchema } from "../../config/system-schema";

const upstream = z
    .string()
    .regex(/^([0-9]{1,3}\.){3}[0-9]{1,3}(:[0-9]{1,5})?$/, "use a name server's IPv4 address, with a port if that is not 53: 192.168.1.1 or 192.168.1.1:5353");

const kubernetesDnsSchema = z.strictObject({
    upstreams: z
        .array(upstream)
        .max(15)
        .optional()
        .describe("Name servers that are asked for all that is not the cluster's; by default the hosts' own. None: nobody is asked, which is the default where hosts are containers of the lab."),
    ttl: z.int().min(1).max(3600).default(30).describe("Seconds for which pods may keep an answer of the cluster's own names."),
    cacheSeconds: z.int().min(0).max(86_400).default(30).describe("How long answers of the upstreams are kept at most; 0 keeps none."),
    names: z.boolean().default(true).describe("Pods' and nodes' names, and their addresses back: document 004's own wish."),
    healthPort: port.default(9093).describe("Where the service that follows pods and nodes says how it is, on the host's loopback address alone."),
});
export type KubernetesDnsSpec = z.output<typeof kubernetesDnsSchema>;

/** What holds where nothing is described besides the role. */
export const defaultSettings: KubernetesDnsSpec = kubernetesDnsSchema.parse({});

const packages = { programs: [], needs: [], tools: ["python3", "openssl"] };

/** The cluster's own name server: CoreDNS on every node with the role, behind one fixed address. */
export const kubernetesDnsLeaf = {
    name: "kubernetesDns",
    roles: ["kubernetes-dns"],
    duties: [],
    services: [],
    groups: {
        // Left out of descriptions that have none: most stacks are without it.
        kubernetesDns: kubernetesDnsSchema.optional().describe("CoreDNS for pods, on the nodes with role kubernetes-dns. The domain and the address are those of group kubernetes."),
    },
    node: {},
    catalogue: [
        {
            version: "1.15.0",
            packages: { apt: packages, yum: packages },
            offered: [],
            images: { coredns: "registry.k8s.io/coredns/coredns:v1.15.0" },
            note: "Runs as pods; the service that gives it pods' and nodes' names is this project's own",
        },
    ],
    source: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("images"), coredns: imageReference.describe("registry.k8s.io/coredns/coredns:v1.15.0") })]),
    secretKeys: [],
    words: {
        oldKeys: {
            "kubernetesDns.nameservers": "kubernetesDns.upstreams",
            "kubernetesDns.forward": "kubernetesDns.upstreams",
            "kubernetesDns.cache": "kubernetesDns.cacheSeconds",
        },
        missingKeys: {
            "kubernetesdns.domain": "the domain is said once: write datacentre:kubernetes.domain",
            "kubernetesdns.address": "write datacentre:kubernetes.dns.address",
            "kubernetesdns.replicas": "it runs once on each node with the role kubernetes-dns",
        },
    },
    standIns: { values: { "kubernetesDns.upstreams.*": "192.0.2.53", "sources.kubernetesDns.coredns": "stand-in" } },
} as const satisfies SystemSchema;
