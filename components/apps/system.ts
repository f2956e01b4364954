import { nodesWith } from "../../config/nodes";
import { none, nothing, type NamedImage, type System } from "../../config/system";
import { groupProbes } from "./check";
import { appRules } from "./rules";
import { appsLeaf } from "./schema";

/** The image of a described app, whatever is wrong with the app otherwise. */
function imageOf(app: Readonly<Record<string, unknown>>): string | undefined {
    const { image } = (app as { container?: { docker?: { image?: unknown } } }).container?.docker ?? {};
    return typeof image === "string" && image !== "" ? image : undefined;
}

export const appsSystem = {
    leaf: appsLeaf,
    roles: {},
    duties: {},
    rules: [appRules],
    // What apps listen on is Marathon's to give: see the rules.
    listeners: none,
    // Host ports of apps are what agents offer.
    offers: none,
    calls: none,
    directories: none,
    requires: none,
    images: (dc) =>
        dc.apps.flatMap((app, index): NamedImage[] => {
            const image = imageOf(app);
            return image === undefined ? [] : [{ image, path: ["apps", index, "container", "docker", "image"], nodes: nodesWith(dc, "mesos-agent") }];
        }),
    // An app is Marathon's, and leaves nothing on a host.
    files: nothing,
    steps: ["apps", "app-*"],
    probes: none,
    groupProbes,
    // Marathon's API tells them.
    output: none,
} satisfies System<typeof appsLeaf>;
