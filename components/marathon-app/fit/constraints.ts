import { nearest, type Fault } from "../../../config/faults";
import { asScalar, canMatch, isHostname, spread, valueOf, written, type Constraint, type Place } from "../constraints";
import { counted, error, listed, warning } from "../faults";
import { acceptedRoles, type MarathonFacts } from "../marathon";
import { fixedPorts } from "../ports";
import { isResident } from "../resident";
import { defaults, type App } from "../schema";
import { agentName, candidates, constraintsOf, offering, type AgentFacts } from "./facts";

/** Constraints that no agent satisfies, alone or together, and roles that no agent's resources are in. */
export function constraintFaults(app: App, agents: readonly AgentFacts[], marathon: MarathonFacts): Fault[] {
    const unmet = constraintsOf(app)
        .filter(({ constraint }) => !agents.some((agent) => canMatch(constraint, agent)))
        .map(({ constraint, index }) => {
            const { problem, remedy } = unmatched(constraint, agents);
            return error(["constraints", index], problem, remedy);
        });
    if (unmet.length > 0) {
        return unmet;
    }
    const hosts = candidates(app, agents);
    if (hosts.length === 0) {
        const problem = "each of these fits some agent, and no agent fits all";
        return [error(["constraints"], problem, "take one out, or give an agent what it lacks")];
    }
    return roleFaults(app, hosts, marathon);
}

/** An agent, as far as its names are known. */
type Named = Place & { readonly node?: string; readonly address?: string };

/** Why a constraint fits no agent, and what to write: the usual slip is a node's name where agents advertise addresses. */
export function unmatched(constraint: Constraint, agents: readonly Named[]): { problem: string; remedy: string } {
    const { field } = constraint;
    if (isHostname(constraint)) {
        return unmatchedHost(constraint, agents);
    }
    const values = [...new Set(agents.flatMap((agent) => valueOf(field, agent) ?? []))];
    const number = constraint.value === undefined ? undefined : asScalar(constraint.value);
    if (constraint.operator === "CLUSTER" && number !== undefined && values.includes(number)) {
        const problem = `${written(constraint)} fits no agent: Mesos reads ${field} as a number, and CLUSTER compares its text, ${number}`;
        return { problem, remedy: `write ${written({ ...constraint, value: number })}, or IS, which compares numbers` };
    }
    if (values.length > 0) {
        const problem = `${written(constraint)} fits no agent; ${field} is ${listed(values, "or")}${numbers(field, agents)}`;
        return { problem, remedy: "use one of those, or give an agent this value" };
    }
    const attributes = [...new Set(agents.flatMap((agent) => Object.keys(agent.attributes ?? {})))];
    const near = nearest(field, [...attributes, "hostname"]);
    const problem = `no agent has an attribute ${field}${attributes.length > 0 ? `; they have ${listed(attributes)}` : ""}`;
    const hint = near === undefined ? "" : `did you mean ${near}? Else `;
    return { problem, remedy: `${hint}give agents the attribute, or use hostname` };
}

/** Said where agents have a number: it may have been written otherwise. */
const numbers = (field: string, agents: readonly Named[]): string =>
    agents.some(({ attributes }) => typeof attributes?.[field] === "number") ? " (what looks like a number is one to Mesos)" : "";

function unmatchedHost(constraint: Constraint, agents: readonly Named[]): { problem: string; remedy: string } {
    const { value = "" } = constraint;
    const advertised = listed(agents.map(agentName));
    const known = agents.flatMap((agent) =>
        [agent.node, agent.address].flatMap((name) => (name === undefined || name === agent.hostname ? [] : [{ agent, name }])),
    );
    const meant = known.find(({ agent, name }) => canMatch(constraint, { ...agent, hostname: name }));
    if (meant && constraint.operator !== "UNLIKE") {
        const other = meant.name === meant.agent.address ? "address" : "name";
        const problem = `${written(constraint)} fits no agent: ${meant.name} is a node's ${other}, and its agent advertises ${meant.agent.hostname}`;
        return { problem, remedy: `write ${written({ ...constraint, value: meant.agent.hostname })}` };
    }
    const near = nearest(value, [...agents.map(({ hostname }) => hostname), ...known.map(({ name }) => name)]);
    const right = known.find(({ name }) => name === near)?.agent.hostname ?? near;
    const hint = right === undefined ? "" : `did you mean ${right}? Else `;
    return { problem: `${written(constraint)} fits no agent; they advertise ${advertised}`, remedy: `${hint}use one of those` };
}

/** Resources that are all in roles of others. */
function roleFaults(app: App, hosts: readonly AgentFacts[], marathon: MarathonFacts): Fault[] {
    const wanted = acceptedRoles(app, marathon, isResident(app));
    const roles = [...new Set(hosts.map(({ role = "*" }) => role))];
    if (roles.some((role) => wanted.includes(role))) {
        return [];
    }
    const where = `the resources of ${listed(hosts.map(agentName))} are in role ${listed(roles, "or")}`;
    const named = roles.filter((role) => role !== "*");
    const agents = "take default_role from the agents (datacentre:mesos.agentFlags)";
    const remedy = isResident(app)
        ? agents
        : named.length === 0
          ? 'accept "*" here, or give the agents that role (default_role in datacentre:mesos.agentFlags)'
          : `let Marathon have role ${listed(named, "or")} (mesos_role in datacentre:marathon.flags) and accept it here, or ${agents}`;
    return [
        error(
            [app.acceptedResourceRoles ? "acceptedResourceRoles" : "role"],
            `${where}, and this takes ${listed(wanted, "or")}`,
            remedy,
        ),
    ];
}

/** Groups without their number, by which Marathon 1.11.24 divides. Source: Constraints.scala, checkGroupBy. */
export const groupFaults = (app: App, hosts: readonly AgentFacts[]): Fault[] =>
    constraintsOf(app).flatMap(({ constraint, index }) => {
        if (constraint.operator !== "GROUP_BY" || Number(constraint.value ?? 0) > 0) {
            return [];
        }
        const values = Math.max(1, new Set(hosts.map((agent) => valueOf(constraint.field, agent))).size);
        const problem = `${written(constraint)} says no number of groups, and Marathon 1.11 may place nothing without`;
        return [warning(["constraints", index], problem, `write ${written({ ...constraint, value: String(values) })}`)];
    });

/** More instances than places for them. */
export function instanceFaults(app: App, hosts: readonly AgentFacts[]): Fault[] {
    const instances = app.instances ?? defaults.instances;
    const spreading = constraintsOf(app).flatMap(({ constraint, index }) => {
        const each = spread(constraint)?.each ?? NaN;
        const values = new Set(hosts.map((agent) => valueOf(constraint.field, agent))).size;
        if (Number.isNaN(each) || instances <= each * values || /^@(region|zone)$/.test(constraint.field)) {
            return [];
        }
        const places = isHostname(constraint) ? counted(values, "agent") : `${counted(values, "value")} of ${constraint.field}`;
        const problem = `${written(constraint)} leaves room for ${counted(each * values, "instance")} on ${places}, and there shall be ${instances}`;
        return [error(["constraints", index], problem, `use instances: ${each * values}, or another constraint`)];
    });
    const [port] = fixedPorts(app);
    const places = port ? offering(hosts, port.port).length : hosts.length;
    if (port && instances > places && spreading.length === 0) {
        const problem = `host port ${port.port} is there once on each of ${counted(places, "agent")}, and there shall be ${instances} instances`;
        return [error(port.path, problem, `use instances: ${places}, or host port 0`)];
    }
    return spreading;
}
