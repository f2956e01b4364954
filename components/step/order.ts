import * as pulumi from "@pulumi/pulumi";

type DependsOn = pulumi.ResourceOptions["dependsOn"];

/** What each step was said to wait for. */
const known = new WeakMap<pulumi.Resource, readonly pulumi.Resource[]>();

const before = (resource: pulumi.Resource): readonly pulumi.Resource[] => known.get(resource) ?? [];

/**
 * Those that a step has to wait for itself: what one of them waits for in its turn is left out. The engine records each of them by its
 * whole name, in every step, so this is a good part of what a step costs.
 */
export function needed(dependsOn: DependsOn): { dependsOn?: pulumi.Resource[] } {
    if (!Array.isArray(dependsOn) || !dependsOn.every((one): one is pulumi.Resource => pulumi.Resource.isInstance(one))) {
        return {};
    }
    const given = [...new Set(dependsOn)];
    // Two hops: further ones are rare, and a chain through all hosts would be walked for each of them.
    const implied = new Set(given.flatMap((one) => before(one).flatMap((next) => [next, ...before(next)])));
    return { dependsOn: given.filter((one) => !implied.has(one)) };
}

/** Notes what a step waits for, for those after it. */
export function waitsFor<Step extends pulumi.Resource>(step: Step, { dependsOn = [] }: ReturnType<typeof needed>): Step {
    known.set(step, dependsOn);
    return step;
}
