import { majorityOf, nodesWith } from "../../config/nodes";
import type { DataCentre, Role } from "../../config";
import type { Row } from "../verify/gather";

/** Who does without whom: of a role's members so many must go on, by the rows of that system. */
const needs: Partial<Record<Role, { readonly system: string; readonly of: (members: number) => number }>> = {
    zookeeper: { system: "zookeeper", of: majorityOf },
    etcd: { system: "etcd", of: majorityOf },
    "mesos-master": { system: "mesos", of: majorityOf },
    marathon: { system: "marathon", of: () => 1 },
    "kubernetes-master": { system: "kubernetes", of: () => 1 },
};

/**
 * Why a node should not go away now: what the others could not do without it, by the rows of `make verify`.
 *
 * @returns sentences without a full stop; none where the rest goes on
 */
export function hindrances(dc: DataCentre, name: string, rows: readonly Row[]): string[] {
    const { roles = [] } = dc.nodes.find((node) => node.name === name) ?? {};
    return [...roles.flatMap((role) => members(dc, name, role, rows)), ...(roles.includes("glusterfs") ? volumes(name, rows) : [])];
}

const wrong = (rows: readonly Row[]): string => rows.map(({ row, nodes, finding }) => `${nodes.length === 1 ? `${nodes[0] ?? ""}: ` : ""}${row}: ${finding.found}`).join("; ");

function members(dc: DataCentre, name: string, role: Role, rows: readonly Row[]): string[] {
    const need = needs[role];
    if (!need) {
        return [];
    }
    const all = nodesWith(dc, role);
    const others = all.filter((node) => node.name !== name);
    const ofOther = ({ nodes }: Row): boolean => nodes.length === 1 && others.some((other) => other.name === nodes[0]);
    const bad = rows.filter((row) => row.system === need.system && !row.finding.ok && ofOther(row));
    const good = others.filter((other) => !bad.some(({ nodes }) => nodes[0] === other.name)).length;
    const wanted = need.of(all.length);
    return good >= wanted
        ? []
        : [`without ${name} ${good} of ${all.length} nodes with role ${role} are as described, and it takes ${wanted}${bad.length > 0 ? ` (${wrong(bad)})` : ""}`];
}

/** A brick that is away while another one's copy is not whole leaves nobody with all of a volume. */
function volumes(name: string, rows: readonly Row[]): string[] {
    const bad = rows.filter(({ system, nodes, finding }) => system === "glusterfs" && !finding.ok && !(nodes.length === 1 && nodes[0] === name));
    return bad.length > 0 ? [`GlusterFS is not whole without ${name}: ${wrong(bad)}`] : [];
}
