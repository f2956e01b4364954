import { createHash } from "node:crypto";

import type { DataCentre, NodeSpec } from "../../config/schema";
import { clientFiles, endpoints } from "../etcd/plan";
import type { Probe } from "../verify/probe";
import { finding, lines, wholeLines, words } from "../verify/probes";
import { baseOf } from "./certificates";
import { apiServerEtc, apiServiceAddress, apiUrl, authorities, pki, ports, settingsOf, version } from "./plan";
import { inputsMark, staticPods } from "./static-pods";

const system = "kubernetes";
const converge = "'make up CONVERGE=1' mends it";

const ask = (url: string, ...more: string[]): string => `curl -s --noproxy '*' --max-time 4 ${words(...more, url)}`;
const known = ["--cacert", authorities.kubernetes];
/** As the host's administrator, of this master's own API server. */
const asAdmin = [...known, "--cert", `${baseOf("admin")}.crt`, "--key", `${baseOf("admin")}.key`];

/** Without the line that the host put in. */
const withoutMark = (text: string): string =>
    text
        .split("\n")
        .filter((line) => !line.includes("DATACENTRE_INPUTS"))
        .join("\n");

/** What holds of a master: its three static pods, and how its API server was told to keep secrets and guests. */
export function masterProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const probe = (row: string, command: string, evaluate: Probe["evaluate"]): Probe => ({ node: node.name, system, row, command, evaluate });
    const url = apiUrl(dc, node);
    const pod = (name: string): string => `see 'journalctl -u kubelet' and /var/log/pods/kube-system_${name}-* on ${node.name}; ${converge}`;
    const isOk = (name: string) => (output: string) => {
        const said = lines(output);
        const bad = said.filter((line) => line.startsWith("[-]")).map((line) => line.replace(/^\[-\](\S+).*/, "$1"));
        const ok = said[0] === "ok" || said.some((line) => /^(readyz|livez|healthz) check passed$/.test(line));
        return finding(ok, ok ? "ok" : bad.join(", ") || said[0]?.slice(0, 80) || "no answer", "ok", pod(name));
    };
    return [
        probe("API server is ready", ask(`${url}/readyz?verbose`, ...known), isOk("kube-apiserver")),
        probe("API server reaches etcd", ask(`${url}/readyz/etcd-readiness`, ...asAdmin), (output) => {
            const found = lines(output)[0] ?? "no answer";
            return finding(found === "ok", found.slice(0, 80), "ok", `see etcd's rows, and its client's certificate on ${node.name} (/etc/datacentre-etcd)`);
        }),
        probe("API server is of the described version", ask(`${url}/version`, ...asAdmin), (output) => {
            const found = /"gitVersion": *"v([^"]*)"/.exec(output)?.[1] ?? "no answer";
            return finding(found === version(dc), found, version(dc), converge);
        }),
        probe("controller manager is healthy", ask(`https://127.0.0.1:${ports.controllerManager}/healthz`, "-k"), isOk("kube-controller-manager")),
        probe("scheduler is healthy", ask(`https://127.0.0.1:${ports.scheduler}/livez`, "-k"), isOk("kube-scheduler")),
        podsProbe(dc, node),
        probe("who says no name is refused", ask(`${url}/api/v1/namespaces`, ...known, "-o", "/dev/null", "-w", "%{http_code}\\n"), (output) => {
            const found = lines(output)[0] ?? "no answer";
            return finding(found === "401", found === "000" ? "no answer" : found, "401", `see ${apiServerEtc}/authentication.yaml on ${node.name}; ${converge}`);
        }),
        probe("the API's own address as a service", `KUBECONFIG=/etc/kubernetes/admin.conf /usr/local/bin/kubectl --request-timeout=4s get service kubernetes -o 'jsonpath={.spec.clusterIP}'`, (output) => {
            const found = output.trim() || "no answer";
            const wanted = apiServiceAddress(dc);
            return finding(found === wanted, found, wanted, `the cluster was made with another service range than ${settingsOf(dc).serviceNetwork}: write that one (datacentre:kubernetes.serviceNetwork)`);
        }),
        probe("what only root may read", `stat -c '%n %a %U:%G' ${words(`${pki}/service-accounts.key`, `${apiServerEtc}/encryption.yaml`, pki, apiServerEtc)}; echo end`, (output) => {
            const wanted = [`${pki}/service-accounts.key 600 root:root`, `${apiServerEtc}/encryption.yaml 600 root:root`, `${pki} 700 root:root`, `${apiServerEtc} 700 root:root`];
            const bad = wanted.filter((line) => !(wholeLines(output) ?? []).includes(line)).map((line) => line.split(" ")[0]);
            return finding(bad.length === 0, bad.length === 0 ? "is root's" : `open or absent: ${bad.join(", ")}`, "is root's", converge);
        }),
        encryptionProbe(dc, node),
    ];
}

function podsProbe(dc: DataCentre, node: NodeSpec): Probe {
    const sums = Object.entries(staticPods(dc, node)).map(([path, text]) => [path, createHash("sha256").update(withoutMark(text.replace(inputsMark, ""))).digest("hex")] as const);
    return {
        node: node.name,
        system,
        row: "static pods as described",
        command: `for file in ${words(...sums.map(([path]) => path))}; do printf '%s %s\\n' "$(sed '/DATACENTRE_INPUTS/d' "$file" 2>/dev/null | sha256sum | cut -c 1-64)" "$file"; done; ls /etc/kubernetes/manifests | sed 's/^/has /'; echo end`,
        evaluate: (output) => {
            const said = wholeLines(output) ?? [];
            const names = sums.map(([path]) => path.replace(/.*\//, ""));
            const bad = sums.filter(([path, sum]) => !said.includes(`${sum} ${path}`)).map(([path]) => `${path} differs`);
            const more = said.filter((line) => line.startsWith("has ")).map((line) => line.slice(4)).filter((name) => !names.includes(name));
            const found = [...bad, ...more.map((name) => `${name} is there besides`)].join(", ");
            return finding(said.length > 0 && found === "", said.length === 0 ? "no answer" : found || "as described", "as described", more.length > 0 ? `take it out of /etc/kubernetes/manifests, or ${converge}` : converge);
        },
    };
}

/** How etcd itself has one secret, in which nothing is kept. By etcd's JSON gateway, where keys and values are in base64. */
function encryptionProbe(dc: DataCentre, node: NodeSpec): Probe {
    const files = clientFiles(dc);
    const key = Buffer.from("/registry/secrets/kube-system/datacentre-encryption-witness").toString("base64");
    const client = files ? ["--cacert", files.authority, "--cert", files.certificate, "--key", files.key] : [];
    return {
        node: node.name,
        system,
        row: "secrets are encrypted in etcd",
        command: `for url in ${words(...endpoints(dc))}; do curl -s --noproxy '*' --max-time 3 ${words(...client)} "$url/v3/kv/range" -d ${words(`{"key":"${key}"}`)} | grep -o '"value":"[^"]*"' && break; done`,
        evaluate: (output) => {
            const value = Buffer.from(/"value":"([^"]*)"/.exec(output)?.[1] ?? "", "base64").toString("latin1");
            const how = /^k8s:enc:([a-z]+):v\d:([^:]*):/.exec(value);
            const found = how ? `${how[1]}, key ${how[2]}` : value === "" ? "no answer" : "plain";
            const remedy = value === "" ? `see etcd's rows and 'kubectl -n kube-system get secret datacentre-encryption-witness'; ${converge}` : `see ${apiServerEtc}/encryption.yaml on ${node.name}; then write secrets anew: 'kubectl get secrets -A -o json | kubectl replace -f -'`;
            return finding(found === "secretbox, key datacentre", found, "secretbox, key datacentre", remedy);
        },
    };
}
