import { moved, stopped, type Damages } from "../lib/damage";

const on = "agent1";
const config = "/etc/datacentre-proxies/haproxy.cfg";

/** Proxies on a host; those that are containers are in containers.ts. */
export const damages: Damages = () => ({
    "HAProxy runs, and starts with the host": { on, ...stopped("datacentre-proxies") },
    "configuration files as described": { on, ...moved(config, `echo '# mine' >>${config}`) },
    "HAProxy takes its configuration": { on, ...moved(config, `echo 'listen without' >>${config}`) },
    "haproxy is kept off": { on, harm: "systemctl enable haproxy", mend: "systemctl disable haproxy" },
    "the leading Mesos master answers through it": { on, harm: "systemctl stop datacentre-proxies", mend: "systemctl start datacentre-proxies" },
    "the leading Marathon answers through it": { on, harm: "systemctl kill -s STOP datacentre-proxies", mend: "systemctl kill -s CONT datacentre-proxies" },
    "a ZooKeeper member in the quorum answers through it": { on, harm: "systemctl stop datacentre-proxies", mend: "systemctl start datacentre-proxies" },
});
