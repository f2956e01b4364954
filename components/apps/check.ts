import type { DataCentre } from "../../config/schema";
import type { About } from "../../config/system";
import { digestOf, stackLabel } from "../marathon-app/app";
import { diagnose, type Master } from "../marathon-app/definition";
import { countVersions, underWay } from "../marathon-app/waiting/versions";
import { instances } from "../marathon/plan";
import { hostnameOf, agents, masters } from "../mesos/plan";
import type { Answer, Finding, GroupProbe } from "../verify/probe";
import { finding, words } from "../verify/probes";
import { furtherApps, ownApps, type OwnApp } from "./own";

const embeds = "embed=app.tasks&embed=app.lastTaskFailure&embed=app.deployments&embed=app.counts";

/** What one node is asked about all apps: what its Marathon says, and its master, a section each. */
function question(dc: DataCentre, node: DataCentre["nodes"][number], apps: readonly OwnApp[]): string {
    const marathon = `http://${node.address}:${dc.marathon.port}`;
    const section = (name: string, command: string): string => `printf '\\n=== %s\\n' ${words(name)}; ${command}`;
    const asked = [
        ...(instances(dc)[0] === node
            ? [
                  ...apps.map(({ definition: { id } }) => section(`app ${id}`, `marathon_get ${words(`${marathon}/v2/apps${id}?${embeds}`)}`)),
                  section("queue", `marathon_get ${words(`${marathon}/v2/queue?embed=lastUnusedOffers`)}`),
                  section("deployments", `marathon_get ${words(`${marathon}/v2/deployments`)}`),
                  section("apps of ours", `marathon_get ${words(`${marathon}/v2/apps?label=datacentre-definition`)}`),
              ]
            : []),
        ...(masters(dc).includes(node)
            ? ["/slaves", "/metrics/snapshot", "/flags"].map((path) => section(path, `http_get ${words(node.address, dc.mesos.masterPort, path)}`))
            : []),
    ];
    return asked.join("; ");
}

/** The sections of an answer, each without its status line; one that is not a 200 is left out. */
function sections(output: string): ReadonlyMap<string, string> {
    return new Map(
        output
            .split(/^=== /m)
            .slice(1)
            .flatMap((text): [string, string][] => {
                const [name = "", status = "", ...body] = text.split("\n");
                return status.trim() === "200" ? [[name.trim(), body.join("\n").trim()]] : [];
            }),
    );
}

/** Every app that is described: deployed, as described, running and healthy; else the reasons. And no other one that this program brought. */
export function groupProbes(dc: DataCentre, { systems, owner }: About): GroupProbe[] {
    if (instances(dc).length === 0) {
        return [];
    }
    const apps = [...ownApps(systems, dc), ...furtherApps(dc)];
    const nodes = dc.nodes.filter((node) => instances(dc)[0] === node || masters(dc).includes(node));
    const questions = nodes.map((node) => ({ node: node.name, command: question(dc, node, apps) }));
    return [
        ...apps.map((app) => ({
            system: "apps",
            row: `${app.definition.id} is deployed as described`,
            questions,
            evaluateAll: (answers: ReadonlyMap<string, Answer>) => appFinding(dc, app, answers),
        })),
        {
            system: "apps",
            row: "no app is left that is described no more",
            questions,
            evaluateAll: (answers) => leftFinding(owner, new Set(apps.map(({ definition }) => definition.id)), answers),
        },
    ];
}

/** An app of this stack's that is described no more. One that came before there was such a mark nobody but a person may delete. */
function leftFinding(owner: string, described: ReadonlySet<string>, answers: ReadonlyMap<string, Answer>): Finding {
    const text = [...answers.values()].map(({ output }) => sections(output).get("apps of ours")).find((one) => one !== undefined);
    if (text === undefined) {
        return finding(false, "no answer", "none", "see Marathon's own rows");
    }
    const { apps } = JSON.parse(text) as { apps: readonly LeftApp[] };
    const left = apps.filter(({ id, labels }) => !described.has(id) && [owner, undefined].includes(labels?.[stackLabel]));
    const byHand = left.filter((app) => app.labels?.[stackLabel] === undefined || app.container?.volumes?.some(({ persistent }) => persistent));
    const remedies = [
        ...(left.length > byHand.length ? ["'make up CONVERGE=1' deletes it"] : []),
        ...byHand.map(({ id }) => `ask Marathon for DELETE /v2/apps${id}?force=true, if nobody wants it or what it stores`),
    ];
    return finding(left.length === 0, left.map(({ id }) => id).join(", ") || "none", "none", remedies.join("; "));
}

interface LeftApp {
    readonly id: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly container?: { readonly volumes?: readonly { readonly persistent?: unknown }[] };
}

function appFinding(dc: DataCentre, { definition, key }: OwnApp, answers: ReadonlyMap<string, Answer>): Finding {
    const heard = new Map([...answers].map(([node, { output }]) => [node, sections(output)]));
    const all = (name: string): string | undefined => [...heard.values()].map((one) => one.get(name)).find((text) => text !== undefined);
    const text = all(`app ${definition.id}`);
    const wanted = definition.instances ?? 1;
    const expected = `${wanted} of ${wanted} run`;
    if (text === undefined) {
        return finding(false, "not there", expected, `run 'make up'; if Marathon does not answer, see its own rows`);
    }
    const status = (JSON.parse(text) as { app: AppStatus }).app;
    const checked = (definition.healthChecks ?? []).length > 0;
    const { good, old } = countVersions(text, checked);
    const ours = status.labels?.["datacentre-definition"] === digestOf(definition);
    const changed = status.instances !== wanted;
    if (ours && !changed && good >= wanted && status.deployments.length === 0) {
        return finding(true, expected, expected, "");
    }
    const reasons = diagnose({
        appId: definition.id,
        app: text,
        queue: all("queue"),
        deployments: all("deployments"),
        slaves: all("/slaves"),
        masters: mastersOf(dc, heard),
        agents: agents(dc).map((node) => ({ hostname: hostnameOf(dc, node), node: node.name, address: node.address })),
    });
    const state = [
        `${good} of ${status.instances} of this version ${checked ? "healthy" : "run"}`,
        ...(old > 0 ? [`${old} of earlier ones still ${old === 1 ? "runs" : "run"}`] : []),
        ...(ours && !changed ? [] : ["changed by somebody else"]),
    ].join(", ");
    return finding(
        false,
        [state, ...reasons.map(({ text: why }) => why), ...underWay(all("deployments"), definition.id)].join("; "),
        expected,
        reasons.map(({ remedy }) => remedy).join("; ") || (ours && !changed ? "wait until it is deployed, then ask again; 'make up' cancels a deployment that hangs, and deploys anew" : `'make up CONVERGE=1' deploys it as datacentre:${key} says`),
    );
}

interface AppStatus {
    readonly instances: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deployments: readonly unknown[];
}

const mastersOf = (dc: DataCentre, heard: ReadonlyMap<string, ReadonlyMap<string, string>>): Master[] =>
    masters(dc).map((node) => {
        const metrics = heard.get(node.name)?.get("/metrics/snapshot");
        const quorum = /"quorum": ?"(\d+)"/.exec(heard.get(node.name)?.get("/flags") ?? "")?.[1];
        return { name: node.name, described: true, metrics, quorum: quorum === undefined ? undefined : Number(quorum) };
    });

