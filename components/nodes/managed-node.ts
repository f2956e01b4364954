import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

import type { NodeSpec } from "../../config/schema";

/** A data disk as the host finds it. */
export interface DataDisk {
    /** Its serial number there: with Alibaba Cloud the disk's id without `d-`. */
    readonly serial: pulumi.Output<string>;
    /** Absolute path. */
    readonly mount: string;
    readonly filesystem: "ext4" | "xfs";
}

/** A machine that is reached by SSH, whoever made it: what every other component works on. */
export interface ManagedNode {
    readonly spec: NodeSpec;
    /**
     * One frozen object per node: any change in it runs all the node's steps again. Strictly host, port, user,
     * privateKey and hostKey, and for a node behind a bastion a frozen `proxy` of the same five, since the provider
     * quotes a connection that it cannot read, key and all. A proxy's privateKey is the same Output as the node's own
     * where both are one key: see components/outputs.ts.
     */
    readonly connection: command.types.input.remote.ConnectionArgs;
    /** Changes when the machine is another one, so that its steps run again. */
    readonly instance: pulumi.Input<string>;
    /** Disks that the stack has attached to it for data; the host makes file systems on empty ones, and mounts them. */
    readonly disks?: readonly DataDisk[];
    /** The machine's own resource when the stack made it; absent for machines that outlive the stack. */
    readonly resource?: pulumi.Resource;
}
