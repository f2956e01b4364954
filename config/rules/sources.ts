import { containerImagesOf, describedSource, repositoryOf, sourceKinds } from "../catalogue";
import type { Context } from "../context";
import { error, type Fault } from "../faults";
import { areContainers } from "../nodes";
import type { DataCentre } from "../schema";
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
        const remote = [repository.apt?.url, repository.yum?.url].filter((url) => url !== undefined && !url.startsWith("file:"));
        return [
            ...(repository.apt || repository.yum ? [] : [error(path, "the repository has no address", "give apt, yum or both")]),
            ...(remote.length > 0 && repository.key === undefined
                ? [error([...path, "key"], `packages from ${remote.join(" and ")} are checked by nothing`, "give the publisher's public key as armoured text")]
                : []),
        ];
    });
}
