import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The root of the checkout, where scripts are named from. */
export const root = join(__dirname, "..", "..");

/** What a script can be told: one value, or an array of them. Never a secret: see `StepArgs.secrets`. */
export type Parameter = string | number | boolean | readonly string[];

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const shellName = (key: string): string => {
    if (!/^[a-z][a-z0-9_]*$/.test(key)) {
        throw new Error(`parameter name ${JSON.stringify(key)} is no lower-case shell name`);
    }
    return key;
};

/** One bash assignment that gives back exactly `value`. Booleans become `yes` and the empty string. */
export function assignment(key: string, value: Parameter): string {
    shellName(key);
    if (typeof value === "boolean") {
        return `${key}=${quote(value ? "yes" : "")}`;
    }
    if (typeof value === "object") {
        return `${key}=(${value.map(quote).join(" ")})`;
    }
    return `${key}=${quote(String(value))}`;
}

/**
 * One bash assignment of a secret, which stands in it letter by letter: where quotes were written another way, the engine's
 * logs, which hide the secrets of the settings wherever they stand, would not find it.
 */
export function secretAssignment(key: string, value: string): string {
    const end = "end of datacentre secret";
    if (value.split("\n").includes(end)) {
        throw new Error(`the secret ${key} has a line '${end}'`);
    }
    // read gives status 1, since it meets no zero byte.
    return `IFS= read -r -d '' ${shellName(key)} <<'${end}' || true\n${value}\n${end}\n${key}=\${${key}%?}`;
}

/**
 * A script's text as it goes to hosts: without comment lines and blank lines, so that neither costs state nor makes a
 * step run again when only a comment changed. Scripts hold no here-documents with such lines (a test holds that).
 */
export function compact(script: string): string {
    return script
        .split("\n")
        .filter((line) => !/^\s*(#|$)/.test(line))
        .join("\n")
        .concat("\n");
}

const texts = new Map<string, string>();

/** A script's text as hosts have it. @param path from the root */
export function load(path: string): string {
    const text = texts.get(path) ?? compact(readFileSync(join(root, path), "utf8"));
    texts.set(path, text);
    return text;
}

let frame: ReadonlySet<string> | undefined;

/** What every step's program begins with. */
export const library = "components/step/lib.sh";

/** The variables that lib.sh has for itself, and a parameter would overwrite. */
function frameVariables(): ReadonlySet<string> {
    frame ??= new Set([...load(library).matchAll(/^([a-z_]+)=/gm)].map(([, name = ""]) => name));
    return frame;
}

/**
 * The parameters of a step as bash assignments, one a parameter.
 *
 * @throws Error when one is a variable of the frame's own
 */
export function assignments(step: string, node: string, parameters: Record<string, Parameter>): string[] {
    const clash = Object.keys(parameters).find((key) => frameVariables().has(key) || key === programVariable);
    if (clash !== undefined) {
        throw new Error(`parameter ${clash} is a variable of lib.sh's own`);
    }
    return Object.entries({ ...parameters, step, node }).map(([key, value]) => assignment(key, value));
}

/**
 * A program as it is fed to `bash -c 'eval "$(cat)"' datacentre converge|undo`.
 *
 * @param step what runs, for error texts
 * @param text what defines `main`, without secrets: a host may keep it, to take back what it began. Secrets are assigned before
 */
export function framed(step: string, text: string): string {
    if (text.split("\n").includes(programEnd)) {
        throw new Error(`the program of ${step} has a line '${programEnd}'`);
    }
    return [
        `IFS= read -r -d '' ${programVariable} <<'${programEnd}' || true\n${text}${programEnd}\neval "$${programVariable}"\n`,
        // The last line: a program that was cut off on its way does nothing.
        'main "$1"\n',
    ].join("");
}

/**
 * The whole program of one on-host step, with the text of all its scripts: for hosts that may not have them (./shared.ts).
 *
 * @param step what runs, for error texts: "zookeeper"
 * @param node the node's name
 * @param scripts paths from the root; together they define `converge` and `undo`
 */
export function renderProgram(step: string, node: string, scripts: readonly string[], parameters: Record<string, Parameter>): string {
    const told = assignments(step, node, parameters);
    return framed(step, [load(library), `${told.join("\n")}\n`, ...scripts.map(load)].join(""));
}

const programVariable = "plain_program";
const programEnd = "end of datacentre program";

/** Where `put_archive` (archive.sh) unpacks a program. */
export const archiveHome = (name: string, sha256: string): string => `/opt/datacentre/${name}-${sha256.slice(0, 12)}`;

/** How the operator's side starts a step's program, which follows on stdin: nothing of it is in any argument list. */
export const launcher = (user: string): string => `${user === "root" ? "" : "sudo -n "}bash -c 'eval "$(cat)"' datacentre`;
