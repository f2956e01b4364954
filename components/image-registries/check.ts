import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Finding, Probe } from "../verify/probe";
import { certificateProbe, filesProbe, finding, keptOffProbe, lines, unitProbe, words } from "../verify/probes";
import { certificates, dataDirOf, engineNodes, imageNodes, imageRoles, isSecure, loginFile, nameOf, settingsOf, trustFile, unitOf, upstreamOf, urlOf, urls, type ImageRole } from "./plan";
import { collection, collects, configs, filesOf } from "./program";

const system = "imageRegistries";
const converge = "'make up CONVERGE=1' mends it";

/** The status of an answer, by curl: past any proxy, as engines ask. */
const statusOf = (url: string, ca: string | undefined): string =>
    `curl -s -o /dev/null --noproxy '*' --max-time 4 ${ca === undefined ? "" : `--cacert ${words(ca)} `}-w '%{http_code}\\n' ${words(`${url}/v2/`)}`;

const judge = (output: string, remedy: string): Finding => {
    const status = output.trim();
    const other = status === "" || status === "000" ? "no answer" : status;
    return finding(status === "200", status === "200" ? "answers" : other, "answers", remedy);
};

const short: Readonly<Record<ImageRole, string>> = { "image-registry": "registry", "image-mirror": "mirror" };

function instanceProbes(dc: DataCentre, node: NodeSpec, role: ImageRole): Probe[] {
    const unit = unitOf(role);
    const probe = (row: string, command: string, evaluate: Probe["evaluate"]): Probe => ({ node: node.name, system, row, command, evaluate });
    const closed = Object.keys(configs(dc, role, node));
    const data = dataDirOf(dc, role);
    return [
        unitProbe(node.name, system, unit, short[role]),
        { ...filesProbe(node.name, system, filesOf(dc, role, node)), row: `${short[role]}: files as described` },
        probe(`${short[role]}: configuration and data are its own`, `stat -c '%a %U:%G' ${words(...closed, data)}`, (output) => {
            const wanted = [...closed.map(() => `640 root:${unit}`), `750 ${unit}:${unit}`].join(", ");
            const found = lines(output).join(", ");
            return finding(found === wanted, found || "no answer", wanted, `${converge}; what is in ${data} has to be ${unit}'s too`);
        }),
        probe(`${short[role]}: answers`, statusOf(urlOf(dc, role, node), isSecure(dc) ? `${certificates}/authority.crt` : undefined), (output) =>
            judge(output, `'journalctl -u ${unit}' on ${node.name} says why; ${converge}`),
        ),
    ];
}

/** The registry takes pushes, but while garbage is collected. */
function registryProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const unit = unitOf("image-registry");
    return [
        {
            node: node.name,
            system,
            row: "registry: takes pushes",
            // What its process was started with.
            command: `systemctl is-active ${words(`${collection}.service`)}; tr '\\0' ' ' <"/proc/$(systemctl show -p MainPID --value ${words(unit)})/cmdline"`,
            evaluate: (output) => {
                const [collecting = "", command = ""] = lines(output);
                const ok = command.includes("/config.yml") || ["activating", "active"].includes(collecting);
                const found = command.includes("/config.yml") ? "yes" : command === "" ? "no answer" : ok ? "not while garbage is collected" : "no, it is read-only";
                return finding(ok, found, "yes", `'systemctl stop ${collection}; rm -f /run/${unit}.env; systemctl restart ${unit}' on ${node.name}`);
            },
        },
        ...(collects(dc) ? [unitProbe(node.name, system, `${collection}.timer`, "registry: timer of the garbage collection")] : []),
    ];
}

function mirrorProbe(dc: DataCentre, node: NodeSpec): Probe {
    return {
        node: node.name,
        system,
        row: "mirror: fetches from its upstream",
        command: `tr '\\0' ' ' <"/proc/$(systemctl show -p MainPID --value ${words(unitOf("image-mirror"))})/cmdline"`,
        evaluate: (output) => {
            const command = output.trim();
            const fetches = command.includes("docker-registry serve") && command.includes("/config.yml");
            const found = fetches ? "yes" : command.includes("serve-image-mirror") ? "no: the upstream did not answer at its start, so it serves what it has" : "no answer";
            return finding(fetches, found, "yes", `it asks ${upstreamOf(dc)} every 10 s, and fetches again by itself; see whether ${node.name} reaches that by 'curl -v'`);
        },
    };
}

function loginProbe(node: NodeSpec): Probe {
    return {
        node: node.name,
        system,
        row: "mirror: its login is kept from others",
        command: `stat -c '%a %U:%G' ${words(loginFile)}`,
        evaluate: (output) => finding(output.trim() === "600 root:root", output.trim() || "not there", "600 root:root", converge),
    };
}

/** Of the host, for both services. */
const certificateRow = ({ name }: NodeSpec): Probe => {
    const at = (file: string): string => `${certificates}/${file}`;
    return certificateProbe(name, system, { authority: at("authority.crt"), certificate: at("server.crt"), key: at("server.key") }, "640 root:datacentre-images");
};

/** Every engine's host reaches them as its engine does, with what that trusts. */
function userProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    return imageRoles
        .filter((role) => nodesWith(dc, role).length > 0)
        .map((role): Probe => {
            const all = urls(dc, role);
            const ca = (url: string) => (isSecure(dc) ? trustFile(url.replace(/^\w+:\/\//, ""), node) : undefined);
            return {
                node: node.name,
                system,
                row: `reaches ${nameOf(role)}`,
                command: all.map((url) => statusOf(url, ca(url))).join("; "),
                evaluate: (output) => {
                    const answers = lines(output);
                    const bad = all.filter((_, at) => answers[at] !== "200");
                    const trust = isSecure(dc) ? `, and ${all.map((url) => ca(url) ?? "").join(" and ")}` : "";
                    return finding(
                        bad.length === 0,
                        bad.length === 0 ? all.join(", ") : `no answer from ${bad.join(", ")}`,
                        all.join(", "),
                        `see the rows of that node, whether a packet filter lets the port through${trust}; ${converge}`,
                    );
                },
            };
        });
}

/** That the registry and the mirrors are as described, and that every engine's host reaches them. */
export function probes(dc: DataCentre): Probe[] {
    const nodes = imageNodes(dc);
    return [
        ...nodes.flatMap((node) => [
            ...imageRoles.filter((role) => node.roles.includes(role)).flatMap((role) => instanceProbes(dc, node, role)),
            ...(node.roles.includes("image-registry") ? registryProbes(dc, node) : []),
            ...(node.roles.includes("image-mirror") ? [mirrorProbe(dc, node), ...(settingsOf(dc).mirror.credentials ? [loginProbe(node)] : [])] : []),
            ...(isSecure(dc) ? [certificateRow(node)] : []),
            keptOffProbe(node.name, system, "docker-registry", "the package's own registry would take port 5000"),
        ]),
        ...(nodes.length > 0 ? engineNodes(dc).flatMap((node) => userProbes(dc, node)) : []),
    ];
}
