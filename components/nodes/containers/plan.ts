import type { ProviderSpec, DataCentre } from "../../../config/schema";
import { gatewayOf } from "../docker/plan";

export type ContainersSpec = Extract<ProviderSpec, { kind: "containers" }>;

/** @throws Error for nodes that are no containers: a fault of the caller */
export function specOf({ provider }: Pick<DataCentre, "provider">): ContainersSpec {
    if (provider.kind !== "containers") {
        throw new Error(`nodes of provider ${provider.kind} are no containers`);
    }
    return provider;
}

/**
 * Where ports that the engine publishes are reached: the described address of its machine, else the gateway, which is the machine's
 * own address among its containers. What the engine publishes at all addresses is there in either case.
 */
export function machineAddress(dc: Pick<DataCentre, "provider">): string {
    const provider = specOf(dc);
    return provider.address ?? gatewayOf(provider);
}

/** A node's container: unique on the engine. */
export const containerName = ({ prefix }: { prefix: string }, node: string): string => `${prefix}-${node}`;

/** A volume of a node: the same from one life of the stack to the next. */
export const volumeName = ({ prefix }: { prefix: string }, node: string, volume: string): string => `${prefix}-${node}-${volume}`;

/** The engine's socket on its own machine. */
export const socketOf = ({ engine }: Pick<ContainersSpec, "engine">): string => (engine.startsWith("unix://") ? engine.slice("unix://".length) : "/var/run/docker.sock");

/** Where clients outside of the engine's machine find what it publishes. */
export function clientAddress(dc: Pick<DataCentre, "provider">): string {
    const provider = specOf(dc);
    const elsewhere = machineOf(provider.engine)?.host;
    return provider.publishAddress === "0.0.0.0" ? (provider.address ?? elsewhere ?? gatewayOf(provider)) : provider.publishAddress;
}

/** A machine as `ssh` reaches it. */
export interface SshMachine {
    readonly user: string | undefined;
    readonly host: string;
    readonly port: string | undefined;
}

/** The machine of an engine that is reached by SSH; undefined for this machine's. */
export function machineOf(engine: string): SshMachine | undefined {
    const [, user, host, port] = /^ssh:\/\/(?:([^@]+)@)?([^:]+)(?::(\d+))?$/.exec(engine) ?? [];
    return host === undefined ? undefined : { user, host, port };
}

/** Whether the engine is this machine's, from which its containers are reached at their own addresses. */
export const isLocal = (dc: Pick<DataCentre, "provider">): boolean => machineOf(specOf(dc).engine) === undefined;
