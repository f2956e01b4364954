import { archiveOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Source } from "../../config/sources";
import type { Systems } from "../../config/systems";
import { choicesOf } from "../packages/choices";
import type { Manifest } from "./manifest";
import { needsOf } from "./needs";

/** Where a host has its part of the bundle. Apart from our state, since it is there before the host is claimed. */
export const hostFolder = "/var/lib/datacentre-bundle";

const onHost = (file: string): string => `file://${hostFolder}/${file}`;

/** A package's version without its epoch. */
const plain = (version: string): string => version.replace(/^\d+:/, "");

/** What the description needs and the bundle lacks, a text each. Pure. */
export function gapsOf(systems: Systems, dc: DataCentre, manifest: Manifest): string[] {
    const needs = needsOf(systems, dc, manifest.family);
    const sumOf = (file: string) => manifest.files[file]?.sha256;
    return [
        ...needs.packages.flatMap((spec) => {
            const choices = choicesOf(spec).filter(({ isKept }) => !isKept);
            const named = (name: string) => manifest.packages.filter((one) => one.name === name);
            const lacking = choices.map(({ names, wish, fits }) => {
                const without = names.filter((name) => !named(name).some(({ version }) => fits(plain(version))));
                return without.map((name) => ({ name, wish }));
            });
            if (lacking.some((names) => names.length === 0)) {
                return [];
            }
            return (lacking[0] ?? []).map(({ name, wish }) => {
                const has = named(name).map(({ version }) => version).join(", ");
                return `the package ${name}${wish ? ` ${wish}` : ""}${has ? ` (it has ${has})` : ""}`;
            });
        }),
        ...needs.images.flatMap(({ image, archive }) => {
            const found = manifest.images.find((one) => one.image === image);
            if (!found) {
                return [`the image ${image}`];
            }
            return archive && sumOf(found.file) !== archive.sha256 ? [`the archive of ${image} with sha256 ${archive.sha256}`] : [];
        }),
        ...needs.archives.flatMap(({ name, url, sha256 }) => {
            const found = manifest.archives.some(({ file, ...one }) => one.name === name && sumOf(file) === sha256);
            return found ? [] : [`the archive of ${name}, ${url}, with sha256 ${sha256}`];
        }),
    ];
}

/** The nodes whose package family is not the bundle's. */
export const otherFamily = (dc: DataCentre, { family }: Manifest): NodeSpec[] =>
    dc.nodes.filter((node) => node.roles.length > 0 && node.packages !== "auto" && node.packages !== family);

/**
 * The description with everything that hosts would download taken from the bundle on the host: images as archives to be loaded,
 * programs' archives as files there. Packages follow from `bundle` itself: see components/packages/repositories.ts. Pure.
 *
 * @param manifest covers the description
 */
export function fromBundle(systems: Systems, dc: DataCentre, manifest: Manifest): DataCentre {
    const needs = needsOf(systems, dc, manifest.family);
    const images = needs.images.flatMap(({ image, nodes }) => {
        const found = manifest.images.find((one) => one.image === image);
        return found ? [{ image, archive: onHost(found.file), sha256: manifest.files[found.file]?.sha256, nodes: [...nodes] }] : [];
    });
    const taken = new Map(images.map((one) => [one.image, one]));
    const kept = dc.docker.images.map((one) => (one.archive.startsWith("file:") ? one : (taken.get(one.image) ?? one)));
    const added = images.filter(({ image }) => !dc.docker.images.some((one) => one.image === image));
    const sources = { ...dc.sources };
    for (const { name, sha256 } of needs.archives) {
        const found = manifest.archives.find((one) => one.name === name && manifest.files[one.file]?.sha256 === sha256);
        if (found) {
            (sources as Record<string, Source>)[name] = { kind: "archive", url: onHost(found.file), sha256 };
        }
    }
    return { ...dc, docker: { ...dc.docker, images: [...kept, ...added] }, sources };
}

/** The files that one node is sent: all packages, and of images and archives those that are for it. Pure. */
export function filesFor({ parts }: Systems, dc: DataCentre, manifest: Manifest, node: NodeSpec): { path: string; sha256: string; bytes: number }[] {
    const { images } = dc.docker;
    return Object.entries(manifest.files)
        .filter(([path]) => {
            if (path.startsWith("packages/")) {
                return true;
            }
            const place = onHost(path);
            return (
                images.some(({ archive, nodes }) => archive === place && (nodes === undefined || nodes.includes(node.name))) ||
                parts.some(({ leaf }) => archiveOf(leaf, dc)?.url === place && node.roles.some((role) => leaf.roles.includes(role)))
            );
        })
        .map(([path, { sha256, bytes }]) => ({ path, sha256, bytes }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
}
