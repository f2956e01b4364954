import { scalarText } from "../../config/scalar";

/** Marathon's placement constraints, `[field, operator, value]`. Source: Constraints, SchedulingValidation of Marathon 1.11. */

export const operators = ["UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS"] as const;
export type Operator = (typeof operators)[number];

export interface Constraint {
    readonly field: string;
    readonly operator: Operator;
    readonly value?: string;
}

/** What constraints look at: the host name that an agent advertises, and its attributes. */
export interface Place {
    readonly hostname: string;
    readonly attributes?: Readonly<Record<string, string | number>>;
}

/** A definition's constraint with names; undefined for an operator that is none. */
export function constraintOf([field = "", operator = "", value]: readonly string[]): Constraint | undefined {
    const known = operators.find((one) => one === operator);
    return known && { field, operator: known, ...(value === undefined ? {} : { value }) };
}

export const written = ({ field, operator, value }: Constraint): string =>
    `[${[field, operator, ...(value === undefined ? [] : [value])].join(", ")}]`;

export const isHostname = ({ field }: Constraint): boolean => field === "hostname" || field === "@hostname";

/** What an agent has for a field. Fault domains (`@region`, `@zone`) are not among what is described. */
export function valueOf(field: string, place: Place): string | undefined {
    const value = field === "hostname" || field === "@hostname" ? place.hostname : place.attributes?.[field];
    return typeof value === "number" ? scalarText(value) : value;
}

/**
 * Whether an agent can ever satisfy a constraint, whatever else runs. UNIQUE, GROUP_BY, MAX_PER and a CLUSTER without
 * value need the field only; how many instances find a place is another question.
 */
export function canMatch(constraint: Constraint, place: Place): boolean {
    if (constraint.field === "@region" || constraint.field === "@zone") {
        return true;
    }
    const { operator, value = "" } = constraint;
    const found = valueOf(constraint.field, place);
    if (found === undefined) {
        return operator === "UNLIKE";
    }
    switch (operator) {
        case "CLUSTER":
            return value === "" || found === value;
        case "IS":
            return found === asScalar(value);
        case "LIKE":
            return expression(value)?.test(found) ?? true;
        case "UNLIKE":
            return !(expression(value)?.test(found) ?? false);
        default:
            return true;
    }
}

/** What IS compares with: of a number, as an attribute that is one is written. */
export const asScalar = (value: string): string => (/^[0-9]+(\.[0-9]+)?$/.test(value) ? scalarText(Number(value)) : value);

/** A pattern that must fit a whole value; undefined for one that only Java understands. */
export function expression(pattern: string): RegExp | undefined {
    try {
        const [, flags = ""] = /^\(\?([is]+)\)/.exec(pattern) ?? [];
        return new RegExp(`^(?:${pattern.slice(flags === "" ? 0 : flags.length + 3)})$`, flags);
    } catch {
        return undefined;
    }
}

/** Over how many different values of its field a constraint spreads instances, and how many go to each; undefined: no limit. */
export function spread(constraint: Constraint): { readonly each: number } | undefined {
    if (constraint.operator === "UNIQUE") {
        return { each: 1 };
    }
    return constraint.operator === "MAX_PER" ? { each: Number(constraint.value ?? "1") } : undefined;
}
