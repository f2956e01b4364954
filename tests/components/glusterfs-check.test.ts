/** Verify's reading of what GlusterFS 10.3 says, each answer as recorded from a pool of four, and changed as little as it takes. */
import { dataCentreSchema } from "../../components/description";
import { probes } from "../../components/glusterfs/check";

const dc = dataCentreSchema.parse({
    provider: { kind: "docker", prefix: "t", subnet: "172.30.9.0/24" },
    nodes: ["master1", "agent1", "agent2"].map((name, index) => ({ name, address: `172.30.9.${index + 1}`, roles: ["glusterfs"] })),
    glusterfs: {
        volumes: [
            {
                name: "replica_volume",
                type: "replicated",
                bricks: ["master1:/data/repli", "agent1:/data/repli"],
                arbiter: "agent2:/data/repli-arbiter",
                mount: "/data/mnt",
            },
            { name: "hash_volume", type: "distributed", bricks: ["master1:/data/hash", "agent1:/data/hash"], mount: "/data/mnt_hash", mountOn: ["agent1"] },
        ],
    },
});
const all = probes(dc);
const judge = (row: string, output: string, node = "master1") =>
    all.find((probe) => probe.node === node && probe.row === row)!.evaluate(output, 0);

const peers = `Number of Peers: 2

Hostname: agent1
Uuid: 50ba9b1d-bd4b-474e-93b5-95d79791501e
State: Peer in Cluster (Connected)

Hostname: agent2
Uuid: 37769943-9214-41f0-a690-514db62a7390
State: Peer in Cluster (Connected)
Other names:
172.30.9.3
`;

const info = ` 
Volume Name: replica_volume
Type: Replicate
Volume ID: 2d1b72a8-59f6-40a1-8804-6e93f5c8e22f
Status: Started
Snapshot Count: 0
Number of Bricks: 1 x (2 + 1) = 3
Transport-type: tcp
Bricks:
Brick1: master1:/data/repli
Brick2: agent1:/data/repli
Brick3: agent2:/data/repli-arbiter (arbiter)
Options Reconfigured:
auth.allow: 172.30.9.1,172.30.9.2,172.30.9.3
network.ping-timeout: 10
cluster.granular-entry-heal: on
performance.client-io-threads: off
`;

const hashInfo = `Volume Name: hash_volume
Type: Distribute
Status: Started
Number of Bricks: 2
Bricks:
Brick1: agent1:/data/hash
Brick2: master1:/data/hash
Options Reconfigured:
auth.allow: 172.30.9.1,172.30.9.2,172.30.9.3
network.ping-timeout: 10
`;

const bricks = ["master1:/data/repli", "agent1:/data/repli", "agent2:/data/repli-arbiter"];
const status = `Status of volume: replica_volume\n${bricks
    .map(
        (brick) => `------------------------------------------------------------------------------
Brick                : Brick ${brick}
TCP Port             : 56473               
RDMA Port            : 0                   
Online               : Y                   
Pid                  : 814                 
File System          : ext4                
Device               : /dev/vda            
`,
    )
    .join("")} \n`;

const heal = bricks
    .map(
        (brick) => `Brick ${brick}
Status: Connected
Total Number of entries: 0
Number of entries in heal pending: 0
Number of entries in split-brain: 0
Number of entries possibly healing: 0
`,
    )
    .join("\n");

const mounted = "localhost:/replica_volume\nreadable\nactive\nenabled\n";

it("asks members and mounts on each node and volumes on the lead alone, each row once", () => {
    expect(new Set(all.map((probe) => `${probe.node} ${probe.row}`)).size).toBe(all.length);
    expect(all.filter((probe) => probe.row.startsWith("volume ")).map((probe) => [probe.node, probe.row])).toEqual([
        ["master1", "volume replica_volume"],
        ["master1", "volume replica_volume: bricks"],
        ["master1", "volume replica_volume: copies"],
        ["master1", "volume hash_volume"],
        ["master1", "volume hash_volume: bricks"],
    ]);
    expect(all.filter((probe) => probe.row.startsWith("mount ")).map((probe) => probe.node)).toEqual(["master1", "agent1", "agent1", "agent2"]);
});

it.each([
    ["glusterd", "enabled\nactive\nanswers\n", "enabled, active, answers"],
    ["peers", peers, "2 connected"],
    ["peers", peers.replace("Hostname: agent1", "Hostname: 172.30.9.2"), "2 connected"],
    ["self-heal daemon", "1\n", "running"],
    ["volume replica_volume", info, "started, Replicate (2 + 1 copies) of master1:/data/repli agent1:/data/repli agent2:/data/repli-arbiter"],
    // Grown or written in another order, which means nothing without copies.
    ["volume hash_volume", hashInfo, "started, Distribute of agent1:/data/hash master1:/data/hash"],
    ["volume replica_volume: bricks", status, "3 of 3 online"],
    ["volume replica_volume: copies", heal, "0 to heal, 0 in split brain"],
    ["mount /data/mnt", mounted, "localhost:/replica_volume, readable, kept by its unit"],
])("%s is green when all is as described", (row, output, found) => {
    expect(judge(row, output)).toMatchObject({ ok: true, found });
    expect(judge(row, output).remedy).toBeUndefined();
});

it.each([
    ["glusterd", "enabled\ninactive\n", "enabled, inactive"],
    ["glusterd", "enabled\nactive\n", "enabled, active"],
    ["glusterd", "", "no answer"],
    ["peers", peers.replace("State: Peer in Cluster (Connected)", "State: Peer in Cluster (Disconnected)"), "agent1: Peer in Cluster (Disconnected)"],
    ["peers", peers.replace("State: Peer in Cluster (Connected)", "State: Peer Rejected (Connected)"), "agent1: Peer Rejected (Connected)"],
    ["peers", "Number of Peers: 0\n", "agent1: not in the pool; agent2: not in the pool"],
    ["peers", `${peers}\nHostname: stranger\nUuid: 1\nState: Peer in Cluster (Connected)\n`, "3 connected"],
    ["peers", "", "no answer"],
    ["self-heal daemon", "0\n", "not running"],
    ["volume replica_volume", info.replace("Started", "Stopped"), expect.stringMatching(/^stopped, /)],
    ["volume replica_volume", info.replace("timeout: 10", "timeout: 42"), expect.stringMatching(/network.ping-timeout is 42$/)],
    ["volume replica_volume", info.replace(/^auth.allow.*\n/m, ""), expect.stringMatching(/auth.allow is unset$/)],
    ["volume replica_volume", info.replace("1 x (2 + 1) = 3", "1 x 3 = 3"), expect.stringMatching(/Replicate \(3 copies\)/)],
    ["volume replica_volume", info.replace("agent1:/data/repli", "agent1:/data/other"), expect.stringMatching(/agent1:\/data\/other/)],
    ["volume replica_volume", "", "not there"],
    ["volume replica_volume: bricks", status.replace("Online               : Y", "Online               : N"), "2 of 3 online, not master1:/data/repli"],
    ["volume replica_volume: bricks", status.replace(/-+\nBrick +: Brick agent1[^]*?(?=-{20})/, ""), "2 of 3 online, not agent1:/data/repli"],
    ["volume replica_volume: bricks", "Another transaction is in progress for replica_volume. Please try again after some time.\n", "0 of 3 online"],
    ["volume replica_volume: bricks", "", "0 of 3 online"],
    ["volume replica_volume: copies", heal.replace("entries: 0", "entries: 4").replace("pending: 0", "pending: 4"), "4 to heal, 0 in split brain"],
    ["volume replica_volume: copies", heal.replace("entries: 0", "entries: 1").replace("split-brain: 0", "split-brain: 1"), "1 to heal, 1 in split brain"],
    ["volume replica_volume: copies", heal.replace("Total Number of entries: 0", "Total Number of entries: -"), "2 of 3 bricks tell"],
    ["volume replica_volume: copies", "", "0 of 3 bricks tell"],
    ["mount /data/mnt", mounted.replace("localhost:/replica_volume", ""), "not mounted"],
    ["mount /data/mnt", mounted.replace("readable", "dead"), "localhost:/replica_volume, not readable, kept by its unit"],
    ["mount /data/mnt", mounted.replace("replica_volume", "hash_volume"), "localhost:/hash_volume, readable, kept by its unit"],
    ["mount /data/mnt", mounted.replace("enabled", "disabled"), "localhost:/replica_volume, readable, its unit is active and disabled"],
    ["mount /data/mnt", "", "not mounted"],
])("%s is red for a deviating answer, with what to do", (row, output, found) => {
    expect(judge(row, output)).toMatchObject({ ok: false, found });
    expect(judge(row, output).remedy).toMatch(/make up|gluster volume heal|gluster peer detach/);
});
