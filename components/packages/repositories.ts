import { repositoryOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Repository } from "../../config/sources";
import type { Family } from "../../config/system-schema";
import type { Systems } from "../../config/systems";

/** A package repository as one family's files describe it. */
export interface RepositoryFile {
    /** What it is for: the files are named after it. */
    readonly name: string;
    /** The content of the source file. */
    readonly text: string;
    /** The publisher's public key, armoured; empty for a repository on the host itself that goes without. */
    readonly key: string;
}

/** The repositories that a node's roles need besides the host's own sources; with a bundle that one alone, in place of all others. */
export const repositories = (systems: Systems, dc: DataCentre, node: NodeSpec, family: Family): RepositoryFile[] =>
    dc.bundle ? [bundleRepository(family)] : describedRepositories(systems, dc, node, family);

/** As the description names them, with a bundle or without. */
export function describedRepositories({ parts }: Systems, dc: DataCentre, node: NodeSpec, family: Family): RepositoryFile[] {
    const leaves = new Set(node.roles.flatMap((role) => parts.map(({ leaf }) => leaf).filter(({ roles }) => roles.includes(role))));
    return [...leaves].flatMap((leaf): RepositoryFile[] => {
        const { name } = leaf;
        const repository = repositoryOf(leaf, dc);
        const text = repository && (family === "apt" ? aptSource(name, repository) : yumSource(name, repository));
        return text === undefined ? [] : [{ name, text, key: repository?.key ?? "" }];
    });
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
