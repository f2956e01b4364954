import type { DataCentre, NodeSpec } from "../../config/schema";
import type { About } from "../../config/system";
import type { Systems } from "../../config/systems";
import type { GroupProbe, Probe } from "../verify/probe";
import { finding, lines, wholeLines, words } from "../verify/probes";
import { clockCommand, clockLimit, clockOffset, clockProbe, clockRemedy, packagesProbe, spaceProbe } from "./check-resources";
import { hostsBlock } from "./files";
import { hostPlan } from "./plan";

/** What a failed `up` began: the next one finishes it, or takes it back when it is described no more. */
const begunProbe = (node: string): Probe => ({
    node,
    system: "host",
    row: "no step was left half done",
    command: "ls /var/lib/datacentre/begun 2>/dev/null; echo end",
    evaluate: (output) => {
        const begun = wholeLines(output);
        const byHand = `bash -c 'eval "$(cat)"' datacentre undo </var/lib/datacentre/begun/${begun?.[0] ?? ""}`;
        return finding(
            begun?.length === 0,
            begun === undefined ? "no answer" : begun.join(", ") || "none",
            "none",
            `'make up CONVERGE=1' finishes what is described, and takes back what is not; if it stays, see why by: ${byHand}`,
        );
    },
});

function hostProbes(dc: DataCentre, node: NodeSpec, { owner, systems }: About): Probe[] {
    const probe = (row: string, command: string, evaluate: Probe["evaluate"]): Probe => ({
        node: node.name,
        system: "host",
        row,
        command,
        evaluate,
    });
    const reached = probe("answers by SSH with its known key, as root", "id -u", (output) =>
        finding(output.trim() === "0", output.trim() === "0" ? "root" : "not root", "root", "give the SSH user password-less sudo, or use root"),
    );
    if (node.roles.length === 0) {
        return [reached, clockProbe(node)];
    }
    return [
        reached,
        probe("belongs to this stack", "cat /var/lib/datacentre/claim", (output) =>
            finding(
                output.trim() === owner,
                output.trim() || "nobody's",
                owner,
                output.trim() === "" ? "'make up' claims it" : `leave it out of datacentre:nodes here, or destroy ${output.trim()} first`,
            ),
        ),
        probe("hosts file names every node", "hosts_block", (output) => {
            const got = wholeLines(output)?.map((line) => line.replace(/\s+/g, " "));
            const want = lines(hostsBlock(dc)).map((line) => line.replace(/\s+/g, " "));
            const missing = want.filter((line) => !got?.includes(line));
            const extra = (got ?? []).filter((line) => !want.includes(line));
            const found = [...missing.map((line) => `lacks '${line}'`), ...extra.map((line) => `has '${line}'`)].join(", ");
            return finding(found === "", found || `${want.length} names`, `${want.length} names`, "'make up CONVERGE=1' writes the block again");
        }),
        packagesProbe(systems, dc, node),
        probe("keeps its time", "time_units", (output) => {
            const active = (wholeLines(output.replace(/ end\s*$/, "\nend")) ?? []).join(" ");
            return finding(active !== "", active || "no time service is active", "a time service", "'make up CONVERGE=1' starts one");
        }),
        ...(dc.timeServers.length > 0
            ? [
                  probe("asks the described time servers", "time_servers", (output) => {
                      const told = [...new Set(wholeLines(output) ?? [])].sort().join(", ");
                      const wanted = [...new Set(dc.timeServers)].sort().join(", ");
                      return finding(told === wanted, told || "none", wanted, "'make up CONVERGE=1' tells the service that keeps the time; see it and its file by 'systemctl list-units'");
                  }),
              ]
            : []),
        clockProbe(node),
        probe("SELinux not enforcing, firewalld off", "guards", (output) => {
            const [selinux = "", firewalld = ""] = output.trim().split(" ");
            const wrong = [
                ...(selinux === "Enforcing" ? ["SELinux enforcing"] : []),
                ...(firewalld === "active" ? ["firewalld active"] : []),
                ...(selinux === "" ? ["no answer"] : []),
            ].join(", ");
            return finding(wrong === "", wrong || "both out of the way", "both out of the way", "'make up CONVERGE=1' sets them as document 000 does");
        }),
        begunProbe(node.name),
        spaceProbe(systems, dc, node),
        failedUnitsProbe(systems, dc, node),
    ];
}

function failedUnitsProbe(systems: Systems, dc: DataCentre, node: NodeSpec): Probe {
    const units = [...hostPlan(systems, dc, node).watched, "chrony", "chronyd"];
    return {
        node: node.name,
        system: "host",
        row: "no unit of ours has failed",
        command: `failed_units ${words(...units)}`,
        evaluate: (output) => {
            const failed = wholeLines(output);
            return finding(
                failed?.length === 0,
                failed === undefined ? "no answer" : failed.join(", ") || "none",
                "none",
                `on ${node.name} 'systemctl status' and 'journalctl -u' say why; 'make up CONVERGE=1' starts them again`,
            );
        },
    };
}

/** What holds for every host, whatever runs on it. */
export function probes(dc: DataCentre, about: About): Probe[] {
    return dc.nodes.flatMap((node) => hostProbes(dc, node, about));
}

/** What holds between hosts. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    if (dc.nodes.length < 2) {
        return [];
    }
    return [
        {
            system: "host",
            row: "clocks agree with each other",
            questions: dc.nodes.map((node) => ({ node: node.name, command: clockCommand })),
            evaluateAll: (answers) => {
                const offsets = [...answers].flatMap(([node, answer]) => {
                    const offset = clockOffset(answer);
                    return offset === undefined ? [] : [{ node, offset }];
                });
                const sorted = offsets.sort((a, b) => a.offset - b.offset);
                const [first, last] = [sorted[0], sorted.at(-1)];
                const apart = first && last ? last.offset - first.offset : Infinity;
                return finding(
                    answers.size === dc.nodes.length && offsets.length === answers.size && apart <= clockLimit,
                    offsets.length < dc.nodes.length
                        ? `${offsets.length} of ${dc.nodes.length} answered`
                        : `${apart.toFixed(1)} s apart${apart > clockLimit ? ` (${first?.node} and ${last?.node})` : ""}`,
                    `within ${clockLimit} s`,
                    clockRemedy,
                );
            },
        },
    ];
}
