import { accessSync, constants, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import type { Context, KeyFile, Sibling } from "./context";
import { isGroup, isSecure, mask, projectKeys, withDefaults } from "./defaults";
import { ConfigError, error, keyOf, type Path } from "./faults";
import { parseDataCentre, type Parsed } from "./parse";
import { valueAt } from "./secrets";
import type { Systems } from "./systems";

/** The root of the checkout, where the stack files are. */
export const projectDirectory = join(__dirname, "..");

/** A stack file's `config` with what it extends: secrets are `{ secure: … }`. */
export interface StackFile {
    readonly stack: string;
    readonly path: string;
    /** The project's keys, without the namespace. */
    readonly config: Record<string, unknown>;
}

/** The stacks that have a file here, by name. */
export function stackNames(directory = projectDirectory): string[] {
    return readdirSync(directory)
        .flatMap((file) => /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/.exec(file)?.[1] ?? [])
        .sort();
}

/**
 * Reads `Pulumi.<stack>.yaml`; undefined when there is none.
 *
 * @throws ConfigError when it, or what it extends, cannot be read or is no YAML
 */
export function readStackFile(stack: string, directory = projectDirectory): StackFile | undefined {
    const path = join(directory, `Pulumi.${stack}.yaml`);
    let text: string;
    try {
        text = readFileSync(path, "utf8");
    } catch (failure) {
        const { code } = failure as NodeJS.ErrnoException;
        if (code === "ENOENT") {
            return undefined;
        }
        throw new ConfigError([error([""], `${path} cannot be read (${code ?? "?"})`, "make it readable for this user")], stack);
    }
    return { stack, path, config: withDefaults(projectConfig(stack, text), stack, directory) };
}

function projectConfig(stack: string, text: string): Record<string, unknown> {
    let document: unknown;
    try {
        document = parse(text);
    } catch (failure) {
        // The parser's own message quotes the line, which may hold a secret.
        const line = (failure as { linePos?: { line: number }[] }).linePos?.[0]?.line ?? "?";
        throw new ConfigError(
            [error([""], `Pulumi.${stack}.yaml is no YAML from line ${line} on`, "check quotes and indentation there")],
            stack,
        );
    }
    return projectKeys(isGroup(document) ? document.config : {});
}

/** The other stacks of the project, for the rules. A file that cannot be read is none of this stack's faults. */
export function siblingsOf(stack: string, directory = projectDirectory): Sibling[] {
    return stackNames(directory)
        .filter((name) => name !== stack)
        .flatMap((name) => {
            try {
                const file = readStackFile(name, directory);
                return file ? [asSibling(file)] : [];
            } catch {
                return [];
            }
        });
}

function asSibling({ stack, config }: StackFile): Sibling {
    const text = (...path: Path): string => {
        const value = valueAt(config, path);
        return typeof value === "string" ? value : "";
    };
    const nodes = Array.isArray(config.nodes) ? config.nodes : [];
    return {
        stack,
        kind: text("provider", "kind"),
        prefix: text("provider", "prefix"),
        subnet: text("provider", "subnet"),
        engine: text("provider", "engine"),
        nodes: nodes.map((_, index) => {
            const held: unknown = valueAt(config, ["nodes", index, "roles"]);
            return {
                name: text("nodes", index, "name"),
                address: text("nodes", index, "address"),
                hasRoles: Array.isArray(held) && held.length > 0,
            };
        }),
    };
}

/** Looks at a private key file: a path of the operator's, where `~` is the home directory. */
export function keyFile(path: string): KeyFile {
    const file = path.replace(/^~(?=\/)/, homedir());
    const status = statSync(file, { throwIfNoEntry: false });
    if (!status) {
        return { found: false, readable: false, mode: 0 };
    }
    let readable = status.isFile();
    try {
        accessSync(file, constants.R_OK);
    } catch {
        readable = false;
    }
    return { found: true, readable, mode: status.mode & 0o777 };
}

/** Whether the value at a place of a stack file, or a group around it, is encrypted. */
export const standsIn = (config: Record<string, unknown>, path: Path): boolean => valueAt(config, path) !== undefined;

export function isSecretIn(config: Record<string, unknown>, path: Path): boolean {
    return path.some((_, index) => isSecure(valueAt(config, path.slice(0, index + 1))));
}

/** What the rules know besides the description, from the files around it. */
export function contextOf(stack: string, config: Record<string, unknown>, directory = projectDirectory): Context {
    return { stack, siblings: siblingsOf(stack, directory), keyFile, isSecret: (path) => isSecretIn(config, path) };
}

/**
 * A stack's description straight from its file, for programs outside of Pulumi. Secrets are not decrypted: each
 * stands there as the text `[secret]`.
 *
 * @param around what the rules know besides, over what the files around the stack file say
 * @throws ConfigError when there is no such file
 */
export function parseStackFile(systems: Systems, stack: string, directory = projectDirectory, around: Partial<Context> = {}): Parsed {
    const file = readStackFile(stack, directory);
    if (!file) {
        const known = stackNames(directory).join(", ");
        throw new ConfigError(
            [error([""], `there is no Pulumi.${stack}.yaml`, `use one of: ${known}; or copy one of their files`)],
            stack,
        );
    }
    const whole = Object.entries(file.config).filter(([, value]) => isSecure(value));
    if (whole.length > 0) {
        const faults = whole.map(([key]) =>
            error(
                [key],
                "this is secret as a whole, and can be read by Pulumi alone",
                `write it as plain YAML, with only the passwords in it secret (pulumi config set --secret --path '${keyOf(key)}…')`,
            ),
        );
        return { faults, warnings: [] };
    }
    return parseDataCentre(systems, mask(file.config) as Record<string, unknown>, { ...contextOf(stack, file.config, directory), ...around });
}
