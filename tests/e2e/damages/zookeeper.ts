import { moved, stopped, type Damages } from "../lib/damage";

export const damages: Damages = () => ({
    "service runs, and starts with the host": { harm: "systemctl disable zookeeper", mend: "systemctl enable zookeeper" },
    "configuration files as described": moved("/etc/zookeeper/conf/zoo.cfg", "echo x=1 >> /etc/zookeeper/conf/zoo.cfg"),
    "srvr: serves in a quorum": stopped("zookeeper"),
    "members as described": stopped("zookeeper"),
    "member number": moved("/var/lib/zookeeper/myid", "echo 9 > /var/lib/zookeeper/myid"),
    "old snapshots are purged": {
        harm: "for i in 1 2 3 4 5 6; do touch -d '3 days ago' /var/lib/zookeeper/version-2/snapshot.f$i; done",
        mend: "rm -f /var/lib/zookeeper/version-2/snapshot.f?",
    },
    "mntr: one leader, followed by all others": stopped("zookeeper"),
});
