/** A timeline as a page that a browser opens from the disk: it fetches nothing and runs nothing. */
import type { Kept, Timeline } from "./record";
import { duration, placed } from "./say";

const escape = (text: string): string =>
    text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

const style = `
body { font: 14px/1.4 system-ui, sans-serif; margin: 24px; color: #222; background: #fff }
h1 { font-size: 20px } h2 { font-size: 16px; margin-top: 28px }
.lane { display: flex; border-top: 1px solid #e4e4e4 } .lane:hover { background: #f6f8fa }
.name { flex: 0 0 180px; overflow: hidden; text-overflow: ellipsis; padding: 3px 8px 3px 0 }
.bars { position: relative; flex: 1 } .row { position: relative; height: 22px }
.bar { position: absolute; top: 2px; bottom: 2px; min-width: 2px; overflow: hidden; white-space: nowrap; font-size: 11px; padding: 0 3px; box-sizing: border-box; border-radius: 2px }
.done { background: #9ecbff } .failed { background: #ff9a9a } .cut { background: #ffd58a } .path { outline: 2px solid #1a5fb4; outline-offset: -2px }
.wait { background: repeating-linear-gradient(45deg, #f0f0f0 0 4px, #e0e0e0 4px 8px); color: #666 }
.axis { position: relative; height: 18px; margin-left: 188px; color: #666; font-size: 11px } .axis span { position: absolute }
table { border-collapse: collapse } td, th { text-align: left; padding: 2px 14px 2px 0 } td.n { text-align: right }
`;

const took = ({ from, to }: Kept, seconds: number): number => (to ?? seconds) - from;

const kindOf = ({ state }: Kept): string => (state === "failed" ? "failed" : state === "done" ? "done" : "cut");

function sentence(one: Kept, seconds: number): string {
    const parts = [
        `${placed(one)}: ${one.op}, ${one.state}`,
        `from ${duration(one.from)} for ${duration(took(one, seconds))}`,
        ...(one.changes === undefined ? [] : [`${one.changes} changes`]),
        ...(one.waitedFor ? [`waited for ${placed(one.waitedFor)} until ${duration(one.waitedFor.until)}`] : []),
    ];
    return parts.join("; ");
}

/** A node's steps in rows, no two of a row at once, and between them what it waited for. */
function rows(steps: readonly Kept[], seconds: number): Kept[][] {
    const all: Kept[][] = [];
    for (const one of steps) {
        const row = all.find((some) => (some.at(-1)!.to ?? seconds) <= one.from);
        if (row) {
            row.push(one);
        } else {
            all.push([one]);
        }
    }
    return all;
}

function lane(node: string, steps: readonly Kept[], { seconds, path }: Timeline): string {
    const at = (value: number): string => `${((100 * value) / Math.max(seconds, 0.1)).toFixed(2)}%`;
    const onPath = new Set(path);
    const bar = (from: number, to: number, classes: string, title: string, label: string): string =>
        `<div class="bar ${classes}" style="left:${at(from)};width:${at(to - from)}" title="${escape(title)}">${escape(label)}</div>`;
    const lines = rows(steps, seconds).map((row, index) => {
        const bars = row.flatMap((one, place) => {
            const since = place === 0 ? 0 : (row[place - 1]!.to ?? seconds);
            const { waitedFor: held } = one;
            // Only the first row is without overlaps, where nothing at work is a node that waits.
            const wait = index === 0 && held && one.from - since >= 0.5 ? [bar(since, one.from, "wait", `waits for ${placed(held)}, until ${duration(held.until)}`, placed(held))] : [];
            return [...wait, bar(one.from, one.to ?? seconds, `${kindOf(one)}${onPath.has(one.id) ? " path" : ""}`, sentence(one, seconds), one.step)];
        });
        return `<div class="row">${bars.join("")}</div>`;
    });
    return `<div class="lane"><div class="name">${escape(node === "" ? "the stack" : node)}</div><div class="bars">${lines.join("")}</div></div>`;
}

/** The steps that were at work longest. */
export const slowest = ({ steps, seconds }: Timeline, most: number): (Kept & { readonly took: number })[] =>
    steps.map((one) => ({ ...one, took: took(one, seconds) })).sort((a, b) => b.took - a.took).slice(0, most);

const tableOf = (steps: readonly (Kept & { readonly took: number })[]): string =>
    `<table><tr><th>step</th><th>node</th><th>took</th><th>began at</th><th>changes</th><th>waited for</th></tr>${steps
        .map(
            (one) =>
                `<tr><td>${escape(one.step)}</td><td>${escape(one.node)}</td><td class="n">${duration(one.took)}</td><td class="n">${duration(one.from)}</td>` +
                `<td class="n">${one.changes ?? ""}</td><td>${one.waitedFor ? escape(placed(one.waitedFor)) : ""}</td></tr>`,
        )
        .join("")}</table>`;

/** In words, how it ended. */
export const outcomeText = ({ outcome, steps, untouched }: Timeline): string =>
    outcome === "failed" ? `did not come to its end: ${steps.filter(({ state }) => state === "failed").length} steps failed, ${steps.filter(({ state }) => state === "cut off").length} were cut off`
        : outcome === "ok" ? `came to its end: ${steps.length} steps ran, ${untouched} were left as they are`
            : "is under way, or was killed together with make";

export function page(timeline: Timeline): string {
    const { stack, kind, began, seconds, steps } = timeline;
    const lanes = new Map<string, Kept[]>();
    for (const one of steps) {
        lanes.set(one.node, [...(lanes.get(one.node) ?? []), one]);
    }
    const names = [...lanes.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const marks = [0, 0.25, 0.5, 0.75].map((part) => `<span style="left:${100 * part}%">${duration(seconds * part)}</span>`).join("");
    const title = `${kind} of stack ${stack}, ${began}`;
    return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title><style>${style}</style></head><body>
<h1>${escape(title)}</h1>
<p>It took ${duration(seconds)}, and ${outcomeText(timeline)}. Blue: at work; red: failed; orange: cut off; hatched: the node waited, for what is written there;
framed: each began when the one before it had ended, so the run took its time for these.</p>
<div class="axis">${marks}</div>
${names.map((name) => lane(name, lanes.get(name)!, timeline)).join("\n")}
<h2>Slowest steps</h2>
${tableOf(slowest(timeline, 20))}
</body></html>
`;
}
