import type { DataCentre, NodeSpec } from "../../config/schema";
import type { About } from "../../config/system";
import { listed } from "../marathon-app/faults";
import type { Answer, Finding, GroupProbe, Probe } from "../verify/probe";
import { filesProbe, finding, keptOffProbe, unitProbe, wholeLines, words } from "../verify/probes";
import { bridges, bridgeUnit, filesOf, haproxy, haproxyConfig, loginFile, ownAddress, passwordFile, proxyUnit, settingsOf } from "./plan";

const system = "marathonBridge";

/** What `/health` answers. */
interface Health {
    readonly reasons: readonly string[];
    readonly servicePorts: number;
    readonly unserved: readonly { readonly app: string; readonly port: number; readonly reason: string }[];
}

/** The status, and the body where it is one of ours. */
function healthOf(output: string): { status: string; health: Health | undefined } {
    const [status = "", ...body] = output.trim().split("\n");
    try {
        const health = JSON.parse(body.join("\n")) as Partial<Health>;
        return { status, health: health.reasons && health.unserved ? (health as Health) : undefined };
    } catch {
        return { status, health: undefined };
    }
}

function bridgeProbes(dc: DataCentre, node: NodeSpec, { systems }: About): Probe[] {
    const { healthPort, statsPort } = settingsOf(dc);
    const at = { node: node.name, system };
    const probe = (row: string, command: string, evaluate: (output: string) => Finding): Probe => ({ ...at, row, command, evaluate });
    const secrets = [passwordFile, ...(dc.marathon.credentials ? [loginFile] : [])];
    const health = `http_get ${words(ownAddress, healthPort, "/health")}`;
    return [
        unitProbe(node.name, system, bridgeUnit, "bridge"),
        unitProbe(node.name, system, proxyUnit, "HAProxy"),
        filesProbe(node.name, system, filesOf(systems, dc, node)),
        probe("passwords are kept from others", `stat -c '%a %U:%G' ${words(...secrets)}`, (output) => {
            const wanted = `640 root:${bridgeUnit}`;
            const got = output.trim().split("\n");
            const wrong = got.find((line) => line !== wanted);
            const found = got.length === secrets.length ? (wrong ?? wanted) : "not all are there";
            return finding(found === wanted, found || "no answer", wanted, "'make up CONVERGE=1' writes them anew");
        }),
        probe("/health says that all is well", health, (output) => {
            const { status, health: said } = healthOf(output);
            const found = status === "200" ? "200" : [status || "no answer", ...(said?.reasons ?? [])].join("; ");
            return finding(found === "200", found, "200", `see 'journalctl -u ${bridgeUnit}' and '-u ${proxyUnit}' on ${node.name}, and Marathon's rows`);
        }),
        probe("every service port is served", health, (output) => unservedFinding(healthOf(output).health)),
        probe("HAProxy takes its configuration", `${haproxy} -c -f ${words(haproxyConfig)} >/dev/null 2>&1 && echo taken`, (output) =>
            finding(
                output.trim() === "taken",
                output.trim() || "refused",
                "taken",
                `'${haproxy} -c -f ${haproxyConfig}' on ${node.name} says why; 'systemctl restart ${bridgeUnit}' writes it anew`,
            ),
        ),
        keptOffProbe(node.name, system, "haproxy", `the package's own HAProxy would take ports of apps, or ${statsPort}`),
    ];
}

/** Ports that the host refuses; what an app's ports are like in themselves is said with the description. */
function unservedFinding(said: Health | undefined): Finding {
    const refused = said?.unserved.filter(({ reason }) => !/^(is of UDP|leads to containerPort 0)/.test(reason));
    const found = refused?.map(({ app, port, reason }) => `${app}: ${port} ${reason}`).join("; ");
    return finding(
        found === "",
        found === undefined ? "no answer" : found || "all",
        "all",
        "give the app another service port, or stop what has that one; where another app has it, one of the two",
    );
}

export const probes = (dc: DataCentre, about: About): Probe[] => bridges(dc).flatMap((node) => bridgeProbes(dc, node, about));

/** Listeners of apps with their servers, a word each; not the page's, which has a password. */
const rendered = `awk '$1 == "listen" {name = $2} name != "" && name != "stats" && ($1 == "listen" || $1 == "server") {print name, $1 == "server" ? $2 "=" $3 : ""}' ${words(haproxyConfig)} && echo end`;

/** What holds between them: whichever is asked, the same task may answer. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    const nodes = bridges(dc);
    return nodes.length < 2
        ? []
        : [
              {
                  system,
                  row: "all serve the same apps by the same servers",
                  questions: nodes.map(({ name }) => ({ node: name, command: rendered })),
                  evaluateAll: (answers) => sameFinding(answers, nodes.length),
              },
          ];
}

/** By listener, its servers in one order. */
function listenersIn(output: string): ReadonlyMap<string, string> | undefined {
    const servers = new Map<string, string[]>();
    const all = wholeLines(output);
    all?.forEach((line) => {
        const [listener = "", server] = line.split(" ");
        servers.set(listener, [...(servers.get(listener) ?? []), ...(server === undefined ? [] : [server])]);
    });
    return all && new Map([...servers].map(([listener, list]) => [listener, list.sort().join(" ")]));
}

function sameFinding(answers: ReadonlyMap<string, Answer>, count: number): Finding {
    const heard = [...answers].map(([node, { output }]) => ({ node, serves: listenersIn(output) }));
    const silent = heard.filter(({ serves }) => serves === undefined).map(({ node }) => node);
    const names = [...new Set(heard.flatMap(({ serves }) => [...(serves?.keys() ?? [])]))].sort();
    const differ = names.filter((name) => new Set(heard.map(({ serves }) => serves?.get(name))).size > 1);
    const found =
        heard.length < count || silent.length > 0
            ? silent.length > 0
                ? `nothing from ${listed(silent)}`
                : `${heard.length} of ${count} answered`
            : differ.length > 0
              ? `${listed(differ)} not the same on ${listed(heard.map(({ node }) => node))}`
              : "the same";
    return finding(
        found === "the same",
        found,
        "the same",
        `ask again after a moment, since apps may just be changing; else see the rows of the one that is behind, and 'journalctl -u ${bridgeUnit}' there`,
    );
}
