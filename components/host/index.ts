import { join, relative } from "node:path";

import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { bundleParameters, supplied } from "../bundle";
import { mirrorFile } from "../mirror/plan";
import type { DataDisk, ManagedNode } from "../nodes/managed-node";
import type { RepositoryFile } from "../packages/repositories";
import { rolledPackages } from "../packages/upgrade";
import { load, root } from "../step/program";
import { sentAs, writePack } from "../step/shared";
import { hostStep, stepsOf, textsOf, withInstance } from "../step/step";
import { hostsBlock, timeConfig } from "./files";
import { hostPlan } from "./plan";
import { preflight } from "./preflight";

const packageScripts = ["apt", "yum", "choices", "retire", "repositories"].map((name) => `components/packages/${name}.sh`);

/** The scripts of the first step on every host. */
export const prepareScripts = [
    ...packageScripts,
    ...["preflight", "disks", "begun", "time", "prepare"].map((name) => `components/host/${name}.sh`),
];

export interface HostArgs {
    node: ManagedNode;
    dataCentre: DataCentre;
    /** What there is to prepare a host for. */
    systems: Systems;
    /** `project/stack`: whose host it is, written down on the host, so that no second stack takes it. */
    owner: string;
    /** What must be there first: the mirror, for a host that fetches through it. */
    after?: readonly pulumi.Resource[];
}

/**
 * A node prepared for its roles: reached by SSH, claimed for this stack, with every node's name in its hosts file,
 * SELinux permissive and firewalld off where they exist, time kept, and all its packages installed but not started.
 *
 * Its one step is the gate: it waits until the host answers, and everything else on the host depends on it.
 */
export class Host extends pulumi.ComponentResource {
    public readonly node: ManagedNode;
    /** Done when the host is ready for its roles. */
    public readonly prepared: command.remote.Command;

    public constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:host:Host", name, {}, opts);
        const { node, dataCentre: dc, systems } = args;
        const plan = hostPlan(systems, dc, node.spec);
        const { needs, swapless, ports } = preflight(systems, dc, node.spec);
        this.node = node;
        const parameters = {
            leaves_nothing: true,
            sent_as: sentAs(node.spec.name),
            stack: args.owner,
            address: node.spec.address,
            family: node.spec.packages,
            hosts_block: hostsBlock(dc),
            apt_packages: plan.packages.apt,
            yum_packages: plan.packages.yum,
            apt_replaced: plan.replaced.apt,
            yum_replaced: plan.replaced.yum,
            apt_instead: plan.instead.apt,
            yum_instead: plan.instead.yum,
            apt_repositories: plan.repositories.apt.flatMap(({ name, text, key }) => [name, text, key]),
            yum_repositories: plan.repositories.yum.flatMap(({ name, text, key }) => [name, text, key]),
            ...originParameters(plan.repositories.apt),
            rolled: rolledPackages(systems, dc, node.spec),
            units: plan.units,
            data_dirs: plan.dataPaths,
            time_servers: dc.timeServers,
            time_config: timeConfig(dc),
            needs,
            ports,
            ...(swapless === undefined ? {} : { swapless }),
            mirror: mirrorFile(dc, node.spec),
            ...(node.disks?.length ? {} : { disks: "" }),
            ...bundleParameters(dc),
        };
        // A machine that the stack has just made takes its time to boot; one that was there answers or does not.
        const dialErrorLimit = node.resource ? 60 : 10;
        const sent = this.scripts(node, dialErrorLimit);
        this.prepared = hostStep(
            {
                node: supplied(systems, node, dc, parameters),
                step: "prepare",
                scripts: swapless === undefined ? prepareScripts : [...prepareScripts, "components/host/preflight-swap.sh"],
                parameters,
                // Its long parameters are lists of packages and ports, of which nobody reads the lines. By its repositories `make up` knows
                // whether it can be asked what they offer (ops/prepare/upgrades.ts).
                first: { begin: load("components/host/unpack.sh"), limit: 1800, inline: ["apt_repositories", "yum_repositories"] },
                late: {
                    ...sent,
                    described_steps: stepsOf(node).then((steps) => steps.join("\n")),
                    ...(node.disks?.length ? { disks: diskLines(node.disks) } : {}),
                },
                dialErrorLimit,
            },
            { parent: this, dependsOn: [...(node.resource ? [node.resource] : []), ...(args.after ?? [])] },
        );
        this.registerOutputs({ name: node.spec.name, address: node.spec.address });
    }

    /**
     * Sends the host what its steps' programs name by digest, for the first of them to take (unpack.sh). Sent again when a script
     * changes, and to a machine that is another one.
     *
     * @returns what the first step is told of it
     */
    private scripts(node: ManagedNode, dialErrorLimit: number): Record<string, pulumi.Input<string>> {
        const pack = textsOf(node.spec).then((texts) => writePack(texts));
        const copy = new command.remote.CopyToRemote(
            `scripts-${node.spec.name}`,
            {
                connection: { ...node.connection, dialErrorLimit },
                source: pack.then(({ path }) => new pulumi.asset.FileAsset(relative(process.cwd(), join(root, path)))),
                remotePath: sentAs(node.spec.name),
                triggers: [withInstance(node, (id) => id)],
            },
            { parent: this, customTimeouts: { create: "30m", update: "30m" }, ...(node.resource ? { dependsOn: node.resource, deletedWith: node.resource } : {}) },
        );
        // Another copy has another id: the first step takes it.
        return { pack: pack.then(({ sha256 }) => sha256), copied: copy.id };
    }
}

/** Publishers that have more than what is taken of them: see repositories.sh. */
function originParameters(repositories: readonly RepositoryFile[]): { apt_origins?: string[] } {
    const all = repositories.flatMap(({ name, origin }) => (origin ? [name, origin.host, origin.preferences] : []));
    return all.length > 0 ? { apt_origins: all } : {};
}

/** A line for each: see disks.sh. */
const diskLines = (disks: readonly DataDisk[]): pulumi.Output<string> =>
    pulumi.all(disks.map(({ serial }) => serial)).apply((serials) => disks.map(({ mount, filesystem }, i) => `${serials[i]} ${mount} ${filesystem}`).join("\n"));

/** The host of a node, among those that a component was given. */
export function hostOf(hosts: readonly Host[], node: NodeSpec, component: pulumi.Resource): Host {
    const host = hosts.find((candidate) => candidate.node.spec.name === node.name);
    if (!host) {
        throw new pulumi.ResourceError(`no host was given for ${node.name}`, component);
    }
    return host;
}
