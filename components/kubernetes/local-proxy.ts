import type { DataCentre, NodeSpec } from "../../config/schema";
import { confined } from "../step/confined";
import { isMaster, masters, proxyEtc, proxyUnit, settingsOf } from "./plan";

export const localProxyConf = `${proxyEtc}/haproxy.cfg`;
export const localProxyAuthority = `${proxyEtc}/authority.crt`;

/**
 * HAProxy before all API servers, for one node alone. It passes TLS on as it is, so that both ends know each other. A server is asked
 * every second, by TLS and by what it is called in its certificate; one that was not ready three times gets no connections and loses those
 * that it has, or watches would hang on it. A master asks its own API server as long as that one serves: another may be older while masters
 * are upgraded.
 * Source: HAProxy 2.4 and 2.6, configuration.txt.
 */
export function localProxyConfig(dc: DataCentre, node: NodeSpec): string {
    const { apiPort, proxyPort } = settingsOf(dc);
    const servers = masters(dc).map(({ name, address }) => `    server ${name} ${address}:${apiPort}${isMaster(node) && name !== node.name ? " backup" : ""}`);
    return `global
    log stdout format raw local0 notice
    maxconn 4096
    hard-stop-after 10m

defaults
    log global
    mode tcp
    option clitcpka
    option srvtcpka
    retries 3
    timeout connect 2s
    timeout check 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
    default-server check inter 1s fastinter 500ms fall 3 rise 1 on-marked-down shutdown-sessions check-ssl verify required verifyhost kubernetes ca-file ${localProxyAuthority}

listen kubernetes
    bind 127.0.0.1:${proxyPort}
    balance leastconn
    option redispatch 1
    option allbackups
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
    http-check expect status 200
${servers.join("\n")}
`;
}

export const localProxyUnitFile = (): string => `[Unit]
Description=HAProxy before Kubernetes' API servers
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
User=${proxyUnit}
Group=${proxyUnit}
ExecStart=/usr/sbin/haproxy -Ws -f ${localProxyConf}
ExecReload=/usr/sbin/haproxy -c -q -f ${localProxyConf}
ExecReload=/bin/kill -USR2 $MAINPID
LimitNOFILE=65536
KillMode=mixed
SuccessExitStatus=143
${confined}Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
