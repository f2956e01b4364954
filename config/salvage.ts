import type { z } from "zod";

import { nearest, type Path } from "./faults";
import { valueAt } from "./secrets";
import { dataCentreSchema, roles, type DataCentre } from "./schema";
import { pathOf } from "./shape-words";
import { splitBrick } from "./texts";
import { mayBeLeftOut, schemaAt } from "./walk";

type Holder = Record<string | number, unknown>;

/**
 * What stands in, by key or by a whole place with `*` for any index, for a required value that is missing or not in its
 * form, so that the rest can be judged.
 */
const standIns: Readonly<Record<string, unknown>> = {
    name: "stand-in",
    address: "0.0.0.0",
    roles: "docker",
    provider: { kind: "docker", prefix: "stand-in", subnet: "0.0.0.0/0" },
    prefix: "stand-in",
    subnet: "0.0.0.0/0",
    region: "xx-none",
    privateKeyFile: "/stand-in",
    host: "stand-in",
    url: "http://stand-in",
    sha256: "0".repeat(64),
    registry: "stand-in",
    username: "stand-in",
    password: "stand-in",
    type: "distributed",
    bricks: "stand-in:/stand-in",
    arbiter: "stand-in:/stand-in",
    mount: "/stand-in",
    mountOn: "stand-in",
    insecureRegistries: "stand-in",
    registryMirrors: "http://stand-in",
    timeServers: "stand-in",
    advertise: "http://{name}:2379",
    fourLetterWords: "ruok",
    extraClientPorts: 1,
    ports: "1",
    node: "stand-in",
    cni: "stand-in",
    ctl: "stand-in",
    cidr: "0.0.0.0/32",
    pool: "stand-in",
    pools: "stand-in",
    action: "Allow",
    types: "Ingress",
    ingress: { action: "Allow" },
    egress: { action: "Allow" },
    "provider.bastion": "stand-in",
    "provider.operatorCidrs": ["0.0.0.0/32"],
    "provider.operatorCidrs.*": "0.0.0.0/32",
    "sources.calico.url": "file:///stand-in",
    "calico.pools.*": { name: "stand-in", cidr: "0.0.0.0/32" },
    "calico.networks.*": { name: "stand-in" },
    "calico.dockerNetworks.*": { name: "stand-in", pool: "stand-in" },
    "calico.policies.*": { name: "stand-in" },
};

/**
 * As much of a description as can be judged by the rules although parts of it are not in their form, so that a person
 * sees every fault at once. Faulty parts are left out where they may be, and stood in for where not; texts of the wrong
 * form are put back afterwards, so that names still find each other.
 *
 * @returns undefined when too little is left, such as no nodes
 */
export function salvage(raw: Record<string, unknown>, issues: readonly z.core.$ZodIssue[]): DataCentre | undefined {
    const copy = structuredClone(raw);
    const putBack: { path: Path; value: unknown }[] = [];
    for (const issue of issues) {
        const path = pathOf(issue);
        if (issue.code === "unrecognized_keys") {
            const holder = valueAt(copy, path) as Holder;
            issue.keys.forEach((key) => delete holder[key]);
            continue;
        }
        // Of several kinds of group none is meant: the whole group is unknown.
        const at = issue.code === "invalid_union" && issue.errors.length === 0 ? path.slice(0, -1) : path;
        const holder = valueAt(copy, at.slice(0, -1)) as Holder | undefined;
        const key = at.at(-1);
        const schema = schemaAt(at, copy);
        if (holder === undefined || key === undefined) {
            continue;
        }
        // What has no schema of its own is an entry of a group with free keys.
        if (typeof key === "string" && (schema === undefined || mayBeLeftOut(schema))) {
            delete holder[key];
            continue;
        }
        putBack.push({ path: at, value: holder[key] });
        holder[key] = standInFor(at, holder);
    }
    const parsed = dataCentreSchema.safeParse(copy);
    const judged = parsed.success ? parsed.data : withoutRest(copy, parsed.error.issues);
    if (judged) {
        putBack.forEach(({ path, value }) => restore(judged, path, value));
    }
    return judged;
}

/** Where nothing stands in: without the smallest group around it that may be left out. */
function withoutRest(copy: Record<string, unknown>, issues: readonly z.core.$ZodIssue[]): DataCentre | undefined {
    for (const issue of issues) {
        const path = pathOf(issue);
        const end = path.findLastIndex((key, index) => {
            const schema = schemaAt(path.slice(0, index + 1), copy);
            return typeof key === "string" && schema !== undefined && mayBeLeftOut(schema);
        });
        const holder = valueAt(copy, path.slice(0, Math.max(end, 0))) as Holder | undefined;
        if (end !== -1 && holder !== undefined) {
            delete holder[path[end] ?? ""];
        }
    }
    return dataCentreSchema.safeParse(copy).data;
}

function standInFor(path: Path, holder: Holder): unknown {
    const last = path.at(-1);
    const name = typeof last === "number" ? path.at(-2) : last;
    if (typeof last === "number" && name === "nodes") {
        return { name: `stand-in-${last}`, address: "0.0.0.0" };
    }
    if (last === "type" && ("arbiter" in holder || "replica" in holder)) {
        return "replicated";
    }
    if (last === "bricks") {
        return ["stand-in:/stand-in"];
    }
    const place = path.map((part) => (typeof part === "number" ? "*" : part)).join(".");
    return structuredClone(standIns[place] ?? standIns[String(name)]);
}

function restore(dc: DataCentre, path: Path, value: unknown): void {
    if (typeof value !== "string") {
        return;
    }
    const holder = valueAt(dc, path.slice(0, -1)) as Holder | undefined;
    const key = path.at(-1) ?? "";
    const list = typeof key === "number" ? path.at(-2) : key;
    if (!holder) {
        return;
    }
    if (list === "bricks" || list === "arbiter") {
        holder[key] = splitBrick(value);
    } else if (typeof holder[key] !== "string" || key === "type") {
        return; // A text where a group should be; or one of two types, of which the stand-in is the likely one.
    } else if (list === "roles") {
        // A slip in a role's name should not make the rules miscount as well.
        holder[key] = nearest(value, roles) ?? value;
    } else {
        holder[key] = value;
    }
}
