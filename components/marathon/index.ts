import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import { hostOf, type Host } from "../host";
import { upgradeParameters, upgradeScript } from "../packages/upgrade";
import { hostStep } from "../step/step";
import { instances, programOf, urls } from "./plan";
import { marathonLeaf } from "./schema";

export interface MarathonArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role `marathon` get one. */
    hosts: readonly Host[];
    /** What must be there first: the Mesos masters, and container engines where it runs in one. */
    after: readonly pulumi.Resource[];
}

/** Marathon: one on every node with the role `marathon`. One leads, elected through ZooKeeper; the others pass on to it. */
export class Marathon extends pulumi.ComponentResource {
    /** Where the API of each is; known in preview. */
    public readonly urls: string[];
    /** Done when one leads and all answer. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: MarathonArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:marathon:Marathon", name, {}, opts);
        const { dataCentre: dc } = args;
        const { credentials } = dc.marathon;
        let previous: command.remote.Command | undefined;
        for (const node of instances(dc)) {
            const host = hostOf(args.hosts, node, this);
            const program = programOf(dc, node);
            previous = hostStep(
                {
                    node: host.node,
                    step: "marathon",
                    scripts: ["components/marathon/lib.sh", ...program.scripts, upgradeScript, "components/marathon/marathon.sh"],
                    parameters: {
                        address: node.address,
                        port: dc.marathon.port,
                        ...upgradeParameters(marathonLeaf, dc),
                        ...program.parameters,
                    },
                    ...(credentials ? { secrets: { login: `${credentials.username}:${credentials.password}` } } : {}),
                },
                { parent: this, dependsOn: [host.prepared, ...args.after, ...(previous ? [previous] : [])] },
            );
        }
        this.urls = urls(dc);
        this.ready = previous ? [previous] : [];
        this.registerOutputs({ urls: this.urls });
    }
}
