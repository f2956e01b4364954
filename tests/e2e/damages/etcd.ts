import { moved, stopped, type Damages } from "../lib/damage";

const ctl = "ETCDCTL_API=3 etcdctl";
const fill = (count: number): string => `for i in $(seq ${count}); do head -c 700000 /dev/zero | tr '\\0' x | ${ctl} put filler$i >/dev/null; done`;
const emptied = (net: string): string => `${ctl} del --prefix filler >/dev/null; rev=$(${ctl} endpoint status -w json | grep -o '"revision":[0-9]*' | cut -d: -f2); ${ctl} compact $rev >/dev/null; ${ctl} defrag --endpoints=http://${net}.1:2379,http://${net}.2:2379,http://${net}.3:2379 >/dev/null; ${ctl} alarm disarm >/dev/null`;

export const damages: Damages = (net) => {
    const empty = emptied(net);
    return {
        "service runs, and starts with the host": { harm: "systemctl disable etcd", mend: "systemctl enable etcd" },
        "configuration files as described": moved("/etc/etcd/etcd.conf", "echo X=1 >> /etc/etcd/etcd.conf"),
        "/health on port 2379": stopped("etcd"),
        "/health on port 4001": {
            harm: "iptables -I INPUT -p tcp --dport 4001 -j REJECT",
            mend: "iptables -D INPUT -p tcp --dport 4001 -j REJECT",
        },
        "members as described": {
            harm: `${ctl} member add ghost --peer-urls=http://${net}.99:2380 >/dev/null`,
            mend: `${ctl} member remove $(${ctl} member list | grep 26.99 | cut -d, -f1) >/dev/null`,
        },
        "database within its quota": { harm: fill(125), mend: empty },
        "no alarms": { harm: `${fill(170)}; true`, mend: empty },
        "one leader, named by all members": { harm: "systemctl stop etcd", mend: "systemctl start etcd" },
    };
};

const own = "/etc/etcd/tls/member";

/** Rows that members with TLS have besides: tests/e2e/etcd-tls.e2e.ts. */
export const tlsDamages: Damages = () => ({
    // By nobody's authority.
    "certificate is good for 30 days and more": {
        on: "master1",
        ...moved(`${own}.crt`, `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -keyout /dev/null -out ${own}.crt 2>/dev/null`),
    },
    "/health on port 2379": { on: "master1", ...moved(`${own}.key`, `echo none >${own}.key`) },
});
