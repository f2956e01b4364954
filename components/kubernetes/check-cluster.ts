import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Answer, Finding, GroupProbe, Probe } from "../verify/probe";
import { finding, lines, wholeLines } from "../verify/probes";
import { clusterNodes, masters, nodeAnnotation, version } from "./plan";

const system = "kubernetes";

const kubectl = (args: string): string => `KUBECONFIG=/etc/kubernetes/admin.conf timeout 8 /usr/local/bin/kubectl --request-timeout=5s ${args}`;

/** Every node in one answer, so that it is one question whatever their number. */
const nodesQuestion = `${kubectl(
    `get nodes -o 'jsonpath={range .items[*]}{.metadata.name}{"|"}{.status.conditions[?(@.type=="Ready")].status}{"|"}{.status.nodeInfo.kubeletVersion}{"|"}{.status.addresses[?(@.type=="InternalIP")].address}{"|"}{.spec.unschedulable}{"|"}{.metadata.annotations.${nodeAnnotation}}{"\\n"}{end}'`,
)} && echo end`;

/** What the API says of each node; asked of the first master. */
export function clusterProbes(dc: DataCentre): Probe[] {
    const [first] = masters(dc);
    return first
        ? [
              ...clusterNodes(dc).map(
                  (node): Probe => ({ node: first.name, system, row: `${node.name} is Ready, with its version and address`, command: nodesQuestion, evaluate: (output) => nodeFinding(dc, node, output) }),
              ),
              { node: first.name, system, row: "nodes are those that are described", command: nodesQuestion, evaluate: (output) => membersFinding(dc, output) },
              deploymentsProbe(first),
          ]
        : [];
}

function nodeFinding(dc: DataCentre, node: NodeSpec, output: string): Finding {
    const [, ready, kubelet = "", address = "", unschedulable] = lines(output).find((line) => line.startsWith(`${node.name}|`))?.split("|") ?? [];
    const expected = `Ready, ${version(dc)}, ${node.address}`;
    if (ready === undefined) {
        const silent = wholeLines(output) === undefined;
        return finding(false, silent ? "no answer" : "is no node of the cluster", expected, silent ? "see the rows of the first master's API server" : `'journalctl -u kubelet' on ${node.name} says why; 'make up CONVERGE=1'`);
    }
    const found = `${ready === "True" ? "Ready" : "not Ready"}, ${kubelet.replace(/^v/, "")}, ${address}${unschedulable === "true" ? ", takes no pods" : ""}`;
    const remedy = unschedulable === "true" ? `'kubectl uncordon ${node.name}', or 'make up CONVERGE=1' where an 'up' was cut off` : `'kubectl describe node ${node.name}' and 'journalctl -u kubelet' there say why; 'make up CONVERGE=1'`;
    return finding(found === expected, found, expected, remedy);
}

function membersFinding(dc: DataCentre, output: string): Finding {
    const names = clusterNodes(dc).map(({ name }) => name);
    const said = wholeLines(output);
    const strangers = (said ?? []).map((line) => line.split("|")).filter(([name = "", , , , , digest]) => digest && !names.includes(name)).map(([name]) => name);
    return finding(said !== undefined && strangers.length === 0, said === undefined ? "no answer" : strangers.length > 0 ? `also ${strangers.join(", ")}` : "as described", "as described", "'make up CONVERGE=1' drains them and takes them out");
}

/** The stack's own workloads, such as the name server. */
const deploymentsProbe = (first: NodeSpec): Probe => ({
    node: first.name,
    system,
    row: "the stack's own deployments are up",
    command: `${kubectl(`get deployments.apps,daemonsets.apps -A -l datacentre/object=yes -o 'go-template={{range .items}}{{.kind}} {{.metadata.name}} {{if eq .kind "Deployment"}}{{or .status.availableReplicas 0}}/{{.spec.replicas}}{{else}}{{or .status.numberReady 0}}/{{.status.desiredNumberScheduled}}{{end}}{{"\\n"}}{{end}}'`)} && echo end`,
    evaluate: (output) => {
        const said = wholeLines(output);
        const bad = (said ?? []).filter((line) => {
            const [have, want] = (line.split(" ")[2] ?? "").split("/");
            return have !== want;
        });
        return finding(said !== undefined && bad.length === 0, said === undefined ? "no answer" : bad.join(", ") || "all", "all", "'kubectl -n kube-system get pods' and 'kubectl -n kube-system describe pod' say why");
    },
});

/** Of several masters one leads, for each of the two; every master says the same. */
export function clusterGroupProbes(dc: DataCentre): GroupProbe[] {
    const all = masters(dc);
    return (all.length === 0 ? [] : (["kube-controller-manager", "kube-scheduler"] as const)).map((name) => ({
        system,
        row: `one ${name} leads, and is at work`,
        questions: all.map((node) => ({
            node: node.name,
            command: kubectl(`--server=https://${node.address}:${dc.kubernetes?.apiPort ?? 6443} -n kube-system get lease ${name} -o 'jsonpath={.spec.holderIdentity} {.spec.renewTime}'`),
        })),
        evaluateAll: (answers) => leaderFinding(dc, name, answers),
    }));
}

/** A lease is renewed every two seconds, and lost after fifteen. Its holder is called as its host calls itself, which may be another name. */
function leaderFinding(dc: DataCentre, name: string, answers: ReadonlyMap<string, Answer>): Finding {
    const said = [...answers].flatMap(([, { output, at }]) => {
        const [holder = "", time = ""] = output.trim().split(" ");
        return holder === "" ? [] : [{ leader: holder.replace(/_.*/, ""), old: (at - Date.parse(time)) / 1000 }];
    });
    const leaders = [...new Set(said.map(({ leader }) => leader))];
    const fresh = said.filter(({ old }) => old < 60);
    const count = masters(dc).length;
    const ok = leaders.length === 1 && said.length === count && fresh.length === count;
    const found = said.length === 0 ? "no answer" : `${leaders.join(" and ")}, said by ${said.length}${fresh.length < said.length ? ", a minute ago or longer" : ""}`;
    return finding(ok, found, `one, said by ${count}`, `see the masters' rows of ${name === "kube-scheduler" ? "the scheduler" : "the controller manager"}, and /var/log/pods/kube-system_${name}-*`);
}
