import { readFileSync } from "node:fs";
import { join } from "node:path";

import { archiveOf } from "../../config/catalogue";
import { formatAddress, parseAddress, parseNetwork, type Network } from "../../config/network";
import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { cniConf } from "../containerd/plan";
import { clientFiles, endpoints } from "../etcd/plan";
import { archiveHome, root } from "../step/program";
import { defaultSettings, flannelLeaf, type FlannelSpec } from "./schema";

/** What is described, with the ends of the range that hosts' parts are from. */
export type Settings = FlannelSpec & { readonly subnetMin: string; readonly subnetMax: string };

export const nodes = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "flannel");

/** Document 004's: what is behind 10.0.200.255 is left to services. */
const documents = { network: "10.0.0.0/16", subnetMin: "10.0.1.0", subnetMax: "10.0.200.0" };

export function settingsOf(dc: DataCentre): Settings {
    const own = dc.flannel ?? defaultSettings;
    const { network, subnetLen } = own;
    const whole = parseNetwork(network);
    const size = 2 ** (32 - subnetLen);
    // As flannel's own defaults: the network's first part is nobody's.
    const [first, last] = whole ? [whole.first + size, whole.last + 1 - size].map(formatAddress) : [];
    const theirs = network === documents.network && subnetLen === 24;
    return {
        ...own,
        subnetMin: own.subnetMin ?? (theirs ? documents.subnetMin : (first ?? "")),
        subnetMax: own.subnetMax ?? (theirs ? documents.subnetMax : (last ?? "")),
    };
}

/** All addresses that containers can have: of the first part to the end of the last one. Undefined for what the rules refuse. */
export function range(dc: DataCentre): Pick<Network, "first" | "last"> | undefined {
    const { subnetMin, subnetMax, subnetLen } = settingsOf(dc);
    const [first, last] = [subnetMin, subnetMax].map(parseAddress);
    return first === undefined || last === undefined ? undefined : { first, last: last + 2 ** (32 - subnetLen) - 1 };
}

/** Whether a node's containers are Docker's, on its bridge. */
export const hasDocker = (node: NodeSpec): boolean => node.roles.includes("docker");

/** Whether they are pods, which get their network by CNI. */
export const hasPods = (node: NodeSpec): boolean => node.roles.includes("containerd");

/** Bytes that are less in a container's packets than in the hosts'. Source: flannel 0.28, pkg/backend/vxlan/device.go. */
export const overheads = { vxlan: 50, "host-gw": 0 } as const;

/** The device that packets to other hosts go by; undefined where they go by the hosts' own. */
export const device = (dc: DataCentre): string | undefined => {
    const { backend, vni } = settingsOf(dc);
    return backend === "vxlan" ? `flannel.${vni}` : undefined;
};

/** What flannel reads in etcd. Source: flannel 0.28, Documentation/configuration.md and backends.md. */
export function networkConfig(dc: DataCentre): string {
    const { network, subnetLen, subnetMin, subnetMax, backend, vni, port } = settingsOf(dc);
    return JSON.stringify({
        Network: network,
        SubnetLen: subnetLen,
        SubnetMin: subnetMin,
        SubnetMax: subnetMax,
        Backend: { Type: backend, ...(backend === "vxlan" ? { VNI: vni, Port: port } : {}) },
    });
}

/** Options of curl by which etcd is spoken to. */
export const curlOptions = (dc: DataCentre): string[] => {
    const files = clientFiles(dc);
    return files ? ["--cacert", files.authority, "--cert", files.certificate, "--key", files.key] : [];
};

export const unit = "datacentre-flanneld";
/** Where flanneld says what its host has: gone with a reboot, for which a copy of it is kept. */
export const subnetFile = "/run/flannel/subnet.env";
export const helper = "/usr/local/lib/datacentre/flannel";
/** By name the first of its directory, since engines take that. */
export const cniFile = `${cniConf}/10-datacentre-flannel.conflist`;

/** Where flanneld is. */
export function home(dc: DataCentre): string {
    return archiveHome("flannel", archiveOf(flannelLeaf, dc)?.sha256 ?? "local");
}

/**
 * flanneld's unit. Nobody waits for ever: where etcd is away, Docker starts with the subnet that the host had last.
 * Sources: flannel 0.28, Documentation/configuration.md ("Key command line options") and main.go.
 */
export function unitFile(dc: DataCentre, node: NodeSpec): string {
    const { prefix, masquerade } = settingsOf(dc);
    const files = clientFiles(dc);
    const flags = [
        `--etcd-endpoints=${endpoints(dc).join(",")}`,
        `--etcd-prefix=${prefix}`,
        ...(files ? [`--etcd-cafile=${files.authority}`, `--etcd-certfile=${files.certificate}`, `--etcd-keyfile=${files.key}`] : []),
        // Of several interfaces the first one found is often the wrong one.
        `--iface=${node.address}`,
        `--public-ip=${node.address}`,
        `--ip-masq=${masquerade}`,
        `--subnet-file=${subnetFile}`,
    ];
    const users = [...(hasDocker(node) ? ["docker"] : []), ...(hasPods(node) ? ["pods"] : [])];
    return `[Unit]
Description=flannel: this host's part of the containers' network
Documentation=https://github.com/flannel-io/flannel
After=network-online.target etcd.service
Wants=network-online.target
Before=docker.service kubelet.service
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStartPre=${helper} prepare
ExecStart=${home(dc)}/flanneld ${flags.join(" ")}
ExecStartPost=${helper} leased ${users.join(" ")}
Restart=always
RestartSec=2
# Until etcd answers.
TimeoutStartSec=90

[Install]
WantedBy=multi-user.target
`;
}

/** What brings Docker to another subnet: a unit of its own, since the host itself starts it too. */
export const renewalUnit = "datacentre-flannel-docker";

const renewalFile = `[Unit]
Description=Docker to the subnet that flannel has for this host
After=${unit}.service

[Service]
Type=oneshot
ExecStart=${helper} renew-docker
TimeoutStartSec=10min
`;

/** What sees to it that flanneld knows what etcd has. */
export const guardUnit = "datacentre-flannel-guard";

function guardFile(dc: DataCentre, node: NodeSpec): string {
    const { prefix, backend } = settingsOf(dc);
    const environment = {
        ETCD_URLS: endpoints(dc).join(" "),
        CURL_OPTIONS: curlOptions(dc).join(" "),
        SUBNETS: JSON.stringify(subnetsIn(prefix)).replaceAll('"', '\\"'),
        HOST_ADDRESS: node.address,
        BACKEND: backend,
        DEVICE: device(dc) ?? "",
    };
    return `[Unit]
Description=Sees to it that flanneld knows who has which subnet
After=${unit}.service

[Service]
${Object.entries(environment)
    .map(([key, value]) => `Environment="${key}=${value}"\n`)
    .join("")}ExecStart=${helper} guard
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;
}

/** A key as etcd's JSON interface takes it. */
export const inBase64 = (key: string): string => Buffer.from(key).toString("base64");

/** All hosts' parts, as a question to etcd: what begins with the prefix and a slash. */
export const subnetsIn = (prefix: string): Record<string, string> => ({ key: inBase64(`${prefix}/subnets/`), range_end: inBase64(`${prefix}/subnets0`) });

/** Files of a node as described, by path. What depends on its lease, the helper writes. */
export function files(dc: DataCentre, node: NodeSpec): Record<string, string> {
    return {
        [helper]: readFileSync(join(root, "components/flannel/on-host.sh"), "utf8"),
        [`/etc/systemd/system/${unit}.service`]: unitFile(dc, node),
        [`/etc/systemd/system/${guardUnit}.service`]: guardFile(dc, node),
        ...(hasDocker(node) ? { [`/etc/systemd/system/${renewalUnit}.service`]: renewalFile } : {}),
    };
}
