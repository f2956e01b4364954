import type { DataCentre, NodeSpec } from "../../../config";
import { client } from "../../docker/check";
import type { Finding, Probe } from "../../verify/probe";
import { finding, wholeLines, words } from "../../verify/probes";
import { describedLines, networkNodes, networkPlans, type NetworkPlan } from "./plan";

const system = "docker";

function networkProbe(node: NodeSpec, network: NetworkPlan): Probe {
    const expected = describedLines({ ...network, options: {} }).replaceAll("\n", ", ");
    return {
        node: node.name,
        system,
        row: `network ${network.name}`,
        // Asked only when it is active: the socket would start an engine that is down.
        command:
            `systemctl -q is-active docker.service && ${client} network inspect ${words(network.name)} --format ` +
            "'driver {{.Driver}}, scope {{.Scope}}, ipam driver {{.IPAM.Driver}}{{range .IPAM.Config}}, subnet {{.Subnet}}{{end}}' 2>&1",
        evaluate: (output) => {
            const found = output
                .trim()
                .split("\n")
                .filter((line) => line !== "[]")
                .join(" ");
            const judge = (told: string, remedy: string): Finding => finding(found === expected, told, expected, remedy);
            if (/no such network|not found/i.test(found)) {
                return judge("not there", "see the row 'cluster store'; else 'make up CONVERGE=1' makes it");
            }
            if (/ambiguous|matches found/i.test(found)) {
                return judge("two of that name", `one may be ${node.name}'s own: 'docker network ls' there, and remove the one that is not Calico's by its id`);
            }
            return found === ""
                ? judge("no answer", "see the rows 'engine' and 'cluster store'")
                : judge(found, "'make up CONVERGE=1' makes it anew while no container is in it");
        },
    };
}

/** Docker finds a driver by its socket; one that does not answer holds each start in its networks up for 15 seconds. */
function driverProbe(node: NodeSpec): Probe {
    const wanted = { calico: "NetworkDriver", "calico-ipam": "IpamDriver" };
    return {
        node: node.name,
        system,
        row: "Calico's drivers answer",
        command:
            `for name in ${words(...Object.keys(wanted))}; do printf '%s ' $name; ` +
            `curl -s --max-time 4 -X POST --unix-socket /run/docker/plugins/$name.sock http://plugin/Plugin.Activate | tr -d '\\n'; echo; done; echo end`,
        evaluate: (output) => {
            const told = wholeLines(output) ?? [];
            const silent = Object.entries(wanted)
                .filter(([name, kind]) => !told.some((line) => line.startsWith(`${name} `) && line.includes(`"${kind}"`)))
                .map(([name]) => name);
            const all = Object.keys(wanted).join(" and ");
            return finding(
                silent.length === 0,
                silent.length === 0 ? all : `silent: ${silent.join(", ")}`,
                all,
                `see 'systemctl status calico-docker calico-node' on ${node.name}: the one that is there serves /run/docker/plugins`,
            );
        },
    };
}

/** What `make verify` asks of Docker's networks in Calico's pools, on every node that can have containers in them. */
export function probes(dc: DataCentre): Probe[] {
    const networks = networkPlans(dc);
    return networks.length === 0
        ? []
        : networkNodes(dc).flatMap((node) => [driverProbe(node), ...networks.map((network) => networkProbe(node, network))]);
}
