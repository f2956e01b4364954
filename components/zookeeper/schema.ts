import { z } from "zod";

import { archivedOrImageForm } from "../../config/sources";
import type { SystemSchema } from "../../config/system-schema";
import { path, port } from "../../config/texts";

const zookeeperSchema = z.strictObject({
    clientPort: port.default(2181),
    peerPort: port.default(2888),
    electionPort: port.default(3888),
    dataDir: path.default("/var/lib/zookeeper"),
    heapMiB: z.int().min(64).max(32768).default(256),
    tickTimeMs: z.int().min(100).max(60000).default(2000),
    initLimitTicks: z.int().min(1).max(1000).default(10),
    syncLimitTicks: z.int().min(1).max(1000).default(5),
    maxClientConnections: z.int().min(0).max(100000).default(200),
    autopurgeSnapRetainCount: z.int().min(3).max(1000).default(3),
    autopurgePurgeIntervalHours: z.int().min(0).max(720).default(6).describe("0 never purges, and the disk fills."),
    fourLetterWords: z
        .array(z.enum(["ruok", "srvr", "stat", "mntr", "conf", "cons", "dump", "envi", "wchs", "isro"]))
        .default(["ruok", "srvr", "mntr", "stat", "conf", "isro"])
        .describe("Words that a member answers; `ruok`, `srvr`, `mntr` and `conf` are needed."),
});

// Java 8 to 21: CentOS 7 has none after 11, Debian 13 none before 21.
const openjdk = [17, 21, 11, 8].map((release) => `openjdk-${release}-jre-headless`).join("|");
const javaOpenjdk = ["17", "21", "11", "1.8.0"].map((release) => `java-${release}-openjdk-headless`).join("|");
const packages = {
    apt: { programs: ["zookeeper"], needs: [openjdk] },
    yum: { programs: ["zookeeper"], needs: [javaOpenjdk] },
};

/** The ZooKeeper ensemble. */
export const zookeeperLeaf = {
    name: "zookeeper",
    roles: ["zookeeper"],
    duties: [],
    services: ["clients", "peers"],
    groups: { zookeeper: zookeeperSchema.prefault({}).describe("The ensemble of the nodes with role zookeeper.") },
    node: { zookeeperId: z.int().min(1).max(255).optional().describe("The member's number; by default its place among the members.") },
    catalogue: [
        // RPMs of ZooKeeper left with repos.mesosphere.io: on the yum family `sources.zookeeper` names Apache's archive.
        {
            version: "3.8.0",
            packages,
            offered: ["apt"],
            containers: { image: "zookeeper:3.8" },
            note: "Debian 12; runs on Java 17",
        },
        { version: "3.9.3", packages, offered: ["apt"], containers: { image: "zookeeper:3.9" }, note: "Debian 13, with Java 21. Debian 11 and Ubuntu 22.04 have 3.4, whose members cannot change their list" },
    ],
    // Source: ZooKeeper's FAQ and release notes: 3.5 and later read what 3.4.6 and later wrote; nothing is said of the way back.
    upgrades: { series: 2, noWayBack: "its members write logs and snapshots that a former series does not read." },
    works: { from: "3.5", to: "3.9" },
    source: archivedOrImageForm("For nodes that are containers; laid out as Docker's official image: zookeeper:3.8."),
    imagesInContainersOnly: true,
    secretKeys: [],
    standIns: { values: { "zookeeper.fourLetterWords.*": "ruok" } },
} as const satisfies SystemSchema;
