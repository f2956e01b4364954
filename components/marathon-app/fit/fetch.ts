import type { Fault } from "../../../config/faults";
import { isPrivate, parseNetwork } from "../../../config/network";
import { listed, warning } from "../faults";
import type { App } from "../schema";
import { agentName, type AgentFacts } from "./facts";

/** The host that Mesos' fetcher asks for a URI by itself; undefined for files and for what other programs bring. */
function webHost(uri: string): string | undefined {
    const url = URL.canParse(uri) ? new URL(uri) : undefined;
    return url !== undefined && /^(https?|ftps?):$/.test(url.protocol) ? url.hostname : undefined;
}

/** Whether it can be one's own network's, which is not described and may be reached. */
function isInside(host: string): boolean {
    const network = parseNetwork(`${host}/32`);
    return network !== undefined && isPrivate(network);
}

/** What agents without a way out are to fetch from outside. A name may lead inside after all: a word about it, no error. */
export function fetchFaults(app: App, hosts: readonly AgentFacts[]): Fault[] {
    return (app.fetch ?? []).flatMap(({ uri }, index) => {
        const host = webHost(uri);
        const without = host === undefined || isInside(host) ? [] : hosts.filter(({ inside }) => inside?.includes(host) === false);
        return host === undefined || without.length === 0
            ? []
            : [
                  warning(
                      ["fetch", index, "uri"],
                      `${listed(without.map(agentName))} ${without.length === 1 ? "has" : "have"} no way out to ${host}: what apps fetch goes past a mirror, and is in no bundle`,
                      "serve it from one of the nodes, or put it into the image; leave it if that name is in your own network",
                  ),
              ];
    });
}
