import { z } from "zod";

import type { SystemSchema } from "../../config/system-schema";
import { cidr, fileUrl, httpUrl, ipv4, path, port, sha256 } from "../../config/texts";

const flannelSchema = z.strictObject({
    prefix: path
        .default("/coreos.com/network")
        .describe("Where the network is kept in etcd. flannel's own default; the packages of document 004's time had /atomic.io/network."),
    network: cidr.default("10.0.0.0/16").describe("All containers' addresses. They must not be anybody else's: hosts', services', another network's."),
    subnetLen: z.int().min(8).max(30).default(24).describe("Prefix length of each host's part."),
    subnetMin: ipv4.optional().describe("The first part that a host may get. By default the second of the network; of 10.0.0.0/16 document 004's 10.0.1.0."),
    subnetMax: ipv4.optional().describe("The last one. By default the last of the network; of 10.0.0.0/16 document 004's 10.0.200.0."),
    backend: z
        .enum(["vxlan", "host-gw"])
        .default("vxlan")
        .describe("How packets go between hosts: `vxlan` works everywhere, `host-gw` by routes where all hosts are on one Ethernet."),
    vni: z.int().min(1).max(16777215).default(1).describe("VXLAN's network number, which the device flannel.1 is called after."),
    port: port.default(8472).describe("VXLAN's UDP port."),
    masquerade: z
        .boolean()
        .default(true)
        .describe("By flannel, and only for what leaves the network: containers see each other's own addresses. Without it Docker masquerades."),
});
export type FlannelSpec = z.output<typeof flannelSchema>;

/** What holds where nothing is described besides the role. */
export const defaultSettings: FlannelSpec = flannelSchema.parse({});

const packages = { programs: [], needs: ["iptables"] };

/** flannel: one network for the containers of all hosts, of which each host has a part. */
export const flannelLeaf = {
    name: "flannel",
    roles: ["flannel"],
    duties: [],
    services: ["nodes"],
    groups: {
        // Left out of descriptions that have none: most stacks are without it.
        flannel: flannelSchema.optional().describe("The containers' network on the nodes with role flannel."),
    },
    node: {},
    catalogue: [
        {
            version: "0.28.4",
            packages: { apt: packages, yum: packages },
            offered: [],
            note: "Upstream's archive. What distributions packaged (0.7 in CentOS 7, of document 004's time) reads etcd's v2 API alone",
        },
    ],
    source: z.discriminatedUnion("kind", [
        z.strictObject({
            kind: z.literal("archive").describe("Upstream's release, such as flannel-v0.28.4-linux-amd64.tar.gz: flanneld is at its top."),
            url: z.union([fileUrl, httpUrl]),
            sha256: sha256.optional().describe("Needed for http and https."),
        }),
    ]),
    secretKeys: [],
    words: {
        oldKeys: {
            "flannel.Network": "flannel.network",
            "flannel.SubnetLen": "flannel.subnetLen",
            "flannel.SubnetMin": "flannel.subnetMin",
            "flannel.SubnetMax": "flannel.subnetMax",
            "flannel.Backend": "flannel.backend",
            "flannel.ipMasq": "flannel.masquerade",
            "flannel.etcdPrefix": "flannel.prefix",
        },
        missingKeys: { "flannel.interface": "traffic goes by the interface that has the node's address; take it out" },
    },
    standIns: { values: { "sources.flannel.url": "file:///stand-in" } },
} as const satisfies SystemSchema;
