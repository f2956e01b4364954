import type { DataCentre, NodeSpec } from "../../config/schema";
import { kubeletConf } from "../kubernetes/kubelet";
import { clusterNodes } from "../kubernetes/plan";
import type { Finding, Probe } from "../verify/probe";
import { certificateProbe, filesProbe, finding, lines, unitProbe, words } from "../verify/probes";
import { addressesFile, authorityFile, certificate, clusterOf, dnsNodes, hasNames, ownAddress, serviceDirectory, settingsOf, unit, upstreamsOf } from "./plan";
import { filesOf } from "./program";

const system = "kubernetesDns";
const converge = "'make up CONVERGE=1' mends it";
const pods = "'kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide' says which are there, and 'kubectl -n kube-system logs' why one does not answer";

/**
 * What a name server says to one question for an address, by bash alone: the last record's address, or the code that stands for an
 * error. The question goes through dd, since bash would send what is before a byte 10 by itself. Without EDNS an answer ends with its
 * last record. Source: RFC 1035, section 4.
 */
export const questionTo = (server: string, name: string, port = 53): string => {
    const labels = name.split(".").map((label) => `\\x${label.length.toString(16).padStart(2, "0")}${label}`);
    const question = `\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00${labels.join("")}\\x00\\x00\\x01\\x00\\x01`;
    const ask = `exec 3<>/dev/udp/${server}/${port} && printf ${words(question)} | dd bs=512 iflag=fullblock 2>/dev/null >&3 && timeout 2 dd bs=512 count=1 <&3 2>/dev/null`;
    const read = '{b[n++] = $1} END {if (n < 12) print "no answer"; else if (b[3] % 16) print "code " b[3] % 16; else if (b[7] + b[6] == 0) print "NODATA"; else print b[n-4] "." b[n-3] "." b[n-2] "." b[n-1]}';
    return `for i in 1 2 3; do found=$(bash -c ${words(ask)} 2>/dev/null | od -An -v -tu1 -w1 | awk ${words(read)}); [ "$found" = 'no answer' ] || break; done; echo "$found"`;
};

const same = (expected: string, remedy: string) => (output: string): Finding => {
    const found = lines(output).join(", ") || "no answer";
    return finding(found === expected, found, expected, remedy);
};

/** Every node's pods ask at the one address, by way of that node's own kube-proxy; and are told the one domain. */
function clientProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const { domain, address, api } = clusterOf(dc);
    const told = `clusterDNS: [${address}], clusterDomain: ${domain}`;
    return [
        {
            node: node.name,
            system,
            row: "the name server answers at its address",
            command: questionTo(address, `kubernetes.default.svc.${domain}`),
            evaluate: same(api, `${pods}; where other nodes have an answer, see kube-proxy's rows of ${node.name}`),
        },
        {
            node: node.name,
            system,
            row: "pods are told this domain and this name server",
            command: `grep -E '^cluster(DNS|Domain):' ${words(kubeletConf)} | sort`,
            evaluate: same(told, converge),
        },
    ];
}

const ask = (...about: string[]): string => `python3 -B ${words(`${serviceDirectory}/ask.py`, ...about)}`;

/** What the service's own page says of CoreDNS here: addresses of those that answer. */
const answering = `http_get ${words(ownAddress)} "$port" /health | sed -n '/"answering"/,/]/p' | grep -oE '[0-9a-f.:]*[0-9a-f]{1,4}"' | tr -d '"'`;

function namesProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const { domain, address, api } = clusterOf(dc);
    const { healthPort } = settingsOf(dc);
    const at = { node: node.name, system };
    const journal = `'journalctl -u ${unit}' on ${node.name} says why`;
    const nodes = clusterNodes(dc);
    return [
        unitProbe(node.name, system, unit, "the service of names"),
        filesProbe(node.name, system, filesOf(dc, node)),
        certificateProbe(node.name, system, { authority: authorityFile, certificate: `${certificate}.crt`, key: `${certificate}.key` }, `640 root:${unit}`),
        {
            ...at,
            row: "pods and nodes are followed",
            command: `http_get ${words(ownAddress, healthPort, "/health")}`,
            evaluate: (output) => {
                const [status = "", ...body] = output.trim().split("\n");
                const reasons = reasonsIn(body.join("\n"));
                const found = status === "200" ? "yes" : [status || "no answer", ...reasons].join("; ");
                return finding(status === "200", found, "yes", `${journal}; see Kubernetes' rows too`);
            },
        },
        {
            ...at,
            row: "CoreDNS on this node answers for services",
            command: `port=${healthPort}; for server in $(${answering}); do ${ask("SERVER", `kubernetes.default.svc.${domain}`, "A").replace("'SERVER'", '"$server"')}; done`,
            evaluate: (output) => {
                const answers = lines(output);
                const found = answers.length === 0 ? "none that is ready" : [...new Set(answers)].join(", ");
                return finding(found === api, found, api, pods);
            },
        },
        {
            ...at,
            row: "names lead to addresses, and back",
            command: ask(address, "agree", addressesFile),
            evaluate: (output) => {
                const found = output.trim() || "no answer";
                const [, count = "0"] = /^(\d+) agree$/.exec(found) ?? [];
                const anew = "'kubectl -n kube-system rollout restart daemonset coredns'";
                return finding(Number(count) > 0, found, "all that are looked at", `CoreDNS reads ${addressesFile} every 2 s; where it has another one mounted, ${anew}; ${pods}`);
            },
        },
        {
            ...at,
            row: "nodes are found by name",
            command: nodes.map(({ name }) => ask(address, `${name}.${domain}`, "A")).join("; "),
            evaluate: (output) => {
                const answers = lines(output);
                const wrong = nodes.flatMap(({ name, address: own }, index) => (answers[index] === own ? [] : [`${name}.${domain} is ${answers[index] ?? "no answer"}`]));
                return finding(wrong.length === 0, wrong.join(", ") || "all", "all", `a node that has not joined has no name; ${journal}`);
            },
        },
        ...(upstreamsOf(dc)?.length === 0
            ? []
            : [
                  {
                      ...at,
                      row: "other name servers are asked",
                      command: ask(address, ".", "NS"),
                      evaluate: (output: string): Finding => {
                          const found = lines(output)[0] ?? "no answer";
                          const ok = !["SERVFAIL", "no answer"].includes(found);
                          const who = upstreamsOf(dc)?.join(", ") ?? "the hosts' own name servers (/etc/resolv.conf)";
                          return finding(ok, ok ? "they answer" : found, "they answer", `see whether pods of ${node.name} reach ${who}, or set datacentre:kubernetesDns.upstreams`);
                      },
                  },
              ]),
    ];
}

function reasonsIn(body: string): string[] {
    try {
        return (JSON.parse(body) as { reasons?: string[] }).reasons ?? [];
    } catch {
        return [];
    }
}

/** That pods find services, each other and nodes. */
export function probes(dc: DataCentre): Probe[] {
    if (dnsNodes(dc).length === 0) {
        return [];
    }
    const named = hasNames(dc) ? dnsNodes(dc) : [];
    return [...clusterNodes(dc).flatMap((node) => clientProbes(dc, node)), ...named.flatMap((node) => namesProbes(dc, node))];
}
