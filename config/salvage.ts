import type { z } from "zod";

import { nearest, type Path } from "./faults";
import { valueAt } from "./secrets";
import { dataCentreSchema, roles, type DataCentre } from "./schema";
import { pathOf } from "./shape";
import { splitBrick } from "./texts";
import { mayBeLeftOut, schemaAt } from "./walk";

type Holder = Record<string | number, unknown>;

/** What stands in, by key, for a required value that is missing or not in its form, so that the rest can be judged. */
const standIns: Readonly<Record<string, unknown>> = {
    name: "stand-in",
    address: "0.0.0.0",
    roles: "docker",
    provider: { kind: "docker", prefix: "stand-in", subnet: "0.0.0.0/0" },
    prefix: "stand-in",
    subnet: "0.0.0.0/0",
    region: "xx-none",
    privateKeyFile: "/stand-in",
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
        const at = issue.code === "invalid_union" ? path.slice(0, -1) : path;
        const holder = valueAt(copy, at.slice(0, -1)) as Holder | undefined;
        const key = at.at(-1);
        const schema = schemaAt(at, copy);
        if (holder === undefined || key === undefined || schema === undefined) {
            continue;
        }
        if (mayBeLeftOut(schema) && typeof key === "string") {
            delete holder[key];
            continue;
        }
        putBack.push({ path: at, value: holder[key] });
        holder[key] = standInFor(at, holder);
    }
    const parsed = dataCentreSchema.safeParse(copy);
    if (!parsed.success) {
        return undefined;
    }
    putBack.forEach(({ path, value }) => restore(parsed.data, path, value));
    return parsed.data;
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
    return structuredClone(standIns[String(name)]);
}

function restore(dc: DataCentre, path: Path, value: unknown): void {
    if (typeof value !== "string") {
        return;
    }
    const holder = valueAt(dc, path.slice(0, -1)) as Holder;
    const key = path.at(-1) ?? "";
    const list = typeof key === "number" ? path.at(-2) : key;
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
