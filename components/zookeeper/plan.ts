import type { DataCentre, NodeSpec } from "../../config/schema";
import { compareVersions } from "../../config/version";

/** One member of the ensemble: its node and its number, which is part of its data. */
export interface Member {
    readonly node: NodeSpec;
    readonly id: number;
}

/** The ensemble's members, in the order in which they are visited. Numbers count from 1 unless the nodes say their own. */
export function members(dc: DataCentre): Member[] {
    return dc.nodes
        .filter((node) => node.roles.includes("zookeeper"))
        .map((node, index) => ({ node, id: node.zookeeperId ?? index + 1 }));
}

/** `host:port,…`: what a client of the ensemble connects to. */
export function connectString(dc: DataCentre): string {
    return members(dc)
        .map(({ node }) => `${node.address}:${dc.zookeeper.clientPort}`)
        .join(",");
}

/**
 * zoo.cfg, the same on every member, without their list: that is the ensemble's own, and changes without a restart. Two lists in files
 * that are changed one after another could each be a majority's for a while, and forget what the other wrote. Members run on a copy
 * (`runningCfg`), which ZooKeeper itself writes when the list changes. The admin server is off, since its port 8080 is Marathon's.
 * Source: ZooKeeper 3.8 Administrator's Guide, "Configuration Parameters"; "Dynamic Reconfiguration".
 */
export const zooCfg = (dc: DataCentre): string => text([...settings(dc), "reconfigEnabled=true", "standaloneEnabled=false"]);

/** Where the copy is that members run on. */
export const runningCfg = (dc: DataCentre): string => `${dc.zookeeper.dataDir}/conf/zoo.cfg`;

/**
 * zoo.cfg with the list of members, where they are containers of one engine. Members are named by address: a host whose own name stands
 * for 127.0.1.1 in its hosts file would wait for the others where nobody calls.
 */
export function listedZooCfg(dc: DataCentre): string {
    const { peerPort, electionPort } = dc.zookeeper;
    const all = members(dc);
    return text([...settings(dc), ...(all.length > 1 ? all.map(({ node, id }) => `server.${id}=${node.address}:${peerPort}:${electionPort}`) : [])]);
}

const text = (lines: readonly string[]): string => `${lines.join("\n")}\n`;

function settings({ zookeeper: zk }: DataCentre): string[] {
    return [
        `tickTime=${zk.tickTimeMs}`,
        `initLimit=${zk.initLimitTicks}`,
        `syncLimit=${zk.syncLimitTicks}`,
        `dataDir=${zk.dataDir}`,
        `clientPort=${zk.clientPort}`,
        `maxClientCnxns=${zk.maxClientConnections}`,
        `autopurge.snapRetainCount=${zk.autopurgeSnapRetainCount}`,
        `autopurge.purgeInterval=${zk.autopurgePurgeIntervalHours}`,
        `4lw.commands.whitelist=${zk.fourLetterWords.join(",")}`,
        "admin.enableServer=false",
    ];
}

/** A member as it stands in the ensemble's list. */
export const listLine = (dc: DataCentre, { node, id }: Member): string =>
    `server.${id}=${node.address}:${dc.zookeeper.peerPort}:${dc.zookeeper.electionPort}:participant;0.0.0.0:${dc.zookeeper.clientPort}`;

/** A member's programs: unpacked at `home`, or the packages of hosts. */
export interface Programs {
    readonly home: string | undefined;
    readonly version: string;
}

/** Debian's 3.9 names no logger among the classes that it needs, and would say nothing. */
const logger = ["slf4j-log4j12", "log4j-1.2"].map((name) => `:/usr/share/java/${name}.jar`).join("");

/** Where the member's classes are: Debian's package, or an Apache archive unpacked at `home`. */
export function classPath(home: string | undefined, version: string): string {
    const packaged = `/usr/share/java/zookeeper.jar${compareVersions(version, "3.9") < 0 ? "" : logger}`;
    return `/etc/zookeeper/conf:${home === undefined ? packaged : `${home}/lib/*`}`;
}

/** The systemd unit. Java exits on a full heap, and systemd starts the member again: a member that hangs helps nobody. */
export function unitFile(dc: DataCentre, { home, version }: Programs): string {
    return `[Unit]
Description=ZooKeeper ensemble member
Documentation=https://zookeeper.apache.org
After=network-online.target
Wants=network-online.target

[Service]
User=zookeeper
Group=zookeeper
ExecStart=/usr/bin/java -Xms${dc.zookeeper.heapMiB}m -Xmx${dc.zookeeper.heapMiB}m -XX:+ExitOnOutOfMemoryError \\
    -Djava.net.preferIPv4Stack=true -Dlog4j.configuration=file:/etc/zookeeper/conf/log4j.properties \\
    -Dlogback.configurationFile=/etc/zookeeper/conf/logback.xml \\
    -cp ${classPath(home, version)} org.apache.zookeeper.server.quorum.QuorumPeerMain ${runningCfg(dc)}
Restart=always
RestartSec=2
SuccessExitStatus=143
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
}

/** The logging configuration: to the journal, which rotates. Packages of Debian log by log4j, archives of 3.8 by logback. */
export function logConfig(archive: boolean): { file: string; text: string } {
    if (archive) {
        return {
            file: "logback.xml",
            text: `<configuration>
  <appender name="journal" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5p [%t:%C{1}@%L] - %m%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="journal"/></root>
</configuration>
`,
        };
    }
    return {
        file: "log4j.properties",
        text: `log4j.rootLogger=INFO, JOURNAL
log4j.appender.JOURNAL=org.apache.log4j.ConsoleAppender
log4j.appender.JOURNAL.layout=org.apache.log4j.PatternLayout
log4j.appender.JOURNAL.layout.ConversionPattern=%-5p [%t:%C{1}@%L] - %m%n
`,
    };
}
