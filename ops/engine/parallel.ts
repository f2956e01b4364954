/** How many resources the engine works on at once. */
import { describedNodes, type Settings } from "../stack/settings";

/** The engine's own where there are two processors: four each, as if its work were done here. Source: pulumi 3.255, cmd/pulumi/operations/up.go. */
const least = 8;

/** No more than this: each is a connection and a program of the provider's that waits. */
const most = 64;

/**
 * Options for work that is done on hosts while this machine waits: one for each host, or nearly. Through a bastion it is the
 * least: sshd drops some of those that come while ten have not logged in (MaxStartups 10:30:100, sshd_config(5)).
 */
export function parallelOptions(settings: Settings, env: NodeJS.ProcessEnv = process.env): string[] {
    const { kind, bastion } = (settings.config?.["datacentre:provider"] ?? {}) as { readonly kind?: string; readonly bastion?: unknown };
    const nodes = describedNodes(settings).length;
    if ((kind !== "existing" && kind !== "alicloud") || env.PULUMI_PARALLEL !== undefined) {
        return [];
    }
    if (bastion !== undefined) {
        return ["--parallel", String(least)];
    }
    return nodes > least ? ["--parallel", String(Math.min(nodes, most))] : [];
}
