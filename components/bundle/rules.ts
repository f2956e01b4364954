import type { Context } from "../../config/context";
import { error, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { fromBundle, gapsOf, otherFamily } from "./cover";
import { indexOf } from "./manifest";

/**
 * The description as it is worked from where a bundle is described, and every reason why it cannot be: gaps and damage, before any
 * host is touched. Without a bundle, or where nobody can look at it, the description as it is.
 */
export function bundled(dc: DataCentre, context: Context, systems: Systems): { readonly dataCentre: DataCentre; readonly faults: Fault[] } {
    const { bundle } = dc;
    const found = bundle && context.bundle?.(bundle.path);
    if (!bundle || !found) {
        return { dataCentre: dc, faults: [] };
    }
    const make = `run 'make bundle STACK=${context.stack}' where package sources and registries are reached`;
    const fault = (problem: string, remedy = make): Fault => error(["bundle", "path"], problem, remedy);
    const { manifest, damage } = found;
    if (!manifest) {
        return { dataCentre: dc, faults: damage.map((text) => fault(`there is no bundle: ${text}`)) };
    }
    const faults = [
        ...damage.map((text) => fault(`the bundle is damaged: ${text}`, `${make}; what is whole is not fetched again`)),
        ...(manifest.files[indexOf(manifest)] ? [] : [fault("the bundle has no index of its packages")]),
        ...(manifest.family === bundle.family ? [] : [error(["bundle", "family"], `the bundle is for ${manifest.family}, and this says ${bundle.family}`, make)]),
        ...gapsOf(systems, dc, manifest).map((gap) => fault(`the bundle lacks ${gap}`)),
        ...otherFamily(dc, manifest).map((node) =>
            error(
                ["nodes", dc.nodes.indexOf(node), "packages"],
                `${node.name} takes ${node.packages} packages, and the bundle has ${manifest.family}`,
                "give such hosts a stack of their own, with a bundle of their own",
            ),
        ),
    ];
    return { dataCentre: faults.length === 0 ? fromBundle(systems, dc, manifest) : dc, faults };
}
