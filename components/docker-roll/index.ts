import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import { hostOf, type Host } from "../host";
import { hostStep } from "../step/step";
import { isNewNode } from "../step/visits";
import { handOverScripts, loginOf, restartParameters, turns } from "./plan";

export interface DockerRollArgs {
    dataCentre: DataCentre;
    hosts: readonly Host[];
    /** The engines' own steps. */
    after: readonly pulumi.Resource[];
}

const path = (name: string): string => `components/${name}.sh`;
const scripts = [
    ...["docker/diagnose", "docker/await", "step/helpers/http", "mesos/health", "mesos/drain"].map(path),
    ...handOverScripts,
    ...["docker-roll/restart", "step/helpers/upgrade"].map(path),
];

/**
 * The restarts of Docker's engines under Mesos: host by host, where what an engine runs with is not what its own step wrote.
 *
 * A step of its own, since engines' steps run on all hosts at once, as a first creation wants it: there nobody needs them yet, nothing
 * is due, and this chain is passed in a moment. It changes just when a setting changes that costs a restart, so that a preview names the
 * hosts; where nothing changed, the engine runs none of it. Locks between hosts were considered instead: they would hold connections
 * open for hours, and nobody could see the order beforehand.
 */
export class DockerRoll extends pulumi.ComponentResource {
    /** Done when every engine runs with its described settings. */
    public readonly ready: pulumi.Resource[];
    /** Done when a node's own does. */
    public readonly on: (node: string) => pulumi.Resource[];

    public constructor(name: string, args: DockerRollArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:docker:Roll", name, {}, opts);
        const { dataCentre: dc } = args;
        const login = loginOf(dc);
        const steps = new Map<string, pulumi.Resource>();
        for (const { node, after } of turns(dc, isNewNode)) {
            const host = hostOf(args.hosts, node, this);
            const before = after.flatMap(({ name }) => steps.get(name) ?? []);
            const step = hostStep(
                {
                    ...{ node: host.node, step: "docker-restart", scripts, parameters: restartParameters(dc, node) },
                    ...(Object.keys(login).length > 0 ? { secrets: login } : {}),
                },
                // Who comes later waits for the engines' own steps by those before it.
                { parent: this, dependsOn: before.length > 0 ? before : [...args.after] },
            );
            steps.set(node.name, step);
        }
        this.ready = [...steps.values()];
        this.on = (node) => [steps.get(node) ?? []].flat();
        this.registerOutputs({ nodes: [...steps.keys()] });
    }
}
