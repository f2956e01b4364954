import type { Cluster } from "./plan";
import { addressesFile, podsFile } from "./plan";

/** What CoreDNS is told besides the cluster. */
export interface DnsSettings {
    /** `undefined` for those of the host, as the kubelet gives them to the pod. */
    readonly upstreams: readonly string[] | undefined;
    readonly ttl: number;
    readonly cacheSeconds: number;
    readonly names: boolean;
}

/** Where it says how it is, and its numbers. */
export const ports = { dns: 53, health: 8080, ready: 8181, metrics: 9153 } as const;

const reverse = "in-addr.arpa ip6.arpa";

const block = (name: string, lines: readonly string[]): string[] => [`    ${name} {`, ...lines.map((line) => `        ${line}`), "    }"];

/**
 * CoreDNS' configuration. Its plugins work in an order of their own, whatever the order here: cache, hosts, kubernetes, forward. So a
 * pod's address leads back to the pod's name, as the hosts file has it, and not to that of a service whose endpoint it is; addresses
 * of services are in no hosts file and go on to `kubernetes`. What hosts do not know goes on, and `kubernetes` says that a name does
 * not exist: `hosts` itself has no SOA record to say it with.
 *
 * Pods' names are a server block of their own, since a server has one hosts file: theirs does not lead back, for pods in their nodes'
 * network have addresses of nodes. That block's `kubernetes` follows no endpoints.
 *
 * Only answers from elsewhere are kept: the cluster's own are in memory, and what was kept would be late.
 * Source: CoreDNS 1.15, plugin.cfg, plugin/hosts, plugin/kubernetes, plugin/cache, plugin/loop.
 *
 * @param at where it listens and whom it asks, for tests that run it elsewhere
 */
export function corefile({ domain }: Cluster, settings: DnsSettings, at: { readonly port?: number; readonly api?: readonly string[] } = {}): string {
    const { upstreams, ttl, cacheSeconds, names } = settings;
    const { port = ports.dns, api = [] } = at;
    const common = ["    errors", `    ready :${ports.ready}`, `    prometheus :${ports.metrics}`];
    const pods = `pod.${domain}`;
    const podLines = [
        ...common,
        ...block(`hosts ${podsFile} ${pods}`, [`ttl ${ttl}`, "no_reverse", "reload 2s", "fallthrough"]),
        ...block(`kubernetes ${domain}`, [...api, `ttl ${ttl}`, "noendpoints"]),
        "    loadbalance",
    ];
    const lines = [
        ...common,
        ...block(`health :${ports.health}`, ["lameduck 5s"]),
        ...(names ? block(`hosts ${addressesFile} ${domain}`, [`ttl ${ttl}`, "reload 2s", "fallthrough"]) : []),
        ...block(`kubernetes ${domain} ${reverse}`, [...api, `ttl ${ttl}`, `fallthrough ${reverse}`]),
        ...(upstreams?.length === 0 ? [] : block(`forward . ${upstreams?.join(" ") ?? "/etc/resolv.conf"}`, ["max_concurrent 1000"])),
        ...(cacheSeconds === 0 ? [] : block(`cache ${cacheSeconds}`, [`disable success ${domain} ${reverse}`, `disable denial ${domain} ${reverse}`])),
        "    loop",
        "    reload",
        "    loadbalance",
    ];
    return [...(names ? [`${pods}:${port} {`, ...podLines, "}"] : []), `.:${port} {`, ...lines, "}", ""].join("\n");
}
