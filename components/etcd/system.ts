import { packagesOf } from "../../config/catalogue";
import { none, type Offer, type System } from "../../config/system";
import { probes, groupProbes } from "./check";
import { clientEtc, dataHome, endpoints, isSecure, members, peerUrl } from "./plan";
import { etcdRules } from "./rules";
import { etcdLeaf } from "./schema";

export const etcdSystem = {
    leaf: etcdLeaf,
    roles: {
        etcd: {
            needs: [],
            packages: (dc, family) => [...packagesOf(etcdLeaf, dc, family), ...(isSecure(dc) ? ["openssl"] : [])],
            enables: ["etcd.service"],
            upgradedBy: "etcd",
            watched: ["etcd"],
            quorum: { step: "etcd", stay: "one" },
        },
    },
    duties: {},
    rules: [etcdRules],
    listeners: ({ etcd: { clientPort, extraClientPorts, peerPort } }, node) =>
        node.roles.includes("etcd")
            ? [
                  { port: clientPort, what: "etcd for clients", key: ["etcd", "clientPort"] },
                  ...extraClientPorts.map((port, at) => ({ port, what: "etcd for further clients", key: ["etcd", "extraClientPorts", at] })),
                  { port: peerPort, what: "etcd for its peers", key: ["etcd", "peerPort"] },
              ]
            : [],
    offers: ({ etcd: { clientPort, extraClientPorts, peerPort } }): Offer[] => [
        ...[clientPort, ...extraClientPorts].map(
            (ports): Offer => ({ service: "clients", to: "etcd", protocol: "tcp", ports, from: ["etcd"], why: "etcd for clients" }),
        ),
        { service: "peers", to: "etcd", protocol: "tcp", ports: peerPort, from: ["etcd"], why: "etcd's members" },
    ],
    calls: none,
    directories: (dc, node) =>
        node.roles.includes("etcd")
            ? [
                  {
                      // It is kept, and taken away, together with the one around it, where it is replaced in one piece.
                      path: dataHome(dc) ?? "/",
                      key: ["etcd", "dataDir"],
                      what: "the directory around etcd's data",
                      remedy: "use two levels of your own, such as /var/lib/etcd/default.etcd",
                      stored: dataHome(dc) ?? dc.etcd.dataDir,
                  },
              ]
            : [],
    requires: none,
    images: none,
    files: ["/etc/etcd", clientEtc],
    // By themselves those of certificates and clients, where they speak TLS.
    steps: ["etcd", "etcd-*"],
    probes,
    groupProbes,
    output: (dc) => ({
        endpoints: endpoints(dc),
        members: members(dc).map((node) => ({ node: node.name, peerUrl: peerUrl(dc, node) })),
    }),
} satisfies System<typeof etcdLeaf>;
