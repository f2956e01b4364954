import { packagesOf } from "../../config/catalogue";
import { none, type System } from "../../config/system";
import { probes } from "./check";
import { clusterOf, dnsNodes, etc, hasNames, serviceDirectory, settingsOf, unit } from "./plan";
import { kubernetesDnsRules } from "./rules";
import { kubernetesDnsLeaf } from "./schema";

export const kubernetesDnsSystem = {
    leaf: kubernetesDnsLeaf,
    roles: {
        "kubernetes-dns": {
            needs: [{ role: "kubernetes-master", why: "it answers for the services of that cluster" }],
            packages: (dc, family) => packagesOf(kubernetesDnsLeaf, dc, family),
            enables: [],
            watched: [unit],
        },
    },
    duties: {},
    rules: [kubernetesDnsRules],
    // CoreDNS listens in a pod, at the pod's own address.
    listeners: (dc, node) =>
        node.roles.includes("kubernetes-dns") && hasNames(dc)
            ? [{ port: settingsOf(dc).healthPort, what: "the health of pods' and nodes' names", key: ["kubernetesDns", "healthPort"] }]
            : [],
    // Pods speak to each other by the pods' network, which is another system's.
    offers: none,
    calls: () => [{ service: "kubernetes:api", from: ["kubernetes-dns"] }],
    // What it keeps is made of the API's answers, again and again.
    directories: none,
    requires: none,
    // No engine of Docker's runs it.
    images: none,
    files: [etc, serviceDirectory],
    steps: ["kubernetes-names-certificate", "kubernetes-names"],
    probes,
    groupProbes: none,
    /** Where pods ask, and what names end in. */
    output: (dc) => {
        const { address, domain } = clusterOf(dc);
        return dnsNodes(dc).length > 0 ? { address, domain, nodes: dnsNodes(dc).map(({ name }) => name) } : undefined;
    },
} satisfies System<typeof kubernetesDnsLeaf>;
