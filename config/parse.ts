import type { Context } from "./context";
import type { Fault } from "./faults";
import { rules } from "./rules";
import { bundled } from "./rules/bundle";
import { salvage } from "./salvage";
import { dataCentreSchema, type DataCentre } from "./schema";
import { secretValues } from "./secrets";
import { shapeFaults } from "./shape";

/** A description that was looked at. `dataCentre` is there when nothing forbids working from it. */
export interface Parsed {
    readonly dataCentre?: DataCentre;
    /** What forbids it, in the order of the rules; empty when `dataCentre` is there. */
    readonly faults: readonly Fault[];
    /** What a person should know and may leave as it is. */
    readonly warnings: readonly Fault[];
}

/**
 * Looks at a whole description and names all that is wrong with it.
 *
 * @param raw the values of the project's keys without `datacentre:`, as YAML or JSON has them
 * @param context what is known besides; only the stack's name is needed
 */
export function parseDataCentre(raw: Record<string, unknown>, context: Context): Parsed {
    const parsed = dataCentreSchema.safeParse(raw);
    const shape = parsed.success ? [] : shapeFaults(raw, parsed.error.issues);
    const written = parsed.success ? parsed.data : salvage(raw, parsed.error.issues);
    const bundle = parsed.success ? bundled(parsed.data, context) : undefined;
    const dc = bundle?.dataCentre ?? written;
    const judged = [...(bundle?.faults ?? []), ...(dc ? rules.flatMap((rule) => rule(dc, context)) : [])];
    // What is not in its form is named once: rules that stumble over it say nothing new.
    const told = judged.filter((fault) => !shape.some(({ key }) => covers(key, fault.key)));
    const all = [...shape, ...told].map((fault) => withoutSecrets(fault, secretValues(raw)));
    const faults = all.filter(({ severity }) => severity === "error");
    const warnings = all.filter(({ severity }) => severity === "warning");
    return parsed.success && faults.length === 0 ? { dataCentre: bundle?.dataCentre ?? parsed.data, faults, warnings } : { faults, warnings };
}

/** Whether a fault at `outer` makes one at `inner` moot. An unknown kind makes the whole group unknown. */
function covers(outer: string, inner: string): boolean {
    const group = outer.replace(/\.kind$/, "");
    return inner === group || inner.startsWith(`${group}.`) || inner.startsWith(`${group}[`);
}

/** A last net: texts are made without secrets, and a secret that is equal to something else in them goes as well. */
function withoutSecrets(fault: Fault, secrets: readonly string[]): Fault {
    const clean = (text: string) =>
        secrets.reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, "[secret]")), text);
    return { ...fault, problem: clean(fault.problem), remedy: clean(fault.remedy) };
}
