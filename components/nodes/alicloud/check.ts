import type { DataCentre, NodeSpec } from "../../../config/schema";
import type { Probe } from "../../verify/probe";
import { finding, wholeLines } from "../../verify/probes";
import { disksOf } from "./plan";

/** For machines whose data disks the stack attaches: that each is mounted, and nothing else in its place. */
export function probes(dc: DataCentre): Probe[] {
    return dc.nodes.filter(({ roles }) => roles.length > 0).flatMap((node) => disksProbes(dc, node));
}

function disksProbes(dc: DataCentre, node: NodeSpec): Probe[] {
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
