import type { Fault } from "../../../config/faults";
import { within } from "../faults";
import { constraintFaults, instanceFaults } from "./constraints";
import { dependencyFaults } from "./dependencies";
import { candidates, type AgentFacts, type PlacedApp } from "./facts";
import { imageFaults } from "./images";
import { hostPortFaults, offeredPortFaults, servicePortFaults, upgradeFaults } from "./ports";
import { sizeFaults, sumFaults } from "./sizes";

export type { AgentFacts, PlacedApp, Range } from "./facts";

/**
 * What would keep apps in Waiting for ever, as far as it can be told from the description: faults known before anything
 * is touched. An app whose constraints fit no agent is not judged further.
 *
 * @param apps all apps of the stack, in today's spelling (`parseApp`)
 * @param agents all agents of the stack; without any nothing is judged but the apps among themselves
 */
export function fitApps(apps: readonly PlacedApp[], agents: readonly AgentFacts[]): Fault[] {
    const single = agents.length === 0 ? [] : apps.flatMap(({ key, app }) => within(key, fitApp(app, agents)));
    const placed = apps.map((one) => ({ ...one, hosts: candidates(one.app, agents) })).filter(({ hosts }) => hosts.length > 0);
    return [...single, ...hostPortFaults(placed), ...sumFaults(placed), ...servicePortFaults(apps), ...dependencyFaults(apps)];
}

function fitApp(app: PlacedApp["app"], agents: readonly AgentFacts[]): Fault[] {
    const unmet = constraintFaults(app, agents);
    if (unmet.length > 0) {
        return unmet;
    }
    const hosts = candidates(app, agents);
    return [instanceFaults, sizeFaults, offeredPortFaults, imageFaults, upgradeFaults].flatMap((look) => look(app, hosts));
}
