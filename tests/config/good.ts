import { parseDataCentre } from "../../components/description";
import { systems } from "../../components/systems";
import type { Context, DataCentreInput, Parsed } from "../../config";
import { factsOf } from "../../config/systems";
import { stackValues } from "../stacks";

const local = stackValues("local");

/** The default stack's description as a person writes it, for one test to change. */
export function whole(): DataCentreInput {
    return structuredClone(local) as unknown as DataCentreInput;
}

/** The same without what needs other systems: hosts, Docker, GlusterFS, ZooKeeper and etcd. */
export function good(): DataCentreInput {
    const { provider, nodes, glusterfs } = whole();
    const roles = (one: DataCentreInput["nodes"][number]) => (one.roles ?? []).filter((role) => factsOf(systems, role).needs.length === 0);
    return { provider, nodes: nodes.map((one) => ({ ...one, roles: roles(one) })), ...(glusterfs ? { glusterfs } : {}) };
}

/** What a test writes into a description: values by their keys, `nodes[3].name`; undefined takes the key out. */
export type Edit = Readonly<Record<string, unknown>>;

type Holder = Record<string, unknown>;

/** Writes one value, and what must be around it. */
export function put(raw: object, key: string, value: unknown): void {
    const parts = key.split(/[.[]/).map((part) => part.replace("]", ""));
    const last = parts.pop() ?? "";
    let holder = raw as Holder;
    parts.forEach((part, index) => {
        const next = parts[index + 1] ?? last;
        holder = (holder[part] ??= /^\d+$/.test(next) ? [] : {}) as Holder;
    });
    if (value !== undefined) {
        holder[last] = value;
    } else if (Array.isArray(holder)) {
        holder.splice(Number(last), 1);
    } else {
        delete holder[last];
    }
}

/** The default description with changes, as its keys' values. */
export function changed(edit: Edit = {}, base = good()): Record<string, unknown> {
    const raw: Record<string, unknown> = { ...base };
    Object.entries(edit).forEach(([key, value]) => put(raw, key, structuredClone(value)));
    return raw;
}

/** The default description with changes, looked at. */
export const check = (edit?: Edit, context: Partial<Context> = {}): Parsed =>
    parseDataCentre(changed(edit), { stack: "local", ...context });

/** The whole default description with changes, looked at. */
export const checkWhole = (edit?: Edit): Parsed => parseDataCentre(changed(edit, whole()), { stack: "local" });

/** The same nodes as hosts that are there already, all well described. */
export const existing: Edit = {
    provider: { kind: "existing", privateKeyFile: "~/.ssh/id_ed25519" },
    ...Object.fromEntries([0, 1, 2, 3].map((index) => [`nodes[${index}].ssh.hostKey`, `ssh-ed25519 AAAA${index}`])),
};

type Sibling = NonNullable<Context["siblings"]>[number];

/** Another stack, as the rules see it. */
export const sibling = (over: Partial<Sibling>): Sibling => ({
    stack: "other",
    kind: "docker",
    prefix: "other",
    subnet: "172.18.9.0/24",
    nodes: [],
    ...over,
});

export const node = (name: string, last: number, ...roles: string[]) => ({ name, address: `172.18.1.${last}`, roles });

export const archive = { kind: "archive", url: "https://mirror.example/etcd.tar.gz", sha256: "a".repeat(64) };
