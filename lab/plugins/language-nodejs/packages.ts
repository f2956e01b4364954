import { existsSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** A resource plugin that an installed npm package says it needs. */
export interface PluginDependency {
    name: string;
    /** With a leading v, as plugin versions are written. */
    version: string;
    server: string;
}

interface PackageJson {
    name?: string;
    version?: string;
    pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

function readPackage(folder: string): PackageJson | undefined {
    const file = join(folder, "package.json");
    try {
        return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) as PackageJson : undefined;
    } catch {
        return undefined;
    }
}

function pluginOf(info: PackageJson): PluginDependency | undefined {
    const name = info.pulumi?.name ?? /^@pulumi\/(.+)$/.exec(info.name ?? "")?.[1];
    const version = info.pulumi?.version ?? info.version;
    if (info.pulumi?.resource !== true || name === undefined || version === undefined) {
        return undefined;
    }
    return { name, version: version.startsWith("v") ? version : `v${version}`, server: info.pulumi.server ?? "" };
}

function visit(modules: string, seen: Set<string>, found: Map<string, PluginDependency>): void {
    if (!existsSync(modules) || seen.has(realpathSync(modules))) {
        return;
    }
    seen.add(realpathSync(modules));
    for (const entry of readdirSync(modules)) {
        if (entry.startsWith("@")) {
            visit(join(modules, entry), seen, found);
            continue;
        }
        const folder = join(modules, entry);
        const info = readPackage(folder);
        const plugin = info === undefined ? undefined : pluginOf(info);
        if (plugin !== undefined) {
            found.set(`${plugin.name}@${plugin.version}`, plugin);
        }
        visit(join(folder, "node_modules"), seen, found);
    }
}

/**
 * Resource plugins that a program needs: every package in its `node_modules`, nested ones too, whose package.json has
 * `pulumi.resource`. The genuine host walks the whole program folder; this one goes into `node_modules` only.
 */
export function requiredPlugins(programDirectory: string): PluginDependency[] {
    const found = new Map<string, PluginDependency>();
    visit(join(programDirectory, "node_modules"), new Set(), found);
    return [...found.values()];
}

/** Name and version of a program's packages, as its package.json names them and node_modules holds them. */
export function programDependencies(programDirectory: string): { name: string; version: string }[] {
    const file = join(programDirectory, "package.json");
    if (!existsSync(file)) {
        return [];
    }
    const info = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, string> | undefined>;
    const wanted = { ...info["dependencies"], ...info["devDependencies"] };
    return Object.entries(wanted).map(([name, range]) =>
        ({ name, version: readPackage(join(programDirectory, "node_modules", name))?.version ?? range }));
}
