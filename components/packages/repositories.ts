import { repositoryOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec, Role } from "../../config/schema";
import type { Repository } from "../../config/sources";
import type { Family } from "../../config/system-schema";
import { factsOf, type Systems } from "../../config/systems";

/** A package repository as one family's files describe it. */
export interface RepositoryFile {
    /** What it is for: the files are named after it. */
    readonly name: string;
    /** The content of the source file. */
    readonly text: string;
    /** The publisher's public key, armoured; empty for a repository on the host itself that goes without. */
    readonly key: string;
    /** For the apt family, of a publisher's: that host, and a file of apt's preferences by which nothing but the programs is taken of it. */
    readonly origin?: { readonly host: string; readonly preferences: string };
}

/** The repositories that a node's roles need besides the host's own sources; with a bundle that one alone, in place of all others. */
export const repositories = (systems: Systems, dc: DataCentre, node: NodeSpec, family: Family): RepositoryFile[] =>
    dc.bundle ? [bundleRepository(family)] : describedRepositories(systems, dc, node, family);

/** As the description names them, with a bundle or without. */
export function describedRepositories(systems: Systems, dc: DataCentre, node: NodeSpec, family: Family): RepositoryFile[] {
    const { parts } = systems;
    const leaves = new Set(node.roles.flatMap((role) => parts.map(({ leaf }) => leaf).filter(({ roles }) => roles.includes(role))));
    return [...leaves].flatMap((leaf): RepositoryFile[] => {
        const { name } = leaf;
        const repository = repositoryOf(leaf, dc);
        const text = repository && (family === "apt" ? aptSource(name, repository) : yumSource(name, repository));
        const origin = family === "apt" && repository?.apt ? originOf(repository.apt.url, programsOf(systems, dc, leaf.roles, family)) : {};
        return text === undefined ? [] : [{ name, text, key: repository?.key ?? "", ...origin }];
    });
}

/** A system's own packages, whose versions are described: `name=version`, or a choice of such. */
function programsOf(systems: Systems, dc: DataCentre, roles: readonly string[], family: Family): string[] {
    const specs = roles.flatMap((role) => factsOf(systems, role as Role).packages(dc, family));
    return [...new Set(specs.filter((spec) => spec.includes("=")).flatMap((spec) => spec.replaceAll(/[=~][^|]*/g, "").split(/[|,]/)))];
}

/** apt_preferences(5). What nobody else has is still taken. */
function originOf(url: string, programs: readonly string[]): Pick<RepositoryFile, "origin"> {
    if (url.startsWith("file:")) {
        return {};
    }
    const { hostname } = new URL(url);
    const pin = (name: string, priority: number): string => `Package: ${name}\nPin: origin "${hostname}"\nPin-Priority: ${priority}\n`;
    return { origin: { host: hostname, preferences: [pin("*", 1), ...programs.map((name) => pin(name, 500))].join("\n") } };
}

/** Unsigned: its index is compared with the bundle's manifest before it is used, and holds the packages' checksums. */
const bundleRepository = (family: Family): RepositoryFile => ({
    name: "bundle",
    text:
        family === "apt"
            ? "deb [trusted=yes] file:/var/lib/datacentre-bundle/packages ./\n"
            : "[datacentre-bundle]\nname=bundle, for datacentre\nbaseurl=file:///var/lib/datacentre-bundle/packages\nenabled=1\ngpgcheck=0\n",
    key: "",
});

/** Nobody signs what lies on the host itself, where it may go without a key; everybody between here and a publisher could write the rest. */
const isTrusted = (url: string, { key }: Repository): boolean => key === undefined && url.startsWith("file:");

/** sources.list(5), one-line style. */
function aptSource(name: string, repository: Repository): string | undefined {
    const { apt } = repository;
    const trust = apt && isTrusted(apt.url, repository) ? "trusted=yes" : `signed-by=/etc/apt/keyrings/datacentre-${name}.asc`;
    return apt && `deb [${trust}] ${[apt.url, apt.suite, ...apt.components].join(" ")}\n`;
}

/** yum.conf(5). */
function yumSource(name: string, repository: Repository): string | undefined {
    const { yum } = repository;
    const check = yum && isTrusted(yum.url, repository) ? "gpgcheck=0" : `gpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/datacentre-${name}`;
    return yum && `[datacentre-${name}]\nname=${name}, for datacentre\nbaseurl=${yum.url}\nenabled=1\n${check}\n`;
}
