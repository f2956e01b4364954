import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import { hostOf, type Host } from "../host";
import { hostStep } from "../step/step";
import { haproxyConfig } from "./haproxy";
import { loginOf, portOf, proxyNodes, proxyRolesOf } from "./plan";
import { unitFile } from "./program";

export interface ProxiesArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has a proxy's role get one HAProxy for all of them. */
    hosts: readonly Host[];
    /** What must be there first: masters, Marathon and ZooKeeper. */
    after: readonly pulumi.Resource[];
}

/** Proxies on hosts. Nodes are visited one after another, so that a client of several always finds one. */
export class Proxies extends pulumi.ComponentResource {
    /** Done when all accept connections. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: ProxiesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:proxies:Proxies", name, {}, opts);
        const { dataCentre: dc } = args;
        let previous: command.remote.Command | undefined;
        for (const node of proxyNodes(dc)) {
            const host = hostOf(args.hosts, node, this);
            const login = loginOf(dc, node);
            previous = hostStep(
                {
                    node: host.node,
                    step: "proxies",
                    scripts: ["step/helpers/haproxy.sh", "step/helpers/kept-off.sh", "proxies/proxies.sh"].map((file) => `components/${file}`),
                    parameters: {
                        address: node.address,
                        ports: proxyRolesOf(node).map((role) => String(portOf(dc, role))),
                        config: haproxyConfig(dc, node),
                        unit_file: unitFile(dc, node),
                    },
                    ...(login === undefined ? {} : { secrets: { login } }),
                },
                { parent: this, dependsOn: [host.prepared, ...args.after, ...(previous ? [previous] : [])] },
            );
        }
        this.ready = previous ? [previous] : [];
        this.registerOutputs({});
    }
}
