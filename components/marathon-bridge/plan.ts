import { nodesWith } from "../../config/nodes";
import { listenersOf } from "../../config/rules/ports";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { urls } from "../marathon/plan";
import { confined } from "../step/confined";
import { pythonService } from "../step/python-service";
import { defaultSettings, type MarathonBridgeSpec } from "./schema";

/** The nodes that serve apps' service ports, in the order in which they are visited. */
export const bridges = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "marathon-bridge");

export const settingsOf = (dc: DataCentre): MarathonBridgeSpec => dc.marathonBridge ?? defaultSettings;

/** The bridge's unit and user, and where its files are. */
export const bridgeUnit = "haproxy-marathon-bridge";
export const proxyUnit = "haproxy-marathon-bridge-proxy";
export const haproxy = "/usr/sbin/haproxy";
const etc = `/etc/${bridgeUnit}`;
export const configFile = `${etc}/config.json`;
export const loginFile = `${etc}/login`;
export const passwordFile = `${etc}/stats-password`;
export const serviceDirectory = `/usr/local/lib/${bridgeUnit}`;
export const stateDirectory = `/var/lib/${bridgeUnit}`;
export const haproxyConfig = `${stateDirectory}/haproxy.cfg`;
const masterSocket = `/run/${proxyUnit}/master.sock`;

/** Whoever is on the host: the page has a password, and the health no secret. */
export const ownAddress = "127.0.0.1";

/** What the service is told. The host's own Marathon is asked first, and the others when it does not answer. */
export function configOf(systems: Systems, dc: DataCentre, node: NodeSpec): string {
    const settings = settingsOf(dc);
    const own = (url: string): number => (url === `http://${node.address}:${dc.marathon.port}` ? 0 : 1);
    const config = {
        marathons: urls(dc).sort((a, b) => own(a) - own(b)),
        loginFile: dc.marathon.credentials ? loginFile : null,
        haproxyConfig,
        masterSocket,
        haproxy,
        bind: settings.bind,
        maxConnections: settings.maxConnections,
        timeouts: { connectMs: settings.connectTimeoutMs, clientMs: settings.clientTimeoutMs, serverMs: settings.serverTimeoutMs },
        stats: { port: settings.statsPort, user: "admin", passwordFile },
        listen: { address: ownAddress, port: settings.healthPort },
        resyncSeconds: settings.resyncSeconds,
        reserved: listenersOf(systems, dc, node).map(({ port, what }) => ({ port, what })),
    };
    return `${JSON.stringify(config, null, 2)}\n`;
}

/** It binds a port only to see whether that is free, which takes a right for those below 1024. */
export const bridgeUnitFile = `[Unit]
Description=haproxy-marathon-bridge: what Marathon runs, as HAProxy's configuration
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=${bridgeUnit}
Group=${bridgeUnit}
ExecStart=/usr/bin/python3 -B ${serviceDirectory} ${configFile}
RuntimeDirectory=${bridgeUnit}
StateDirectory=${bridgeUnit}
StateDirectoryMode=0750
${confined}Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;

/**
 * HAProxy as master and workers: the bridge's group may ask the master to reload, by a socket in a directory that comes and goes with
 * the unit. A worker that goes hands its listeners to the next one, so no connection is refused meanwhile. On a host that boots it has
 * the file of the last time at once; where there is none yet, it is started again until the bridge has written one.
 *
 * The master is HAProxy's own user too: who may write its file could have root run a program. It has the bridge's group, by which it
 * reads the file, and workers warn that they cannot leave that.
 * Source: HAProxy 2.6, management.txt, "Starting HAProxy" (-S, -Ws) and "Master CLI".
 */
export const proxyUnitFile = `[Unit]
Description=HAProxy of haproxy-marathon-bridge
After=network-online.target ${bridgeUnit}.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
User=haproxy
Group=haproxy
SupplementaryGroups=${bridgeUnit}
ExecStart=${haproxy} -Ws -f ${haproxyConfig} -S ${masterSocket},mode,660,group,${bridgeUnit}
RuntimeDirectory=${proxyUnit}
LimitNOFILE=65536
KillMode=mixed
SuccessExitStatus=143
${confined}Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;

/** The service's files as they go to hosts, by name. */
export const serviceFiles = (): Readonly<Record<string, string>> => pythonService("components/marathon-bridge/service");

/** Every file on a host that is as described, by path. Those with a login or a password are none: only their host has them. */
export const filesOf = (systems: Systems, dc: DataCentre, node: NodeSpec): Record<string, string> => ({
    [configFile]: configOf(systems, dc, node),
    [`/etc/systemd/system/${bridgeUnit}.service`]: bridgeUnitFile,
    [`/etc/systemd/system/${proxyUnit}.service`]: proxyUnitFile,
    ...Object.fromEntries(Object.entries(serviceFiles()).map(([name, text]) => [`${serviceDirectory}/${name}`, text])),
});
