import type { DataCentre, NodeSpec } from "../../config";
import type { Finding, Probe } from "../verify/probe";
import { containerProbe, filesProbe, finding, lines, unitProbe, wholeLines, words } from "../verify/probes";
import { birdConfig, birdFile, birdSocket, protocolOf } from "./bird";
import { macProbe } from "./check-links";
import { files, nodes } from "./plan";
import { calicoImages, calicoSeries, hasBgp } from "./source";
import { container, home, unitNames, units } from "./units";

const converge = "'make up CONVERGE=1' mends it";

function nodeProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const probe = (row: string, command: string, evaluate: (output: string) => Finding): Probe => ({
        node: node.name,
        system: "calico",
        row,
        command,
        evaluate,
    });
    const bird = birdConfig(dc, node);
    const images = calicoImages(dc);
    const texts: Record<string, string> = {
        ...files(dc, node),
        ...(bird === undefined || images ? {} : { [birdFile]: bird }),
        ...Object.fromEntries(Object.entries(units(dc, node)).map(([name, text]) => [`/etc/systemd/system/${name}.service`, text])),
    };
    return [
        ...unitNames(dc, node).map((unit) => unitProbe(node.name, "calico", unit, unit)),
        filesProbe(node.name, "calico", texts),
        images ? containerProbe(node.name, "calico", container, images.node) : programsProbe(dc, node),
        probe("Felix is ready", `http_get ${words("127.0.0.1", dc.calico.healthPort, "/readiness")}`, (output) => {
            const [status = ""] = lines(output);
            const ready = /^20\d/.test(status);
            return finding(
                ready,
                ready ? "ready" : status || "no answer",
                "ready",
                `see 'journalctl -u calico-node' on ${node.name}, and whether it reaches every etcd member`,
            );
        }),
        probe("calls itself by the node's name", "cat /var/lib/calico/nodename", (output) =>
            finding(
                output.trim() === node.name,
                output.trim() || "no name",
                node.name,
                `a node under two names has two sets of addresses: take FELIX_FELIXHOSTNAME and the like out of datacentre:calico.felix; ${converge}`,
            ),
        ),
        macProbe(dc, node),
        ...peerProbes(dc, node).map((peer) => ({ node: node.name, system: "calico", ...peer })),
    ];
}

function programsProbe(dc: DataCentre, node: NodeSpec): Probe {
    return {
        node: node.name,
        system: "calico",
        row: "programs as described",
        command: "readlink /usr/local/bin/calicoctl && calicoctl version | head -n 1",
        evaluate: (output) => {
            const [path = "", version = ""] = lines(output);
            const wanted = `${home(dc)}/calicoctl`;
            return finding(
                path === wanted && version !== "",
                path === wanted ? version || "does not run" : path || "no calicoctl",
                wanted,
                converge,
            );
        },
    };
}

/** How this node's routes come from the others, and go to them. */
function peerProbes(dc: DataCentre, node: NodeSpec): Pick<Probe, "row" | "command" | "evaluate">[] {
    const peers = nodes(dc).filter((other) => other !== node);
    const vxlan = dc.calico.pools.some(({ encapsulation, disabled }) => encapsulation === "vxlan" && !disabled);
    if (peers.length === 0) {
        return [];
    }
    const all = (missing: readonly string[], told: boolean, remedy: string): Finding =>
        finding(
            told && missing.length === 0,
            !told ? "no answer" : missing.length === 0 ? `${peers.length} peers` : `lacks ${missing.join(", ")}`,
            `${peers.length} peers`,
            remedy,
        );
    return [
        ...(vxlan
            ? [
                  {
                      row: "VXLAN to every other node",
                      command: "bridge fdb show dev vxlan.calico; echo end",
                      evaluate: (output: string) => {
                          const told = wholeLines(output);
                          const missing = peers.filter(({ address }) => !told?.some((line) => line.includes(` dst ${address} `))).map(({ name }) => name);
                          return all(missing, told !== undefined, "see that Calico runs there ('journalctl -u calico-tunnel -u calico-node'), and UDP port 4789 between the nodes");
                      },
                  },
              ]
            : []),
        ...(hasBgp(dc) ? [calicoImages(dc) ? imagedBgp(peers, all) : ownBgp(peers, all)] : []),
    ];
}

type PeerRow = Pick<Probe, "row" | "command" | "evaluate">;
type Judge = (missing: readonly string[], told: boolean, remedy: string) => Finding;
const bgpRow = "BGP to every other node";
const bgpRemedy = "see that BIRD runs there ('journalctl -u calico-bird'), and TCP port 179 between the nodes";

const ownBgp = (peers: readonly NodeSpec[], judge: Judge): PeerRow => ({
    row: bgpRow,
    command: `birdc -s ${birdSocket} show protocols && echo end`,
    evaluate: (output) => {
        const told = wholeLines(output);
        const up = (peer: NodeSpec) => told?.some((line) => line.startsWith(`${protocolOf(peer)} `) && line.endsWith("Established"));
        return judge(peers.filter((peer) => !up(peer)).map(({ name }) => name), told !== undefined, bgpRemedy);
    },
});

const imagedBgp = (peers: readonly NodeSpec[], judge: Judge): PeerRow => ({
    row: bgpRow,
    command: "calicoctl node status && echo end",
    evaluate: (output) => {
        const told = wholeLines(output);
        const up = (peer: NodeSpec) => told?.some((line) => line.includes(`| ${peer.address} `) && line.includes("Established"));
        return judge(peers.filter((peer) => !up(peer)).map(({ name }) => name), told !== undefined, bgpRemedy);
    },
});

/** What holds for every node with Calico. */
export const probes = (dc: DataCentre): Probe[] => nodes(dc).flatMap((node) => nodeProbes(dc, node));

/** calicoctl, whose version may differ from the cluster's while nodes are brought to another. */
export const ctl = (dc: DataCentre, ...args: string[]): string =>
    `timeout 8 calicoctl ${words(...args)}${calicoSeries(dc) === 3 ? " --allow-version-mismatch" : ""}`;
