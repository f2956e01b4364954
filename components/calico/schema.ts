import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";
import { cidr, fileUrl, httpUrl, imageReference, name, port, sha256 } from "../../config/texts";

/** The part of the description that Calico takes: address pools, the networks that apps name, and policy. */

/**
 * What Marathon lets apps name, and Calico and Docker take: it becomes a profile's name and a label key too, which policies
 * select by. Sources: Marathon 1.11, NetworkName in stringTypes.raml; Calico 3.28, libcalico-go/lib/validator/v3.
 */
const networkName = name;

const selector = z
    .string()
    .max(1024)
    .regex(/^[^\p{C}]+$/u, "use a selector on one line, such as has(web) && role == 'db'");

const portMatch = z.union([
    port,
    z.string().regex(/^[0-9]{1,5}(:[0-9]{1,5})?$/, 'use a port, or a range in quotes, such as "8000:8100"'),
]);

const entity = z.strictObject({
    nets: z.array(cidr).optional(),
    notNets: z.array(cidr).optional(),
    selector: selector.optional(),
    notSelector: selector.optional(),
    ports: z.array(portMatch).optional().describe("TCP and UDP only."),
    notPorts: z.array(portMatch).optional(),
});

const ruleSchema = z.strictObject({
    action: z.enum(["Allow", "Deny", "Log", "Pass"]),
    protocol: z.union([z.enum(["TCP", "UDP", "ICMP", "SCTP", "UDPLite"]), z.int().min(1).max(255)]).optional(),
    icmp: z.strictObject({ type: z.int().min(0).max(254), code: z.int().min(0).max(255).optional() }).optional(),
    source: entity.optional(),
    destination: entity.optional(),
});
export type PolicyRule = z.output<typeof ruleSchema>;

const policySchema = z
    .strictObject({
        name,
        order: z.number().optional().describe("Lower goes first; without it, last."),
        selector: selector.default("all()").describe("Which endpoints: by labels, and by has(NETWORK) for a network's."),
        types: z.array(z.enum(["Ingress", "Egress"])).min(1).optional().describe("By default those that it has rules for."),
        ingress: z.array(ruleSchema).optional().describe("What may reach the endpoints."),
        egress: z.array(ruleSchema).optional().describe("What the endpoints may reach."),
    })
    .describe("A policy of the whole cluster. An endpoint that one selects is closed to what none allows.");
export type Policy = z.output<typeof policySchema>;

const poolSchema = z.strictObject({
    name,
    cidr: cidr.describe("The addresses. They must not be anybody else's: hosts', services', another pool's."),
    encapsulation: z
        .enum(["vxlan", "ipip", "none"])
        .default("vxlan")
        .describe("How packets go between hosts: `vxlan` works everywhere, `ipip` needs the kernel's module, `none` a flat network and BGP."),
    natOutgoing: z.boolean().default(true).describe("Whether what leaves the pools goes with the host's address."),
    blockSize: z.int().min(20).max(32).default(26).describe("Addresses are given to hosts in blocks of this prefix length."),
    disabled: z.boolean().default(false).describe("No new addresses are taken from it."),
});
export type Pool = z.output<typeof poolSchema>;

const networkSchema = z.strictObject({
    name: networkName.describe("What apps name."),
    pools: z.array(name).min(1).optional().describe("Where its addresses are from; by default any pool."),
    isolated: z
        .boolean()
        .default(false)
        .describe("Whether only its own endpoints reach each other; otherwise nodes and other pools' endpoints reach them too."),
});
export type Network = z.output<typeof networkSchema>;

const dockerNetworkSchema = z.strictObject({
    name: networkName.describe("What apps with Docker containers name, and `docker run --network`."),
    pool: name.describe("The pool that the network has to itself, as its subnet."),
    isolated: z.boolean().default(false).describe("As in `networks`."),
});
export type DockerNetwork = z.output<typeof dockerNetworkSchema>;

const calicoSchema = z.strictObject({
    pools: z.array(poolSchema).default([]).describe("Address pools; Calico's own default one is never made."),
    networks: z.array(networkSchema).default([]).describe("Networks of the Mesos containerizer, through CNI."),
    dockerNetworks: z
        .array(dockerNetworkSchema)
        .default([])
        .describe("Docker networks with Calico's drivers; they need Docker 20.10 or less and datacentre:etcd.v2Api."),
    policies: z.array(policySchema).default([]),
    asNumber: z.int().min(1).max(4294967294).default(64512).describe("The nodes' BGP number, where there is BGP."),
    mtu: z.int().min(576).max(9000).optional().describe("Bytes, of containers' interfaces; by default what fits the hosts'."),
    healthPort: port.default(9099).describe("Felix answers here, on the host itself."),
    felix: z
        .record(
            z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, "use the setting's name, such as logSeverityScreen"),
            z.string().regex(/^[^\p{C}"\\$`]*$/u, "use one line of text, in quotes if it looks like a number"),
        )
        .default({})
        .describe("Further settings of Felix, by their names in its reference."),
});

// What Calico's programs call where they run by themselves; its images have all of it. jq compares what the datastore has.
const packages = {
    apt: { programs: [], needs: ["ipset", "iptables", "conntrack"], tools: ["jq"] },
    yum: { programs: [], needs: ["ipset", "iptables", "conntrack-tools"], tools: ["jq"] },
};

/** Calico's images: the node's, the one that the CNI plugins are taken from, and calicoctl's. */
export interface CalicoImages {
    readonly node: string;
    readonly cni: string;
    readonly ctl: string;
}

/** Calico: addresses and policy for containers. */
export const calicoLeaf = {
    name: "calico",
    roles: ["calico"],
    duties: [],
    services: ["nodes"],
    groups: { calico: calicoSchema.prefault({}).describe("Calico on the nodes with role calico.") },
    node: {},
    catalogue: [
        {
            version: "3.28.5",
            packages,
            offered: ["apt", "yum"],
            images: { node: "calico/node:v3.28.5", cni: "calico/cni:v3.28.5", ctl: "calico/ctl:v3.28.5" },
            note: "Keeps its data in etcd v3. DC/OS ran 3.14 with Mesos; no Docker network driver since 3.0",
        },
        {
            version: "2.6.12",
            packages,
            offered: ["apt", "yum"],
            images: { node: "quay.io/calico/node:v2.6.12", cni: "quay.io/calico/cni:v1.11.8", ctl: "quay.io/calico/ctl:v1.6.5" },
            note: "Document 003's series, on etcd's v2 API; its node image holds the Docker network driver",
        },
    ],
    // Images that hosts with the role docker run, or the programs themselves.
    source: z.discriminatedUnion("kind", [
        z.strictObject({
            kind: z.literal("images"),
            node: imageReference.describe("calico/node:v3.28.5"),
            cni: imageReference.describe("Has the CNI plugins in /opt/cni/bin: calico/cni:v3.28.5"),
            ctl: imageReference.describe("Has calicoctl: calico/ctl:v3.28.5"),
        }),
        z.strictObject({
            kind: z
                .literal("archive")
                .describe("A .tar.gz with calico-node, calicoctl and the CNI plugin calico in it, and calico-docker-driver for Docker networks."),
            url: z.union([fileUrl, httpUrl]),
            sha256: sha256.optional().describe("Needed for http and https."),
        }),
    ]),
    secretKeys: [],
    words: {
        oldKeys: {
            "calico.ipPools": "calico.pools",
            "calico.pools.subnet": "cidr",
            "calico.pools.ipip": "encapsulation",
            "calico.pools.ipipMode": "encapsulation",
            "calico.pools.vxlanMode": "encapsulation",
            "calico.dockerNetworks.subnet": "pool",
        },
    },
    standIns: {
        values: {
            ...Object.fromEntries(["node", "cni", "ctl"].map((key) => [`sources.calico.${key}`, "stand-in"])),
            ...Object.fromEntries(
                ["ingress", "egress"].flatMap((list): [string, unknown][] => [
                    [`calico.policies.*.${list}.*`, { action: "Allow" }],
                    [`calico.policies.*.${list}.*.action`, "Allow"],
                    ...["source", "destination"].map((side): [string, unknown] => [`calico.policies.*.${list}.*.${side}.ports.*`, "1"]),
                ]),
            ),
            "calico.policies.*.types.*": "Ingress",
            "calico.pools.*.cidr": "0.0.0.0/32",
            "calico.networks.*.pools.*": "stand-in",
            "calico.dockerNetworks.*.pool": "stand-in",
            "sources.calico.url": "file:///stand-in",
            "calico.pools.*": { name: "stand-in", cidr: "0.0.0.0/32" },
            "calico.networks.*": { name: "stand-in" },
            "calico.dockerNetworks.*": { name: "stand-in", pool: "stand-in" },
            "calico.policies.*": { name: "stand-in" },
        },
    },
} as const satisfies SystemSchema;
