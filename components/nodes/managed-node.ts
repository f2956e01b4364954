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

/** A node that is a container of an engine, with the program of its role. */
export interface NodeInContainer {
    readonly spec: NodeSpec;
    /** As Docker's client takes it. */
    readonly engine: string;
    /** The container's name. */
    readonly container: string;
    readonly resource: pulumi.Resource;
}

/** The operator's own machine in a node's place, for steps that only ask a service's API: where nodes run no steps. */
export interface OperatorsMachine {
    /** Whose service is asked, for texts. */
    readonly spec: NodeSpec;
    readonly here: true;
    /** What runs that service: what a step did there goes with it. */
    readonly resource: pulumi.Resource;
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
