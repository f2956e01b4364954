import { readFileSync } from "node:fs";
import { join } from "node:path";

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre, NodeSpec } from "../../config";
import type { Host } from "../host";
import { upgradeParameters, upgradeScript } from "../packages/upgrade";
import { root, type Parameter } from "../step/program";
import { hostStep } from "../step/step";
import { layoutWords, leadMember, nodeBricks, nodeMounts, poolMembers, volumePlans, type VolumePlan } from "./plan";
import { glusterdDropIn, helperPath } from "./render";
import { glusterfsLeaf } from "./schema";

export interface GlusterPoolArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role `glusterfs` become members. */
    hosts: readonly Host[];
}

/** What makes up the lead member's step. */
export const poolScripts = ["gluster", "volumes", "peers", "bricks", "leave", "pool"].map((name) => `components/glusterfs/${name}.sh`);

/** What makes up each member's own step. */
export const nodeScripts = [...["gluster", "volumes", "upgrade", "node"].map((name) => `components/glusterfs/${name}.sh`), upgradeScript];

/** What the members' own step is told: `node.sh`. */
export function nodeParameters(dc: DataCentre, node: NodeSpec): Record<string, Parameter> {
    const members = poolMembers(dc);
    const bricks = nodeBricks(dc, node);
    return {
        member_names: members.map((member) => member.name),
        member_addresses: members.map((member) => member.address),
        lead: leadMember(dc)?.name ?? "",
        brick_paths: bricks.map((brick) => brick.path),
        brick_volumes: bricks.map((brick) => brick.volume),
        glusterd_drop_in: glusterdDropIn,
        ...upgradeParameters(glusterfsLeaf, dc),
    };
}

/** What the lead member's step is told: `pool.sh`. */
export function poolParameters(dc: DataCentre, lead: NodeSpec): Record<string, Parameter> {
    const volumes = volumePlans(dc);
    const optionWords = (volume: VolumePlan): string =>
        Object.entries(volume.options)
            .map(([key, value]) => `${key}=${value}`)
            .join(" ");
    return {
        peers: poolMembers(dc).filter((member) => member !== lead).map((member) => member.name),
        volume_names: volumes.map((volume) => volume.name),
        volume_types: volumes.map((volume) => volume.type),
        volume_words: volumes.map(layoutWords),
        volume_bricks: volumes.map((volume) => volume.bricks.join(" ")),
        volume_options: volumes.map(optionWords),
    };
}

/** What a node that mounts volumes is told: `mount.sh`. */
export function mountParameters(dc: DataCentre, node: NodeSpec): Record<string, Parameter> {
    const mounts = nodeMounts(dc, node);
    return {
        helper_path: helperPath,
        helper: readFileSync(join(root, "components/glusterfs/mount-helper.sh"), "utf8"),
        mount_volumes: mounts.map((mount) => mount.volume),
        mount_paths: mounts.map((mount) => mount.path),
        mount_units: mounts.map((mount) => mount.unit),
        mount_unit_files: mounts.map((mount) => mount.unitFile),
    };
}

/**
 * The GlusterFS pool: a daemon on every node with the role, one trusted pool of them, its volumes, and their mounts.
 *
 * Members are visited one after another, since another version of the programs takes a member's bricks away for a moment. Then the lead
 * member alone makes the pool and its volumes, and then each node mounts what it is described to.
 */
export class GlusterPool extends pulumi.ComponentResource {
    /** The volumes with their type, bricks, options and mounts; known in preview. */
    public readonly volumes: readonly VolumePlan[];
    /** Done when every volume is mounted and answers. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: GlusterPoolArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:glusterfs:Pool", name, {}, opts);
        const { dataCentre: dc } = args;
        const lead = leadMember(dc);
        this.volumes = volumePlans(dc);
        this.ready = lead ? this.steps(args, lead) : [];
        this.registerOutputs({ volumes: this.volumes });
    }

    private steps({ dataCentre: dc, hosts }: GlusterPoolArgs, lead: NodeSpec): command.remote.Command[] {
        const hostOf = (node: NodeSpec): Host => {
            const host = hosts.find((candidate) => candidate.node.spec.name === node.name);
            if (!host) {
                throw new pulumi.ResourceError(`no host was given for GlusterFS member ${node.name}`, this);
            }
            return host;
        };
        const members = poolMembers(dc);
        const prepared: command.remote.Command[] = [];
        for (const node of members) {
            const { node: managed, prepared: host } = hostOf(node);
            const dependsOn = [host, ...prepared.slice(-1)];
            prepared.push(hostStep({ node: managed, step: "glusterfs", scripts: nodeScripts, parameters: nodeParameters(dc, node) }, { parent: this, dependsOn }));
        }
        const pool = hostStep(
            {
                node: hostOf(lead).node,
                step: "glusterfs-pool",
                scripts: poolScripts,
                parameters: poolParameters(dc, lead),
            },
            { parent: this, dependsOn: prepared },
        );
        const mounts = members
            .filter((node) => nodeMounts(dc, node).length > 0)
            .map((node) =>
                hostStep(
                    {
                        node: hostOf(node).node,
                        step: "glusterfs-mount",
                        scripts: ["components/glusterfs/mount.sh"],
                        parameters: mountParameters(dc, node),
                    },
                    { parent: this, dependsOn: [pool] },
                ),
            );
        return [pool, ...mounts];
    }
}
