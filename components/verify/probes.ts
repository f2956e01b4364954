import { createHash } from "node:crypto";

import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Finding, Probe } from "./probe";

/** A finding that carries its remedy only when it is needed. */
export const finding = (ok: boolean, found: string, expected: string, remedy: string): Finding =>
    ok ? { ok, found, expected } : { ok, found, expected, remedy };

/** Words for a shell. All come from the description, whose rules allow nothing that would need more. */
export const words = (...values: (string | number)[]): string =>
    values.map((value) => `'${String(value).replaceAll("'", `'\\''`)}'`).join(" ");

/** The lines of an answer, without blank ones. */
export const lines = (text: string): string[] =>
    text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "");

/** Lines up to the last one, which says `end`; undefined for an answer that is not whole. */
export function wholeLines(output: string): string[] | undefined {
    const all = lines(output);
    return all.at(-1) === "end" ? all.slice(0, -1) : undefined;
}

/** Where a service's own words are. */
export const journalOf = (dc: DataCentre, node: NodeSpec, unit: string): string =>
    dc.provider.kind === "containers" ? `'docker logs ${dc.provider.prefix}-${node.name}'` : `'journalctl -u ${unit}' on ${node.name}`;

/** A service that runs and comes back with its host; `what` tells it from others of the system. */
export function unitProbe(node: string, system: string, unit: string, what = "service"): Probe {
    return {
        node,
        system,
        row: `${what} runs, and starts with the host`,
        command: `unit_state ${words(unit)}`,
        evaluate: (output) => {
            const found = output.trim() || "no answer";
            return finding(
                found === "active enabled",
                found.replace(" ", ", "),
                "active, enabled",
                `'make up CONVERGE=1', or on ${node} 'systemctl enable --now ${unit}'; why it stopped: 'journalctl -u ${unit} -n 50'`,
            );
        },
    };
}

/**
 * A key that is nobody else's, and its certificate: by an authority of the stack's, and how many days are left of either, by the host's
 * clock.
 *
 * @param owner mode and owner of the key: `640 root:etcd`
 */
export function certificateProbe(
    node: string,
    system: string,
    { authority, certificate, key }: { readonly authority: string; readonly certificate: string; readonly key: string },
    owner: string,
    row = "certificate is good for 30 days and more",
): Probe {
    const converge = "'make up CONVERGE=1' mends it";
    return {
        node,
        system,
        row,
        command:
            `stat -c '%a %U:%G' ${words(key)}; openssl verify -CAfile ${words(authority, certificate)} | sed 's/.*: //'; ` +
            `for file in ${words(certificate, authority)}; do end=$(openssl x509 -in "$file" -noout -enddate) && echo $((($(date -d "\${end#notAfter=}" +%s) - $(date +%s)) / 86400)); done`,
        evaluate: (output) => {
            const [mode = "", verified = "", own, left] = lines(output);
            const expected = "30 days or more";
            if (mode !== owner) {
                return finding(false, mode === "" ? "no key" : `its key is ${mode}`, owner, converge);
            }
            if (verified !== "OK" || own === undefined || left === undefined) {
                return finding(false, "not by the stack's authority", "by the stack's authority", converge);
            }
            if (Number(left) < 30) {
                return finding(false, `the authority has ${left} days left`, expected, "docs/systems.md says how the stack gets another authority");
            }
            return finding(Number(own) >= 30, `${own} days left`, expected, "'make up CONVERGE=1' makes a new one");
        },
    };
}

/** A unit that must neither run nor start with the host, and why not. */
export function keptOffProbe(node: string, system: string, unit: string, why: string): Probe {
    return {
        node,
        system,
        row: `${unit} is kept off`,
        command: `unit_state ${words(unit)}`,
        evaluate: (output) => {
            const [active = "", enabled = ""] = output.trim().split(" ");
            const off = active !== "" && active !== "active" && active !== "activating" && enabled !== "enabled";
            return finding(off, off ? "off" : `${active || "no answer"}, ${enabled}`, "off", `'systemctl disable --now ${unit}' on ${node}: ${why}`);
        },
    };
}

/** A service's container that runs in the described image, and further images that it needs. */
export function containerProbe(node: string, system: string, container: string, image: string, others: readonly string[] = []): Probe {
    return {
        node,
        system,
        row: "runs in the described image",
        command: `containers_image ${words(container, image, ...others)}`,
        evaluate: (output) => {
            const [found = "", ...missing] = wholeLines(output) ?? [];
            const wrong = [...(found === `running ${image}` ? [] : [found || "no answer"]), ...missing].join(", ");
            return finding(
                wrong === "",
                wrong || image,
                image,
                `'make up CONVERGE=1' fetches images and starts it anew; 'docker ps' and 'journalctl -u' on ${node} say more`,
            );
        },
    };
}

/** Files whose content is the described one to the byte, by path. */
export function filesProbe(node: string, system: string, texts: Readonly<Record<string, string>>): Probe {
    const sums = Object.entries(texts).map(([path, text]) => [path, createHash("sha256").update(text).digest("hex")] as const);
    return {
        node,
        system,
        row: "configuration files as described",
        command: `digests ${words(...Object.keys(texts))}`,
        evaluate: (output) => {
            const got = new Map(lines(output).map((line) => [line.slice(line.indexOf(" ") + 1), line.split(" ")[0]]));
            const wrong = sums
                .filter(([path, sum]) => got.get(path) !== sum)
                .map(([path]) => `${path} ${(got.get(path) ?? "absent") === "absent" ? "is absent" : "differs"}`);
            return finding(
                wrong.length === 0,
                wrong.length === 0 ? "as described" : wrong.join(", "),
                "as described",
                "'make up' for a changed description, 'make up CONVERGE=1' for a file that was changed on the host",
            );
        },
    };
}
