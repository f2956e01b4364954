import * as pulumi from "@pulumi/pulumi";

import { nodesWith, type DataCentre } from "../../config";
import { hostOf, type Host } from "../host";
import { MarathonApp, type MarathonAppArgs } from "../marathon-app";
import { hostStep } from "../step/step";
import { app } from "./plan";

export interface MarathonLbArgs {
    dataCentre: DataCentre;
    /** The prepared hosts. */
    hosts: readonly Host[];
    /** From where Marathon is asked. */
    marathon: MarathonAppArgs["from"];
    /** What must be there first: Marathon and the agents. */
    after: readonly pulumi.Resource[];
}

/** marathon-lb, run by Marathon on the described agents: it serves the apps of its group to the outside. */
export class MarathonLb extends pulumi.ComponentResource {
    /** The nodes' private addresses. */
    public readonly addresses: string[];
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: MarathonLbArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:marathon:LoadBalancer", name, {}, opts);
        const { dataCentre: dc } = args;
        const { marathonLb: spec } = dc;
        const { credentials } = dc.marathon;
        const nodes = nodesWith(dc, "mesos-agent").filter((node) => spec?.nodes.includes(node.name));
        if (!spec) {
            throw new pulumi.ResourceError("no marathon-lb is described", this);
        }
        const logins = credentials
            ? nodes.map((node) =>
                  hostStep(
                      {
                          node: hostOf(args.hosts, node, this).node,
                          step: "marathon-lb",
                          scripts: ["components/marathon-lb/credentials.sh"],
                          parameters: {},
                          secrets: { login: `${credentials.username}:${credentials.password}` },
                      },
                      { parent: this, dependsOn: [hostOf(args.hosts, node, this).prepared] },
                  ),
              )
            : [];
        const running = new MarathonApp(
            "marathon-lb",
            { dataCentre: dc, from: args.marathon, definition: app(dc, spec), key: "marathonLb", after: [...logins, ...args.after] },
            { parent: this },
        );
        this.addresses = nodes.map((node) => node.address);
        this.ready = running.ready;
        this.registerOutputs({ addresses: this.addresses });
    }
}
