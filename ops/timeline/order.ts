/** Which steps a run may have, in an order in which none comes before what it waits for. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { orderVariable, type ToldOrder } from "../../components/step/visits";
import { stepNamed, type Deployment, type RecordedResource } from "../engine/checkpoint";
import type { Context } from "../stack/context";

/** One of a run's steps: work on a node, or something that the engine makes. */
export interface Planned {
    /** Its type as the engine displays it, and its name. */
    readonly id: string;
    /** "zookeeper"; of what is no step its type: "Container". */
    readonly step: string;
    /** The node that it is on; empty where it is on none. */
    readonly node: string;
    /** Ids of those that it waits for. */
    readonly after: readonly string[];
    /** The state has it, so that it may be left as it is. */
    readonly recorded: boolean;
}

/** `docker:index/container:Container` as the engine displays it: `docker:index:Container`. Source: pulumi 3.255, sdk, tokens.Type.DisplayName. */
export const shown = (type: string): string => type.replace(/^([^:]+):([^:/]+)\/[^:]+:/, "$1:$2:");

export const idOf = (type: string, name: string): string => `${shown(type)} ${name}`;

/** Of what the engine makes on its own account, and of components, nothing is waited for. */
export const isWork = (type: string): boolean => !/^(pulumi|datacentre):/.test(type);

/** Which step a resource is, and on which node. @param nodes names of nodes */
export function placeOf(type: string, name: string, nodes: readonly string[]): { step: string; node: string } {
    const last = type.split(":").at(-1) ?? type;
    if (nodes.includes(name)) {
        return { step: last, node: name };
    }
    const node = nodes.filter((one) => name.endsWith(`-${one}`)).sort((a, b) => b.length - a.length)[0];
    return node === undefined ? { step: type.startsWith("command:") ? name : `${last} ${name}`, node: "" }
        : type.startsWith("command:") ? { step: name.slice(0, -node.length - 1), node } : { step: `${last} ${name}`, node };
}

const fileOf = ({ stackHome }: Pick<Context, "stackHome">): string => join(stackHome, "timeline", "order.json");

/** Has the engine's program tell its order. */
export function askOrder(context: Pick<Context, "stackHome" | "env">): void {
    context.env[orderVariable] = fileOf(context);
}

/**
 * @param since ms since 1970: what was told before is of another run
 * @returns undefined while the program has not told anything
 */
export function toldOrder(context: Pick<Context, "stackHome">, since: number): ToldOrder | undefined {
    const file = fileOf(context);
    try {
        return (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < since ? undefined : (JSON.parse(readFileSync(file, "utf8")) as ToldOrder);
    } catch {
        return undefined; // It is being written.
    }
}

/** What the program told, with what the state has already. */
export function planOf({ nodes, resources }: ToldOrder, recorded: Deployment | undefined): Planned[] {
    const known = new Set((recorded?.resources ?? []).map(({ type, urn }) => idOf(type, nameIn(urn))));
    const ids = resources.map(({ type, name }) => idOf(type, name));
    return resources.flatMap(({ type, name, after }, at) => {
        const id = ids[at]!;
        return isWork(type)
            ? [{ id, ...placeOf(type, name, nodes), after: after.map((place) => ids[place]!), recorded: known.has(id) }]
            : [];
    });
}

const nameIn = (urn: string): string => urn.split("::").at(-1) ?? urn;

/** `urn:pulumi:stack::project::parent$type::name`. */
export function idOfUrn(urn: string): string {
    const [, , types = ""] = urn.split("::");
    return idOf(types.split("$").at(-1) ?? types, nameIn(urn));
}

/** The names of nodes that are recorded, in steps' own words. */
export const nodesWithSteps = (deployment: Deployment | undefined): string[] => [
    ...new Set((deployment?.resources ?? []).flatMap(({ inputs }) => stepNamed(inputs?.["create"])?.node ?? [])),
];

/** What `destroy` takes away, the last first. What goes with its machine is not waited for. */
export function goingOf(deployment: Deployment | undefined): Planned[] {
    const nodes = nodesWithSteps(deployment);
    const work = (deployment?.resources ?? []).filter(({ type, custom }) => custom === true && isWork(type));
    const ids = new Map(work.map((one): [string, string] => [one.urn, idOf(one.type, nameIn(one.urn))]));
    const dependants = new Map<string, string[]>();
    for (const one of work) {
        for (const urn of one.dependencies ?? []) {
            dependants.set(urn, [...(dependants.get(urn) ?? []), ids.get(one.urn)!]);
        }
    }
    const going = work.filter(goesItself).map((one) => {
        const after = dependants.get(one.urn) ?? [];
        return { id: ids.get(one.urn)!, ...placeOf(one.type, nameIn(one.urn), nodes), after, recorded: false };
    });
    return going.reverse();
}

const goesItself = (one: RecordedResource & { readonly deletedWith?: string }): boolean => (one.deletedWith ?? "") === "";
