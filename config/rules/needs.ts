import type { Context } from "../context";
import { error, type Fault } from "../faults";
import { nodesWith } from "../nodes";
import type { DataCentre, Role } from "../schema";
import { factsOf, type Systems } from "../systems";

/** Roles that are nothing without another. */
export function needRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    const has = (role: Role): boolean => nodesWith(dc, role).length > 0;
    return systems.form.roles.flatMap((role) =>
        factsOf(systems, role).needs.flatMap(({ role: other, why }) =>
            has(role) && !has(other)
                ? [error(["nodes"], `there are nodes with the role ${role} and none with ${other}: ${why}`, `give the role ${other} to a node`)]
                : [],
        ),
    );
}
