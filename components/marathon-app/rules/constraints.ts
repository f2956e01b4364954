import { nearest, type Fault } from "../../../config/faults";
import { expression, operators, type Operator } from "../constraints";
import { error, listed, warning } from "../faults";
import type { App } from "../schema";

/** What an operator does, for texts. */
const examples: Readonly<Record<Operator, string>> = {
    UNIQUE: "[hostname, UNIQUE]",
    CLUSTER: "[hostname, CLUSTER, 172.18.1.1]",
    GROUP_BY: '[rack, GROUP_BY], or [rack, GROUP_BY, "3"]',
    LIKE: '[rack, LIKE, "rack-[1-3]"]',
    UNLIKE: '[rack, UNLIKE, "rack-[7-9]"]',
    MAX_PER: '[rack, MAX_PER, "2"]',
    IS: "[rack, IS, rack-1]",
};

/** A known operator with as many values as it takes, of the kind that it takes. */
export function constraintRules(app: App): Fault[] {
    return (app.constraints ?? []).flatMap(([field = "", operator = "", value], index) => {
        const at = ["constraints", index] as const;
        if (field === "") {
            return [error([...at, 0], "no field is named", "use hostname, or an agent's attribute")];
        }
        const known = operators.find((one) => one === operator);
        if (!known) {
            const near = operators.find((one) => one === operator.toUpperCase()) ?? nearest(operator, operators);
            const hint = near === undefined ? "" : `did you mean ${near}? Else `;
            return [
                error([...at, 1], `${JSON.stringify(operator)} is no operator`, `${hint}use one of: ${operators.join(", ")}`),
            ];
        }
        return valueFaults(known, value, at);
    });
}

function valueFaults(operator: Operator, value: string | undefined, at: readonly (string | number)[]): Fault[] {
    const example = `write it as ${examples[operator]}`;
    const whole = value !== undefined && /^[+-]?[0-9]+$/.test(value) && Math.abs(Number(value)) < 2 ** 31;
    switch (operator) {
        case "UNIQUE":
            return value === undefined ? [] : [error([...at, 2], "UNIQUE takes no value", example)];
        case "MAX_PER":
            return whole && Number(value) > 0
                ? []
                : [error(value === undefined ? at : [...at, 2], "MAX_PER takes a whole number, as a text", example)];
        case "GROUP_BY":
            return value === undefined || whole
                ? []
                : [error([...at, 2], "GROUP_BY takes a whole number, as a text, or no value", example)];
        case "LIKE":
        case "UNLIKE":
            if (value === undefined || value === "") {
                return [error(at, `${operator} takes a regular expression`, example)];
            }
            return expression(value)
                ? []
                : [warning([...at, 2], "this may be no regular expression", `${example}; Marathon reads it as Java does`)];
        case "IS":
            return value !== undefined && /^[a-zA-Z0-9_/.-]+$/.test(value)
                ? []
                : [
                      error(
                          value === undefined ? at : [...at, 2],
                          `IS takes a text of letters, digits and ${listed(["_", "/", ".", "-"])}`,
                          example,
                      ),
                  ];
        case "CLUSTER":
            return [];
    }
}
