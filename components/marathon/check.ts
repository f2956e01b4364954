import { areContainers } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Answer, Finding, GroupProbe, Probe } from "../verify/probe";
import { containerProbe, filesProbe, finding, journalOf, unitProbe, words } from "../verify/probes";
import { container, credentialsFile, filesOf, instances } from "./plan";
import { marathonImage } from "./source";

/** Asks the API of one node's Marathon; the login, where there is one, is read on the host. */
export const ask = (dc: DataCentre, node: NodeSpec, path: string): string =>
    `marathon_get ${words(`http://${node.address}:${dc.marathon.port}${path}`)}`;

function instanceProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const image = marathonImage(dc);
    const probe = (row: string, command: string, evaluate: (output: string) => Finding): Probe => ({
        node: node.name,
        system: "marathon",
        row,
        command,
        evaluate,
    });
    return [
        ...(areContainers(dc)
            ? []
            : [
                  unitProbe(node.name, "marathon", "marathon"),
                  filesProbe(node.name, "marathon", filesOf(dc, node)),
                  ...(image === undefined ? [] : [containerProbe(node.name, "marathon", container, image)]),
              ]),
        probe("API answers", ask(dc, node, "/ping"), (output) =>
            finding(
                output.startsWith("200"),
                output.split("\n")[0] || "no answer",
                "200",
                `see ${journalOf(dc, node, "marathon")}, and whether a Mesos master leads`,
            ),
        ),
        ...(dc.marathon.credentials && areContainers(dc)
            ? [
                  probe("login asked for", `http_get ${words(node.address, dc.marathon.port, "/v2/info")} | head -n 1`, (output) =>
                      finding(output.trim() === "401", output.trim() || "no answer", "401", "'make up' gives the container its login"),
                  ),
              ]
            : []),
        ...(dc.marathon.credentials && !areContainers(dc)
            ? [
                  probe("login asked for, and kept from others", `stat -c '%a %U' ${words(credentialsFile)}; curl -s -o /dev/null -w '%{http_code}' --max-time 5 ${words(`http://${node.address}:${dc.marathon.port}/v2/info`)}`, (output) => {
                      const found = output.trim().split("\n").join(", ");
                      return finding(
                          found === "600 root, 401",
                          found || "no answer",
                          "600 root, 401",
                          `'make up CONVERGE=1' writes ${credentialsFile} anew and starts Marathon with it`,
                      );
                  }),
              ]
            : []),
    ];
}

export const probes = (dc: DataCentre): Probe[] => instances(dc).flatMap((node) => instanceProbes(dc, node));

/** What holds between them: all name the same leader. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    return instances(dc).length === 0
        ? []
        : [
              {
                  system: "marathon",
                  row: "one leads, and all know it",
                  questions: instances(dc).map((node) => ({ node: node.name, command: ask(dc, node, "/v2/leader") })),
                  evaluateAll: (answers) => leaderFinding(answers, instances(dc).length),
              },
          ];
}

function leaderFinding(answers: ReadonlyMap<string, Answer>, count: number): Finding {
    const named = [...answers.values()].map(({ output }) => /"leader":\s*"([^"]+)"/.exec(output)?.[1] ?? "nobody");
    const leaders = [...new Set(named)];
    return finding(
        named.length === count && leaders.length === 1 && leaders[0] !== "nobody",
        leaders.join(", ") || "no answer",
        "one leader",
        "see 'journalctl -u marathon': a leader is elected in ZooKeeper, and ends when it loses it",
    );
}
