import { areContainers } from "../config/nodes";
import type { DataCentre } from "../config/schema";
import type { Systems } from "../config/systems";
import * as host from "./host/check";
import type { GroupProbe, Probe } from "./verify/probe";

/** All rows of `make verify`. */
export interface Checks {
    readonly probes: readonly Probe[];
    readonly groups: readonly GroupProbe[];
}

/**
 * Everything that the description promises, as questions to its hosts.
 *
 * @param owner `project/stack`, which the hosts must belong to
 */
export function allChecks(systems: Systems, dc: DataCentre, owner: string): Checks {
    const about = { owner, systems };
    return {
        probes: [
            ...(areContainers(dc) ? [] : host.probes(dc, about)),
            ...systems.providers.flatMap((provider) => provider.probes(dc, about)),
            ...systems.parts.flatMap((part) => part.probes(dc, about)),
        ],
        groups: [
            ...(areContainers(dc) ? [] : host.groupProbes(dc)),
            ...systems.providers.flatMap((provider) => provider.groupProbes?.(dc, about) ?? []),
            ...systems.parts.flatMap((part) => part.groupProbes(dc, about)),
        ],
    };
}
