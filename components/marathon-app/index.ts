import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { Host } from "../host";
import { instances } from "../marathon/plan";
import type { ManagedNode, OperatorsMachine } from "../nodes/managed-node";
import { clientUrls } from "../proxies/plan";
import { clientStep, hostStep } from "../step/step";
import { digestOf, labelled, type AppDefinition } from "./app";

export interface MarathonAppArgs {
    dataCentre: DataCentre;
    /** From where the API is asked: a host of Marathon's, or the operator's machine where nodes are no hosts. */
    from: ManagedNode | OperatorsMachine;
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
        const { dataCentre: dc, definition, from } = args;
        const login = loginFrom(dc, from);
        const text = JSON.stringify(labelled(definition, ownerOfApps()));
        const secrets = { ...login, ...(args.secret ? { definition: text } : {}) };
        const program = {
            step: `app${definition.id.replaceAll("/", "-")}`,
            scripts: ["components/marathon/lib.sh", "components/marathon-app/app.sh"],
            parameters: {
                leaves_nothing: true,
                id: definition.id,
                key: args.key,
                digest: digestOf(definition),
                instances: definition.instances ?? 1,
                health_checked: (definition.healthChecks ?? []).length > 0,
                marathons: clientUrls(dc),
                timeout: dc.appWait.timeoutSeconds,
                stuck: dc.appWait.stuckSeconds,
                ...(args.secret ? {} : { definition: text }),
            },
            ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
        };
        const options = { parent: this, dependsOn: [...args.after] };
        const step = "here" in from ? clientStep(from, program, options) : hostStep({ ...program, node: from }, options);
        this.appId = definition.id;
        this.ready = [step];
        this.registerOutputs({ id: definition.id });
    }
}

/** `project/stack`, whose the apps are. */
export const ownerOfApps = (): string => `${pulumi.getProject()}/${pulumi.getStack()}`;

/** Marathon's login for a step that asks it. A host has it in a file. */
export function loginFrom({ marathon: { credentials } }: DataCentre, from: MarathonAppArgs["from"]): Record<string, string> {
    return credentials && "here" in from ? { login: `${credentials.username}:${credentials.password}` } : {};
}

/** The host from which Marathon is asked; undefined where no node has the role. */
export const marathonHost = (dc: DataCentre, hosts: readonly Host[]): ManagedNode | undefined => {
    const [first] = instances(dc);
    return first && hosts.find(({ node }) => node.spec.name === first.name)?.node;
};
