import { packagesFor, type DataCentre, type NodeSpec } from "../../config";
import type { Answer, Probe } from "../check";
import { finding, lines, wholeLines, words } from "../check-parts";
import { disksOf } from "../nodes/alicloud/plan";
import { hostPlan } from "../plan";

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

export function spaceProbe(dc: DataCentre, node: NodeSpec): Probe {
    const paths = ["/var", ...hostPlan(dc, node).dataPaths];
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

/** For machines whose data disks the stack attaches: that each is mounted, and nothing else in its place. */
export function disksProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const wanted = dc.provider.kind === "alicloud" ? disksOf(dc, dc.provider).filter((disk) => disk.node === node.name).map(({ spec }) => spec.mount) : [];
    if (wanted.length === 0) {
        return [];
    }
    return [
        {
            node: node.name,
            system: "host",
            row: "data disks are mounted",
            command: "own_mounts",
            evaluate: (output) => {
                const got = wholeLines(output);
                const missing = wanted.filter((path) => !got?.includes(path));
                return finding(
                    got !== undefined && missing.length === 0,
                    got === undefined ? "no answer" : missing.map((path) => `${path} has another file system, or none`).join(", ") || wanted.join(", "),
                    wanted.join(", "),
                    "'make up CONVERGE=1' mounts what is attached; see /etc/fstab, and the machine's disks in the cloud",
                );
            },
        },
    ];
}

export function packagesProbe(dc: DataCentre, node: NodeSpec): Probe {
    const specs = (family: "apt" | "yum") => [...new Set(node.roles.flatMap((role) => packagesFor(role, dc, family)))];
    const namesOf = (list: string[]) => list.map((spec) => spec.split("=")[0] ?? spec);
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
                const [name = spec, prefix = ""] = spec.split("=");
                const version = got.get(name);
                return version?.startsWith(prefix) ? [] : [`${name} ${version ?? "is not installed"}${prefix && version ? `, not ${prefix}` : ""}`];
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
