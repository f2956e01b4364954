import { error, warning, type Fault } from "../../../config/faults";
import { parseAddress } from "../../../config/network";
import type { DataCentre } from "../../../config/schema";
import { clusterNodes, domainOf } from "../plan";

/** What a cluster's domain may not be: names that resolvers answer themselves, or that everybody has for something else. */
const taken: Readonly<Record<string, string>> = {
    localhost: "every machine means itself by it",
    local: "hosts ask for it by multicast (mDNS), and not the name server",
    svc: "it is a part of services' names",
    "in-addr.arpa": "addresses are looked up below it",
    arpa: "addresses are looked up below it",
};

/** The domain is nobody else's, and nodes' names are such as Kubernetes takes. */
export const nameRules = (dc: DataCentre): Fault[] => [...domain(dc), ...nodeNames(dc)];

function domain(dc: DataCentre): Fault[] {
    const text = domainOf(dc);
    const path = ["kubernetes", "domain"];
    const remedy = "use a name of its own, such as cluster.local";
    const why = taken[text];
    if (why !== undefined) {
        return [error(path, `${text} cannot be the cluster's domain: ${why}`, remedy)];
    }
    if (parseAddress(text) !== undefined || /(^|\.)\d+$/.test(text)) {
        return [error(path, `resolvers take ${text} for an address`, remedy)];
    }
    const node = dc.nodes.find(({ name }) => name === text || text.endsWith(`.${name}`));
    if (node) {
        return [error(path, `${text} ends with ${node.name}, the name of a node: one would hide the other`, remedy)];
    }
    if (/(^|\.)(com|net|org|cn|io|dev)$/.test(text)) {
        return [warning(path, `${text} is, or may become, somebody's on the Internet: pods would not find what is there`, `use ${text.replace(/\.[a-z]+$/, "")}.internal or cluster.local, if it is not yours`)];
    }
    return text.includes(".") ? [] : [warning(path, `${text} is one label: pods would take host names for names of the cluster`, remedy)];
}

/** A Node's name is a DNS name of RFC 1123, and stands in a certificate after system:node:, which takes 64 characters. */
function nodeNames(dc: DataCentre): Fault[] {
    return clusterNodes(dc).flatMap((node) => {
        const path = ["nodes", dc.nodes.indexOf(node), "name"];
        const most = 64 - "system:node:".length;
        if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(node.name)) {
            return [error(path, `Kubernetes takes no node of the name ${node.name}: it is no DNS name (RFC 1123)`, "use small letters, digits and inner hyphens")];
        }
        return node.name.length > most
            ? [error(path, `${node.name} has ${node.name.length} characters, and with system:node: before it a certificate's name has 64 at most`, `use a name of at most ${most}`)]
            : [];
    });
}
