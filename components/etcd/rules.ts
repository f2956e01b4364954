import { decidedVersion } from "../../config/catalogue";
import { error, warning, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { isSecure } from "./plan";
import { etcdLeaf } from "./schema";

/** What must hold for etcd: a sensible count, whole URLs, times, and what its version can do. */
export function etcdRules(dc: DataCentre): Fault[] {
    return nodesWith(dc, "etcd").length === 0 ? [] : [...count(dc), ...plainUsers(dc), ...urls(dc), ...times(dc), ...version(dc)];
}

function count(dc: DataCentre): Fault[] {
    const members = nodesWith(dc, "etcd").length;
    if (members % 2 === 0) {
        const survives = members / 2 - 1;
        const problem = `${members} etcd members survive ${survives === 1 ? "one failure" : `${survives} failures`}, as ${members - 1} would`;
        return [warning(["nodes"], problem, `give the role etcd to ${members - 1} or ${members + 1} nodes`)];
    }
    if (members === 1) {
        return [
            warning(["nodes"], "one node has the role etcd: when it is down, so is all that asks it", "give it to three nodes"),
        ];
    }
    return members > 7
        ? [
              warning(
                  ["nodes"],
                  `${members} nodes have the role etcd: every write waits for a majority`,
                  "three or five are enough",
              ),
          ]
        : [];
}

/** Who speaks to etcd in plain HTTP here, whatever etcd does. */
function plainUsers(dc: DataCentre): Fault[] {
    const users = [
        ...(nodesWith(dc, "calico").length > 0 ? ["the role calico"] : []),
        ...(dc.calico.dockerNetworks.length > 0 ? ["datacentre:calico.dockerNetworks"] : []),
    ];
    const problem = `what ${users.join(" and ")} ${users.length > 1 ? "keep" : "keeps"} in etcd goes by plain HTTP, which members with TLS do not answer`;
    return isSecure(dc) && users.length > 0 ? [error(["etcd", "tls"], problem, `take this out, or leave out ${users.join(" and ")}: one stack has either`)] : [];
}

/** Document 000 wrote `master1:4001` without a scheme, and etcd would not start. */
function urls(dc: DataCentre): Fault[] {
    const ports = [dc.etcd.clientPort, ...dc.etcd.extraClientPorts];
    return (dc.etcd.advertise ?? []).flatMap((url, index) => {
        const path = ["etcd", "advertise", index];
        const [, scheme, host = "", port, rest = ""] =
            /^([a-z0-9+.-]+:\/\/)?((?:[A-Za-z0-9-]+|\{name\}|\{address\})(?:\.[A-Za-z0-9-]+)*)?(?::(\d{1,5}))?(.*)$/i.exec(url) ??
            [];
        if (rest !== "" || host === "") {
            const remedy = `write scheme, host and port and nothing else, such as ${isSecure(dc) ? "https" : "http"}://{name}:2379`;
            return [error(path, "this is no URL that etcd takes", remedy)];
        }
        const wanted = isSecure(dc) ? "https" : "http";
        const whole = `${wanted}://${host}:${port ?? dc.etcd.clientPort}`;
        if (scheme === undefined) {
            return [error(path, `${url} has no scheme, and etcd will not start with it`, `write ${whole}`)];
        }
        if (scheme !== `${wanted}://`) {
            const why =
                scheme === "https://" || scheme === "http://"
                    ? `members serve ${wanted === "http" ? "plain HTTP" : "TLS alone"}, so that nobody could be reached there`
                    : "etcd takes http:// and https:// only";
            return [error(path, `${url} begins with ${scheme}: ${why}`, `write ${whole}`)];
        }
        if (port === undefined) {
            return [error(path, `${url} has no port`, `write ${whole}`)];
        }
        if (!ports.includes(Number(port))) {
            const remedy = `use one of ${ports.join(", ")}, or add ${port} to datacentre:etcd.extraClientPorts`;
            return [error(path, `no member listens for clients on port ${port}`, remedy)];
        }
        return [];
    });
}

function times(dc: DataCentre): Fault[] {
    const { electionMs, heartbeatMs, autoCompactionRetention } = dc.etcd;
    const faults: Fault[] = [];
    if (electionMs < 5 * heartbeatMs) {
        const problem = `an election after ${electionMs} ms leaves no room for lost heartbeats of ${heartbeatMs} ms, and etcd refuses it`;
        faults.push(
            error(["etcd", "electionMs"], problem, `use at least ${5 * heartbeatMs} (5 heartbeats), better ${10 * heartbeatMs}`),
        );
    }
    if (/^0+[hm]$/.test(autoCompactionRetention)) {
        const problem = "old revisions are never compacted, and writes stop at the quota";
        faults.push(warning(["etcd", "autoCompactionRetention"], problem, "use 1h"));
    }
    return faults;
}

/** The oldest releases without known loss of data (etcd, "Data inconsistency" post-mortem): 3.4.22 and 3.5.6. */
const floors: Readonly<Record<string, number>> = { "3.4": 22, "3.5": 6 };

function version(dc: DataCentre): Fault[] {
    const text = decidedVersion(etcdLeaf, dc);
    if (text === undefined) {
        return []; // versions.ts says so.
    }
    const [major = 0, minor = 0, patch] = text.split(".").map(Number);
    const faults: Fault[] = [];
    if (dc.etcd.v2Api && (major > 3 || minor >= 6)) {
        faults.push(
            error(
                ["etcd", "v2Api"],
                `etcd ${text} has no v2 API any more`,
                'take it out, or set datacentre:versions.etcd to "3.4"',
            ),
        );
    }
    if (major < 3 || (major === 3 && (minor < 4 || (patch !== undefined && patch < (floors[`3.${minor}`] ?? 0))))) {
        const problem = `etcd ${text} is older than 3.4.22 or 3.5.6, below which members can lose data or part ways`;
        faults.push(warning(["versions", "etcd"], problem, 'use "3.4.22" or "3.5.6" or newer'));
    }
    return faults;
}
