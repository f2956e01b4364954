import type { DataCentre } from "../../../config/schema";
import type { Systems } from "../../../config/systems";
import { dutiesOf, openingsOf, type Duty, type Opening } from "./openings";
import type { AlicloudSpec } from "./schema";

/** A security group: its name without the prefix, and the nodes in it. */
export interface Group {
    readonly name: string;
    readonly nodes: readonly string[];
    readonly description: string;
}

/** One rule as the API takes it; `from` is a group's name, or a network. */
export interface Rule {
    /** The group whose members are reached. */
    readonly group: string;
    readonly protocol: Opening["protocol"];
    readonly ports: string;
    readonly from: { readonly group: string } | { readonly cidr: string };
    readonly why: string;
}

export interface SecurityPlan {
    readonly groups: readonly Group[];
    readonly rules: readonly Rule[];
    /** The groups of each node: the common one, its own kind's, and the bastion's. */
    readonly groupsOf: (node: string) => string[];
}

/** Everybody's group: what is the same for all nodes stands here once. */
const common = "all";

/** Nodes that do the same. */
interface Kind {
    readonly name: string;
    readonly duties: readonly Duty[];
    readonly nodes: readonly string[];
}

/**
 * Security groups and rules, from what the roles need of each other.
 *
 * A group for each role would be more than the five that one machine can be in, so there is one for each kind of node:
 * those with the same roles. A node that joins a kind changes no rule. What every kind takes, or gives, stands in the
 * group of all, which nodes never leave: the API takes no machine out of its last group, and the provider takes it out of
 * the old one first.
 * Source: limits of ECS (5 groups a machine, 200 rules a group, 20 groups named as sources in one group's rules).
 */
export function securityPlan(systems: Systems, dc: DataCentre, provider: AlicloudSpec): SecurityPlan {
    const kinds = kindsOf(systems, dc, provider);
    const rules = new Map<string, Rule>();
    for (const opening of openingsOf(systems, dc, provider)) {
        const targets = groupsWith(kinds, [opening.to]);
        const sources = [
            ...groupsWith(kinds, opening.from).map((group) => ({ group })),
            ...(opening.cidrs ?? []).map((cidr) => ({ cidr })),
        ];
        for (const group of targets) {
            for (const from of sources) {
                const rule = { group, protocol: opening.protocol, ports: opening.ports, from, why: opening.why };
                // Two openings of one port are one rule: the first says why.
                rules.set(ruleKey(rule), rules.get(ruleKey(rule)) ?? rule);
            }
        }
    }
    const groups = [
        { name: common, nodes: dc.nodes.map(({ name }) => name), description: "Every node" },
        { name: "bastion", nodes: [provider.bastion], description: "The way in" },
        ...kinds.map((kind) => ({ name: kind.name, nodes: kind.nodes, description: describe(kind) })),
    ];
    const groupsOf = (node: string): string[] => groups.filter(({ nodes }) => nodes.includes(node)).map(({ name }) => name);
    return { groups, rules: withoutCovered([...rules.values()]), groupsOf };
}

/** Says what a rule is; unique in a plan, and part of its resource's name. */
export const ruleKey = ({ group, protocol, ports, from }: Pick<Rule, "group" | "protocol" | "ports" | "from">): string =>
    `${group}-${protocol}-${ports.replace("/", "-")}-from-${"group" in from ? from.group : from.cidr.replace("/", "-")}`;

const describe = (kind: Kind): string => `Nodes with ${kind.duties.filter((duty) => duty !== "all").join(", ") || "no roles"}`;

function kindsOf(systems: Systems, dc: DataCentre, provider: AlicloudSpec): Kind[] {
    const byName = new Map<string, { duties: Duty[]; nodes: string[] }>();
    for (const node of dc.nodes) {
        // Being the bastion is no kind: it has a group of its own, so that it can move to another node.
        const duties = dutiesOf(systems, dc, provider, node).filter((duty) => duty !== "bastion");
        const name = kindName(duties);
        const kind = byName.get(name) ?? { duties, nodes: [] };
        byName.set(name, { ...kind, nodes: [...kind.nodes, node.name] });
    }
    return [...byName].map(([name, kind]) => ({ name, ...kind }));
}

/** `kind-docker-etcd`: by what its nodes do, in one order whichever way the description has it. */
function kindName(duties: readonly Duty[]): string {
    const words = duties.filter((duty) => duty !== "all").sort();
    return `kind-${words.join("-") || "plain"}`;
}

/** The groups that hold just the nodes with one of these duties: one for all where that is everybody. */
function groupsWith(kinds: readonly Kind[], duties: readonly Duty[]): string[] {
    const matching = kinds.filter((kind) => kind.duties.some((duty) => duties.includes(duty)));
    const bastion = duties.includes("bastion") ? ["bastion"] : [];
    return matching.length === kinds.length ? [common] : [...bastion, ...matching.map(({ name }) => name)];
}

/** Rules that another one says already for more nodes: the group of all as target, source, or both. */
function withoutCovered(rules: readonly Rule[]): Rule[] {
    const keys = new Set(rules.map(ruleKey));
    return rules.filter((rule) => {
        const wider = [
            ...(rule.group === common ? [] : [{ ...rule, group: common }]),
            ...("group" in rule.from && rule.from.group !== common ? [{ ...rule, from: { group: common } }] : []),
            ...(rule.group !== common && "group" in rule.from && rule.from.group !== common
                ? [{ ...rule, group: common, from: { group: common } }]
                : []),
        ];
        return !wider.some((one) => keys.has(ruleKey(one)));
    });
}
