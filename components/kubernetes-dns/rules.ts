import { error, warning, type Fault } from "../../config/faults";
import { contains, knownNetwork, parseAddress, parseNetwork } from "../../config/network";
import type { DataCentre } from "../../config/schema";
import { clusterNodes, settingsOf as clusterSettings } from "../kubernetes/plan";
import { clusterOf, dnsNodes, settingsOf } from "./plan";

/** What must hold for the cluster's name server. */
export function kubernetesDnsRules(dc: DataCentre): Fault[] {
    const nodes = dnsNodes(dc);
    const cluster = clusterNodes(dc);
    if (nodes.length === 0) {
        return [
            ...(cluster.length > 0
                ? [
                      warning(
                          ["nodes"],
                          `no node has the role kubernetes-dns: pods are told to ask ${clusterOf(dc).address}, and nobody answers there`,
                          "give it to one node of the cluster, or to two, so that names are found while one is away",
                      ),
                  ]
                : []),
            ...(dc.kubernetesDns
                ? [warning(["kubernetesDns"], "no node has the role kubernetes-dns, so this says nothing", "give the role to a node of the cluster, or take this out")]
                : []),
        ];
    }
    return [...places(dc), ...count(dc, cluster.length), ...upstreams(dc), ...domain(dc)];
}

/** It runs as a pod. */
function places(dc: DataCentre): Fault[] {
    const names = clusterNodes(dc).map(({ name }) => name);
    return dnsNodes(dc)
        .filter(({ name }) => !names.includes(name))
        .map((node) =>
            error(
                ["nodes", dc.nodes.indexOf(node), "roles"],
                `${node.name} has the role kubernetes-dns, whose CoreDNS runs as a pod, and is no node of the cluster`,
                "add kubernetes-node to its roles, or leave kubernetes-dns to a node that has it",
            ),
        );
}

function count(dc: DataCentre, all: number): Fault[] {
    const [only, ...others] = dnsNodes(dc);
    return only && others.length === 0 && all > 2
        ? [
              warning(
                  ["nodes", dc.nodes.indexOf(only), "roles"],
                  `${only.name} alone has the role kubernetes-dns: while it is away no pod of ${all} nodes finds anything by name`,
                  "give the role to a second node",
              ),
          ]
        : [];
}

const loopback = knownNetwork("127.0.0.0/8");

/** Who is asked for what is not the cluster's must be outside of it. */
function upstreams(dc: DataCentre): Fault[] {
    const { address } = clusterOf(dc);
    const services = parseNetwork(clusterSettings(dc).serviceNetwork);
    const given = settingsOf(dc).upstreams ?? [];
    return given.flatMap((upstream, index) => {
        const fault = (problem: string, remedy: string) => [error(["kubernetesDns", "upstreams", index], problem, remedy)];
        const [host = "", port = "53"] = upstream.split(":");
        const number = parseAddress(host);
        const elsewhere = "name a server outside of the cluster, such as the one that hosts ask";
        if (number === undefined) {
            return fault(`${host} is no address`, "use a dotted IPv4 address, such as 192.168.1.1");
        }
        if (Number(port) < 1 || Number(port) > 65535) {
            return fault(`${port} is no port`, "use a port from 1 to 65535, or leave it out for 53");
        }
        if (host === address) {
            return fault(`${host} is the cluster's own name server, which would ask itself for ever`, elsewhere);
        }
        if (services && contains(services, number)) {
            return fault(`${host} is in the cluster's own service range, whose names lead back here`, elsewhere);
        }
        if (contains(loopback, number)) {
            return fault(`${host} is a loopback address, and a pod's is its own: CoreDNS would ask itself for ever`, "name the server by an address that pods reach");
        }
        return given.indexOf(upstream) < index ? fault(`${upstream} is there twice`, "take one out") : [];
    });
}

/** Below the domain names of services begin with svc, and those of pods with pod. What else it may not be is the cluster's rule. */
function domain(dc: DataCentre): Fault[] {
    const path = ["kubernetes", "domain"];
    const name = clusterOf(dc).domain;
    const [first = "", ...rest] = name.split(".");
    if (rest.at(-1) === "arpa" && name !== "in-addr.arpa" && name !== "home.arpa") {
        return [error(path, `${name} is where addresses lead back to names`, "use a name of its own, such as cluster.local")];
    }
    return rest.length > 0 && (first === "svc" || first === "pod")
        ? [error(path, `names of ${first === "svc" ? "services" : "pods"} get ${first} before the domain by themselves: they would end in ${first}.${name}`, `write ${rest.join(".")}`)]
        : [];
}
