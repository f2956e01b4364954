import { areContainers, majorityOf, nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Finding, Probe } from "../verify/probe";
import { filesProbe, finding, keptOffProbe, unitProbe, words } from "../verify/probes";
import { modeOf } from "../zookeeper/check";
import { haproxy, loginFile, loginOf, portOf, proxyNodes, unit, type ProxyRole } from "./plan";
import { filesOf, filesRead } from "./program";

const system = "proxies";

const statusOf = (output: string): string => output.trim().split("\n")[0] ?? "";

/** Where somebody looks who is told that nobody serves. */
const see = (dc: DataCentre, node: NodeSpec): string =>
    areContainers(dc) ? `the log of ${node.name} says what HAProxy makes of each` : `'journalctl -u ${unit}' on ${node.name} says what HAProxy makes of each`;

/** Each asks through the proxy, at the address and port that clients use within the network. */
const serves: Readonly<Record<ProxyRole, (dc: DataCentre, node: NodeSpec) => Omit<Probe, "node" | "system">>> = {
    "mesos-proxy": (dc, node) => ({
        row: "the leading Mesos master answers through it",
        command: `http_get ${words(node.address, portOf(dc, "mesos-proxy"), "/master/maintenance/status")}`,
        evaluate: (output) => {
            const status = statusOf(output);
            const found = status === "503" ? "503: no master leads that it reaches" : status || "no answer";
            return finding(status === "200", found, "200", `see the rows of Mesos' masters; ${see(dc, node)}`);
        },
    }),
    // Without the login, where there is one: a Marathon that asks for it has answered.
    "marathon-proxy": (dc, node) => ({
        row: "the leading Marathon answers through it",
        command: `http_get ${words(node.address, portOf(dc, "marathon-proxy"), "/ping")}`,
        evaluate: (output) => {
            const expected = dc.marathon.credentials ? "401" : "200";
            const status = statusOf(output);
            const found = status === "503" ? "503: no Marathon leads that it reaches" : status || "no answer";
            return finding(status === expected, found, expected, `see the rows of Marathon; ${see(dc, node)}`);
        },
    }),
    "zookeeper-proxy": (dc, node) => ({
        row: "a ZooKeeper member in the quorum answers through it",
        command: `talk ${words(node.address, portOf(dc, "zookeeper-proxy"))} srvr`,
        evaluate: (output) => quorumFinding(dc, node, output),
    }),
};

function quorumFinding(dc: DataCentre, node: NodeSpec, output: string): Finding {
    const count = nodesWith(dc, "zookeeper").length;
    const quorum = majorityOf(count);
    const expected = count === 1 ? "standalone" : "leader or follower";
    const mode = modeOf(output);
    const short = `fewer than ${quorum} of ${count} members, a quorum, are up`;
    const nobody = `nobody serves: ${count === 1 ? "the one member is not up" : short}; writes stop until one is back`;
    return finding(
        mode !== undefined && expected.split(" or ").includes(mode),
        mode ?? (output.trim() === "" ? nobody : (output.trim().split("\n")[0] ?? "")),
        expected,
        `start the members whose srvr row fails; ${see(dc, node)}`,
    );
}

/** What only a host has: a unit, files, and the package's own unit. */
function hostProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const at = { node: node.name, system };
    const probe = (row: string, command: string, evaluate: (output: string) => Finding): Probe => ({ ...at, row, command, evaluate });
    const files = filesRead(dc, node).map((file) => `-f ${words(file)}`).join(" ");
    return [
        unitProbe(node.name, system, unit, "HAProxy"),
        filesProbe(node.name, system, filesOf(dc, node)),
        ...(loginOf(dc, node) === undefined
            ? []
            : [
                  probe("Marathon's login is kept from others", `stat -c '%a %U:%G' ${words(loginFile)}`, (output) => {
                      const wanted = `640 root:${unit}`;
                      return finding(output.trim() === wanted, output.trim() || "no answer", wanted, "'make up CONVERGE=1' writes it anew");
                  }),
              ]),
        probe("HAProxy takes its configuration", `${haproxy} -c -q ${files} >/dev/null 2>&1 && echo taken`, (output) =>
            finding(
                output.trim() === "taken",
                output.trim() || "refused",
                "taken",
                `'${haproxy} -c ${files}' on ${node.name} says why; 'make up CONVERGE=1' writes it anew`,
            ),
        ),
        keptOffProbe(node.name, system, "haproxy", "the package's own HAProxy would take ports of the proxies"),
    ];
}

/** What holds for every proxy: that it serves, and on hosts that it is as described. */
export const probes = (dc: DataCentre): Probe[] =>
    proxyNodes(dc).flatMap((node) => [
        ...(areContainers(dc) ? [] : hostProbes(dc, node)),
        ...(Object.keys(serves) as ProxyRole[])
            .filter((role) => node.roles.includes(role))
            .map((role): Probe => ({ node: node.name, system, ...serves[role](dc, node) })),
    ]);
