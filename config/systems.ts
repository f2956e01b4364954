import { sourceKinds } from "./catalogue";
import { frameStandIns, frameWords } from "./frame-words";
import { descriptionForm, partsOf, rolesOf, type Leaves, type Role } from "./schema";
import type { Form, Part, System, Systems } from "./system";
import type { SystemSchema } from "./system-schema";

export type { Form, Systems } from "./system";

/**
 * Puts systems together: the registry's own function. The order is that in which folds go over them.
 *
 * @throws Error when two of them claim one name: a fault of the program, not of a user
 */
export function compose({ systems, apps, providers }: Pick<Systems, "systems" | "apps" | "providers">): Systems {
    const parts: Part[] = [...systems, ...apps];
    const leaves = { systems: systems.map(({ leaf }) => leaf), apps: apps.map(({ leaf }) => leaf), providers: providers.map(({ leaf }) => leaf) };
    claimedOnce(parts.map(({ leaf }) => leaf));
    return { systems, apps, providers, parts, form: formOf(leaves) };
}

function formOf(leaves: Leaves): Form {
    const parts = partsOf(leaves);
    const all = [...parts, ...leaves.providers];
    const merged = <Value>(of: (leaf: (typeof all)[number]) => Readonly<Record<string, Value>> | undefined): Record<string, Value> =>
        Object.assign({}, ...all.map((leaf) => of(leaf) ?? {})) as Record<string, Value>;
    return {
        schema: descriptionForm(leaves),
        roles: rolesOf(leaves) as Role[],
        secretKeys: parts.flatMap(({ secretKeys }) => secretKeys),
        words: {
            oldKeys: { ...frameWords.oldKeys, ...merged(({ words }) => words?.oldKeys) },
            missingKeys: { ...packagedOnly(parts), ...merged(({ words }) => words?.missingKeys) },
            oldValues: merged(({ words }) => words?.oldValues),
        },
        standIns: {
            values: { ...frameStandIns, "nodes.*.roles.*": rolesOf(leaves)[0], ...merged(({ standIns }) => standIns?.values) },
            restored: merged(({ standIns }) => standIns?.restored),
        },
    };
}

/** `sources` of systems that come as the hosts' packages alone. */
function packagedOnly(parts: readonly SystemSchema[]): Record<string, string> {
    const names = parts.filter((leaf) => sourceKinds(leaf).includes("archive")).map(({ name }) => name);
    const why = `archives can be given for ${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""} only; this comes as the host's packages`;
    return Object.fromEntries(parts.filter(({ source, catalogue }) => !source && catalogue.length > 0).map(({ name }) => [`sources.${name}`, why]));
}

function claimedOnce(leaves: readonly SystemSchema[]): void {
    const claims = (what: string, of: (leaf: SystemSchema) => readonly string[]): void => {
        const seen = new Map<string, string>();
        for (const leaf of leaves) {
            for (const claim of of(leaf)) {
                const first = seen.get(claim);
                if (first !== undefined) {
                    throw new Error(`the ${what} ${claim} is claimed by ${first} and by ${leaf.name}`);
                }
                seen.set(claim, leaf.name);
            }
        }
    };
    claims("name", ({ name }) => [name]);
    claims("role or duty", ({ roles, duties }) => [...roles, ...duties]);
    claims("group", ({ groups }) => Object.keys(groups));
    claims("node's key", ({ node }) => Object.keys(node));
}

/** What hosts get for a role, whichever system has it. */
export const factsOf = ({ systems }: Systems, role: Role): System["roles"][string] => {
    const facts = systems.map(({ roles }) => (roles as Readonly<Record<string, System["roles"][string]>>)[role]).find((one) => one !== undefined);
    if (!facts) {
        throw new Error(`no system has the role ${role}`);
    }
    return facts;
};
