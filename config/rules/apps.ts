import { agentFacts } from "../../components/marathon-app/agents";
import { fitApps, parseApp, type App, type PlacedApp } from "../../components/marathon-app/definition";
import { ownApps, type OwnApp } from "../../components/marathon-app/own";
import { error, keyOf, type Fault } from "../faults";
import { nodesWith } from "../nodes";
import type { DataCentre } from "../schema";

/** What must hold for apps: each in Marathon's form, and all of them with a place on the agents. */
export function appRules(dc: DataCentre): Fault[] {
    if (dc.apps.length > 0 && nodesWith(dc, "marathon").length === 0) {
        return [error(["apps"], "there are apps, and no Marathon to run them", "give a node the role marathon")];
    }
    const parsed = dc.apps.map((input, index) => ({ key: keyOf("apps", index), ...parseApp(input, keyOf("apps", index)) }));
    const faults = parsed.flatMap(({ faults: wrong = [], notices = [] }) => [...wrong, ...notices]);
    const good = parsed.flatMap(({ key, app }): PlacedApp[] => (app ? [{ key, app }] : []));
    return [...faults, ...fitApps([...ownApps(sound(dc)).map(placed), ...good], agentFacts(dc))];
}

/** Without marathon-lb where its list of nodes is at fault itself. */
function sound(dc: DataCentre): DataCentre {
    const nodes = dc.marathonLb?.nodes ?? [];
    const agents = nodesWith(dc, "mesos-agent").map(({ name }) => name);
    const good = nodes.every((name, index) => agents.includes(name) && nodes.indexOf(name) === index);
    return good ? dc : { ...dc, marathonLb: undefined };
}

const placed = ({ key, definition }: OwnApp): PlacedApp => ({ key: `datacentre:${key}`, app: definition as unknown as App });
