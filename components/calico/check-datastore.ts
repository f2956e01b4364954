import type { DataCentre } from "../../config";
import type { Answer, Finding, GroupProbe } from "../verify/probe";
import { finding, lines, wholeLines } from "../verify/probes";
import { ctl } from "./check";
import { nodes } from "./plan";
import { resources } from "./resources";
import { calicoSeries } from "./source";

/** Above this share of its addresses a pool is told of, while there is time to add another. */
const poolShare = 0.9;

const silent = "Calico's datastore does not answer: see etcd's rows";

/** The first whole answer: every node says the same, and one that is down is in other rows. */
function told(answers: ReadonlyMap<string, Answer>): string[] | undefined {
    return [...answers.values()].map(({ output }) => wholeLines(output)).find((answer) => answer !== undefined);
}

/** What the datastore must hold; two nodes are asked, in case one is down. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    const asked = nodes(dc).slice(0, 2);
    if (asked.length === 0) {
        return [];
    }
    const group = (row: string, command: string, evaluateAll: (answer: string[] | undefined) => Finding): GroupProbe => ({
        system: "calico",
        row,
        questions: asked.map((node) => ({ node: node.name, command: `${command} && echo end` })),
        evaluateAll: (answers) => evaluateAll(told(answers)),
    });
    const list = calicoSeries(dc) === 3 ? ".items[]" : ".[]";
    return [
        group("nodes as described", `${ctl(dc, "get", "nodes", "-o", "json")} | jq -r '${list} | "\\(.metadata.name) \\(.spec.bgp.ipv4Address)"'`, (answer) =>
            nodesFinding(dc, answer),
        ),
        ...(calicoSeries(dc) === 3
            ? [
                  ...resourceKinds(dc).map((kind) =>
                      group(`${kind} as described`, `${ctl(dc, "get", kind, "-o", "json")} | jq -c '.items[] | {name: .metadata.name, spec: .spec}'`, (answer) =>
                          resourcesFinding(dc, kind, answer),
                      ),
                  ),
                  group("pools have addresses left", ctl(dc, "ipam", "show"), (answer) => poolsFinding(answer)),
                  group("no address is leaked", ctl(dc, "ipam", "check", "--show-problem-ips"), (answer) => leaksFinding(answer)),
              ]
            : []),
    ];
}

const resourceKinds = (dc: DataCentre): string[] => [...new Set(resources(dc, "").map(({ kind }) => kind))];

function nodesFinding(dc: DataCentre, answer: string[] | undefined): Finding {
    const wanted = nodes(dc);
    const got = new Map((answer ?? []).map((line) => line.split(" ") as [string, string]));
    const wrong = [
        ...wanted.filter(({ name }) => !got.has(name)).map(({ name }) => `lacks ${name}`),
        ...wanted.flatMap(({ name, address }) => {
            const found = got.get(name)?.split("/")[0];
            return found === undefined || found === address ? [] : [`${name} at ${found}`];
        }),
        ...[...got.keys()].filter((name) => !wanted.some((node) => node.name === name)).map((name) => `has ${name}`),
    ].join(", ");
    return finding(
        answer !== undefined && wrong === "",
        answer === undefined ? "no answer" : wrong || `${wanted.length} nodes`,
        `${wanted.length} nodes`,
        answer === undefined ? silent : "'make up CONVERGE=1' brings nodes back, and takes out those that are not described",
    );
}

/** Whether everything that is wanted is there; what the server adds does not count. */
export function covers(got: unknown, wanted: unknown): boolean {
    if (Array.isArray(wanted)) {
        return Array.isArray(got) && got.length === wanted.length && wanted.every((item, index) => covers(got[index], item));
    }
    if (wanted !== null && typeof wanted === "object") {
        return (
            got !== null &&
            typeof got === "object" &&
            Object.entries(wanted).every(([key, value]) => value === undefined || covers((got as Record<string, unknown>)[key], value))
        );
    }
    // False is left out when it is written.
    return (got ?? false) === wanted;
}

function resourcesFinding(dc: DataCentre, kind: string, answer: string[] | undefined): Finding {
    const wanted = resources(dc, "").filter((one) => one.kind === kind);
    const got = new Map((answer ?? []).map((line) => JSON.parse(line) as { name: string; spec: unknown }).map(({ name, spec }) => [name, spec]));
    const wrong = wanted
        .filter(({ name, body }) => !covers(got.get(name), body.spec))
        .map(({ name }) => `${name} ${got.has(name) ? "differs" : "is absent"}`)
        .join(", ");
    return finding(
        answer !== undefined && wrong === "",
        answer === undefined ? "no answer" : wrong || `${wanted.length} as described`,
        `${wanted.length} as described`,
        answer === undefined ? silent : `somebody changed it by calicoctl: 'make up CONVERGE=1' writes it again, or change datacentre:calico`,
    );
}

/** The rows of `calicoctl ipam show`: a pool's range, and the share of its addresses that are in use. */
export function readUsage(answer: readonly string[]): { cidr: string; share: number }[] {
    return answer.flatMap((line) => {
        const [, kind, cidr = "", total = "", used = ""] = line.split("|").map((cell) => cell.trim());
        return kind === "IP Pool" ? [{ cidr, share: Number.parseFloat(used) / Number.parseFloat(total) }] : [];
    });
}

function poolsFinding(answer: string[] | undefined): Finding {
    const usage = readUsage(answer ?? []);
    const full = usage.filter(({ share }) => !(share <= poolShare));
    const most = Math.max(0, ...usage.map(({ share }) => share));
    return finding(
        usage.length > 0 && full.length === 0,
        usage.length === 0 ? "no answer" : full.map(({ cidr, share }) => `${cidr} ${Math.round(share * 100)} %`).join(", ") || `at most ${Math.round(most * 100)} %`,
        `at most ${poolShare * 100} %`,
        usage.length === 0 ? silent : "add a pool to datacentre:calico.pools, or give back leaked addresses ('calicoctl ipam check')",
    );
}

function leaksFinding(answer: string[] | undefined): Finding {
    const [, problems] = /found (\d+) problems/.exec((answer ?? []).join("\n")) ?? [];
    const some = (answer ?? []).filter((line) => /^\S+ (leaked;|in use by|has multiple owners)/.test(line)).slice(0, 3);
    return finding(
        problems === "0",
        problems === undefined ? "no answer" : problems === "0" ? "none" : `${problems} problems: ${lines(some.join("\n")).join("; ").slice(0, 200)}`,
        "none",
        problems === undefined
            ? silent
            : "an address of a task that ended without saying so: 'calicoctl ipam check -o report.json', then 'calicoctl ipam release --from-report report.json' when the same is there minutes later",
    );
}
