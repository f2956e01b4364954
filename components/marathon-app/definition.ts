import type { Fault } from "../../config/faults";
import { within } from "./faults";
import { nearKey, shapeFaults } from "./issues";
import type { MarathonFacts } from "./marathon";
import { normalise, withoutNulls } from "./normalise";
import { otherKind } from "./other-kinds";
import { rules } from "./rules";
import { appSchema, type App, type ParsedApp } from "./schema";

/** Marathon apps as data: looked at, fitted to the agents, and diagnosed when they wait. No part of this asks anybody. */
export { diagnose, type Cause, type Master, type Reason, type Situation } from "./waiting";
export { fitApps, type AgentFacts, type NetworkFacts, type PlacedApp, type Range } from "./fit";
export { marathonFacts, type MarathonFacts } from "./marathon";
export { explainRefusal, type Refusal } from "./refusal";
export { defaults, type App, type AppInput } from "./schema";
export { absolute } from "./normalise";

/** A definition that was looked at: what is sent to Marathon, or all that is wrong. */
export type ParsedDefinition =
    | { readonly app: App; readonly notices: readonly Fault[]; readonly faults?: undefined }
    | { readonly faults: readonly Fault[]; readonly app?: undefined; readonly notices?: undefined };

/**
 * Looks at a Marathon app definition and names all that is wrong with it.
 *
 * @param input the definition as JSON or YAML has it, old spellings included; null stands for a field that is not given
 * @param keyPrefix where the definition stands, for the faults' keys: `datacentre:marathon.apps[0]`, or nothing
 * @param marathon the Marathon that shall take it; what depends on its settings is a warning where they are not known
 * @returns the definition in today's spelling with notices (old spellings, and what one should know), or the faults.
 *     No text quotes commands, arguments or values of env.
 */
export function parseApp(input: unknown, keyPrefix = "", marathon?: MarathonFacts): ParsedDefinition {
    const raw = withoutNulls(input);
    const other = otherKind(raw);
    if (other) {
        return { faults: within(keyPrefix, [other]) };
    }
    const parsed = appSchema.safeParse(raw);
    const shape = parsed.success ? [] : shapeFaults(raw, parsed.error.issues);
    const { app: whole, broken } = parsed.success ? { app: parsed.data, broken: [] } : salvage(raw, shape);
    const { app, notices, faults, moved } = whole ? normalise(whole) : nothing;
    const judged = app ? rules.flatMap(({ reads, look }) => (reads.some((key) => broken.includes(key)) ? [] : look(app, marathon))) : [];
    const all = [...shape, ...faults, ...judged.map((one) => asWritten(one, moved))];
    const wrong = all.filter(({ severity }) => severity === "error");
    return app && parsed.success && wrong.length === 0
        ? { app, notices: within(keyPrefix, [...notices, ...all]) }
        : { faults: within(keyPrefix, wrong) };
}

const nothing = { app: undefined, notices: [], faults: [], moved: [] };

const topOf = (key: string): string => /^[^.[]*/.exec(key)?.[0] ?? "";

/** Fields that together say one thing, so that rules about one judge nothing while another is not in its form. */
const together = [
    ["container", "networks", "ports", "portDefinitions", "ipAddress"],
    ["fetch", "uris", "storeUrls"],
    ["cmd", "args"],
];

/** As much of a definition as is in its form, so that a person sees every fault at once, and which fields are left out. */
function salvage(raw: unknown, faults: readonly Fault[]): { app?: ParsedApp; broken: string[] } {
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
        return { broken: [] };
    }
    const known = Object.keys(appSchema.shape);
    const tops = faults.map(({ key }) => topOf(key));
    const meant = tops.flatMap((top) => (known.includes(top) ? [top] : [nearKey(top, known) ?? ""]));
    const broken = [...new Set(meant.flatMap((top) => together.find((group) => group.includes(top)) ?? [top]))];
    const kept = Object.entries(raw).filter(([key]) => known.includes(key) && !broken.includes(key));
    const parsed = appSchema.safeParse({ id: "/stand-in", ...Object.fromEntries(kept) });
    return parsed.success ? { app: parsed.data, broken } : { broken };
}

/** A fault by the key that the writer knows. */
function asWritten(fault: Fault, moved: readonly (readonly [from: string, to: string])[]): Fault {
    const hit = moved.find(([, to]) => fault.key === to || fault.key.startsWith(`${to}.`) || fault.key.startsWith(`${to}[`));
    return hit ? { ...fault, key: hit[0] + fault.key.slice(hit[1].length) } : fault;
}
