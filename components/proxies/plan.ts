import { areContainers, nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { urls } from "../marathon/plan";
import { clientAddress } from "../nodes/containers/plan";
import { defaultSettings, proxiesLeaf, type ProxiesSpec } from "./schema";

export type ProxyRole = (typeof proxiesLeaf.roles)[number];

/** What a proxy is called in sentences, and the key of its port. */
const known = {
    "mesos-proxy": { what: "the proxy of Mesos", key: "mesosPort" },
    "marathon-proxy": { what: "the proxy of Marathon", key: "marathonPort" },
    "zookeeper-proxy": { what: "the proxy of ZooKeeper", key: "zookeeperPort" },
} as const satisfies Readonly<Record<ProxyRole, { what: string; key: keyof ProxiesSpec }>>;

export const settingsOf = (dc: DataCentre): ProxiesSpec => dc.proxies ?? defaultSettings;

export const proxyRoles: readonly ProxyRole[] = proxiesLeaf.roles;

/** The proxies that a node has. */
export const proxyRolesOf = (node: NodeSpec): ProxyRole[] => proxyRoles.filter((role) => node.roles.includes(role));

/** The nodes with any proxy, in the order in which they are visited. */
export const proxyNodes = (dc: DataCentre): NodeSpec[] => dc.nodes.filter((node) => proxyRolesOf(node).length > 0);

export const portOf = (dc: DataCentre, role: ProxyRole): number => settingsOf(dc)[known[role].key];
export const keyOfPort = (role: ProxyRole): [string, string] => ["proxies", known[role].key];
export const nameOf = (role: ProxyRole): string => known[role].what;

/** The unit and its user, and where HAProxy's files are. */
export const unit = "datacentre-proxies";
export const haproxy = "/usr/sbin/haproxy";
export const configFile = `/etc/${unit}/haproxy.cfg`;
/** Read before the other, and by nobody else: Marathon's login. */
export const loginFile = `/etc/${unit}/login.cfg`;

/** The variable that holds Marathon's login: HAProxy's file has its name alone, so that everybody may read that file. */
export const loginVariable = "MARATHON_LOGIN";

/** `user:password`, where a node's proxy has to ask Marathon with a login. */
export function loginOf(dc: DataCentre, node: NodeSpec): string | undefined {
    const { credentials } = dc.marathon;
    return credentials && node.roles.includes("marathon-proxy") ? `${credentials.username}:${credentials.password}` : undefined;
}

/** Where clients find a node's proxies: containers by what their engine publishes. */
const outside = (dc: DataCentre, node: NodeSpec): string => (areContainers(dc) ? clientAddress(dc) : node.address);

/**
 * Where the API is asked from outside of the nodes. Containers are reached by the port that their engine publishes for marathon-proxy;
 * where none is described, by their own addresses, which their engine's machine alone has.
 */
export const clientUrls = (dc: DataCentre): string[] =>
    areContainers(dc) && nodesWith(dc, "marathon-proxy").length > 0 ? [`http://${clientAddress(dc)}:${portOf(dc, "marathon-proxy")}`] : urls(dc);

/** `address:port` of every proxy with a role, for clients. */
export const endpoints = (dc: DataCentre, role: ProxyRole): string[] => nodesWith(dc, role).map((node) => `${outside(dc, node)}:${portOf(dc, role)}`);
