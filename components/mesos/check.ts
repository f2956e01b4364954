import type { DataCentre, NodeSpec } from "../../config";
import { areContainers } from "../../config/nodes";
import type { Answer, Finding, GroupProbe, Probe } from "../verify/probe";
import { oneOfProbe } from "../verify/one-of";
import { containerProbe, filesProbe, finding, journalOf, keptOffProbe, unitProbe, words } from "../verify/probes";
import { agentJournal, distributions, layoutAnswer, layoutQuestion, layoutsOf, type Layout } from "./distributions";
import { leaderFinding, leadersOf, metric, votesFinding } from "./log-check";
import { agents, hostnameOf, isReplicated, masters, quorumOf } from "./plan";
import { containerized, filesOf, flagsIn, flagsOf, placeOf, type Kind } from "./program";

/** A row about an agent's unit or files, which its package names: where the description does not tell how, the host does. */
const inLayout = (dc: DataCentre, probe: (layout: Layout) => Probe): Probe =>
    oneOfProbe(
        layoutQuestion,
        layoutAnswer,
        Object.fromEntries(Object.entries(layoutsOf(dc)).map(([name, layout]) => [name, probe(layout)])),
        "no package of Mesos that is known is there: 'make up CONVERGE=1' installs the described one; datacentre:sources.mesos says whose it is",
    );

/** Files of one program, and that it runs with nothing else. */
function programProbes(dc: DataCentre, node: NodeSpec, kind: Kind): Probe[] {
    const runs = containerized(dc, node, kind);
    // A master is the same in all.
    const laidOut = (probe: (layout: Layout) => Probe): Probe => (kind === "master" ? probe(distributions.mesosphere.layout) : inLayout(dc, probe));
    return [
        laidOut((layout) => unitProbe(node.name, "mesos", placeOf(kind, layout).unit, kind)),
        laidOut((layout) => ({ ...filesProbe(node.name, "mesos", filesOf(dc, node, kind, layout)), row: `${kind}'s flags as described` })),
        runs
            ? { ...containerProbe(node.name, "mesos", runs.container, runs.image, runs.others), row: `${kind} runs in the described image` }
            : laidOut((layout) => flagListProbe(dc, node, kind, layout)),
    ];
}

const snapshot = (address: string, port: number): string => `http_get ${words(address, port, "/metrics/snapshot")}`;

/** The package brings both units to every host. */
const absentUnit = (node: NodeSpec, unit: string): Probe =>
    keptOffProbe(node.name, "mesos", unit, "a master too many can break the log of the others");

/** Named for the agent, whose unit may be for the host to tell. */
const agentsOffProbe = (dc: DataCentre, node: NodeSpec): Probe => ({ ...inLayout(dc, ({ unit }) => absentUnit(node, unit)), row: "agent is kept off" });

function masterProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    return [
        ...(areContainers(dc) ? [] : programProbes(dc, node, "master")),
        {
            node: node.name,
            system: "mesos",
            row: "master answers",
            command: `http_get ${words(node.address, dc.mesos.masterPort, "/health")}`,
            evaluate: (output) =>
                finding(
                    output.startsWith("200"),
                    output.split("\n")[0] || "no answer",
                    "200",
                    `see ${journalOf(dc, node, "mesos-master")}, and whether ZooKeeper serves`,
                ),
        },
        ...(node.roles.includes("mesos-agent") || areContainers(dc) ? [] : [agentsOffProbe(dc, node)]),
    ];
}

function flagListProbe(dc: DataCentre, node: NodeSpec, kind: Kind, layout: Layout): Probe {
    const flags = flagsIn(layout, flagsOf(dc, node, kind), kind);
    const directory = `/etc/${placeOf(kind, layout).files}`;
    const wanted = Object.keys(flags).sort().join(" ");
    return {
        node: node.name,
        system: "mesos",
        row: `${kind} has no other flags`,
        command: `ls ${words(directory)} | LC_ALL=C sort | tr '\\n' ' '`,
        evaluate: (output) => {
            const more = output
                .trim()
                .split(" ")
                .filter((name) => name !== "" && !(name in flags));
            return finding(
                output.trim() !== "" && more.length === 0,
                output.trim() === "" ? "none at all" : more.join(", ") || "no other",
                "no other",
                `put them into the description or take the files out of ${directory} ('make up CONVERGE=1'); described: ${wanted}`,
            );
        },
    };
}

function agentProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    return [
        ...(areContainers(dc) ? [] : programProbes(dc, node, "agent")),
        {
            node: node.name,
            system: "mesos",
            row: "agent is registered",
            command: snapshot(node.address, dc.mesos.agentPort),
            evaluate: (output) =>
                finding(
                    metric(output, "slave/registered") === 1,
                    metric(output, "slave/registered") === 1 ? "registered" : output.trim() === "" ? "no answer" : "not registered",
                    "registered",
                    `see ${journalOf(dc, node, agentJournal(dc))}; 'Incompatible agent info' there: take the change back, or ${areContainers(dc) ? "remove its container and volume and run 'make up'" : "set datacentre:mesos.incompatibleAgent: renew"}`,
                ),
        },
        ...(node.roles.includes("mesos-master") || areContainers(dc) ? [] : [absentUnit(node, "mesos-master")]),
    ];
}

export const probes = (dc: DataCentre): Probe[] => [
    ...masters(dc).flatMap((node) => masterProbes(dc, node)),
    ...agents(dc).flatMap((node) => agentProbes(dc, node)),
];

/** What holds between them: one master leads, all have a vote, all agents are at it, and the quorum fits the masters. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    const all = masters(dc);
    if (all.length === 0) {
        return [];
    }
    const questions = all.map((node) => ({ node: node.name, command: snapshot(node.address, dc.mesos.masterPort) }));
    return [
        { system: "mesos", row: "one master leads", questions, evaluateAll: (answers) => leaderFinding(dc, answers) },
        ...(isReplicated(dc)
            ? [{ system: "mesos", row: "every replica of the masters' log votes", questions, evaluateAll: (answers: ReadonlyMap<string, Answer>) => votesFinding(dc, answers) }]
            : []),
        { system: "mesos", row: "every agent is active at the leader", questions, evaluateAll: (answers) => agentsFinding(dc, answers) },
        {
            system: "mesos",
            row: "agents call themselves as described",
            questions: all.map((node) => ({
                node: node.name,
                command: `http_get ${words(node.address, dc.mesos.masterPort, "/slaves")} | grep -oE '"(hostname|active)": ?("[^"]*"|true|false)' | head -n 400; echo end`,
            })),
            evaluateAll: (answers) => namesFinding(dc, answers),
        },
        {
            system: "mesos",
            row: "the quorum fits the masters",
            questions: all.map((node) => ({
                node: node.name,
                command: `http_get ${words(node.address, dc.mesos.masterPort, "/flags")} | grep -oE '"quorum": ?"[0-9]+"'`,
            })),
            evaluateAll: (answers) => quorumFinding(dc, answers),
        },
    ];
}

function agentsFinding(dc: DataCentre, answers: ReadonlyMap<string, Answer>): Finding {
    const [leader] = leadersOf(answers);
    const active = leader && metric(leader[1].output, "master/slaves_active");
    return finding(
        active === agents(dc).length,
        active === undefined ? "no leader" : `${active} active`,
        `${agents(dc).length} active`,
        "mend the agents whose row 'agent is registered' fails; more than described: one of another stack is at this ZooKeeper path",
    );
}

function namesFinding(dc: DataCentre, answers: ReadonlyMap<string, Answer>): Finding {
    const wanted = agents(dc).map((node) => hostnameOf(dc, node)).sort();
    const told = [...answers.values()]
        .map(({ output }) => [...output.matchAll(/"hostname": ?"([^"]*)"/g)].map(([, name = ""]) => name).sort())
        .find((names) => names.length > 0);
    const found = [...new Set(told ?? [])];
    const missing = wanted.filter((name) => !found.includes(name));
    return finding(
        told !== undefined && missing.length === 0,
        told === undefined ? "no answer" : missing.length === 0 ? `${wanted.length} names` : `${missing.join(", ")} not among ${found.join(", ")}`,
        `${wanted.length} names`,
        areContainers(dc)
            ? "everybody looks for tasks at this name: see datacentre:provider.address, and 'make up'"
            : "constraints compare with these names: see datacentre:mesos.advertise, and the flag hostname on the agents (/etc/mesos-slave or /etc/mesos-agent)",
    );
}

function quorumFinding(dc: DataCentre, answers: ReadonlyMap<string, Answer>): Finding {
    const wanted = quorumOf(dc);
    const wrong = [...answers].flatMap(([node, { output }]) => {
        const got = /"quorum": ?"(\d+)"/.exec(output)?.[1];
        return got === String(wanted) ? [] : [`${node} ${got ?? "no answer"}`];
    });
    return finding(
        answers.size === masters(dc).length && wrong.length === 0,
        wrong.join(", ") || (answers.size === masters(dc).length ? `quorum ${wanted}` : `${answers.size} of ${masters(dc).length} answered`),
        `quorum ${wanted}`,
        "'make up CONVERGE=1': all masters run with the same quorum, more than half of their number",
    );
}
