import { moved, stopped, type Damages } from "../lib/damage";

const config = "/var/lib/haproxy-marathon-bridge/haproxy.cfg";
/** It writes what is not as it should be anew, so it is stopped first. */
const withoutBridge = (damage: string) => ({
    on: "master2",
    harm: `systemctl stop haproxy-marathon-bridge && ${damage}`,
    mend: "systemctl start haproxy-marathon-bridge; sleep 4",
});

/** On a stack with document 002's masters: tests/e2e/ha.e2e.ts. */
export const damages: Damages = () => ({
    "bridge runs, and starts with the host": { on: "master2", harm: "systemctl disable haproxy-marathon-bridge", mend: "systemctl enable haproxy-marathon-bridge" },
    "HAProxy runs, and starts with the host": { on: "master2", ...stopped("haproxy-marathon-bridge-proxy") },
    "configuration files as described": {
        on: "master2",
        ...moved("/usr/local/lib/haproxy-marathon-bridge/render.py", "echo >> /usr/local/lib/haproxy-marathon-bridge/render.py"),
    },
    "passwords are kept from others": {
        on: "master2",
        harm: "chmod 644 /etc/haproxy-marathon-bridge/stats-password",
        mend: "chmod 640 /etc/haproxy-marathon-bridge/stats-password",
    },
    "/health says that all is well": withoutBridge("true"),
    "every service port is served": withoutBridge("true"),
    "HAProxy takes its configuration": withoutBridge(`echo nonsense >> ${config}`),
    "haproxy is kept off": { on: "master2", harm: "systemctl enable haproxy", mend: "systemctl disable haproxy" },
    "all serve the same apps by the same servers": withoutBridge(`sed -i '/^ *server /d' ${config}`),
});
