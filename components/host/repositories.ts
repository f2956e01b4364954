import { componentOf, repositoryOf, type DataCentre, type NodeSpec, type Repository } from "../../config";

/** A package repository as one family's files describe it. */
export interface RepositoryFile {
    /** What it is for: the files are named after it. */
    readonly name: string;
    /** The content of the source file. */
    readonly text: string;
    /** The publisher's public key, armoured; empty for a repository on the host itself that goes without. */
    readonly key: string;
}

/** The repositories that a node's roles need besides the host's own sources. */
export function repositories(dc: DataCentre, node: NodeSpec, family: "apt" | "yum"): RepositoryFile[] {
    const components = [...new Set(node.roles.map(componentOf))];
    return components.flatMap((component): RepositoryFile[] => {
        const repository = repositoryOf(component, dc);
        const text = repository && (family === "apt" ? aptSource(component, repository) : yumSource(component, repository));
        return text === undefined ? [] : [{ name: component, text, key: repository?.key ?? "" }];
    });
}

/** sources.list(5), one-line style. */
function aptSource(name: string, { apt, key }: Repository): string | undefined {
    const trust = key === undefined ? "trusted=yes" : `signed-by=/etc/apt/keyrings/datacentre-${name}.asc`;
    return apt && `deb [${trust}] ${[apt.url, apt.suite, ...apt.components].join(" ")}\n`;
}

/** yum.conf(5). */
function yumSource(name: string, { yum, key }: Repository): string | undefined {
    const check = key === undefined ? "gpgcheck=0" : `gpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/datacentre-${name}`;
    return yum && `[datacentre-${name}]\nname=${name}, for datacentre\nbaseurl=${yum.url}\nenabled=1\n${check}\n`;
}
