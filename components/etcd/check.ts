import { sourceOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { About } from "../../config/system";
import { archiveHome } from "../step/program";
import type { Answer, Finding, GroupProbe, Probe } from "../verify/probe";
import { certificateProbe, filesProbe, finding, lines, unitProbe, wholeLines, words } from "../verify/probes";
import { bootstrapConf, clientFiles, clients, etcdConf, memberFiles, members, peerUrl, unitFile } from "./plan";
import { etcdLeaf } from "./schema";

/** The part of the quota that may be used; above it there is time left to compact. */
const quotaShare = 0.8;

/** When nothing is said at all, the reason is in another row. */
const silentRemedy = "etcd does not answer here: see its service and /health rows";

/** What `etcdctl endpoint status -w json` says of the member that was asked. */
export interface EtcdStatus {
    readonly member: string;
    /** The member that leads; "0" while there is none. */
    readonly leader: string;
    readonly dbBytes: number;
}

/** @returns undefined for an answer that is no status. Ids exceed what JSON numbers hold in JavaScript, so they stay text. */
export function readStatus(output: string): EtcdStatus | undefined {
    const digits = (key: string): string | undefined => new RegExp(`"${key}":(\\d+)`).exec(output)?.[1];
    const [member, leader = "0", dbBytes] = [digits("member_id"), digits("leader"), digits("dbSize")];
    return member === undefined || dbBytes === undefined ? undefined : { member, leader, dbBytes: Number(dbBytes) };
}

/** The lines of `etcdctl member list`: id, status, name, peer URLs, client URLs, learner. */
export function readMembers(output: string): { name: string; peers: string; started: boolean }[] {
    return lines(output).map((line) => {
        const [, status = "", name = "", peers = ""] = line.split(",").map((part) => part.trim());
        return { name, peers, started: status === "started" };
    });
}

function etcdctl(dc: DataCentre, node: NodeSpec, ...args: string[]): string {
    const source = sourceOf(etcdLeaf, dc);
    const program = `${source.kind === "archive" ? archiveHome("etcd", source.sha256) : "/usr/bin"}/etcdctl`;
    const endpoint = `--endpoints=${memberFiles(dc) ? "https" : "http"}://${node.address}:${dc.etcd.clientPort}`;
    return `ETCDCTL_API=3 ${words(program, endpoint, "--command-timeout=5s", ...byCertificate(dc), ...args)}`;
}

/** The member's own certificate, as curl and etcdctl take it. */
function byCertificate(dc: DataCentre): string[] {
    const files = memberFiles(dc);
    return files ? ["--cacert", files.authority, "--cert", files.certificate, "--key", files.key] : [];
}

/** A status, then a body. */
const health = (dc: DataCentre, node: NodeSpec, port: number): string =>
    memberFiles(dc)
        ? `curl -si --http1.1 --noproxy '*' --max-time 4 ${words(...byCertificate(dc), `https://${node.address}:${port}/health`)} | awk 'NR == 1 {print $2} body {print} /^\\r?$/ {body = 1}'`
        : `http_get ${words(node.address, port, "/health")}`;

function memberProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const { etcd } = dc;
    const source = sourceOf(etcdLeaf, dc);
    const bin = source.kind === "archive" ? archiveHome("etcd", source.sha256) : "/usr/bin";
    const probe = (row: string, command: string, evaluate: (output: string) => Finding): Probe => ({
        node: node.name,
        system: "etcd",
        row,
        command,
        evaluate,
    });
    const files = memberFiles(dc);
    const healthProbe = (port: number) =>
        probe(`/health on port ${port}`, health(dc, node, port), (output) => {
            const [status = "", ...body] = lines(output);
            const healthy = status === "200" && /"health"\s*:\s*"?true"?/.test(body.join(""));
            return finding(
                healthy,
                healthy ? "healthy" : lines(output).join(" ").slice(0, 80) || "no answer",
                "healthy",
                `see 'journalctl -u etcd' on ${node.name}, and ports ${etcd.clientPort} and ${etcd.peerPort} between the members`,
            );
        });
    return [
        unitProbe(node.name, "etcd", "etcd"),
        filesProbe(node.name, "etcd", {
            "/etc/etcd/etcd.conf": etcdConf(dc, node, source.version),
            "/etc/etcd/bootstrap.conf": bootstrapConf(dc, node),
            "/etc/systemd/system/etcd.service": unitFile(bin),
        }),
        ...[etcd.clientPort, ...etcd.extraClientPorts].map(healthProbe),
        ...(files ? [certificateProbe(node.name, "etcd", files, "640 root:etcd")] : []),
        membersProbe(dc, node),
        sizeProbe(dc, node),
        probe("no alarms", `${etcdctl(dc, node, "alarm", "list")} && echo end`, (output) => {
            const alarms = wholeLines(output);
            return finding(
                alarms?.length === 0,
                alarms === undefined ? "no answer" : alarms.map((line) => line.replace(/^memberID:\d+ alarm:/, "")).join(", ") || "none",
                "none",
                alarms === undefined
                    ? silentRemedy
                    : "NOSPACE: raise datacentre:etcd.quotaBackendMiB and run 'make up', which disarms it; or compact and defragment, as 'make up CONVERGE=1' says; CORRUPT: replace the member",
            );
        }),
    ];
}

function membersProbe(dc: DataCentre, node: NodeSpec): Probe {
    const wanted = members(dc).map((member) => ({ name: member.name, peers: peerUrl(dc, member) }));
    return {
        node: node.name,
        system: "etcd",
        row: "members as described",
        command: etcdctl(dc, node, "member", "list"),
        evaluate: (output) => {
            const got = readMembers(output);
            const missing = wanted.filter(({ name, peers }) => !got.some((one) => one.started && one.name === name && one.peers === peers));
            const extra = got.filter(({ peers }) => !wanted.some((one) => one.peers === peers));
            const found = [...missing.map(({ name }) => `lacks ${name}`), ...extra.map(({ name, peers }) => `has ${name || peers}`)].join(", ");
            return finding(
                got.length > 0 && found === "",
                got.length === 0 ? "no answer" : found || `${got.length} members`,
                `${wanted.length} members`,
                got.length === 0 ? silentRemedy : "'make up CONVERGE=1' brings members back and takes out those that are not described",
            );
        },
    };
}

function sizeProbe(dc: DataCentre, node: NodeSpec): Probe {
    const limit = Math.floor(dc.etcd.quotaBackendMiB * quotaShare);
    return {
        node: node.name,
        system: "etcd",
        row: "database within its quota",
        command: etcdctl(dc, node, "endpoint", "status", "-w", "json"),
        evaluate: (output) => {
            const status = readStatus(output);
            const used = status && status.dbBytes / 1024 / 1024;
            return finding(
                used !== undefined && used <= limit,
                used === undefined ? "no answer" : `${used.toFixed(1)} MiB`,
                `at most ${limit} of ${dc.etcd.quotaBackendMiB} MiB`,
                used === undefined ? silentRemedy : "compact and defragment ('etcdctl compact', 'etcdctl defrag'), or raise datacentre:etcd.quotaBackendMiB",
            );
        },
    };
}

/** What holds for every member of the cluster, and for those who ask it. */
export function probes(dc: DataCentre, { systems }: Pick<About, "systems">): Probe[] {
    const files = clientFiles(dc);
    return [
        ...members(dc).flatMap((node) => memberProbes(dc, node)),
        ...(files ? clients(dc, systems).map(({ name }) => certificateProbe(name, "etcd", files, "600 root:root", "client's certificate is good for 30 days and more")) : []),
    ];
}

/** What holds for the cluster: all members name the same leader, which is one of them. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    const all = members(dc);
    if (all.length < 2) {
        return [];
    }
    return [
        {
            system: "etcd",
            row: "one leader, named by all members",
            questions: all.map((node) => ({ node: node.name, command: etcdctl(dc, node, "endpoint", "status", "-w", "json") })),
            evaluateAll: (answers) => leaderFinding(answers, all.length),
        },
    ];
}

function leaderFinding(answers: ReadonlyMap<string, Answer>, count: number): Finding {
    const statuses = [...answers].flatMap(([node, { output }]) => {
        const status = readStatus(output);
        return status ? [{ node, ...status }] : [];
    });
    const leaders = new Set(statuses.map(({ leader }) => leader));
    const leader = statuses.find(({ member, leader: named }) => member === named);
    const agreed = leader !== undefined && leaders.size === 1;
    return finding(
        agreed && statuses.length === count,
        agreed ? `${leader.node} leads, named by ${statuses.length}` : `${statuses.length} answers, ${leader ? "different leaders named" : "no leader"}`,
        `one leads, named by ${count}`,
        "mend the members whose /health row fails; leaders that keep changing are short of disk or network",
    );
}
