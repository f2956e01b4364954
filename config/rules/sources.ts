import { repositoryOf } from "../catalogue";
import type { Context } from "../context";
import { error, type Fault } from "../faults";
import type { DataCentre } from "../schema";
import type { Systems } from "../systems";

/** A package repository has an address, and a key that its packages are checked by. */
export function sourceRules(dc: DataCentre, _: Context, { parts }: Systems): Fault[] {
    return parts.flatMap(({ leaf }) => {
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
