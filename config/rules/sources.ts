import { containerImagesOf, describedSource, repositoryOf, sourceKinds } from "../catalogue";
import type { Context } from "../context";
import { error, warning, type Fault, type Path } from "../faults";
import { areContainers } from "../nodes";
import type { DataCentre } from "../schema";
import { day, inFours, readKeys } from "../signing-key";
import type { Repository } from "../sources";
import type { SystemSchema } from "../system-schema";
import { factsOf, type Systems } from "../systems";

/** Programs come in a form that their nodes take. */
export function sourceRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    const leaves = systems.parts.map(({ leaf }) => leaf);
    return [...repositories(dc, leaves), ...leaves.flatMap((leaf) => images(dc, systems, leaf))];
}

/** Nodes that are containers run images, and what is installed on hosts has none there. */
function images(dc: DataCentre, systems: Systems, leaf: SystemSchema): Fault[] {
    const path = ["sources", leaf.name];
    const source = describedSource(leaf, dc);
    const kinds = sourceKinds(leaf);
    if (!areContainers(dc)) {
        return source?.kind === "images" && leaf.imagesInContainersOnly
            ? [error(path, `${leaf.name} runs in an image only where nodes are containers (provider containers), and these are hosts`, `use ${kinds.filter((kind) => kind !== "images").join(" or ")}, or leave it out`)]
            : [];
    }
    // A role that needs a host is refused as such.
    const runs = dc.nodes.some(({ roles }) => roles.some((role) => leaf.roles.includes(role) && factsOf(systems, role).container !== undefined));
    if (!runs || !kinds.includes("images") || containerImagesOf(leaf, dc)) {
        return [];
    }
    return source === undefined
        ? [error(path, `nodes are containers, and nobody is known to publish an image of ${leaf.name}`, "name one: kind: images")]
        : [error([...path, "kind"], `nodes are containers, which run images, and this is ${source.kind}`, "name an image: kind: images")];
}

/** A package repository has an address, and a key that its packages are checked by. */
function repositories(dc: DataCentre, leaves: readonly SystemSchema[]): Fault[] {
    return leaves.flatMap((leaf) => {
        const repository = repositoryOf(leaf, dc);
        const path = ["sources", leaf.name];
        if (!repository) {
            return [];
        }
        return [
            ...(repository.apt || repository.yum ? [] : [error(path, "the repository has no address", "give apt, yum or both")]),
            ...(repository.key === undefined ? unkeyed(repository, path) : keyed(repository, repository.key, path)),
        ];
    });
}

function unkeyed({ apt, yum, keyFingerprint, keyUrl }: Repository, path: Path): Fault[] {
    if (keyUrl !== undefined) {
        const problem = `whatever ${keyUrl} gives would be taken for the publisher's key`;
        return keyFingerprint === undefined ? [error([...path, "keyFingerprint"], problem, "give the fingerprint of the right one, from elsewhere than there")] : [];
    }
    const remote = [apt?.url, yum?.url].filter((url) => url !== undefined && !url.startsWith("file:"));
    return remote.length > 0
        ? [error([...path, "key"], `packages from ${remote.join(" and ")} are checked by nothing`, "give the publisher's public key as armoured text, or keyUrl and keyFingerprint")]
        : [];
}

function keyed({ keyFingerprint }: Repository, key: string, path: Path): Fault[] {
    const at = [...path, "key"];
    let keys;
    try {
        keys = readKeys(key);
    } catch {
        return [error(at, "this is no public key, or not all of it", "give what 'gpg --export --armor' prints")];
    }
    if (keyFingerprint === undefined) {
        return ended(keys, at);
    }
    const others = keys.filter(({ fingerprint }) => fingerprint !== keyFingerprint).map(({ fingerprint }) => inFours(fingerprint));
    return others.length > 0
        ? [
              error(
                  at,
                  `this is the key ${others.join(" and ")}, and keyFingerprint says ${inFours(keyFingerprint)}`,
                  "give that key alone; if the publisher says elsewhere than beside the key that it has a new one, correct keyFingerprint",
              ),
          ]
        : ended(keys, at);
}

/** What is installed runs on, so an `up` that fetches no package has no use for the key; where one is fetched, the host refuses. */
const ended = (keys: ReturnType<typeof readKeys>, at: Path): Fault[] =>
    keys
        .filter(({ expires }) => expires !== undefined && expires.getTime() < Date.now())
        .map(({ fingerprint, expires }) =>
            warning(
                at,
                `the key ${inFours(fingerprint)} expired on ${expires ? day(expires) : ""}, so hosts refuse packages that are signed with it`,
                "give the publisher's newer key: the same one with a later date, or another one with its keyFingerprint",
            ),
        );
