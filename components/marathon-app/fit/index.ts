import type { Fault } from "../../../config/faults";
import { within } from "../faults";
import { marathonFacts, type MarathonFacts } from "../marathon";
import { constraintFaults, groupFaults, instanceFaults } from "./constraints";
import { containerizerFaults } from "./containerizers";
import { dependencyFaults } from "./dependencies";
import { candidates, type AgentFacts, type PlacedApp } from "./facts";
import { fetchFaults } from "./fetch";
import { imageFaults } from "./images";
import { networkFaults } from "./networks";
import { hostPortFaults, offeredPortFaults, servicePortFaults, upgradeFaults } from "./ports";
import { sizeFaults, sumFaults } from "./sizes";
import { externalVolumeFaults } from "./volumes";

export type { AgentFacts, NetworkFacts, PlacedApp, Range } from "./facts";

/**
 * What would keep apps in Waiting for ever, as far as it can be told from the description: faults known before anything
 * is touched. Of an app whose constraints fit no agent only its
 * networks are judged further.
 *
 * @param apps all apps of the stack, in today's spelling (`parseApp`)
 * @param agents all agents of the stack; without any nothing is judged but the apps among themselves
 * @param marathon the Marathon that runs them; one without flags unless it is said
 */
export function fitApps(apps: readonly PlacedApp[], agents: readonly AgentFacts[], marathon = marathonFacts({})): Fault[] {
    const single = agents.length === 0 ? [] : apps.flatMap(({ key, app }) => within(key, fitApp(app, agents, marathon)));
    const placed = apps.map((one) => ({ ...one, hosts: candidates(one.app, agents) })).filter(({ hosts }) => hosts.length > 0);
    const together = [...hostPortFaults(placed), ...sumFaults(placed), ...servicePortFaults(apps), ...externalVolumeFaults(apps)];
    return [...single, ...together, ...dependencyFaults(apps)];
}

function fitApp(app: PlacedApp["app"], agents: readonly AgentFacts[], marathon: MarathonFacts): Fault[] {
    const unmet = constraintFaults(app, agents, marathon);
    if (unmet.length > 0) {
        return [...unmet, ...networkFaults(app, agents, agents, marathon)];
    }
    const hosts = candidates(app, agents);
    const looks = [containerizerFaults, groupFaults, instanceFaults, sizeFaults, offeredPortFaults, imageFaults, fetchFaults, upgradeFaults];
    return [...networkFaults(app, hosts, agents, marathon), ...looks.flatMap((look) => look(app, hosts))];
}
