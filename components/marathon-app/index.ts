import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { Host } from "../host";
import { instances, urls } from "../marathon/plan";
import { hostStep } from "../step/step";
import { digestOf, labelled, type AppDefinition } from "./app";

export interface MarathonAppArgs {
    dataCentre: DataCentre;
    /** A host of Marathon's: the API is asked from there. */
    host: Host;
    definition: AppDefinition;
    /** Where it is described, for error texts: `apps[0]`. */
    key: string;
    /** Whether the definition holds secrets: previews hide it then. */
    secret?: boolean;
    /** What must be there first: Marathon and the agents, and what the app mounts. */
    after: readonly pulumi.Resource[];
}

/**
 * An app of Marathon's. Done when it is deployed and healthy; fails with the reason when it stays in Waiting or its tasks
 * fail, and leaves the version before it serving. Destroyed, it is deleted.
 */
export class MarathonApp extends pulumi.ComponentResource {
    public readonly appId: string;
    /** Done when the app is deployed and healthy. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: MarathonAppArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:marathon:App", name, {}, opts);
        const { dataCentre: dc, definition, host } = args;
        const text = JSON.stringify(labelled(definition));
        const step = hostStep(
            {
                node: host.node,
                step: `app${definition.id.replaceAll("/", "-")}`,
                scripts: ["components/marathon/lib.sh", "components/marathon-app/app.sh"],
                parameters: {
                    id: definition.id,
                    key: args.key,
                    digest: digestOf(definition),
                    instances: definition.instances ?? 1,
                    health_checked: (definition.healthChecks ?? []).length > 0,
                    marathons: urls(dc),
                    timeout: dc.appWait.timeoutSeconds,
                    stuck: dc.appWait.stuckSeconds,
                    ...(args.secret ? {} : { definition: text }),
                },
                ...(args.secret ? { secrets: { definition: text } } : {}),
            },
            { parent: this, dependsOn: [...args.after] },
        );
        this.appId = definition.id;
        this.ready = [step];
        this.registerOutputs({ id: definition.id });
    }
}

/** The host from which Marathon is asked; undefined where no node has the role. */
export const marathonHost = (dc: DataCentre, hosts: readonly Host[]): Host | undefined => {
    const [first] = instances(dc);
    return first && hosts.find(({ node }) => node.spec.name === first.name);
};
