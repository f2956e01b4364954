import { sourceOf } from "../../config/catalogue";
import { areContainers, majorityOf } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { archiveHome } from "../step/program";
import type { Answer, Finding, GroupProbe, Probe } from "../verify/probe";
import { filesProbe, finding, journalOf, lines, unitProbe, words } from "../verify/probes";
import { listLine, logConfig, members, unitFile, zooCfg, type Member } from "./plan";
import { zookeeperLeaf } from "./schema";

/** The mode that `srvr` tells: leader, follower, standalone; undefined when the member does not serve. */
export const modeOf = (output: string): string | undefined => /^Mode: (\S+)$/m.exec(output)?.[1];

/** A figure that `mntr` tells. */
export function figure(output: string, name: string): number | undefined {
    const text = new RegExp(`^${name}\\t(-?[0-9.]+)$`, "m").exec(output)?.[1];
    return text === undefined ? undefined : Number(text);
}

const ask = (dc: DataCentre, address: string, word: string): string => `talk ${words(address, dc.zookeeper.clientPort)} ${word}`;

function memberProbes(dc: DataCentre, { node, id }: Member, count: number): Probe[] {
    const zk = dc.zookeeper;
    const source = sourceOf(zookeeperLeaf, dc);
    const home = source.kind === "archive" ? archiveHome("zookeeper", source.sha256) : undefined;
    const log = logConfig(home !== undefined);
    const probe = (row: string, command: string, evaluate: (output: string) => Finding): Probe => ({
        node: node.name,
        system: "zookeeper",
        row,
        command,
        evaluate,
    });
    const contained = areContainers(dc);
    const expected = count > 1 ? "leader or follower" : contained ? "standalone" : "leader";
    return [
        // Of containers as nodes, components/nodes/containers/check.ts asks the like.
        ...(contained
            ? []
            : [
                  listProbe(dc, node),
                  unitProbe(node.name, "zookeeper", "zookeeper"),
                  filesProbe(node.name, "zookeeper", {
                      "/etc/zookeeper/conf/zoo.cfg": zooCfg(dc),
                      [`/etc/zookeeper/conf/${log.file}`]: log.text,
                      "/etc/systemd/system/zookeeper.service": unitFile(dc, { home, version: source.version }),
                  }),
              ]),
        probe("srvr: serves in a quorum", ask(dc, node.address, "srvr"), (output) => {
            const mode = modeOf(output);
            return finding(
                mode !== undefined && expected.split(" or ").includes(mode),
                mode ?? (output.trim().split("\n")[0] || "no answer"),
                expected,
                `see ${journalOf(dc, node, "zookeeper")}, and ports ${zk.peerPort} and ${zk.electionPort} between the members`,
            );
        }),
        probe("member number", `cat ${words(`${zk.dataDir}/myid`)}`, (output) =>
            finding(
                output.trim() === String(id),
                output.trim() || "none",
                String(id),
                areContainers(dc)
                    ? `the number belongs to the data: put ${id} into ${zk.dataDir}/myid and restart the container`
                    : `the number belongs to the data: put ${id} into ${zk.dataDir}/myid and restart zookeeper, or run 'make up CONVERGE=1'`,
            ),
        ),
        ...(zk.autopurgePurgeIntervalHours > 0 ? [purgeProbe(dc, node.name)] : []),
    ];
}

/** The ensemble's own list of members, as this one has it. */
function listProbe(dc: DataCentre, node: NodeSpec): Probe {
    const wanted = members(dc).map((member) => listLine(dc, member));
    return {
        node: node.name,
        system: "zookeeper",
        row: "members as described",
        command: `${ask(dc, node.address, "conf")} | sed -n '/^membership/,$p' | grep -a '^server\\.'`,
        evaluate: (output) => {
            const got = lines(output).sort();
            const lacks = wanted.filter((line) => !got.includes(line));
            const extra = got.filter((line) => !wanted.includes(line));
            return finding(
                lacks.length + extra.length === 0,
                got.length === 0 ? "no answer" : [...lacks.map((line) => `lacks ${line}`), ...extra.map((line) => `has ${line}`)].join(", ") || `${got.length} members`,
                `${wanted.length} members`,
                got.length === 0 ? `see ${journalOf(dc, node, "zookeeper")}` : "'make up CONVERGE=1' takes in who is lacking, and out who is not described",
            );
        },
    };
}

/** Snapshots that the purge should have taken in two rounds. The newest few stay however old they are. */
function purgeProbe(dc: DataCentre, node: string): Probe {
    const { dataDir, autopurgePurgeIntervalHours: hours, autopurgeSnapRetainCount: retain } = dc.zookeeper;
    return {
        node,
        system: "zookeeper",
        row: "old snapshots are purged",
        command: `find ${words(`${dataDir}/version-2`)} -name 'snapshot.*' -mmin +${hours * 120} | wc -l`,
        evaluate: (output) => {
            const old = /^\d+$/.test(output.trim()) ? Number(output.trim()) : undefined;
            return finding(
                old !== undefined && old <= retain,
                old === undefined ? "no answer" : `${old} older than ${2 * hours} h`,
                `at most ${retain} older than ${2 * hours} h`,
                `restart zookeeper on ${node}: its purge task has stopped; until then remove old files from ${dataDir}/version-2`,
            );
        },
    };
}

/** What holds for every member of the ensemble. */
export function probes(dc: DataCentre): Probe[] {
    const all = members(dc);
    return all.flatMap((member) => memberProbes(dc, member, all.length));
}

/** What holds for the ensemble: one leader, which all others follow. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    const all = members(dc);
    if (all.length < 2) {
        return [];
    }
    return [
        {
            system: "zookeeper",
            row: "mntr: one leader, followed by all others",
            questions: all.map(({ node }) => ({ node: node.name, command: ask(dc, node.address, "mntr") })),
            evaluateAll: (answers) => leaderFinding(answers, all.length),
        },
    ];
}

function leaderFinding(answers: ReadonlyMap<string, Answer>, count: number): Finding {
    const quorum = majorityOf(count);
    const serving = [...answers.values()].filter(({ output }) => /^zk_server_state\t/m.test(output)).length;
    if (serving < quorum) {
        return finding(
            false,
            `no quorum: ${serving} of ${count} serve, and it takes ${quorum}`,
            `one leads, ${count - 1} follow`,
            "until members are back ('make up' starts what is stopped) nothing can be written or elected: masters and Marathon give up their lead and start nothing, and tasks that run go on",
        );
    }
    const leaders = [...answers].filter(([, { output }]) => /^zk_server_state\tleader$/m.test(output));
    const [leader] = leaders;
    const followers = leader && figure(leader[1].output, "zk_synced_followers");
    return finding(
        leaders.length === 1 && followers === count - 1,
        leaders.length === 1
            ? `${leader?.[0]} leads, ${followers ?? 0} follow`
            : `${leaders.length} leaders${leaders.length > 1 ? `: ${leaders.map(([node]) => node).join(", ")}` : ""}`,
        `one leads, ${count - 1} follow`,
        "mend the members whose srvr row fails; a follower that lags is short of disk or network",
    );
}
