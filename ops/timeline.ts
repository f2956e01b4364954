/** `make timeline`: where the timeline of the last `up` lies, and which steps took longest. OF=destroy, converge or renew: of another run. */
import { existsSync } from "node:fs";

import { main, Problem } from "./lib/say";
import { loadContext } from "./stack/context";
import { outcomeText, slowest } from "./timeline/page";
import { fileOf, kinds, readTimeline, writePage } from "./timeline/record";
import { duration, placed } from "./timeline/say";

main(async () => {
    const context = loadContext();
    const kind = kinds.find((one) => one === (process.env.OF || "up"));
    if (!kind) {
        throw new Problem(`OF=${process.env.OF ?? ""} is no run of which a timeline is kept`, `use one of ${kinds.join(", ")}`);
    }
    const timeline = readTimeline(context, kind);
    if (!timeline) {
        const remedy = kind === "converge" ? "make up CONVERGE=1" : `make ${kind}`;
        throw new Problem(`there is no timeline of '${kind}' of stack ${context.stack} at ${fileOf(context, kind, "json")}`, `'${remedy}' makes one`, 2);
    }
    // One whose 'make' was killed has no page yet.
    if (timeline.outcome === "under way" || !existsSync(fileOf(context, kind, "html"))) {
        writePage(context, timeline);
    }
    const { began, seconds, path, steps } = timeline;
    const lines = slowest(timeline, 10).map((one) => [placed(one), duration(one.took), one.waitedFor ? `waited for ${placed(one.waitedFor)}` : ""] as const);
    const width = Math.max(0, ...lines.map(([name]) => name.length));
    const onPath = path.flatMap((id) => steps.find((one) => one.id === id) ?? []).map((one) => `${placed(one)} ${duration((one.to ?? seconds) - one.from)}`);
    process.stdout.write(
        [
            `${kind} of stack ${context.stack}, ${began}: ${duration(seconds)}, ${outcomeText(timeline)}`,
            ...(lines.length > 0 ? ["", "Slowest steps:", ...lines.map(([name, took, held]) => `  ${name.padEnd(width)}  ${took.padStart(12)}  ${held}`.trimEnd())] : []),
            ...(onPath.length > 0 ? ["", `One after another: ${onPath.join(", ")}`] : []),
            "",
            `For a browser: ${fileOf(context, kind, "html")}`,
            `For programs:  ${fileOf(context, kind, "json")}`,
            "",
        ].join("\n"),
    );
    return 0;
});
