import { stopped, type Damages } from "../lib/damage";

const killBricks = "pkill -9 -f '^/usr/s?bin/glusterfsd .*repli'";
const startBricks = "gluster volume start replica_volume force >/dev/null";

export const damages: Damages = () => ({
    "glusterd": stopped("glusterd"),
    "peers": { on: "agent1", shows: "agent2", ...stopped("glusterd") },
    "volume replica_volume": {
        shows: "master1",
        harm: "gluster volume set replica_volume network.ping-timeout 42 >/dev/null",
        mend: "gluster volume set replica_volume network.ping-timeout 10 >/dev/null",
    },
    "volume hash_volume": {
        shows: "master1",
        harm: "gluster volume set hash_volume network.ping-timeout 42 >/dev/null",
        mend: "gluster volume set hash_volume network.ping-timeout 10 >/dev/null",
    },
    "volume replica_volume: bricks": { shows: "master1", harm: killBricks, mend: startBricks },
    "volume hash_volume: bricks": { shows: "master1", harm: "pkill -9 -f '^/usr/s?bin/glusterfsd .*hash'", mend: "gluster volume start hash_volume force >/dev/null" },
    "volume replica_volume: copies": {
        on: "agent1",
        shows: "master1",
        harm: `${killBricks}; sleep 1; echo pending > /data/mnt/pending`,
        mend: `${startBricks}; gluster volume heal replica_volume >/dev/null; sleep 6`,
    },
    "self-heal daemon": { harm: "pkill -9 -f 'process-name glustershd'", mend: startBricks },
    "mount /data/mnt": stopped("datacentre-mount-replica_volume"),
    "mount /data/mnt_hash": stopped("datacentre-mount-hash_volume"),
});
