import * as pulumi from "@pulumi/pulumi";

import type { NodeSpec } from "../../config";
import type { ManagedNode } from ".";
import { privateKeyFile } from "./keys";

export interface ExistingNodesArgs {
    nodes: readonly NodeSpec[];
    /** The operator's private key file for all of them. */
    privateKeyFile: string;
}

/**
 * Hosts that are there already: nothing is made, they are only described. Destroying the stack takes away from them
 * what the stack put there.
 */
export class ExistingNodes extends pulumi.ComponentResource {
    public readonly nodes: ManagedNode[];

    public constructor(name: string, args: ExistingNodesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:nodes:Existing", name, {}, opts);
        const privateKey = privateKeyFile(args.privateKeyFile);
        this.nodes = args.nodes.map((spec) => ({
            spec,
            connection: Object.freeze({
                host: spec.address,
                port: spec.ssh.port,
                user: spec.ssh.user,
                privateKey,
                ...(spec.ssh.hostKey === undefined ? {} : { hostKey: spec.ssh.hostKey }),
            }),
            instance: spec.address,
        }));
        this.registerOutputs({ addresses: args.nodes.map((node) => node.address) });
    }
}
