import type { DataCentre, NodeSpec } from "./schema";

/**
 * How a role's program runs where nodes are no hosts but containers of one engine: its image, and what it is given. Made of the same
 * plan as the files and units that hosts get.
 */
export interface ContainerSpec {
    readonly image: string;
    /** Instead of the image's own entrypoint. */
    readonly entrypoint?: readonly string[];
    /** What the entrypoint is given; nothing leaves the image's own. */
    readonly command?: readonly string[];
    /** Variables, by name. `onEngine(volume)` in a value stands for where the engine keeps that volume. */
    readonly environment?: Readonly<Record<string, string>>;
    /** Values of variables that are secret, by name: no row of `verify` and no output has them. */
    readonly secrets?: Readonly<Record<string, string>>;
    /** Files that it has before it starts, by path; readable for everybody. */
    readonly files?: Readonly<Record<string, string>>;
    /** What it keeps: volumes that stay when the stack goes. */
    readonly volumes?: readonly ContainerVolume[];
    /** Files and directories of the engine's machine that it has at the same path. */
    readonly binds?: readonly string[];
    /** With all rights on the engine's machine, and its process numbers. */
    readonly privileged?: boolean;
    /** Ports that clients from outside come to: the container's, and the one of the engine's machine. */
    readonly published?: readonly { readonly port: number; readonly at: number }[];
    /**
     * True in the container as soon as its program answers, whatever its peers do: bash, with `talk` and `http_status` of
     * components/nodes/containers/await.sh.
     */
    readonly answers: string;
    /** True when it does its work; left out where that is the same. */
    readonly serves?: string;
    /** Whether it takes most of its peers to do that: one that is made before them is not waited for. */
    readonly ensemble?: true;
}

export interface ContainerVolume {
    /** Told from others of the node: "data". */
    readonly name: string;
    /** Undefined where it is at the path that the engine keeps it at: others that the engine starts find it there as well. */
    readonly path?: string;
}

/** Stands in the value of a variable for the path at which the engine keeps a volume of the node. */
export const onEngine = (volume: string): string => `{engine's volume ${volume}}`;

/** A role's program as a container. */
export type ContainerOf = (dc: DataCentre, node: NodeSpec) => ContainerSpec;
