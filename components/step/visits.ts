/** In which order `make up` has members of quorum systems visited: node names by step, as JSON. Order alone, never an input of a step. */
export const visitsVariable = "DATACENTRE_VISITS";

/** The systems that `make up` brings to another version, as a JSON list of their names: who waits for whom besides. Never an input of a step. */
export const upgradesVariable = "DATACENTRE_UPGRADES";

/** Nodes on which `make up` found nothing of ours, as a JSON list of their names: nobody has to take turns there. Never an input of a step. */
export const newNodesVariable = "DATACENTRE_NEW_NODES";

/** Where `make up` wants to be told which steps there are and who waits for whom: a file. Never an input of a step. */
export const orderVariable = "DATACENTRE_ORDER";

/** What the program tells of one resource that the engine makes; names alone, so nothing of it is a secret. */
export interface Told {
    readonly type: string;
    readonly name: string;
    /** Places in the list of those that it waits for by `dependsOn`. */
    readonly after: readonly number[];
}

/** The file's form. */
export interface ToldOrder {
    readonly nodes: readonly string[];
    readonly resources: readonly Told[];
}

/** Whether a system is being brought to another version. */
export const isUpgraded = (name: string, env: NodeJS.ProcessEnv = process.env): boolean => (env[upgradesVariable] ?? "").includes(JSON.stringify(name));

/** Whether nothing runs on the node yet that others would miss. Not for a plain `pulumi up`, which has asked nobody. */
export const isNewNode = (name: string, env: NodeJS.ProcessEnv = process.env): boolean => (env[newNodesVariable] ?? "").includes(JSON.stringify(name));

/** @returns what was said; nothing for a plain `pulumi up`, and for what cannot be read */
function told(env: NodeJS.ProcessEnv): Readonly<Record<string, readonly string[] | undefined>> {
    try {
        const said: unknown = JSON.parse(env[visitsVariable] ?? "{}");
        return typeof said === "object" && said !== null ? (said as Record<string, string[]>) : {};
    } catch {
        return {};
    }
}

/**
 * Members in the order in which they are visited: as `make up` found them, those that were there first; else as they are described.
 * What a step is told must not depend on it, or a plain `pulumi up` after it would find changes.
 */
export function inVisitOrder<Member>(
    step: string,
    members: readonly Member[],
    nameOf: (member: Member) => string,
    env: NodeJS.ProcessEnv = process.env,
): Member[] {
    const order = told(env)[step];
    const place = (member: Member): number => {
        const at = Array.isArray(order) ? order.indexOf(nameOf(member)) : -1;
        return at < 0 ? members.length : at;
    };
    // Sorting keeps the order of those that have no place.
    return [...members].sort((a, b) => place(a) - place(b));
}
