import type { Fault } from "../../../config/faults";
import { error, warning } from "../faults";
import { isResident } from "../resident";
import { defaults, type App } from "../schema";

/** Numbers that must agree with each other. */
export function limitRules(app: App): Fault[] {
    return [...single(app), ...upgrade(app), ...limits(app), ...unreachable(app), ...backoff(app)];
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
    const over = app.upgradeStrategy?.maximumOverCapacity;
    return isResident(app) && over !== undefined && over > 0
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
    if (isResident(app)) {
        const problem = "an app with persistent volumes is not replaced elsewhere while its agent is out of reach: its disk is there";
        return [error(["unreachableStrategy"], problem, "write unreachableStrategy: disabled, or take it out")];
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
