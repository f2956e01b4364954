import { keyOf } from "../../config/faults";
import { serviceListeners } from "../../config/rules/ports";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Systems } from "../../config/systems";

/** What a host must have, and must leave free, for a node's roles; preflight.sh looks, before anything is touched. */
export interface Preflight {
    /** `module why`: kernel modules, and `cgroup1` or `cgroup2` for a version of control groups, with what else would do behind a bar. */
    readonly needs: string[];
    /** Why it may not swap, for those that may not. */
    readonly swapless: string | undefined;
    /** `port key what`: `key` is where the description has the port, `-` where it cannot be changed. */
    readonly ports: string[];
}

export function preflight(systems: Systems, dc: DataCentre, node: NodeSpec): Preflight {
    const all = systems.parts.flatMap((part) => part.requires(dc, node));
    return {
        needs: all.filter(({ what }) => what !== "noswap").map(({ what, why, otherwise }) => `${what} ${why}${otherwise === undefined ? "" : `|${otherwise}`}`),
        swapless: all.find(({ what }) => what === "noswap")?.why,
        ports: serviceListeners(systems, dc, node).map(({ port, what, key }) => `${port} ${key ? keyOf(...key) : "-"} ${what}`),
    };
}
