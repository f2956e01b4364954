import { sourceKinds } from "../catalogue";
import type { Context } from "../context";
import { error, type Fault } from "../faults";
import type { DataCentre } from "../schema";
import type { Systems } from "../systems";

/** What holds instead has one reason; and what is no real program holds on the lab's hosts alone. */
export function fallbackRules(dc: DataCentre, _: Context, { parts, providers }: Systems): Fault[] {
    const signed = parts.flatMap(({ leaf }) => (sourceKinds(leaf).includes("repository") ? [leaf.name] : []));
    const isLab = providers.some(({ leaf }) => leaf.kind === dc.provider.kind && leaf.isLab);
    return (dc.fallbacks ?? []).flatMap(({ unreached, unpublished, take }, index) => {
        const path = ["fallbacks", index];
        const { repositories = [], images = [] } = unpublished ?? {};
        return [
            ...((unreached === undefined) === (unpublished === undefined)
                ? [error(path, `nothing says when ${take} holds, or two things do`, "give one of unreached and unpublished")]
                : []),
            ...(unpublished && repositories.length + images.length === 0 ? [error([...path, "unpublished"], "nothing is looked at", "name repositories or images")] : []),
            ...repositories.flatMap((name, at) => (signed.includes(name) ? [] : [error([...path, "unpublished", "repositories", at], `${name} comes from no repository`, `use one of: ${signed.join(", ")}`)])),
            ...(take.startsWith("lab/") && !isLab
                ? [error([...path, "take"], `${take} is the lab's, and these nodes are not (provider ${dc.provider.kind})`, "leave it out, so that what is not there is said and nothing stands in for it")]
                : []),
        ];
    });
}
