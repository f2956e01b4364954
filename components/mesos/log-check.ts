/** Who leads, and whose replica of the masters' log votes, by what `/metrics/snapshot` says of each. */
import type { DataCentre } from "../../config";
import type { Answer, Finding } from "../verify/probe";
import { finding } from "../verify/probes";
import { isReplicated, masters, quorumOf } from "./plan";

/** A number of `/metrics/snapshot`. Up to 1.6 a slash in a name is escaped. */
export function metric(output: string, name: string): number | undefined {
    const text = new RegExp(`"${name.replaceAll(".", "\\.").replaceAll("/", "\\\\?/")}":\\s*(-?[0-9.eE+-]+)`).exec(output)?.[1];
    return text === undefined ? undefined : Number(text);
}

type Answers = ReadonlyMap<string, Answer>;

export const leadersOf = (answers: Answers): [string, Answer][] => [...answers].filter(([, { output }]) => metric(output, "master/elected") === 1);

const votes = ({ output }: Answer): boolean => metric(output, "registrar/log/recovered") === 1;

/** Only who leads has read it. Source: Mesos 1.11, src/master/registrar.cpp. */
const hasRegistry = ({ output }: Answer): boolean => metric(output, "registrar/registry_size_bytes") !== undefined;

/** How many replicas vote, and what those wait for that do not. */
function replicas(dc: DataCentre, answers: Answers): { voting: string[]; silent: string[]; waiting: string[]; stuck: boolean } {
    const names = masters(dc).map(({ name }) => name);
    const of = (name: string): Answer | undefined => answers.get(name);
    const silent = names.filter((name) => metric(of(name)?.output ?? "", "registrar/log/recovered") === undefined);
    const voting = names.filter((name) => votes(of(name) ?? { output: "", at: 0 }));
    const waiting = names.filter((name) => !silent.includes(name) && !voting.includes(name));
    return { voting, silent, waiting, stuck: isReplicated(dc) && waiting.length > 0 && voting.length > 0 && voting.length < quorumOf(dc) };
}

const list = (names: readonly string[]): string => names.join(", ") || "none";

/** The way out where too few replicas vote for the others ever to follow: one master that became three with its log in place. */
function wayOut(dc: DataCentre, { silent }: { silent: readonly string[] }): string {
    return (
        `replicas that are new catch up only where ${quorumOf(dc)} vote. Bring back the masters that had the log` +
        (silent.length > 0 ? ` (${list(silent)} say nothing), ` : ", or take the change of their number back; ") +
        "where they are lost and the registry may go, set datacentre:mesos.reinitialiseRegistry to a new word and run 'make up' (docs/troubleshooting.md)"
    );
}

/** @returns that all replicas vote, or which do not and why */
export function votesFinding(dc: DataCentre, answers: Answers): Finding {
    const found = replicas(dc, answers);
    const { voting, silent, waiting, stuck } = found;
    const all = masters(dc).length;
    return finding(
        voting.length === all,
        voting.length === all
            ? `${all} vote`
            : [`${list(voting)} vote`, ...(waiting.length > 0 ? [`${list(waiting)} not`] : []), ...(silent.length > 0 ? [`no answer of ${list(silent)}`] : [])].join("; ") +
                  (stuck ? `: stuck, ${quorumOf(dc)} must` : ""),
        `${all} vote`,
        stuck ? wayOut(dc, found) : "start the masters that do not answer ('make up'); one that is new votes when it has caught up, which takes seconds: 'journalctl -u mesos-master' there",
    );
}

/** @returns that one leads and has read the registry, or what keeps them from it */
export function leaderFinding(dc: DataCentre, answers: Answers): Finding {
    const leaders = leadersOf(answers);
    const [first] = leaders;
    const reads = !isReplicated(dc) || (first !== undefined && hasRegistry(first[1]));
    const found = replicas(dc, answers);
    const { voting, stuck } = found;
    const why = stuck ? `: of ${masters(dc).length} replicas of the log ${list(voting)} alone vote, and ${quorumOf(dc)} must` : "";
    return finding(
        leaders.length === 1 && reads,
        first && leaders.length === 1 ? (reads ? `${first[0]} leads` : `${first[0]} is elected, and has not read the registry${why}`) : `${leaders.length} lead${why}`,
        "one leads",
        stuck
            ? wayOut(dc, found)
            : voting.length < quorumOf(dc) && isReplicated(dc)
              ? `${quorumOf(dc)} masters must vote, and ${voting.length} do: start the others ('make up'); nobody votes where an even number or too many run, stop those that are not described`
              : "see whether ZooKeeper serves, and 'journalctl -u mesos-master' on each: a leader that cannot read the registry in 60 s ends, and the next one tries",
    );
}
