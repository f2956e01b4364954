import { error, warning, type Fault, type Path } from "../../config/faults";
import type { DataCentre } from "../../config/schema";
import { scalarText } from "../../config/scalar";

/** What Mesos makes of an attribute's text: a number of what reads as one. Source: Mesos 1.11, src/common/values.cpp, numify. */
export function readAttribute(text: string): string | number {
    if (/^[+-]?(inf(inity)?|nan)$/i.test(text)) {
        return /nan/i.test(text) ? NaN : Infinity;
    }
    return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text) ? Number(text) : text;
}

/** The smallest number that Mesos takes besides 0. */
const smallest = 2.2250738585072014e-308;

/** Attributes that an agent would not start with, and such as constraints see otherwise than they are written. */
export function attributeRules(dc: DataCentre): Fault[] {
    const own = dc.nodes.map((node, index): [Path, Readonly<Record<string, string>>] => [["nodes", index, "mesos", "attributes"], node.mesos.attributes ?? {}]);
    return [[["mesos", "attributes"], dc.mesos.attributes] as const, ...own].flatMap(([path, attributes]) =>
        Object.entries(attributes).flatMap(([name, text]) => ofAttribute([...path, name], text)),
    );
}

function ofAttribute(path: Path, text: string): Fault[] {
    const value = readAttribute(text);
    if (typeof value === "string") {
        return [];
    }
    const instead = `write a text, such as ${path.at(-1)}${text.replace(/^[^A-Za-z0-9]+/, "")}, if it is to be kept as it is`;
    if (!Number.isFinite(value) || value < 0 || (value !== 0 && value < smallest)) {
        return [error(path, `Mesos reads ${text} as a number, and no agent starts with one that is negative, infinite or none`, instead)];
    }
    const seen = scalarText(value);
    return seen === text ? [] : [warning(path, `Mesos reads ${text} as a number, and constraints compare it as ${seen}`, `write ${seen}, or ${instead}`)];
}
