import type { Fault } from "../../../config/faults";
import { error, listed, warning } from "../faults";
import { marathonFacts, roleOf, rolesOf, type MarathonFacts } from "../marathon";
import { isResident } from "../resident";
import type { App } from "../schema";

/**
 * Whose an app is, and whose resources it takes: everybody's, and those of its own role.
 * Source: ResourceRole, RoleSettings and AppDefinition of Marathon 1.11.
 */
export function roleRules(app: App, marathon?: MarathonFacts): Fault[] {
    const accepted = app.acceptedResourceRoles;
    if (accepted?.length === 0) {
        return [error(["acceptedResourceRoles"], "no role's resources would be taken", 'use ["*"], or take it out')];
    }
    const named = [
        ...(app.role === undefined ? [] : [["role", app.role] as const]),
        ...(accepted ?? []).map((role) => ["acceptedResourceRoles", role] as const),
    ];
    const ill = named.filter(
        ([key, role]) => !(key === "acceptedResourceRoles" && role === "*") && !/^(?!-)(?!\.{1,2}$)[^\s/\x7f]+$/.test(role),
    );
    if (ill.length > 0) {
        return ill.map(([key]) =>
            error([key], "this is no role's name", "use a name without blanks and slashes that begins with no hyphen"),
        );
    }
    const foreign = ofMarathon(app, marathon);
    return foreign.length > 0 ? foreign : isResident(app) ? kept(app, marathon) : others(app, marathon);
}

const setting = "set mesos_role in datacentre:marathon.flags";

/** Marathon has one role of its own, and groups at the top may have theirs. */
function ofMarathon(app: App, marathon: MarathonFacts | undefined): Fault[] {
    const roles = marathon ? rolesOf(app.id, marathon) : [];
    return marathon && app.role !== undefined && !roles.includes(app.role)
        ? [error(["role"], `Marathon takes ${app.id} in role ${listed(roles, "or")} only`, `use ${listed(roles, "or")}, or ${setting}`)]
        : [];
}

function others(app: App, marathon: MarathonFacts | undefined): Fault[] {
    const role = marathon ? roleOf(app, marathon) : app.role;
    const strange = (app.acceptedResourceRoles ?? []).filter((one) => one !== "*" && role !== undefined && one !== role);
    const remedy = app.role === undefined && marathon ? `take ${strange.join(", ")} out, or ${setting}` : `take ${strange.join(", ")} out`;
    return strange.length > 0
        ? [error(["acceptedResourceRoles"], `Marathon takes resources of "*" and of the app's role (${role ?? ""}) only`, remedy)]
        : [];
}

/** Disk that stays with an app is reserved for its role, of what is everybody's. */
function kept(app: App, marathon: MarathonFacts | undefined): Fault[] {
    const { acceptedResourceRoles: accepted } = app;
    const role = marathon ? roleOf(app, marathon) : app.role;
    const faults: Fault[] = [];
    if (accepted && (accepted.length !== 1 || accepted[0] !== "*")) {
        const problem = "an app with persistent volumes reserves what is everybody's, and so takes resources of \"*\" only";
        faults.push(error(["acceptedResourceRoles"], problem, 'use ["*"], or take it out'));
    }
    if (role === "*") {
        const problem = 'Marathon reserves nothing for role "*", and so takes no app with persistent volumes in it';
        const own = rolesOf(app.id, marathon ?? marathonFacts({})).find((one) => one !== "*") ?? "storage";
        const other = app.id.split("/").length > 2 ? `write role: ${own}` : `make it one of a group's, such as id /${own}${app.id} with role: ${own}`;
        faults.push(error(["role"], problem, `${setting}, with mesos_authentication_principal, or ${other}`));
    } else if (marathon && marathon.principal === undefined) {
        const problem = "Marathon reserves for this app's role without a principal, which masters may refuse";
        faults.push(warning(["role"], problem, "set mesos_authentication_principal in datacentre:marathon.flags"));
    }
    return faults;
}
