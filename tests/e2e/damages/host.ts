import { moved, shim, stopped, type Damages } from "../lib/damage";

export const damages: Damages = () => ({
    "answers by SSH with its known key, as root": { ...stopped("ssh.service"), inside: true },
    "belongs to this stack": moved("/var/lib/datacentre/claim", "echo other/stack > /var/lib/datacentre/claim"),
    "hosts file names every node": moved("/etc/hosts", "sed -i /agent1/d /etc/hosts"),
    "packages as in the catalogue": {
        harm: "cp /var/lib/dpkg/status /root/whole && sed -i '/^Package: etcd-client$/,/^$/s/^Version: .*/Version: 3.3.1-1/' /var/lib/dpkg/status",
        mend: "cp /root/whole /var/lib/dpkg/status",
    },
    "keeps its time": stopped("chrony"),
    "clock agrees with this machine's": shim("date", 'exec /usr/bin/date -d "+9 seconds" "$@"'),
    "clocks agree with each other": shim("date", 'exec /usr/bin/date -d "-9 seconds" "$@"'),
    "SELinux not enforcing, firewalld off": {
        harm: "printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > /run/systemd/system/firewalld.service && systemctl daemon-reload && systemctl start firewalld",
        mend: "systemctl stop firewalld; rm -f /run/systemd/system/firewalld.service; systemctl daemon-reload",
    },
    "no step was left half done": { harm: "mkdir -p /var/lib/datacentre/begun && : > /var/lib/datacentre/begun/made-up", mend: "rm /var/lib/datacentre/begun/made-up" },
    "disk space where data is kept": {
        harm: "mount -t tmpfs -o size=64M none /mnt/docker-data",
        mend: "umount /mnt/docker-data",
    },
    "no unit of ours has failed": {
        harm: "mkdir -p /run/systemd/system/chrony.service.d && printf '[Service]\\nRestart=no\\n' > /run/systemd/system/chrony.service.d/x.conf && systemctl daemon-reload && systemctl kill -s KILL chrony && sleep 1",
        mend: "rm -r /run/systemd/system/chrony.service.d; systemctl daemon-reload; systemctl reset-failed chrony; systemctl start chrony",
    },
});
