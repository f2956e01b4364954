import type { DataCentre, NodeSpec } from "../../config";

/** The cluster's members, in the order in which they are visited. */
export function members(dc: DataCentre): NodeSpec[] {
    return dc.nodes.filter((node) => node.roles.includes("etcd"));
}

/** What a member can be reached at by clients. Made from parts, so that none can lack its scheme, host or port. */
export function clientUrls(dc: DataCentre, node: NodeSpec): string[] {
    const made = [dc.etcd.clientPort, ...dc.etcd.extraClientPorts].map((port) => `http://${node.address}:${port}`);
    const extra = (dc.etcd.advertise ?? []).map((url) => url.replaceAll("{name}", node.name).replaceAll("{address}", node.address));
    return [...new Set([...made, ...extra])];
}

export const peerUrl = (dc: DataCentre, node: NodeSpec): string => `http://${node.address}:${dc.etcd.peerPort}`;

/** `http://address:port` of every member: what clients are given, never one member alone. */
export function endpoints(dc: DataCentre): string[] {
    return members(dc).map((node) => `http://${node.address}:${dc.etcd.clientPort}`);
}

const environment = (values: Record<string, string | number | boolean>): string =>
    Object.entries(values)
        .map(([key, value]) => `ETCD_${key}="${value}"\n`)
        .join("");

/**
 * etcd.conf: what may change during a member's life, and restarts it.
 * Source: etcd 3.4 "Configuration flags"; each flag is read from ETCD_ and its name.
 */
export function etcdConf(dc: DataCentre, node: NodeSpec, version: string): string {
    const { etcd } = dc;
    const ports = [etcd.clientPort, ...etcd.extraClientPorts];
    return environment({
        NAME: node.name,
        DATA_DIR: etcd.dataDir,
        LISTEN_PEER_URLS: peerUrl(dc, node),
        LISTEN_CLIENT_URLS: ports.flatMap((port) => [`http://${node.address}:${port}`, `http://127.0.0.1:${port}`]).join(","),
        ADVERTISE_CLIENT_URLS: clientUrls(dc, node).join(","),
        QUOTA_BACKEND_BYTES: etcd.quotaBackendMiB * 1024 * 1024,
        AUTO_COMPACTION_MODE: "periodic",
        AUTO_COMPACTION_RETENTION: etcd.autoCompactionRetention,
        SNAPSHOT_COUNT: etcd.snapshotCount,
        HEARTBEAT_INTERVAL: etcd.heartbeatMs,
        ELECTION_TIMEOUT: etcd.electionMs,
        // Removed in 3.6, which refuses to start with it; from 3.4 on it is off unless asked for.
        ...(hasV2(version) ? { ENABLE_V2: etcd.v2Api } : {}),
    });
}

const hasV2 = (version: string): boolean => {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    return major === 3 && minor < 6;
};

/** bootstrap.conf: what etcd reads only when a member starts for the first time. */
export function bootstrapConf(dc: DataCentre, node: NodeSpec): string {
    return environment({
        INITIAL_ADVERTISE_PEER_URLS: peerUrl(dc, node),
        INITIAL_CLUSTER: members(dc)
            .map((member) => `${member.name}=${peerUrl(dc, member)}`)
            .join(","),
        INITIAL_CLUSTER_TOKEN: dc.etcd.token,
        INITIAL_CLUSTER_STATE: "new",
    });
}

/** The systemd unit; `bin` is the directory that holds `etcd`. */
export function unitFile(bin: string): string {
    return `[Unit]
Description=etcd cluster member
Documentation=https://etcd.io/docs
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
User=etcd
EnvironmentFile=/etc/etcd/bootstrap.conf
EnvironmentFile=/etc/etcd/etcd.conf
ExecStart=${bin}/etcd
Restart=always
RestartSec=2
# Alone, the first members of a new cluster wait for the others.
TimeoutStartSec=15min
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
}

/** The directory around the members' data; undefined where that is at the top. */
export const dataHome = (dc: DataCentre): string | undefined => dc.etcd.dataDir.replace(/\/[^/]+$/, "") || undefined;
