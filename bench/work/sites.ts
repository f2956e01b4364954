/**
 * What steps put on hosts, read from their own scripts: each call of a helper that puts something is a site, and what it puts is said by
 * bash itself, with the step's own parameters. So what is added to a script becomes part of the comparison, or is refused until it is said
 * here how it is to be taken.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { assignment, compact, root } from "../../components/step/program";
import { Problem } from "../../ops/lib/say";
import type { Told } from "./steps";

/** One thing that a step puts on its host: `put_file`, and its arguments. */
export interface Put {
    readonly helper: string;
    readonly arguments: readonly string[];
}

/** Helpers that put something, of components/step/lib.sh, and those of others that call them with arguments of their own. */
export const primitives = ["put_file", "put_block", "put_dir", "put_data_dir", "put_user", "enable_unit", "run_unit", "put_archive"] as const;
const composites = ["put_flags", "put_logs"];

const unmade = "the compared stack has none of it";
const inside = "said by the call of the helper that it stands in";
/** Sites that no parameter decides, by script and text, and why they are left out of the comparison. */
export const left: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "components/packages/repositories.sh": Object.fromEntries(
        [
            'put_file "/etc/apt/keyrings/datacentre-${list[i]}.asc" 0644 root:root "${list[i + 2]}"',
            'put_file "/etc/apt/sources.list.d/datacentre-${list[i]}.list" 0644 root:root "${list[i + 1]}"',
            'put_file "/etc/pki/rpm-gpg/datacentre-${list[i]}" 0644 root:root "${list[i + 2]}"',
            'put_file "/etc/yum.repos.d/datacentre-${list[i]}.repo" 0644 root:root "${list[i + 1]}"',
            'put_file "/etc/apt/preferences.d/datacentre-${apt_origins[i]}" 0644 root:root "${apt_origins[i + 2]}"',
        ].map((text) => [text, "taken from the parameters apt_repositories and apt_origins (work.ts)"]),
    ),
    "components/host/disks.sh": { 'put_block /etc/fstab "$lines"': unmade },
    "components/host/time.sh": Object.fromEntries(
        ['enable_unit "$time_unit"', 'put_file "$file" 0644 root:root "$text"', 'run_unit "$time_unit"'].map((text) => [
            text,
            "hosts that are containers have the time of their machine",
        ]),
    ),
    "components/host/prepare.sh": {
        'put_file /etc/selinux/config 0644 root:root "$(sed \'s/^SELINUX=enforcing/SELINUX=permissive/\' /etc/selinux/config)"$\'\\n\'': "Debian has none",
        "put_block /etc/hosts ''": "undo",
    },
    "components/docker/store.sh": {
        'put_file "$store_helper" 0755 root:root "$await_store"': unmade,
        'put_file "$store_drop_in" 0644 root:root "$store_unit"': unmade,
    },
    "components/mesos/units.sh": { 'put_file "/etc/systemd/system/$1.service.d/datacentre-logs.conf" 0644 root:root $\'[Service]\\nEnvironment=GLOG_max_log_size=100\\n\'': inside },
    "components/mesos/agent.sh": { 'put_file "$docker_config" 0600 root:root "$(client_config)"$\'\\n\'': unmade },
    "components/marathon/marathon.sh": {
        "put_dir /etc/marathon 0755 root:root": unmade,
        'put_file "$credentials_file" 0600 root:root "MARATHON_HTTP_CREDENTIALS=\\"$login\\""$\'\\n\'': unmade,
    },
    "components/step/helpers/flag-files.sh": { 'put_file "$dir/${flag%%=*}" 0644 root:root "${flag#*=}"$\'\\n\'': inside },
    "components/step/helpers/images.sh": { 'put_file "/etc/systemd/system/$1.service" 0644 root:root "$2"': unmade },
};

/** Variables of a site that its step finds out on the host, as they are there. */
export const found: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    // dockerd closes it by itself, to 0711 from 20.10.9 on where others need to pass through, else to 0710.
    'put_dir "$data_root" "$mode" root:root': { mode: "0710" },
};

export interface Site {
    readonly script: string;
    /** What stands before the call on its line, if it decides whether it is made. */
    readonly condition: string;
    readonly text: string;
}

/** Where an unquoted `;`, `|`, `&`, `}` or `)` ends a simple command. */
function endOf(line: string, from: number): number {
    let quote = "";
    let depth = 0;
    for (let at = from; at < line.length; at++) {
        const char = line[at]!;
        if (quote === "'" || (quote === '"' && depth === 0)) {
            if (quote === '"' && char === "\\") {
                at++;
            } else if (char === quote) {
                quote = "";
            } else if (quote === '"' && line.startsWith("$(", at)) {
                depth++;
            }
        } else if (char === ")" && depth > 0) {
            depth--;
        } else if (depth === 0 && (char === '"' || char === "'")) {
            quote = char;
        } else if (line.startsWith("${", at)) {
            at = line.indexOf("}", at);
        } else if (depth === 0 && /[;|&})]/.test(char)) {
            return at;
        }
    }
    return line.length;
}

const call = new RegExp(`(?<![\\w$/-])(${[...primitives, ...composites].join("|")}) (?!\\(|"\\$@)`, "g");

/** All sites of a script. A line's text is that which goes to hosts. */
export function sitesOf(script: string): Site[] {
    return text(script).split("\n").flatMap((line) =>
        [...line.matchAll(call)].map(({ index }) => {
            const before = line.slice(0, index).trim();
            const test = /((?:if )?\[ (?:(?!\[|;).)* \](?:;| \|\|| &&)(?: then)?)$/.exec(before)?.[1] ?? "";
            const found = line.slice(index, endOf(line, index)).trim();
            // Of a unit its name is what counts; what it is started with is the step's own affair.
            return { script, condition: test, text: /^(?:enable|run)_unit (?:"[^"]*"|\S+)/.exec(found)?.[0] ?? found };
        }),
    );
}

const text = (script: string): string => compact(readFileSync(join(root, script), "utf8"));

/** Nothing is run of what is not bash's own. */
const prologue = `set +eEu +o pipefail; trap - ERR; PATH=/nonexistent
hash -r
say() { printf '%s\\0' "$#" "$@"; }
${primitives.map((name) => `${name}() { say ${name} "$@"; }`).join("\n")}
changed() { :; }; remember() { :; }; for_unit() { :; }; quietly() { :; }; mkdir() { :; }
`;

const given = (site: Site): string => Object.entries(found[site.text] ?? {}).map((pair) => `${assignment(...pair)}; `).join("");

const whole = ({ condition, text }: Site): string => (condition.startsWith("if ") ? `${condition} ${text}; fi` : `${condition} ${text}`);

/** What the sites of one step put, in the order of its scripts. */
export function putsOf({ step, node, scripts, parameters }: Told): Put[] {
    const taken = scripts.flatMap(sitesOf).filter(({ script, text }) => left[script]?.[text] === undefined);
    const scratch = mkdtempSync(join(tmpdir(), "bench-sites-"));
    const program = [
        text("components/step/lib.sh"),
        "set +eEu +o pipefail; trap - ERR",
        ...Object.entries({ ...parameters, step, node }).map(([key, value]) => assignment(key, value)),
        ...scripts.map(text),
        prologue,
        // An unset variable ends the subshell, and the site is missed below.
        ...taken.map((site, i) => `(set -u; ${given(site)}${whole(site)}; say end ${i})`),
    ].join("\n");
    try {
        const { stdout, stderr } = spawnSync("bash", [], { input: program, env: { DATACENTRE_STEP_STATE: scratch, PATH: process.env.PATH ?? "" }, encoding: "utf8" });
        return read(stdout, taken, stderr);
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
}

function read(stdout: string, sites: readonly Site[], stderr: string): Put[] {
    const words = stdout.split("\0");
    const puts: Put[] = [];
    const ended = new Set<number>();
    for (let at = 0; at < words.length - 1; ) {
        const count = Number(words[at]);
        const [helper = "", ...rest] = words.slice(at + 1, at + 1 + count);
        if (helper === "end") {
            ended.add(Number(rest[0]));
        } else {
            puts.push({ helper, arguments: rest });
        }
        at += 1 + count;
    }
    const unknown = sites.find((_, i) => !ended.has(i));
    if (unknown) {
        const why = stderr.trim().split("\n").at(-1) ?? "";
        throw new Problem(
            `${unknown.script}: what '${unknown.text}' puts on a host does not follow from the step's parameters${why ? ` (${why})` : ""}`,
            "say in bench/work/sites.ts and bench/work/work.ts how the comparison is to take it",
        );
    }
    return puts;
}
