import type { z } from "zod";

import { nearest, type Path } from "./faults";
import type { DataCentre } from "./schema";
import { valueAt } from "./secrets";
import { pathOf } from "./shape-words";
import type { Form } from "./systems";
import { mayBeLeftOut, schemaAt } from "./walk";

type Holder = Record<string | number, unknown>;

/**
 * As much of a description as can be judged by the rules although parts of it are not in their form, so that a person
 * sees every fault at once. Faulty parts are left out where they may be, and stood in for where not; texts of the wrong
 * form are put back afterwards, so that names still find each other.
 *
 * @returns undefined when too little is left, such as no nodes
 */
export function salvage(form: Form, raw: Record<string, unknown>, issues: readonly z.core.$ZodIssue[]): DataCentre | undefined {
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
        const schema = schemaAt(form.schema, at, copy);
        if (holder === undefined || key === undefined) {
            continue;
        }
        // What has no schema of its own is an entry of a group with free keys.
        if (typeof key === "string" && (schema === undefined || mayBeLeftOut(schema))) {
            delete holder[key];
            continue;
        }
        putBack.push({ path: at, value: holder[key] });
        holder[key] = standInFor(form, at, holder);
    }
    const parsed = form.schema.safeParse(copy);
    const judged = parsed.success ? parsed.data : withoutRest(form, copy, parsed.error.issues);
    if (judged) {
        putBack.forEach(({ path, value }) => restore(form, judged, path, value));
    }
    return judged;
}

/** Where nothing stands in: without the smallest group around it that may be left out. */
function withoutRest({ schema: whole }: Form, copy: Record<string, unknown>, issues: readonly z.core.$ZodIssue[]): DataCentre | undefined {
    for (const issue of issues) {
        const path = pathOf(issue);
        const end = path.findLastIndex((key, index) => {
            const schema = schemaAt(whole, path.slice(0, index + 1), copy);
            return typeof key === "string" && schema !== undefined && mayBeLeftOut(schema);
        });
        const holder = valueAt(copy, path.slice(0, Math.max(end, 0))) as Holder | undefined;
        if (end !== -1 && holder !== undefined) {
            delete holder[path[end] ?? ""];
        }
    }
    return whole.safeParse(copy).data;
}

const placeOf = (path: Path): string => path.map((part) => (typeof part === "number" ? "*" : part)).join(".");

function standInFor({ standIns }: Form, path: Path, holder: Holder): unknown {
    const last = path.at(-1);
    const name = typeof last === "number" ? path.at(-2) : last;
    if (placeOf(path) === "nodes.*") {
        return { name: `stand-in-${String(last)}`, address: "0.0.0.0" };
    }
    const found = standIns.values[placeOf(path)] ?? standIns.values[String(name)];
    return typeof found === "function" ? (found as (around: object) => unknown)(holder) : structuredClone(found);
}

/** Puts a text back in the place of a text that stood in for it. */
function restore({ standIns, roles }: Form, dc: DataCentre, path: Path, value: unknown): void {
    if (typeof value !== "string") {
        return;
    }
    const holder = valueAt(dc, path.slice(0, -1)) as Holder | undefined;
    const key = path.at(-1) ?? "";
    if (!holder) {
        return;
    }
    const read = standIns.restored[placeOf(path)];
    if (read) {
        holder[key] = read(value) ?? holder[key];
    } else if (typeof holder[key] !== "string") {
        return; // A text where a group or a list should be.
    } else if (placeOf(path) === "nodes.*.roles.*") {
        // A slip in a role's name should not make the rules miscount as well.
        holder[key] = nearest(value, roles) ?? value;
    } else {
        holder[key] = value;
    }
}
