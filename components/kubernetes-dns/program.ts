import type { DataCentre, NodeSpec } from "../../config/schema";
import { confined } from "../step/confined";
import { pythonService } from "../step/python-service";
import { authorityFile, certificate, clusterOf, configFile, ownAddress, runtime, serviceDirectory, settingsOf, unit } from "./plan";

/** So many pods and nodes are kept in memory: a hundred MiB. */
const most = 100_000;

/** What the service is told. */
export function configOf(dc: DataCentre, node: NodeSpec): string {
    const { domain, localUrl } = clusterOf(dc);
    const config = {
        api: localUrl,
        authority: authorityFile,
        certificate: `${certificate}.crt`,
        key: `${certificate}.key`,
        domain,
        node: node.name,
        directory: runtime,
        listenAddress: ownAddress,
        listenPort: settingsOf(dc).healthPort,
        most,
    };
    return `${JSON.stringify(config, null, 2)}\n`;
}

/** It binds no port below 1024. */
const unprivileged = confined.replaceAll(/^(AmbientCapabilities|CapabilityBoundingSet)=.*$/gm, "$1=");

/** The directory stays while the service is started anew: CoreDNS has it mounted, and would go on with one that is no more. */
export const unitFile = `[Unit]
Description=Names and addresses of Kubernetes' pods and nodes, for CoreDNS
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=${unit}
Group=${unit}
ExecStart=/usr/bin/python3 -B ${serviceDirectory} ${configFile}
RuntimeDirectory=${runtime.replace("/run/", "")}
RuntimeDirectoryPreserve=yes
${unprivileged}Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;

/** The service's files as they go to hosts, by name. */
export const serviceFiles = (): Readonly<Record<string, string>> => pythonService("components/kubernetes-dns/service");

/** Every file on a host that is as described, by path. Its certificate and key are none: only their host has them. */
export const filesOf = (dc: DataCentre, node: NodeSpec): Record<string, string> => ({
    [configFile]: configOf(dc, node),
    [`/etc/systemd/system/${unit}.service`]: unitFile,
    ...Object.fromEntries(Object.entries(serviceFiles()).map(([name, text]) => [`${serviceDirectory}/${name}`, text])),
});
