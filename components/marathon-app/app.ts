import { createHash } from "node:crypto";

/** An app as Marathon takes it, in today's spelling. */
export interface AppDefinition {
    readonly id: string;
    readonly instances?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly healthChecks?: readonly unknown[];
    readonly [key: string]: unknown;
}

/** Stands for a definition: 32 hexadecimal digits. */
export const digestOf = (definition: AppDefinition): string =>
    createHash("sha256").update(JSON.stringify(definition)).digest("hex").slice(0, 32);

/** By which an app is known as a stack's own, whatever the engine knows of it. Its value is `project/stack`. */
export const stackLabel = "datacentre-stack";

/**
 * Definitions carry their own digest as a label, by which a changed one is told from the same, and whose they are. That is no part of the
 * digest: an app which is there without it stays as it is.
 */
export const labelled = (definition: AppDefinition, owner: string): AppDefinition => ({
    ...definition,
    labels: { ...definition.labels, "datacentre-definition": digestOf(definition), [stackLabel]: owner },
});
