import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Finding, GroupProbe, Probe } from "../verify/probe";
import { filesProbe, finding, keptOffProbe, lines, unitProbe, wholeLines, words } from "../verify/probes";
import { certificates } from "./certificates";
import { clusterGroupProbes, clusterProbes } from "./check-cluster";
import { masterProbes } from "./check-master";
import { filesOf } from "./files";
import { authorities, clusterNodes, isMaster, localUrl, masters, apiUrl, pki, ports, proxyUnit, settingsOf, version } from "./plan";

const system = "kubernetes";
const converge = "'make up CONVERGE=1' mends it";

/** An answer's first line, by curl with the cluster's authority: past any proxy. */
const ask = (url: string): string => `curl -s --noproxy '*' --max-time 4 --cacert ${words(authorities.kubernetes)} ${words(url)}`;

/** What holds of a node: its services, its files, its version, and how it reaches the API. */
function nodeProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const probe = (row: string, command: string, evaluate: Probe["evaluate"]): Probe => ({ node: node.name, system, row, command, evaluate });
    const journal = (unit: string): string => `'journalctl -u ${unit}' on ${node.name} says why; ${converge}`;
    const answers = (output: string, remedy: string): Finding => {
        const found = lines(output)[0] ?? "no answer";
        return finding(found === "ok", found === "ok" ? "ok" : found.slice(0, 80), "ok", remedy);
    };
    return [
        unitProbe(node.name, system, "kubelet", "kubelet"),
        unitProbe(node.name, system, "kube-proxy", "kube-proxy"),
        unitProbe(node.name, system, proxyUnit, "proxy of the API"),
        filesProbe(node.name, system, filesOf(dc, node)),
        versionProbe(dc, node),
        probe("kubelet is healthy", `curl -s --noproxy '*' --max-time 4 http://127.0.0.1:${ports.kubeletHealth}/healthz`, (output) => answers(output, journal("kubelet"))),
        probe("kube-proxy has all services", `curl -s -o /dev/null --noproxy '*' --max-time 4 -w '%{http_code}\\n' http://${node.address}:${ports.proxyHealth}/healthz`, (output) => {
            const found = lines(output)[0] ?? "no answer";
            return finding(found === "200", found === "000" ? "no answer" : found, "200", journal("kube-proxy"));
        }),
        probe("the API answers through the node's proxy", ask(`${localUrl(dc)}/readyz`), (output) => answers(output, `see the masters' rows; ${journal(proxyUnit)}`)),
        mastersProbe(dc, node),
        certificatesProbe(dc, node),
        swapProbe(node),
        keptOffProbe(node.name, system, "haproxy", "the package's own HAProxy is not the node's proxy"),
    ];
}

/** Of what runs, not of what lies there. */
function versionProbe(dc: DataCentre, node: NodeSpec): Probe {
    const expected = `kubelet ${version(dc)}, kube-proxy ${version(dc)}`;
    return {
        node: node.name,
        system,
        row: "runs the described version",
        command: `for unit in kubelet kube-proxy; do printf '%s %s\\n' "$unit" "$("/proc/$(systemctl show -p MainPID --value "$unit")/exe" --version)"; done`,
        evaluate: (output) => {
            const found = lines(output)
                .map((line) => line.replace("Kubernetes v", ""))
                .join(", ");
            return finding(found === expected, found || "no answer", expected, converge);
        },
    };
}

/** By the same way as the proxy: each master by its own address. */
function mastersProbe(dc: DataCentre, node: NodeSpec): Probe {
    const all = masters(dc);
    const expected = `${all.length} of ${all.length}`;
    return {
        node: node.name,
        system,
        row: "reaches all API servers",
        command: `${all.map((master) => `${ask(`${apiUrl(dc, master)}/readyz`)} | head -c 40 | tr '\\n' ' '; echo`).join("; ")}; echo end`,
        evaluate: (output) => {
            const said = output.split("\n").map((line) => line.trim());
            const bad = all.filter((_, at) => said[at] !== "ok").map(({ name }) => name);
            const whole = said.includes("end");
            const found = whole ? `${all.length - bad.length} of ${all.length}${bad.length > 0 ? `, not ${bad.join(", ")}` : ""}` : "no answer";
            return finding(whole && bad.length === 0, found, expected, `see the rows of ${bad.join(", ") || "the masters"}, and whether a packet filter lets ${node.name} to port ${settingsOf(dc).apiPort}`);
        },
    };
}

/** Days that are left of each, that it is by its authority, and that nobody else reads its key. */
function certificatesProbe(dc: DataCentre, node: NodeSpec): Probe {
    const all = certificates(dc, node);
    const row = "certificates are good for 30 days and more";
    const line = ({ name, by = "kubernetes" }: (typeof all)[number]): string => `check ${words(`${pki}/${name}`, authorities[by])}`;
    return {
        node: node.name,
        system,
        row,
        command:
            `check() { local end; printf '%s %s ' "\${1##*/}" "$(stat -c %a:%U:%G "$1.key")"; openssl verify -CAfile "$2" "$1.crt" 2>/dev/null | sed 's/.*: //' | tr '\\n' ' '; ` +
            `end=$(openssl x509 -in "$1.crt" -noout -enddate) && echo $((($(date -d "\${end#notAfter=}" +%s) - $(date +%s)) / 86400)) || echo; }; ` +
            `${all.map(line).join("; ")}; check_days() { local end; end=$(openssl x509 -in "$1" -noout -enddate) && echo "$2 600:root:root OK $((($(date -d "\${end#notAfter=}" +%s) - $(date +%s)) / 86400))"; }; ` +
            `check_days ${words(authorities.kubernetes, "authority")}${isMaster(node) ? `; check_days ${words(authorities.frontProxy, "front-proxy-authority")}` : ""}; echo end`,
        evaluate: (output) => {
            const said = wholeLines(output);
            const wanted = [...all.map(({ name }) => name), "authority", ...(isMaster(node) ? ["front-proxy-authority"] : [])];
            const bad = wanted.flatMap((name) => {
                const [, mode, verified, days] = said?.find((one) => one.startsWith(`${name} `))?.split(/ +/) ?? [];
                if (verified !== "OK" || days === undefined) {
                    return [`${name} is not by its authority`];
                }
                return mode !== "600:root:root" ? [`${name}'s key is ${mode ?? ""}`] : Number(days) < 30 ? [`${name} has ${days} days left`] : [];
            });
            const remedy = bad.some((one) => one.includes("authority has")) ? "docs/kubernetes.md says how the cluster gets another authority" : "'make up CONVERGE=1' makes new ones";
            return finding(said !== undefined && bad.length === 0, said === undefined ? "no answer" : bad.join(", ") || "30 days or more", "30 days or more", remedy);
        },
    };
}

const swapProbe = (node: NodeSpec): Probe => ({
    node: node.name,
    system,
    row: "swap is off",
    command: "tail -n +2 /proc/swaps | awk '{print $1}'; echo end",
    evaluate: (output) => {
        const found = wholeLines(output);
        return finding(found?.length === 0, found === undefined ? "no answer" : found.join(", ") || "off", "off", "'swapoff -a', and take it out of /etc/fstab ('systemctl mask dev-zram0.swap' for zram): the kubelet does not start with it");
    },
});

export const probes = (dc: DataCentre): Probe[] => [
    ...clusterNodes(dc).flatMap((node) => nodeProbes(dc, node)),
    ...masters(dc).flatMap((node) => masterProbes(dc, node)),
    ...clusterProbes(dc),
];

export const groupProbes = (dc: DataCentre): GroupProbe[] => clusterGroupProbes(dc);
