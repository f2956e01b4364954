/** What `make drift` prints. */
import type { Look } from "../rerun/look";

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

/** Whether every step was seen, and nothing differs. */
export const sawAll = (looks: readonly Look[]): boolean => looks.every(({ state }) => state === "clean");

const indent = (text: string, by: number): string => text.replaceAll(/^/gm, " ".repeat(by));

/** What differs and what was not seen, by host and step; the last line sums it up. */
export function driftReport(looks: readonly Look[]): string {
    const nodes = [...new Set(looks.map(({ node }) => node))];
    let text = "";
    for (const node of nodes) {
        const own = looks.filter((look) => look.node === node);
        const lost = own.find(({ unreached }) => unreached);
        if (lost) {
            text += `${node}\n${indent(`not reached, with its steps ${own.map(({ step }) => step).join(", ")}: ${lost.problem ?? ""}`, 2)}\n`;
            continue;
        }
        const told = own.filter(({ state }) => state !== "clean");
        text += told.length > 0 ? `${node}\n${told.map(stepText).join("")}` : "";
    }
    return `${text}${summary(looks, nodes)}\n`;
}

function stepText({ step, differences, problem, notes }: Look): string {
    const lines = differences.flatMap(({ what, lines: inner }) => [indent(what, 4), ...inner.map((line) => indent(line, 8))]);
    const wrong = problem === undefined ? [] : [indent(differences.length > 0 ? problem : `not seen: ${problem}`, 4)];
    return [`  ${step}`, ...lines, ...wrong, ...notes.map((note) => `    note: ${note}`)].join("\n") + "\n";
}

function summary(looks: readonly Look[], nodes: readonly string[]): string {
    const differences = looks.reduce((sum, look) => sum + look.differences.length, 0);
    const unseen = looks.filter(({ state }) => state === "unseen").length;
    const lost = new Set(looks.filter(({ unreached }) => unreached).map(({ node }) => node)).size;
    return [
        `${count(differences, "difference", "differences")} on ${count(nodes.length - lost, "host", "hosts")}`,
        ...(lost > 0 ? [`${count(lost, "host", "hosts")} not reached`] : []),
        ...(unseen > 0 ? [`${count(unseen, "step", "steps")} not seen`] : []),
    ].join(", ");
}

/** For programs: one object a step. */
export const jsonDrift = (stack: string, looks: readonly Look[]): string =>
    `${JSON.stringify({ stack, same: sawAll(looks), steps: looks.map(({ unreached = false, ...look }) => ({ ...look, unreached })) }, null, 4)}\n`;
