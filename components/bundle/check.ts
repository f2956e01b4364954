import { createHash } from "node:crypto";

import type { DataCentre } from "../../config/schema";
import type { About } from "../../config/system";
import type { Systems } from "../../config/systems";
import type { Probe } from "../verify/probe";
import { finding, lines } from "../verify/probes";
import { filesFor, hostFolder } from "./cover";
import { readManifest } from "./folder";

/** SHA256SUMS as receive.sh writes it; undefined where this machine does not have the bundle any more. */
function sumsOf(systems: Systems, dc: DataCentre, node: DataCentre["nodes"][number]): { sum: string; files: number } | undefined {
    try {
        const files = filesFor(systems, dc, readManifest(dc.bundle?.path ?? ""), node);
        const text = files.map(({ sha256, path }) => `${sha256}  ${path}\n`).join("");
        return { sum: createHash("sha256").update(text).digest("hex"), files: files.length };
    } catch {
        return undefined;
    }
}

/** A large bundle takes longer to read than a question may: then sizes and times of change are compared with those when it was read. */
const command = `cd ${hostFolder} && sha256sum <SHA256SUMS && wc -l <SHA256SUMS && {
    timeout 8 sha256sum -c --quiet SHA256SUMS 2>/dev/null | head -n 20
    status=\${PIPESTATUS[0]}
    if [ "$status" = 124 ] && diff <(cut -d: -f2- .known | sort) <(find . -type f ! -name .known ! -name SHA256SUMS -printf '%s:%C@ %P\\n' | sort) >/dev/null; then status=0; fi
    echo "status $status"; }`;

/** Each host with its part of the bundle, as this machine has it. */
export function probes(dc: DataCentre, { systems }: Pick<About, "systems">): Probe[] {
    if (!dc.bundle) {
        return [];
    }
    return dc.nodes
        .filter(({ roles }) => roles.length > 0)
        .map((node) => ({
            node: node.name,
            system: "host",
            row: "its bundle is whole",
            command,
            evaluate: (output) => {
                const said = lines(output);
                const [sum = "", count = ""] = said;
                const want = sumsOf(systems, dc, node);
                const damaged = said.filter((line) => line.endsWith(": FAILED") || line.endsWith("FAILED open or read")).map((line) => line.split(":")[0]);
                const other = want !== undefined && !sum.startsWith(want.sum) ? ["it is another bundle than this machine's"] : [];
                const whole = said.at(-1) === "status 0" && other.length === 0;
                const found = whole ? `${count} files` : [...other, ...damaged.map((path) => `${path} is damaged or gone`)].join(", ") || "it is not there, or not whole";
                return finding(whole, found, want ? `${want.files} files` : "every file as it was sent", "'make up' sends what is lacking");
            },
        }));
}
