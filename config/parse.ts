import type { Context } from "./context";
import type { Fault } from "./faults";
import { rules } from "./rules";
import { salvage } from "./salvage";
import type { DataCentre } from "./schema";
import { secretValues } from "./secrets";
import { shapeFaults } from "./shape";
import type { Systems } from "./systems";

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
 * @param systems what there is to describe
 * @param raw the values of the project's keys without `datacentre:`, as YAML or JSON has them
 * @param context what is known besides; only the stack's name is needed
 */
export function parseDataCentre(systems: Systems, raw: Record<string, unknown>, context: Context): Parsed {
    const { form } = systems;
    const parsed = form.schema.safeParse(raw);
    const shape = parsed.success ? [] : shapeFaults(form, raw, parsed.error.issues);
    const adjusted = parsed.success ? adjust(parsed.data, context, systems) : { dataCentre: salvage(form, raw, parsed.error.issues), faults: [] };
    const { dataCentre: dc } = adjusted;
    const judged = [...adjusted.faults, ...(dc ? rules(systems).flatMap((rule) => rule(dc, context, systems)) : [])];
    // What is not in its form is named once: rules that stumble over it say nothing new.
    const told = judged.filter((fault) => !shape.some(({ key }) => covers(key, fault.key)));
    const secrets = secretValues(form.secretKeys, raw);
    const all = [...shape, ...told].map((fault) => withoutSecrets(fault, secrets));
    const faults = all.filter(({ severity }) => severity === "error");
    const warnings = all.filter(({ severity }) => severity === "warning");
    return parsed.success && dc && faults.length === 0 ? { dataCentre: dc, faults, warnings } : { faults, warnings };
}

/** The description as it is worked from, where a system changes what others read. */
function adjust(described: DataCentre, context: Context, systems: Systems): { dataCentre: DataCentre; faults: Fault[] } {
    return systems.systems.reduce<{ dataCentre: DataCentre; faults: Fault[] }>(
        (before, system) => {
            const after = system.adjust?.(before.dataCentre, context, systems);
            return after ? { dataCentre: after.dataCentre, faults: [...before.faults, ...after.faults] } : before;
        },
        { dataCentre: described, faults: [] },
    );
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
