import type { Fault, Path } from "../../../config/faults";
import { error, warning } from "../faults";
import type { MarathonFacts } from "../marathon";
import type { App } from "../schema";

/** What Marathon takes only with a feature of its own: the feature, what needs it, and where that stands. */
function wanted(app: App): [feature: string, what: string, at: Path][] {
    const volumes = app.container?.volumes ?? [];
    const external = volumes.findIndex((volume) => volume.external !== undefined);
    const secrets =
        Object.keys(app.secrets ?? {}).length > 0 ||
        app.container?.docker?.pullConfig !== undefined ||
        volumes.some(({ secret }) => secret !== undefined) ||
        Object.values(app.env ?? {}).some((value) => typeof value !== "string");
    return [
        ...((app.gpus ?? 0) > 0 ? ([["gpu_resources", "GPUs", ["gpus"]]] as [string, string, Path][]) : []),
        ...(secrets ? ([["secrets", "secrets", ["secrets"]]] as [string, string, Path][]) : []),
        ...(external >= 0
            ? ([["external_volumes", "external volumes", ["container", "volumes", external, "external"]]] as [string, string, Path][])
            : []),
    ];
}

/** Features that Marathon has, or as far as that is not known, may lack. Source: Features, AppValidation of Marathon 1.11. */
export function featureRules(app: App, marathon?: MarathonFacts): Fault[] {
    return wanted(app).flatMap(([feature, what, at]) => {
        const plugin = feature === "secrets" ? ", and a plugin that knows a store" : "";
        if (!marathon) {
            return [warning(at, `Marathon needs --enable_features ${feature}${plugin} for this`, "see that it has it")];
        }
        if (!marathon.features.includes(feature)) {
            const list = [...marathon.features, feature].join(",");
            const remedy = `write enable_features: ${list} in datacentre:marathon.flags${plugin === "" ? "" : " and give it a plugin that knows a store"}, or take them out`;
            return [error(at, `this Marathon takes no ${what}`, remedy)];
        }
        return plugin === "" || marathon.plugins
            ? []
            : [warning(at, "Marathon itself knows no store of secrets", "give it a plugin that does (plugin_dir and plugin_conf in datacentre:marathon.flags)")];
    });
}
