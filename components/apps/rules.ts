import type { Context } from "../../config/context";
import { error, keyOf, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { fitApps, parseApp, type App, type PlacedApp } from "../marathon-app/definition";
import { agentFacts } from "./agents";
import { ownApps, type OwnApp } from "./own";

/** What must hold for apps: each in Marathon's form, and all of them with a place on the agents. */
export function appRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    if (dc.apps.length > 0 && nodesWith(dc, "marathon").length === 0) {
        return [error(["apps"], "there are apps, and no Marathon to run them", "give a node the role marathon")];
    }
    const parsed = dc.apps.map((input, index) => ({ key: keyOf("apps", index), ...parseApp(input, keyOf("apps", index)) }));
    const faults = parsed.flatMap(({ faults: wrong = [], notices = [] }) => [...wrong, ...notices]);
    const good = parsed.flatMap(({ key, app }): PlacedApp[] => (app ? [{ key, app }] : []));
    return [...faults, ...fitApps([...ownApps(systems, dc).map(placed), ...good], agentFacts(dc))];
}

const placed = ({ key, definition }: OwnApp): PlacedApp => ({ key: `datacentre:${key}`, app: definition as unknown as App });
