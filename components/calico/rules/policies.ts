import { error, nearest, warning, type Fault, type Path } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";
import type { Policy, PolicyRule } from "../schema";
import { seriesOf } from "../source";
import { labelsOf, selectorProblem, selectsAll } from "./selector";

/**
 * What calicoctl would refuse in a policy, and what it takes and nobody means.
 * Source: Calico 3.28, libcalico-go/lib/validator/v3.
 */
export function policyRules(dc: DataCentre): Fault[] {
    return dc.calico.policies.flatMap((policy, index) => {
        const path = ["calico", "policies", index];
        const first = dc.calico.policies.findIndex((other) => other.name === policy.name);
        return [
            ...(first === index
                ? []
                : [error([...path, "name"], `${policy.name} is the name of calico.policies[${first}] already`, "give every policy a name of its own")]),
            ...selector(dc, [...path, "selector"], policy.selector),
            ...types(policy, path),
            ...directions.flatMap((key) => (policy[key] ?? []).flatMap((rule, at) => ruleFaults(dc, rule, [...path, key, at]))),
            ...closed(dc, policy, path),
            ...hidden(dc, policy, path),
        ];
    });
}

const directions = ["ingress", "egress"] as const;
const typeOf = { ingress: "Ingress", egress: "Egress" } as const;

/** What a policy decides on. Source: Calico 3.28, libcalico-go/lib/clientv3, defaultPolicyTypesField. */
const typesOf = ({ types, ingress, egress }: Policy): readonly ("Ingress" | "Egress")[] =>
    types ?? [...((ingress ?? []).length > 0 || (egress ?? []).length === 0 ? ["Ingress" as const] : []), ...((egress ?? []).length > 0 ? ["Egress" as const] : [])];

function types(policy: Policy, path: Path): Fault[] {
    const list = policy.types ?? [];
    const twice = list.flatMap((type, at) => (list.indexOf(type) === at ? [] : [error([...path, "types", at], `${type} stands here twice`, "keep one")]));
    const unread = directions.flatMap((key) =>
        policy.types && (policy[key] ?? []).length > 0 && !list.includes(typeOf[key])
            ? [error([...path, key], `types leaves ${typeOf[key]} out, so that these rules are never looked at`, `add ${typeOf[key]} to types, or take the rules out`)]
            : [],
    );
    return [...twice, ...unread];
}

function selector(dc: DataCentre, path: Path, text: string | undefined): Fault[] {
    const problem = text === undefined ? undefined : selectorProblem(text);
    if (text === undefined || problem !== undefined) {
        return problem === undefined ? [] : [error(path, `this is no selector: ${problem}`, "write one such as has(web) && role == 'db', or all()")];
    }
    const known = [...dc.calico.networks, ...dc.calico.dockerNetworks].map(({ name }) => name);
    return labelsOf(text).flatMap((label) => {
        const near = known.includes(label) ? undefined : nearest(label, known);
        return near === undefined ? [] : [warning(path, `no network is called ${label}`, `write has(${near}), if you mean that network's endpoints`)];
    });
}

/** Protocols with ports, by name and by number. */
const withPorts = (series: 2 | 3 | undefined): readonly (string | number)[] => (series === 2 ? ["TCP", "UDP", 6, 17] : ["TCP", "UDP", "SCTP", 6, 17, 132]);

function ruleFaults(dc: DataCentre, rule: PolicyRule, path: Path): Fault[] {
    const { protocol, icmp } = rule;
    const fitting = withPorts(seriesOf(dc));
    const sides = (["source", "destination"] as const).flatMap((side) => {
        const entity = rule[side] ?? {};
        const at = [...path, side];
        const ports = (["ports", "notPorts"] as const).flatMap((key) => {
            const list = entity[key] ?? [];
            const names = fitting.filter((one) => typeof one === "string").join(" or ");
            const why = protocol === undefined ? "the rule has no protocol" : `${protocol} has none that are looked at`;
            return list.length > 0 && (protocol === undefined || !fitting.includes(protocol))
                ? [error([...at, key], `ports are of ${names}, and ${why}`, `write protocol: TCP, another of those, or take the ports out`)]
                : list.flatMap((port, place) => range(port, [...at, key, place]));
        });
        return [...selector(dc, [...at, "selector"], entity.selector), ...selector(dc, [...at, "notSelector"], entity.notSelector), ...ports];
    });
    const wrong = icmp !== undefined && protocol !== "ICMP";
    return [...(wrong ? [error([...path, "icmp"], "types of ICMP are looked at in a rule for ICMP only", "write protocol: ICMP, or take icmp out")] : []), ...sides];
}

function range(port: string | number, path: Path): Fault[] {
    const [from = 0, to = from] = String(port).split(":").map(Number);
    return from >= 1 && to <= 65535 && from <= to
        ? []
        : [error(path, `${port} is no range of ports`, 'use two ports from 1 to 65535, the lower one first, such as "8000:8100"')];
}

const everything = ({ action, protocol, icmp, source, destination }: PolicyRule): boolean =>
    action === "Deny" && protocol === undefined && icmp === undefined && [source, destination].every((side) => Object.keys(side ?? {}).length === 0);

/** Rules that come to something: what stands after a Deny of everything does not. */
const reached = (rules: readonly PolicyRule[]): readonly PolicyRule[] => {
    const end = rules.findIndex(everything);
    return end === -1 ? rules : rules.slice(0, end);
};

/** A policy of every endpoint that lets nothing in, while no other one does, keeps the nodes out too, and with them health checks. */
function closed(dc: DataCentre, policy: Policy, path: Path): Fault[] {
    const lets = ({ ingress = [] }: Policy) => reached(ingress).some(({ action }) => action === "Allow" || action === "Pass");
    if (!selectsAll(policy.selector) || !typesOf(policy).includes("Ingress") || lets(policy)) {
        return [];
    }
    const last = (policy.ingress ?? []).some(everything);
    if (dc.calico.policies.some((other) => other !== policy && lets(other) && !(last && goesAfter(policy, other)))) {
        return [];
    }
    const problem = "this policy selects every endpoint, and nothing lets anybody in: no health check of a node's reaches any of them";
    return [warning(path, problem, "narrow its selector, or let { action: Allow, source: { nets: [the hosts' network] } } go first")];
}

/** A policy of every endpoint that denies everything is the last that is asked. */
function hidden(dc: DataCentre, policy: Policy, path: Path): Fault[] {
    return directions.flatMap((key) => {
        const end = selectsAll(policy.selector) && typesOf(policy).includes(typeOf[key]) && (policy[key] ?? []).some(everything);
        const allows = (other: Policy) => reached(other[key] ?? []).some(({ action }) => action === "Allow");
        const later = end ? dc.calico.policies.filter((other) => goesAfter(policy, other) && allows(other)) : [];
        const problem = `this denies everything before ${later.map(({ name }) => name).join(", ")}, whose rules are never asked`;
        return later.length === 0 ? [] : [warning([...path, key], problem, "give this policy a higher order than those, or none")];
    });
}

/** By order, those without one last; of one order by name. Source: Calico 3.28, felix/calc, policy_sorter.go. */
function goesAfter(first: Policy, other: Policy): boolean {
    const [a, b] = [first.order ?? Infinity, other.order ?? Infinity];
    return first !== other && (a < b || (a === b && first.name < other.name));
}
