import { containerImage } from "../../config/catalogue";
import type { ContainerSpec } from "../../config/container";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { confined } from "../step/confined";
import { haproxyConfig } from "./haproxy";
import { configFile, haproxy, loginFile, loginOf, loginVariable, portOf, proxyRolesOf, unit, type ProxyRole } from "./plan";
import { proxiesLeaf } from "./schema";

/** HAProxy's files in the order in which it reads them. */
export const filesRead = (dc: DataCentre, node: NodeSpec): string[] => [...(loginOf(dc, node) === undefined ? [] : [loginFile]), configFile];

/**
 * HAProxy as master and workers. A worker that goes hands its listeners to the next one, and ends with its last connection, so a
 * reload drops none. The master is the unit's own user too: nothing here needs root but a port below 1024.
 * Source: HAProxy 2.6, management.txt, "Starting HAProxy" (-Ws) and "Stopping and restarting HAProxy".
 */
export function unitFile(dc: DataCentre, node: NodeSpec): string {
    const files = filesRead(dc, node).map((file) => `-f ${file}`).join(" ");
    return `[Unit]
Description=HAProxy before Mesos, Marathon and ZooKeeper
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
User=${unit}
Group=${unit}
ExecStart=${haproxy} -Ws ${files}
ExecReload=${haproxy} -c -q ${files}
ExecReload=/bin/kill -USR2 $MAINPID
LimitNOFILE=65536
KillMode=mixed
SuccessExitStatus=143
${confined}Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
}

/** Every file on a host that is as described, by path. The one with the login is none: only its host has it. */
export const filesOf = (dc: DataCentre, node: NodeSpec): Record<string, string> => ({
    [configFile]: haproxyConfig(dc, node),
    [`/etc/systemd/system/${unit}.service`]: unitFile(dc, node),
});

/** Whether a proxy serves, asked in its container. Marathon's, where it wants a login, has answered by asking for that. */
const serves: Readonly<Record<ProxyRole, (at: string) => string>> = {
    "mesos-proxy": (at) => `[ "$(http_status ${at} /master/maintenance/status)" = 200 ]`,
    "marathon-proxy": (at) => `[[ $(http_status ${at} /ping) == @(200|401) ]]`,
    "zookeeper-proxy": (at) => `talk ${at} srvr | grep -q '^Mode: '`,
};

/** A proxy as a container of its own: its port is that of the engine's machine too. */
export function proxyContainer(dc: DataCentre, node: NodeSpec): ContainerSpec {
    const login = loginOf(dc, node);
    const all = proxyRolesOf(node).map((role) => ({ role, port: portOf(dc, role), at: `${node.address} ${portOf(dc, role)}` }));
    return {
        image: containerImage(proxiesLeaf, dc, "image"),
        files: { "/usr/local/etc/haproxy/haproxy.cfg": haproxyConfig(dc, node) },
        ...(login === undefined ? {} : { secrets: { [loginVariable]: login } }),
        published: all.map(({ port }) => ({ port, at: port })),
        answers: all.map(({ at }) => `port_open ${at}`).join(" && "),
        serves: all.map(({ role, at }) => serves[role](at)).join(" && "),
    };
}
