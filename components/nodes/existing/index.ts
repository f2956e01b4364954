import * as pulumi from "@pulumi/pulumi";

import type { NodeSpec, ProviderSpec } from "../../../config/schema";
import { privateKeyFile } from "../keys";
import type { ManagedNode } from "../managed-node";
import { sshHost } from "../ssh-host";

export interface ExistingNodesArgs {
    nodes: readonly NodeSpec[];
    provider: Extract<ProviderSpec, { kind: "existing" }>;
}

/**
 * Hosts that are there already: nothing is made, they are only described. Destroying the stack takes away from them
 * what the stack put there; from the bastion, if it is no node itself, nothing, since nothing is put on it.
 */
export class ExistingNodes extends pulumi.ComponentResource {
    public readonly nodes: ManagedNode[];

    public constructor(name: string, args: ExistingNodesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:nodes:Existing", name, {}, opts);
        const { bastion, privateKeyFile: file } = args.provider;
        const privateKey = privateKeyFile(file, "provider.privateKeyFile");
        const bastionFile = bastion?.privateKeyFile ?? file;
        const proxy =
            bastion &&
            Object.freeze({
                host: bastion.host,
                port: bastion.port,
                user: bastion.user,
                privateKey: bastionFile === file ? privateKey : privateKeyFile(bastionFile, "provider.bastion.privateKeyFile"),
                ...known(bastion.hostKey),
            });
        this.nodes = args.nodes.map((spec) => ({
            spec,
            connection: Object.freeze({
                host: sshHost(spec),
                port: spec.ssh.port,
                user: spec.ssh.user,
                privateKey,
                ...known(spec.ssh.hostKey),
                ...(proxy && spec.ssh.bastion !== false ? { proxy } : {}),
            }),
            instance: spec.address,
        }));
        this.registerOutputs({ addresses: args.nodes.map((node) => node.address) });
    }
}

/** The description's rules let none be without; exact optional properties want it said. */
const known = (hostKey: string | undefined): { hostKey?: string } => (hostKey === undefined ? {} : { hostKey });
