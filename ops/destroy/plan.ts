/** What `destroy` removes and keeps, and how hosts learn whether their data goes. */
import { hostPlan } from "../../components/host/plan";
import { ssh, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { launcher } from "../../components/step/program";
import { systems } from "../../components/systems";
import { containerType, diskType, instanceType, networkType, readCheckpoint, stepType, type RecordedResource } from "../engine/checkpoint";
import { targetOf, type Outputs } from "../engine/outputs";
import type { DockerHost } from "../lib/docker";
import { pooled } from "../lib/pool";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";

/** Where a host's steps look whether data goes too; see components/step/lib.sh. In /run, so that a reboot forgets it. */
export const purgeFlag = "/run/datacentre.purge-data";

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

export type FlagRunner = (target: Target, command: string, options: SshOptions) => Promise<SshResult>;

/**
 * Places the flag that makes the hosts' steps remove data as well, or takes it back.
 *
 * @throws Problem when a host cannot be told, before anything is removed anywhere
 */
export async function setPurgeFlag(outputs: Outputs, purge: boolean, run: FlagRunner = ssh): Promise<void> {
    const nodes = outputs.description.nodes.filter((node) => node.roles.length > 0);
    const failed = await pooled(nodes, 8, async ({ name }) => {
        const target = targetOf(outputs, name);
        try {
            const { code } = await run(target, launcher(target.user), { stdin: purge ? `: >${purgeFlag}\n` : `rm -f ${purgeFlag}\n` });
            return code === 0 ? [] : [`${name} (status ${code})`];
        } catch (error) {
            return [`${name} (${(error as Error).message})`];
        }
    });
    if (failed.flat().length > 0) {
        throw new Problem(
            `these hosts cannot be reached, so nothing was removed: ${failed.flat().join(", ")}`,
            "bring them back, or take them out of datacentre:nodes and run 'make up' first",
        );
    }
}
