import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { choicesOf } from "../packages/choices";
import type { Answer, Probe } from "../verify/probe";
import { finding, lines, words } from "../verify/probes";
import { hostPlan } from "./plan";

/** How far a clock may be off, in seconds. ZooKeeper and etcd bear more, logs of several hosts do not. */
export const clockLimit = 2;
/** MiB that must be free where data is kept; the same as the first step asks for. */
const spaceLimit = 512;
/** Percent. */
const inodeLimit = 2;

/** The offset of a clock from this machine's, in seconds; positive when it is ahead. Undefined without an answer. */
export function clockOffset({ output, at }: Answer): number | undefined {
    const seconds = /^\d+\.\d+$/.exec(output.trim())?.[0];
    return seconds === undefined ? undefined : Number(seconds) - at / 1000;
}

export const clockCommand = "date +%s.%N";
export const clockRemedy = "start the host's time service ('make up CONVERGE=1'), and see 'chronyc tracking' or 'timedatectl' there";

export const clockProbe = (node: NodeSpec): Probe => ({
    node: node.name,
    system: "host",
    row: "clock agrees with this machine's",
    command: clockCommand,
    evaluate: (output, at) => {
        const offset = clockOffset({ output, at });
        return finding(
            offset !== undefined && Math.abs(offset) <= clockLimit,
            offset === undefined ? "no answer" : `${Math.abs(offset).toFixed(1)} s ${offset < 0 ? "behind" : "ahead"}`,
            `within ${clockLimit} s`,
            clockRemedy,
        );
    },
});

export function spaceProbe(systems: Systems, dc: DataCentre, node: NodeSpec): Probe {
    const paths = ["/var", ...hostPlan(systems, dc, node).dataPaths];
    return {
        node: node.name,
        system: "host",
        row: "disk space where data is kept",
        command: `free_space ${words(...paths)}`,
        evaluate: (output) => {
            const got = lines(output).map((line) => line.split(" "));
            const short = got.filter(([, free, inodes]) => Number(free) < spaceLimit || (inodes !== "-" && Number(inodes) < inodeLimit));
            const least = Math.min(...got.map(([, free]) => Number(free)));
            const found = short.map(([path, free, inodes]) => `${path}: ${free} MiB and ${inodes} % of inodes free`).join(", ");
            return finding(
                got.length === paths.length && short.length === 0,
                got.length === paths.length ? found || `${least} MiB free` : "no answer",
                `${spaceLimit} MiB and ${inodeLimit} % of inodes free`,
                "free space there: 'docker system prune', old logs, or a larger disk",
            );
        },
    };
}

export function packagesProbe(systems: Systems, dc: DataCentre, node: NodeSpec): Probe {
    const { packages } = hostPlan(systems, dc, node);
    const specs = (family: "apt" | "yum") => packages[family];
    const namesOf = (list: string[]) => list.flatMap((spec) => choicesOf(spec).flatMap(({ names }) => names));
    const names = [...new Set([...namesOf(specs("apt")), ...namesOf(specs("yum"))])].sort();
    return {
        node: node.name,
        system: "host",
        row: "packages as in the catalogue",
        command: `installed ${words(node.packages, ...names)}`,
        evaluate: (output) => {
            const [family, ...rest] = lines(output);
            const got = new Map(rest.map((line) => line.split(" ") as [string, string]));
            const wanted = specs(family === "yum" ? "yum" : "apt");
            const wrong = wanted.flatMap((spec) => {
                const choices = choicesOf(spec);
                if (choices.some((choice) => choice.names.every((name) => choice.fits(got.get(name))))) {
                    return [];
                }
                // Of several it is told of the one that is there, if any is.
                const { names, wish, fits } = choices.find((choice) => got.has(choice.names[0] ?? "")) ?? choices[0]!;
                const lacking = names.filter((name) => !fits(got.get(name)));
                return lacking.map((name) => `${name} ${got.get(name) ?? "is not installed"}${wish && got.has(name) ? `, not ${wish}` : ""}`);
            });
            return finding(
                family !== undefined && wrong.length === 0,
                family === undefined ? "no answer" : wrong.join(", ") || `${wanted.length} installed`,
                `${wanted.length} installed`,
                "'make up CONVERGE=1' installs what is missing, in the described version",
            );
        },
    };
}
