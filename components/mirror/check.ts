import type { DataCentre } from "../../config";
import type { Probe } from "../verify/probe";
import { filesProbe, finding, unitProbe, words } from "../verify/probes";
import { mirrorOf, squidConf, squidFile } from "./plan";

const system = "mirror";

/** That the mirror runs as described, and that every other node reaches it. */
export function probes(dc: DataCentre): Probe[] {
    const { mirror } = dc;
    if (!mirror) {
        return [];
    }
    const others = dc.nodes.filter((node) => node.roles.length > 0 && mirrorOf(dc, node) !== undefined);
    return [
        unitProbe(mirror.node, system, "squid"),
        filesProbe(mirror.node, system, { [squidFile]: squidConf(dc) }),
        ...others.map((node): Probe => {
            const [host = "", port = ""] = (mirrorOf(dc, node) ?? "").split(":");
            return {
                node: node.name,
                system,
                row: "reaches the mirror",
                command: `port_open ${words(host, port)}`,
                evaluate: (output) =>
                    finding(
                        output.trim() === "reached",
                        output.trim() === "reached" ? `${host}:${port}` : "no answer",
                        `${host}:${port}`,
                        `see the mirror's own rows, and whether a packet filter between ${node.name} and ${mirror.node} lets port ${port} through`,
                    ),
            };
        }),
    ];
}
