import type { DataCentre, NodeSpec } from "../../config/schema";

/** Squid's whole configuration file, on both families of distributions. */
export const squidFile = "/etc/squid/squid.conf";

/** What was fetched; nobody stored anything in it. */
export const cacheDirectory = "/var/cache/datacentre-mirror";

/** `address:port` of the mirror as seen from another node; undefined for the mirror itself, and without one. */
export function mirrorOf(dc: DataCentre, node: NodeSpec): string | undefined {
    const at = dc.nodes.find(({ name }) => name === dc.mirror?.node);
    return dc.mirror && at && at.name !== node.name ? `${at.address}:${dc.mirror.port}` : undefined;
}

/** What is never asked through the mirror: the host itself, and the stack's nodes by name and address. */
export const noProxy = (dc: DataCentre): string[] => ["localhost", "127.0.0.1", ...dc.nodes.flatMap(({ name, address }) => [name, address])];

/** Where a cloud's machines learn their own credentials, and what is on the mirror itself: a proxy must lead nobody there. */
const forbidden = ["127.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "::1/128", "fe80::/10"];

/**
 * Serves the stack's nodes, on one address, to the web and to nothing inside: not to the stack's own services, which have packet
 * filters of their own, and not to the cloud's metadata. Packages never change under one name, and indexes do all the time.
 * Source: squid.conf's documentation, http_access, refresh_pattern, cache_dir.
 */
export function squidConf(dc: DataCentre): string {
    const { mirror } = dc;
    const at = dc.nodes.find(({ name }) => name === mirror?.node);
    if (!mirror || !at) {
        return "";
    }
    const others = dc.nodes.filter(({ name }) => name !== mirror.node).map(({ address }) => address);
    return [
        `http_port ${at.address}:${mirror.port}`,
        ...others.map((address) => `acl hosts src ${address}`),
        ...dc.nodes.map(({ address }) => `acl inside dst ${address}`),
        ...forbidden.map((network) => `acl inside dst ${network}`),
        "acl web port 80 443",
        "acl tls port 443",
        "http_access deny inside",
        "http_access deny !web",
        "http_access deny CONNECT !tls",
        ...(others.length > 0 ? ["http_access allow hosts"] : []),
        "http_access deny all",
        `cache_dir aufs ${cacheDirectory} ${mirror.cacheGiB * 1024} 16 256`,
        "maximum_object_size 2 GB",
        "cache_mem 64 MB",
        `coredump_dir ${cacheDirectory}`,
        "refresh_pattern -i \\.(deb|udeb|rpm|drpm|tar\\.gz|tgz)$ 129600 100% 129600",
        "refresh_pattern . 0 20% 1440",
        "via off",
        "forwarded_for delete",
        "shutdown_lifetime 1 seconds",
        "",
    ].join("\n");
}

/** What lib.sh's `fetch` reads on the other nodes: the proxy, and what is fetched past it. */
export function mirrorFile(dc: DataCentre, node: NodeSpec): string {
    const mirror = mirrorOf(dc, node);
    return mirror === undefined ? "" : `http://${mirror}\n${noProxy(dc).join(",")}\n`;
}

/** The environment of an engine whose images come through the mirror, as a drop-in of its unit; empty elsewhere. */
export function engineProxy(dc: DataCentre, node: NodeSpec, insecure = dc.docker.insecureRegistries): string {
    const mirror = mirrorOf(dc, node);
    if (mirror === undefined) {
        return "";
    }
    const direct = [...noProxy(dc), ...insecure.map((registry) => registry.replace(/:\d+$/, ""))];
    return `[Service]
Environment="HTTP_PROXY=http://${mirror}" "HTTPS_PROXY=http://${mirror}"
Environment="NO_PROXY=${[...new Set(direct)].join(",")}"
`;
}
