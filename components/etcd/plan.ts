import type { DataCentre, NodeSpec } from "../../config";
import type { Part, Systems } from "../../config/system";

/** The cluster's members, in the order in which they are visited. */
export function members(dc: DataCentre): NodeSpec[] {
    return dc.nodes.filter((node) => node.roles.includes("etcd"));
}

/** Whether members and clients speak TLS. */
export const isSecure = (dc: DataCentre): boolean => dc.etcd.tls === true;

const scheme = (dc: DataCentre): string => (isSecure(dc) ? "https" : "http");

/** With what somebody speaks to members by TLS, by path: whom to trust, and who it is. */
export interface TlsFiles {
    readonly authority: string;
    readonly certificate: string;
    readonly key: string;
}

export const memberEtc = "/etc/etcd/tls";
export const clientEtc = "/etc/datacentre-etcd";

/** A member's own; the key is readable for etcd's group. Undefined without TLS. */
export const memberFiles = (dc: DataCentre): TlsFiles | undefined => filesIn(dc, memberEtc, "member");

/** Those of clients, readable for root alone: the same on every host whose system calls `etcd:clients`. Undefined without TLS. */
export const clientFiles = (dc: DataCentre): TlsFiles | undefined => filesIn(dc, clientEtc, "client");

const filesIn = (dc: DataCentre, etc: string, name: string): TlsFiles | undefined =>
    isSecure(dc) ? { authority: `${etc}/authority.crt`, certificate: `${etc}/${name}.crt`, key: `${etc}/${name}.key` } : undefined;

/** The nodes on which a system runs that asks etcd. */
export function clients(dc: DataCentre, { parts }: Pick<Systems, "parts">): NodeSpec[] {
    const duties: Record<string, Part["duties"][string]> = Object.assign({}, ...parts.map((part) => part.duties as object)) as never;
    const callers = parts.flatMap((part) => part.calls(dc)).flatMap(({ service, from }) => (service === "etcd:clients" ? from : []));
    const placed = new Set(callers.flatMap((duty) => duties[duty]?.nodes(dc) ?? []));
    return dc.nodes.filter(({ name, roles }) => placed.has(name) || callers.some((duty) => (roles as readonly string[]).includes(duty)));
}

/** What a member can be reached at by clients. Made from parts, so that none can lack its scheme, host or port. */
export function clientUrls(dc: DataCentre, node: NodeSpec): string[] {
    const made = [dc.etcd.clientPort, ...dc.etcd.extraClientPorts].map((port) => `${scheme(dc)}://${node.address}:${port}`);
    const extra = (dc.etcd.advertise ?? []).map((url) => url.replaceAll("{name}", node.name).replaceAll("{address}", node.address));
    return [...new Set([...made, ...extra])];
}

export const peerUrl = (dc: DataCentre, node: NodeSpec): string => `${scheme(dc)}://${node.address}:${dc.etcd.peerPort}`;

/** What a member's certificate is for, as openssl takes it: what it is called, itself, and what it advertises besides. */
export function memberNames(dc: DataCentre, node: NodeSpec): string {
    const advertised = clientUrls(dc, node).map((url) => new URL(url).hostname);
    const named = [node.name, node.address, "localhost", "127.0.0.1", ...advertised].map((name) => `${/^[0-9.]+$/.test(name) ? "IP" : "DNS"}:${name}`);
    return [...new Set(named)].join(",");
}

/** `http://address:port` of every member, `https` with TLS: what clients are given, never one member alone. */
export function endpoints(dc: DataCentre): string[] {
    return members(dc).map((node) => `${scheme(dc)}://${node.address}:${dc.etcd.clientPort}`);
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
        LISTEN_CLIENT_URLS: ports.flatMap((port) => [`${scheme(dc)}://${node.address}:${port}`, `${scheme(dc)}://127.0.0.1:${port}`]).join(","),
        ADVERTISE_CLIENT_URLS: clientUrls(dc, node).join(","),
        QUOTA_BACKEND_BYTES: etcd.quotaBackendMiB * 1024 * 1024,
        AUTO_COMPACTION_MODE: "periodic",
        AUTO_COMPACTION_RETENTION: etcd.autoCompactionRetention,
        SNAPSHOT_COUNT: etcd.snapshotCount,
        HEARTBEAT_INTERVAL: etcd.heartbeatMs,
        ELECTION_TIMEOUT: etcd.electionMs,
        ...byTls(memberFiles(dc)),
        // Removed in 3.6, which refuses to start with it; from 3.4 on it is off unless asked for.
        ...(hasV2(version) ? { ENABLE_V2: etcd.v2Api } : {}),
    });
}

/** For clients and for peers alike: nobody without a certificate of the same authority. Source: etcd 3.4 "Transport security model". */
function byTls(files: TlsFiles | undefined): Record<string, string | boolean> {
    const of = (whose: string, { authority, certificate, key }: TlsFiles) => ({
        [`${whose}CERT_FILE`]: certificate,
        [`${whose}KEY_FILE`]: key,
        [`${whose}CLIENT_CERT_AUTH`]: true,
        [`${whose}TRUSTED_CA_FILE`]: authority,
    });
    return files ? { ...of("", files), ...of("PEER_", files) } : {};
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
