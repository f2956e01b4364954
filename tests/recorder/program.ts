/** All that the recorder knows of the program's modules: when they move, this file alone follows. */
import { join } from "node:path";

import type { Context } from "../../config";

export const root = join(__dirname, "..", "..");

/** The program that Pulumi runs. */
export const index = join(root, "index.ts");

/** The module of `parseDataCentre`, through which every description goes. */
export const parser = { module: join(root, "config/parse.ts"), name: "parseDataCentre" };

/** The module and class of the end-to-end tests' stacks, whose descriptions are taken. */
export const testStacks = { module: join(root, "tests/e2e/lib/stack.ts"), name: "TestStack" };

/** Tests that make descriptions: those of whole stacks, and those of single faults. */
export const stackTests = { directory: join(root, "tests/e2e"), ending: ".e2e.ts" };
export const faultTests = { directory: join(root, "tests/config"), ending: ".test.ts" };

export type Values = Record<string, unknown>;
export type Fault = Readonly<Record<"key" | "problem" | "remedy" | "severity", string>>;
export interface Parsed {
    readonly dataCentre?: unknown;
    readonly faults: readonly Fault[];
    readonly warnings: readonly Fault[];
}
export interface Checks {
    readonly probes: readonly { node: string; system: string; row: string; command: string; evaluate: (output: string, at: number) => object }[];
    readonly groups: readonly {
        system: string;
        row: string;
        questions: readonly { node: string; command: string }[];
        evaluateAll: (answers: ReadonlyMap<string, { output: string; at: number }>) => object;
    }[];
}

// Loaded when they are used: who runs the program wants its modules fresh, and who watches the parser wants to be there before.
/* eslint-disable @typescript-eslint/no-require-imports */
const stacks = () => require("../stacks") as typeof import("../stacks");
const description = () => require("../../components/description") as typeof import("../../components/description");

/** A stack file's keys with what it extends, and falls back to. */
export const stackValues = (stack: string): Values => stacks().stackValues(stack);

/** The files around a stack are read once. */
const contexts = new Map<string, Context>();

/** What is wrong with a description, as for the running program; of other stacks only the project's own count. */
export function parse(values: Values, stack: string, own: readonly string[], secrets: readonly string[] = []): Parsed {
    const { withDefaults } = require("../../config/defaults") as typeof import("../../config/defaults");
    const whole = "extends" in values ? withDefaults(values, stack, root) : values;
    const context = contexts.get(stack) ?? description().contextOf(stack, {});
    contexts.set(stack, context);
    const siblings = context.siblings?.filter((one) => own.includes(one.stack)) ?? [];
    return description().parseDataCentre(whole, { ...context, siblings, isSecret: ([top]) => secrets.includes(String(top)) });
}

/** Every row of `make verify` for what `parse` made. */
export function checks(dataCentre: unknown, owner: string): Checks {
    const { allChecks } = require("../../components/rows") as typeof import("../../components/rows");
    const { systems } = require("../../components/systems") as typeof import("../../components/systems");
    return allChecks(systems, dataCentre as Parameters<typeof allChecks>[1], owner);
}

/** Writes one value into a description by its key, `nodes[3].name`. */
export function put(values: object, key: string, value: unknown): void {
    (require("../config/good") as typeof import("../config/good")).put(values, key, value);
}
