import { decidedVersion } from "../../config/catalogue";
import { error, warning, type Fault } from "../../config/faults";
import { areContainers, nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { zookeeperLeaf } from "./schema";

const needed = ["ruok", "srvr", "mntr", "conf"] as const;

/** What must hold for the ensemble: a count that has a majority, numbers, words and times. */
export function zookeeperRules(dc: DataCentre): Fault[] {
    return [...count(dc), ...numbers(dc), ...words(dc), ...times(dc), ...version(dc)];
}

function count(dc: DataCentre): Fault[] {
    const members = nodesWith(dc, "zookeeper").length;
    if (members > 0 && members % 2 === 0) {
        const problem = `${members} nodes have the role zookeeper: an even ensemble survives no more failures than ${members - 1} would`;
        const fewer = members === 2 ? "one" : members - 1;
        return [error(["nodes"], problem, `give the role zookeeper to ${fewer} or ${members + 1} nodes`)];
    }
    if (members === 1) {
        return [
            warning(
                ["nodes"],
                "one node has the role zookeeper: when it is down, so is all that asks it",
                "give it to three nodes",
            ),
        ];
    }
    if (members > 7) {
        return [
            warning(
                ["nodes"],
                `${members} nodes have the role zookeeper: every write waits for a majority`,
                "three or five are enough",
            ),
        ];
    }
    return [];
}

/** A member's number is as described, else its place among the members; two alike never form an ensemble. */
function numbers(dc: DataCentre): Fault[] {
    const members = nodesWith(dc, "zookeeper").map((node, place) => ({ node, id: node.zookeeperId ?? place + 1 }));
    const doubled = members.flatMap(({ node, id }, place) => {
        const first = members.slice(0, place).find((other) => other.id === id);
        const problem = `${node.name} and ${first?.node.name ?? ""} would both be ZooKeeper member ${id}`;
        const remedy = "give every node with the role zookeeper a zookeeperId of its own, or none any";
        return first ? [error(["nodes", dc.nodes.indexOf(node), "zookeeperId"], problem, remedy)] : [];
    });
    const idle = dc.nodes.flatMap((node, index) => {
        const problem = `${node.name} has a zookeeperId and lacks the role zookeeper`;
        return node.zookeeperId !== undefined && !node.roles.includes("zookeeper")
            ? [warning(["nodes", index, "zookeeperId"], problem, "take it out, or add the role")]
            : [];
    });
    return [...doubled, ...idle];
}

function words(dc: DataCentre): Fault[] {
    const missing = needed.filter((word) => !dc.zookeeper.fourLetterWords.includes(word));
    const problem = `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing, by which members are asked how they are`;
    return missing.length === 0 ? [] : [error(["zookeeper", "fourLetterWords"], problem, `add ${missing.join(", ")}`)];
}

function times(dc: DataCentre): Fault[] {
    const { initLimitTicks, syncLimitTicks, autopurgePurgeIntervalHours } = dc.zookeeper;
    return [
        ...(syncLimitTicks > initLimitTicks
            ? [
                  warning(
                      ["zookeeper", "syncLimitTicks"],
                      `a follower may lag for ${syncLimitTicks} ticks and has ${initLimitTicks} to catch up when it starts`,
                      "let initLimitTicks be the greater one",
                  ),
              ]
            : []),
        ...(autopurgePurgeIntervalHours === 0
            ? [
                  warning(
                      ["zookeeper", "autopurgePurgeIntervalHours"],
                      "old snapshots are never purged, and the disk fills",
                      "use 6",
                  ),
              ]
            : []),
    ];
}

/** Members on hosts keep their list themselves, which 3.5.3 and newer can. */
function version(dc: DataCentre): Fault[] {
    const text = !areContainers(dc) && nodesWith(dc, "zookeeper").length > 0 ? decidedVersion(zookeeperLeaf, dc) : undefined;
    const [major = 0, minor = 0, patch = 0] = (text ?? "").split(".").map(Number);
    const old = major < 3 || (major === 3 && (minor < 5 || (minor === 5 && patch < 3)));
    return text !== undefined && old
        ? [error(["versions", "zookeeper"], `members of ZooKeeper ${text} cannot change their list while they run`, "use 3.5.3 or newer, such as 3.8.4")]
        : [];
}
