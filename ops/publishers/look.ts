/** Whether publishers have what hosts would fetch, and have signed it. */
import { existsSync } from "node:fs";

import type { DataCentre, Role } from "../../config";
import { repositoryOf } from "../../config/catalogue";
import { inFours, readKeys } from "../../config/signing-key";
import type { Family } from "../../config/system-schema";
import { factsOf, type Systems } from "../../config/systems";
import type { Published } from "../stack/fallbacks";
import { lookAtApt } from "./apt";
import { Unusable } from "./fetch";
import { lookAtImage } from "./image";
import type { Wanted } from "./index-file";
import { lookAtYum } from "./yum";

/** What was found, a text each; and what was not. */
export interface Found {
    readonly there: readonly string[];
    readonly lacking: readonly string[];
}

/** As packages and images write it. */
const architectures = { x64: { apt: "amd64", yum: "x86_64", image: "amd64" }, arm64: { apt: "arm64", yum: "aarch64", image: "arm64" } } as const;
const here = architectures[process.arch === "arm64" ? "arm64" : "x64"];

/** The families that hosts may be of. One that says nothing is of the family that the repository is for, apt's if it is for both. */
function families(dc: DataCentre, name: string): Family[] {
    const offered = dc.sources[name as keyof DataCentre["sources"]] as { apt?: unknown } | undefined;
    return [...new Set(dc.nodes.map(({ packages }) => (packages === "auto" ? (offered?.apt ? "apt" : "yum") : packages)))];
}

/** A system's own packages: those of which the description says the version. */
function packages(systems: Systems, dc: DataCentre, name: string, family: Family): Wanted[] {
    const roles = systems.parts.flatMap(({ leaf }) => (leaf.name === name ? leaf.roles : []));
    const specs = new Set(roles.flatMap((role) => factsOf(systems, role as Role).packages(dc, family)));
    return [...specs].flatMap((spec) => {
        const [, one, version] = /^([^=|,~]+)=([^=|,~]+)$/.exec(spec) ?? [];
        return one === undefined || version === undefined ? [] : [{ name: one, version }];
    });
}

async function lookAtRepository(systems: Systems, dc: DataCentre, name: string): Promise<string[]> {
    const leaf = systems.parts.map((part) => part.leaf).find((one) => one.name === name);
    const repository = leaf && repositoryOf(leaf, dc);
    const { apt, yum, key } = repository ?? {};
    if (key === undefined) {
        throw new Unusable(`datacentre:sources.${name} is no signed repository`, "name one, with its key");
    }
    const signer = readKeys(key).map(({ fingerprint }) => inFours(fingerprint));
    const texts: string[] = [];
    for (const family of families(dc, name)) {
        const wanted = packages(systems, dc, name, family);
        const found = family === "apt" ? apt && (await lookAtApt(name, apt, key, wanted, here.apt)) : yum && (await lookAtYum(name, yum, key, wanted, here.yum));
        if (!found) {
            throw new Unusable(`datacentre:sources.${name} has no address for hosts of the ${family} family`, `give ${family}`);
        }
        texts.push(...found.map((one) => `${one.name} ${one.version} of ${family === "apt" ? apt?.url : yum?.url}, signed with ${signer.join(", ")}`));
    }
    return texts;
}

/**
 * Of programs that know one version of control groups alone: hosts that are containers have this machine's. Systems are asked as for machines
 * of their own, since doubles do in any.
 *
 * @param here the version that this machine has
 */
export function lackingControlGroups({ parts }: Systems, dc: DataCentre, here: 1 | 2): string[] {
    if (dc.provider.kind !== "docker") {
        return [];
    }
    const machines = { ...dc, provider: { ...dc.provider, kind: "existing" } } as unknown as DataCentre;
    const wanted = parts.flatMap((part) => dc.nodes.flatMap((node) => part.requires(machines, node))).filter(({ what }) => what === `cgroup${3 - here}`);
    return [...new Set(wanted.map(({ why, otherwise }) => `this machine has cgroup v${here}, and so would its hosts: ${why}${otherwise ? ` (remedy: ${otherwise})` : ""}`))];
}

const controlGroupsHere = (): 1 | 2 => (existsSync("/sys/fs/cgroup/cgroup.controllers") ? 2 : 1);

/** Everything at once, so that a person learns all that is in the way. */
export async function look(systems: Systems, dc: DataCentre, { repositories, images }: Published): Promise<Found> {
    const plain = dc.docker.insecureRegistries;
    const looks = [
        ...repositories.map((name) => lookAtRepository(systems, dc, name)),
        ...images.map(async (image) => [`${image} (${await lookAtImage(image, plain, here.image)})`]),
    ];
    const results = await Promise.allSettled(looks);
    const unmet = lackingControlGroups(systems, dc, controlGroupsHere());
    const lacking = results.flatMap((result) => (result.status === "rejected" ? [told(result.reason)] : []));
    return { there: results.flatMap((result) => (result.status === "fulfilled" ? result.value : [])), lacking: [...unmet, ...lacking] };
}

/** What is in the way, with its remedy. */
export function told(error: unknown): string {
    if (error instanceof Unusable) {
        return `${error.message} (remedy: ${error.remedy})`;
    }
    throw error;
}
