import { archiveOf } from "../../config/catalogue";
import { imageParts } from "../../config/image-reference";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Family } from "../../config/system-schema";
import { factsOf, type Systems } from "../../config/systems";
import { describedRepositories, type RepositoryFile } from "../packages/repositories";

/** An image, the engines that get it, and the archive to take it from where the description gives one. */
export interface NeededImage {
    readonly image: string;
    readonly nodes: readonly string[];
    readonly archive?: { readonly url: string; readonly sha256: string };
}

/** A program's archive, as the description pins it. */
export interface NeededArchive {
    /** Whose: "etcd". */
    readonly name: string;
    readonly url: string;
    readonly sha256: string;
}

/** All that hosts would fetch from elsewhere while a stack comes up. */
export interface Needs {
    /** Each `name` or `name=version prefix`. */
    readonly packages: readonly string[];
    readonly repositories: readonly RepositoryFile[];
    readonly images: readonly NeededImage[];
    readonly archives: readonly NeededArchive[];
}

/** What the first step installs on a host that lacks it, whatever its roles: see components/host/prepare.sh. */
const everywhere = ["chrony", "curl"];

const local = (url: string): boolean => url.startsWith("file:");

/** What a bundle for this description must hold. Pure; takes the description as a person wrote it. */
export function needsOf(systems: Systems, dc: DataCentre, family: Family): Needs {
    const nodes = dc.nodes.filter(({ roles }) => roles.length > 0);
    const roles = [...new Set(nodes.flatMap((node) => node.roles))];
    const repositories = nodes.flatMap((node) => describedRepositories(systems, dc, node, family));
    const used = systems.parts.map(({ leaf }) => leaf).filter((leaf) => roles.some((role) => leaf.roles.includes(role)));
    return {
        packages: [...new Set([...everywhere, ...roles.flatMap((role) => factsOf(systems, role).packages(dc, family))])].sort(),
        repositories: repositories.filter(({ name }, index) => repositories.findIndex((one) => one.name === name) === index),
        images: neededImages(systems, dc),
        archives: used.flatMap((leaf) => {
            const source = archiveOf(leaf, dc);
            return source?.sha256 !== undefined && !local(source.url) ? [{ name: leaf.name, url: source.url, sha256: source.sha256 }] : [];
        }),
    };
}

/** Every image that something of the stack runs in, with the nodes that it runs on. */
const used = ({ parts }: Systems, dc: DataCentre): { image: string; nodes: readonly NodeSpec[] }[] => parts.flatMap((part) => part.images(dc));

/** A node of the stack may be a registry (document 000: master1 pulls, and pushes to its own), and others may be reached. */
function isNear(dc: DataCentre, image: string): boolean {
    const { registry } = imageParts(image);
    const [host] = registry.split(":");
    const reached = (dc.docker.reachableRegistries ?? []).map((name) => imageParts(`${name}/x`).registry);
    return reached.includes(registry) || dc.nodes.some(({ name, address }) => host === name || host === address);
}

function neededImages(systems: Systems, dc: DataCentre): NeededImage[] {
    const engines = dc.nodes.filter(({ roles }) => roles.includes("docker"));
    const all = engines.map(({ name }) => name);
    const given = dc.docker.images.map(({ image, archive, sha256, nodes = all }) => ({ image, archive, sha256, nodes }));
    const wanted = new Map<string, { nodes: Set<string>; archive?: { url: string; sha256: string } }>();
    const add = (image: string, nodes: readonly string[]) => {
        const entry = wanted.get(image) ?? { nodes: new Set<string>() };
        nodes.forEach((name) => entry.nodes.add(name));
        wanted.set(image, entry);
        return entry;
    };
    for (const { image, archive, sha256, nodes } of given) {
        if (!local(archive)) {
            add(image, nodes).archive = { url: archive, sha256: sha256 ?? "" };
        }
    }
    // An archive that lies on the hosts already has no way to go.
    const onHosts = given.filter(({ archive }) => local(archive)).map(({ image }) => image);
    for (const { image, nodes } of used(systems, dc)) {
        if (!onHosts.includes(image) && !isNear(dc, image)) {
            add(
                image,
                nodes.filter(({ roles }) => roles.includes("docker")).map(({ name }) => name),
            );
        }
    }
    return [...wanted]
        .map(([image, { nodes, archive }]) => ({ image, nodes: all.filter((name) => nodes.has(name)), ...(archive ? { archive } : {}) }))
        .filter(({ nodes }) => nodes.length > 0);
}
