import { createHash } from "node:crypto";

import type { DataCentre, NodeSpec } from "../../config";
import type { Finding, Probe } from "../verify/probe";
import { finding, wholeLines, words } from "../verify/probes";
import { clusterStore, daemonJson, engineSettings, imagesOf, loginKey, type EngineSettings } from "./plan";

const system = "docker";
/** Docker's client on a host, as a probe calls it. */
export const client = "timeout 8 docker -H unix:///run/docker.sock";
const converge = "run 'make up CONVERGE=1', which mends it";

/** Compares what was said with what is wanted, word by word. */
const compare = (found: string, expected: string, remedy: string): Finding =>
    found === expected ? { ok: true, found, expected } : { ok: false, found: found || "no answer", expected, remedy };

const list = (items: readonly string[]): string => [...items].sort().join(", ") || "none";

function engineProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const settings = engineSettings(dc, node);
    const hash = createHash("sha256").update(daemonJson(settings)).digest("hex");
    const withoutSlash = (url: string): string => url.replace(/\/+$/, "");
    return [
        {
            node: node.name,
            system,
            row: "engine",
            // Asked only when it is active: the socket would start an engine that is down.
            command:
                "systemctl is-enabled docker.service; systemctl is-active docker.service && " +
                `${client} info --format '{{.ServerVersion}}'`,
            evaluate: (output) => {
                const [enabled = "", active = "", version] = output.trim().split("\n");
                const ok = enabled === "enabled" && active === "active" && /^\d/.test(version ?? "");
                const silent = active === "active" && !version ? ", no answer" : "";
                return {
                    ok,
                    found: ok ? `running, ${version}` : `${active || "not there"}, ${enabled || "unknown"}${silent}`,
                    expected: "running and enabled",
                    ...(ok ? {} : { remedy: `see 'journalctl -u docker.service' on ${node.name}; ${converge}` }),
                };
            },
        },
        {
            node: node.name,
            system,
            row: "data root",
            command: `systemctl -q is-active docker.service && ${client} info --format '{{.DockerRootDir}} with {{.Driver}}'`,
            evaluate: (output) => compare(output.trim(), `${settings.dataRoot} with ${settings.storageDriver}`, converge),
        },
        {
            node: node.name,
            system,
            row: "daemon.json",
            command: "stat -c '%a %U' /etc/docker/daemon.json && sha256sum /etc/docker/daemon.json && { [ ! -e /var/lib/datacentre/docker-restart-due ] || echo due; }",
            evaluate: (output) => {
                const [mode = "", sum = "", due] = output.trim().split("\n");
                const written = due === "due" ? "not in use yet: the engine waits for its restart" : "as described";
                const content = sum.startsWith(hash) ? written : "other content";
                const found = mode === "644 root" ? content : mode && `mode and owner ${mode}`;
                return compare(found || "missing", "as described", converge);
            },
        },
        {
            node: node.name,
            system,
            row: "registries in use",
            command:
                `systemctl -q is-active docker.service && ${client} info --format ` +
                `'{{range .RegistryConfig.Mirrors}}mirror {{println .}}{{end}}` +
                "{{range $name, $index := .RegistryConfig.IndexConfigs}}" +
                "{{if not $index.Secure}}insecure {{println $name}}{{end}}{{end}}answered'",
            evaluate: (output) => {
                const named = (kind: string): string[] =>
                    output
                        .split("\n")
                        .filter((line) => line.startsWith(`${kind} `))
                        .map((line) => withoutSlash(line.slice(kind.length + 1).trim()));
                const words = (mirrors: readonly string[], insecure: readonly string[]): string =>
                    `mirrors: ${list(mirrors)}; insecure: ${list(insecure)}`;
                const found = output.includes("answered") ? words(named("mirror"), named("insecure")) : "";
                return compare(found, words(settings.registryMirrors.map(withoutSlash), settings.insecureRegistries), converge);
            },
        },
    ];
}

/**
 * The store that engines keep common networks in. One that started without it lists its networks as soon as it answers, but has
 * lost its running containers there.
 */
function storeProbe(node: NodeSpec, settings: EngineSettings): Probe {
    const expected = clusterStore(settings);
    return {
        node: node.name,
        system,
        row: "cluster store",
        command:
            `systemctl -q is-active docker.service && ${client} info --format 'store {{.ClusterStore}}'; ` +
            "[ ! -e /run/datacentre/docker-without-store ] || echo without; " +
            `for url in ${words(...settings.storeMembers)}; do ` +
            `curl -s -o /dev/null --noproxy '*' --max-time 8 -w 'code %{http_code}\n' "$url/v2/keys/?quorum=true" & done; wait; echo end`,
        evaluate: (output) => {
            const told = wholeLines(output) ?? [];
            const store = told.find((line) => line.startsWith("store"))?.slice("store ".length);
            const judge = (found: string, remedy: string): Finding => finding(false, found, expected, remedy);
            if (store !== expected) {
                return judge(store === undefined ? "no answer" : store || "none", `${converge}; Docker 23 and later have no such store`);
            }
            if (!told.includes("code 200")) {
                return told.includes("code 404")
                    ? judge("etcd has no v2 API", "set datacentre:etcd.v2Api: true, and run 'make up'")
                    : judge("no member answers for a majority", "see etcd's rows, and whether this node reaches the members' client port");
            }
            return told.includes("without")
                ? judge("the engine started without it", `'systemctl restart docker.service' on ${node.name}: its containers go on, and are known again`)
                : finding(true, expected, expected, "");
        },
    };
}

/** Images that come as archives: an app whose image is gone stays in Waiting where no registry is reached. */
function imagesProbe(dc: DataCentre, node: NodeSpec): Probe {
    const wanted = imagesOf(dc, node).map(({ image }) => image);
    return {
        node: node.name,
        system,
        row: "images that come as archives",
        command: `systemctl -q is-active docker.service && for i in ${wanted.map((image) => `'${image}'`).join(" ")}; do ${client} image inspect -f "$i" "$i"; done`,
        evaluate: (output) => {
            const there = output.trim().split("\n");
            const missing = wanted.filter((image) => !there.includes(image));
            return compare(missing.length === 0 ? `${wanted.length} there` : `${list(missing)} missing`, `${wanted.length} there`, converge);
        },
    };
}

function loginProbe(dc: DataCentre, node: NodeSpec): Probe {
    const keys = dc.docker.credentials.map((login) => loginKey(login.registry));
    return {
        node: node.name,
        system,
        row: "registry logins",
        // The names of the registries only: the logins themselves are secret.
        command:
            "cd /root/.docker && stat -c '%a %U' config.json && " + `grep -oE '^ {8}"[^"]+": ?\\{' config.json | tr -d ' "{'`,
        evaluate: (output) => {
            const [mode = "", ...lines] = output.trim().split("\n");
            const found = mode && `${list(lines.map((line) => line.replace(/:$/, "")))}, mode and owner ${mode}`;
            return compare(found, `${list(keys)}, mode and owner 600 root`, converge);
        },
    };
}

/**
 * What `make verify` asks of Docker: per node whether the engine runs, where and how it keeps its data, whether its file
 * is ours, and which registries the running engine uses.
 *
 * @param dc the description; of its credentials only the registries' names are used
 */
export function probes(dc: DataCentre): Probe[] {
    return dc.nodes
        .filter((node) => node.roles.includes("docker"))
        .flatMap((node) => [
            ...engineProbes(dc, node),
            ...(dc.calico.dockerNetworks.length > 0 ? [storeProbe(node, engineSettings(dc, node))] : []),
            ...(imagesOf(dc, node).length > 0 ? [imagesProbe(dc, node)] : []),
            ...(dc.docker.credentials.length > 0 ? [loginProbe(dc, node)] : []),
        ]);
}
