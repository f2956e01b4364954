/** What `destroy` removes and keeps. */
import { hostPlan } from "../../components/host/plan";
import { systems } from "../../components/systems";
import { containerType, diskType, instanceType, networkType, readCheckpoint, stepType, type RecordedResource } from "../engine/checkpoint";
import type { Outputs } from "../engine/outputs";
import type { DockerHost } from "../lib/docker";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";

const nameOf = ({ urn }: RecordedResource): string => urn.split("::").at(-1) ?? urn;

/** In words, what `destroy` will remove and what it will keep. */
export async function whatGoes(context: Context, outputs: Outputs | undefined, docker: DockerHost | undefined, purge: boolean): Promise<string[]> {
    const recorded = readCheckpoint(context);
    const resources = typeof recorded === "string" ? [] : (recorded.resources ?? []);
    const named = (type: string): string[] => resources.filter((resource) => resource.type === type).map(nameOf);
    const containers = named(containerType);
    const networks = named(networkType);
    const instances = named(instanceType);
    const disks = keptDisks(resources);
    const steps = named(stepType);
    refuseProtected(resources);
    const going = [
        ...(containers.length > 0 ? [`${outputs?.description.provider.kind === "containers" ? "containers" : "hosts (containers)"}: ${containers.join(", ")}`] : []),
        ...(instances.length > 0 ? [`instances: ${instances.join(", ")}`] : []),
        ...(networks.length > 0 ? [`networks: ${networks.join(", ")}`] : []),
        ...(steps.length > 0
            ? [containers.length + instances.length > 0 ? `what ${steps.length} steps put on them` : `on the hosts, what these steps put there: ${steps.join(", ")}`]
            : []),
    ];
    const data = instances.length > 0 || disks.length > 0 ? disks.map(({ name, id }) => `disk ${name} (${id})`) : await whereDataIs(context, outputs, docker);
    const verb = purge && disks.length === 0 ? "remove too, DATA FOR GOOD:" : "keep data:";
    return [
        `Stack ${context.owner}`,
        ...(going.length > 0 ? ["  will remove:", ...going.map((line) => `    ${line}`)] : ["  nothing is up"]),
        ...(data.length > 0 ? [`  will ${verb}`, ...data.map((line) => `    ${line}`)] : []),
    ];
}

/** A cloud's data disks, which stay when their stack goes. */
export const keptDisks = (resources: readonly RecordedResource[]): { name: string; id: string }[] =>
    resources.filter(({ type }) => type === diskType).map((resource) => ({ name: nameOf(resource), id: resource.id ?? "" }));

/** @throws Problem for instances that the cloud would not release: half of the stack would be gone when it says so */
function refuseProtected(resources: readonly RecordedResource[]): void {
    const kept = resources.filter(({ type, inputs }) => type === instanceType && inputs?.deletionProtection === true).map(nameOf);
    if (kept.length > 0) {
        throw new Problem(
            `deletion protection is on for ${kept.join(", ")}, so nothing was removed`,
            "set deletionProtection: false in datacentre:provider.instance, run 'make up', then destroy again",
        );
    }
}

async function whereDataIs(context: Context, outputs: Outputs | undefined, docker: DockerHost | undefined): Promise<string[]> {
    if (docker) {
        return (await docker.volumes(context.owner)).map(({ name }) => `volume ${name}`);
    }
    const description = outputs?.description;
    return (description?.nodes ?? [])
        .filter((node) => node.roles.length > 0)
        .map((node) => `${node.name}: ${description ? hostPlan(systems, description, node).dataPaths.join(", ") : ""}`);
}
