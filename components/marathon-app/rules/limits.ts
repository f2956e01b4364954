import type { Fault } from "../../../config/faults";
import { error, warning } from "../faults";
import { defaults, type App } from "../schema";

/** Numbers that must agree with each other, and roles. */
export function limitRules(app: App): Fault[] {
    return [...single(app), ...upgrade(app), ...limits(app), ...unreachable(app), ...roles(app), ...backoff(app), ...gpus(app)];
}

/** An app that says that there may be one of it, so that a new version starts after the old one has ended. */
function single(app: App): Fault[] {
    if (app.labels?.["MARATHON_SINGLE_INSTANCE_APP"] !== "true") {
        return [];
    }
    const { minimumHealthCapacity, maximumOverCapacity } = app.upgradeStrategy ?? {
        minimumHealthCapacity: 0,
        maximumOverCapacity: 0,
    };
    const why = "the label MARATHON_SINGLE_INSTANCE_APP says that there is one instance at a time";
    return [
        ...((app.instances ?? defaults.instances) > 1 ? [error(["instances"], why, "use 1, or take the label out")] : []),
        ...(minimumHealthCapacity > 0 || maximumOverCapacity > 0
            ? [
                  error(
                      ["upgradeStrategy"],
                      why,
                      "use 0 for minimumHealthCapacity and for maximumOverCapacity, or take the label out",
                  ),
              ]
            : []),
    ];
}

/** Disk that stays with an agent cannot be used by old and new at once. */
function upgrade(app: App): Fault[] {
    const persistent = app.container?.volumes?.some((volume) => volume.persistent) ?? false;
    const over = app.upgradeStrategy?.maximumOverCapacity;
    return persistent && over !== undefined && over > 0
        ? [error(["upgradeStrategy", "maximumOverCapacity"], "an app with persistent volumes has no instances besides", "use 0")]
        : [];
}

function limits(app: App): Fault[] {
    return (["cpus", "mem"] as const).flatMap((name) => {
        const limit = app.resourceLimits?.[name];
        const wanted = app[name] ?? defaults[name];
        return typeof limit === "number" && limit < wanted
            ? [
                  error(
                      ["resourceLimits", name],
                      `${limit} is less than the ${wanted} that the app asks for`,
                      `use at least ${wanted}, or "unlimited"`,
                  ),
              ]
            : [];
    });
}

function unreachable(app: App): Fault[] {
    const strategy = app.unreachableStrategy;
    if (strategy === undefined || strategy === "disabled") {
        return [];
    }
    const { inactiveAfterSeconds = 0, expungeAfterSeconds = 0 } = strategy;
    return inactiveAfterSeconds > expungeAfterSeconds
        ? [
              error(
                  ["unreachableStrategy", "expungeAfterSeconds"],
                  `an instance would be given up after ${expungeAfterSeconds} s, before its replacement starts (${inactiveAfterSeconds} s)`,
                  `use at least ${inactiveAfterSeconds}`,
              ),
          ]
        : [];
}

/** Marathon takes offers of two roles at most: everybody's and the app's own. */
function roles(app: App): Fault[] {
    const accepted = app.acceptedResourceRoles;
    if (accepted?.length === 0) {
        return [error(["acceptedResourceRoles"], "no role's resources would be taken", 'use ["*"], or take it out')];
    }
    const named = [
        ...(app.role === undefined ? [] : [["role", app.role] as const]),
        ...(accepted ?? []).map((role) => ["acceptedResourceRoles", role] as const),
    ];
    const ill = named.filter(
        ([key, role]) => !(key === "acceptedResourceRoles" && role === "*") && !/^(?!-)(?!\.{1,2}$)[^\s/\x7f]+$/.test(role),
    );
    const strange = (accepted ?? []).filter((role) => role !== "*" && app.role !== undefined && role !== app.role);
    return [
        ...ill.map(([key]) =>
            error([key], "this is no role's name", "use a name without blanks and slashes that begins with no hyphen"),
        ),
        ...(strange.length > 0
            ? [
                  error(
                      ["acceptedResourceRoles"],
                      `Marathon takes resources of "*" and of the app's role (${app.role ?? ""}) only`,
                      `take ${strange.join(", ")} out`,
                  ),
              ]
            : []),
    ];
}

function backoff(app: App): Fault[] {
    const { backoffSeconds = 1, maxLaunchDelaySeconds = 300 } = app;
    return backoffSeconds > maxLaunchDelaySeconds
        ? [
              warning(
                  ["backoffSeconds"],
                  `waiting ends after ${maxLaunchDelaySeconds} s (maxLaunchDelaySeconds) all the same`,
                  "use less",
              ),
          ]
        : [];
}

const gpus = (app: App): Fault[] =>
    (app.gpus ?? 0) > 0
        ? [warning(["gpus"], "Marathon needs --enable_features gpu_resources for this", "see that it has it")]
        : [];
