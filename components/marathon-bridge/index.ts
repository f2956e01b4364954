import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { Systems } from "../../config/systems";
import { hostOf, type Host } from "../host";
import { hostStep } from "../step/step";
import { bridges, bridgeUnitFile, configOf, proxyUnitFile, serviceFiles, settingsOf } from "./plan";

export interface MarathonBridgeArgs {
    dataCentre: DataCentre;
    /** What else may listen on the hosts. */
    systems: Systems;
    /** The prepared hosts; those whose node has the role `marathon-bridge` get one. */
    hosts: readonly Host[];
    /** What must be there first: Marathon. */
    after: readonly pulumi.Resource[];
}

/**
 * haproxy-marathon-bridge: on every node with the role, HAProxy serves each app at its service port, and follows Marathon. Nodes are
 * visited one after another, so that a client of several always finds one.
 */
export class MarathonBridge extends pulumi.ComponentResource {
    /** The nodes' private addresses. */
    public readonly addresses: string[];
    /** Done when all serve. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: MarathonBridgeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:marathon:Bridge", name, {}, opts);
        const { dataCentre: dc } = args;
        const settings = settingsOf(dc);
        let previous: command.remote.Command | undefined;
        for (const node of bridges(dc)) {
            const host = hostOf(args.hosts, node, this);
            const secrets = secretsOf(dc);
            previous = hostStep(
                {
                    node: host.node,
                    step: "marathon-bridge",
                    scripts: ["step/helpers/http.sh", "step/helpers/flag-files.sh", "step/helpers/haproxy.sh", "step/helpers/kept-off.sh", "marathon-bridge/bridge.sh"].map(
                        (file) => `components/${file}`,
                    ),
                    parameters: {
                        config: configOf(args.systems, dc, node),
                        bridge_unit: bridgeUnitFile,
                        proxy_unit: proxyUnitFile,
                        // As put_flags takes them: it ends each with a line's end itself.
                        modules: Object.entries(serviceFiles()).map(([file, text]) => `${file}=${text.replace(/\n$/, "")}`),
                        stats_port: settings.statsPort,
                        health_port: settings.healthPort,
                        seed: dc.security === "seed",
                    },
                    ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
                },
                { parent: this, dependsOn: [host.prepared, ...args.after, ...(previous ? [previous] : [])] },
            );
        }
        this.addresses = bridges(dc).map((node) => node.address);
        this.ready = previous ? [previous] : [];
        this.registerOutputs({ addresses: this.addresses });
    }
}

/** Marathon's login, and the password of HAProxy's page, where they are described. */
function secretsOf(dc: DataCentre): Record<string, string> {
    const { credentials } = dc.marathon;
    const { statsPassword } = settingsOf(dc);
    return {
        ...(credentials ? { login: `${credentials.username}:${credentials.password}` } : {}),
        ...(statsPassword === undefined ? {} : { stats_password: statsPassword }),
    };
}
