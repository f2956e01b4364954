import type { Context } from "../../config/context";
import { error, keyOf, type Fault } from "../../config/faults";
import { areContainers, nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { fitApps, marathonFacts, parseApp, type App, type PlacedApp } from "../marathon-app/definition";
import { modesOf } from "../marathon-app/ports";
import { isLocal } from "../nodes/containers/plan";
import { agentFacts } from "./agents";
import { furtherApps, ownApps, type OwnApp } from "./own";
import { waitFaults } from "./wait";

/** What must hold for apps: each in Marathon's form, and all of them with a place on the agents. */
export function appRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    if (dc.apps.length > 0 && nodesWith(dc, "marathon").length === 0) {
        return [error(["apps"], "there are apps, and no Marathon to run them", "give a node the role marathon")];
    }
    const marathon = marathonFacts(dc.marathon.flags);
    const parsed = dc.apps.map((input, index) => ({ key: keyOf("apps", index), ...parseApp(input, keyOf("apps", index), marathon) }));
    const faults = parsed.flatMap(({ faults: wrong = [], notices = [] }) => [...wrong, ...notices]);
    const good = parsed.flatMap(({ key, app }): PlacedApp[] => (app ? [{ key, app }] : []));
    return [...faults, ...clients(dc), ...waitFaults(dc, good), ...fitApps([...ownApps(systems, dc).map(placed), ...good], agentFacts(dc), marathon)];
}

const placed = ({ key, definition }: OwnApp): PlacedApp => ({ key: `datacentre:${key}`, app: definition as unknown as App });

/** Apps are brought by the operator's machine, which reaches the containers of another machine by what that publishes alone. */
function clients(dc: DataCentre): Fault[] {
    if (!areContainers(dc)) {
        return [];
    }
    const apps = furtherApps(dc);
    const far = !isLocal(dc);
    const hosted = apps.flatMap(({ key, definition }) =>
        modesOf(definition as unknown as App).includes("host")
            ? [{ key: `datacentre:${key}.networks`, problem: `tasks of ${definition.id} would have the network of the engine's machine, with the ports of all other agents`, remedy: "use a network of mode container/bridge", severity: "warning" as const }]
            : [],
    );
    return [
        ...hosted,
        ...(far && apps.length > 0 && nodesWith(dc, "marathon-proxy").length === 0
            ? [error(["nodes"], "apps are brought to Marathon from this machine, which reaches no container of another machine's engine", "give a node the role marathon-proxy, whose port is published")]
            : []),
    ];
}
