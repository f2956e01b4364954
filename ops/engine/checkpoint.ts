/** The state in the engine's own file: what is recorded of a stack. */
import { copyFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { writeWhole } from "../lib/files";
import type { Context } from "../stack/context";

/** A resource as the engine records it; the parts that we read. */
export interface RecordedResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly custom?: boolean;
    readonly inputs?: Record<string, unknown>;
    readonly outputs?: Record<string, unknown>;
    readonly parent?: string;
    readonly dependencies?: readonly string[];
}

/** Something that the engine had begun when it was killed. */
export interface PendingOperation {
    readonly resource: RecordedResource;
    readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
}

export interface Deployment {
    readonly resources?: readonly RecordedResource[];
    readonly pending_operations?: readonly PendingOperation[];
    readonly secrets_providers?: { readonly type: string; readonly state?: { readonly salt?: string } };
    readonly [key: string]: unknown;
}

export const containerType = "docker:index/container:Container";
export const networkType = "docker:index/network:Network";
export const instanceType = "alicloud:ecs/instance:Instance";
export const diskType = "alicloud:ecs/ecsDisk:EcsDisk";
export const stepType = "command:remote:Command";
/** A step that runs on the operator's machine. */
export const localStepType = "command:local:Command";

/** The key by which the engine marks a secret in what it records. */
export const secretMark = "4dabf18193072939515e22adb298388d";

/** Which step a recorded command is, and on which node: `# zookeeper on master1, instance …`, see components/step/step.ts. */
export function stepNamed(create: unknown): { readonly step: string; readonly node: string } | undefined {
    const [, step, node] = (typeof create === "string" && / # (\S+) on (\S+), instance/.exec(create)) || [];
    return step === undefined || node === undefined ? undefined : { step, node };
}

/** Names of nodes whose first step is recorded. */
export const recordedHosts = (recorded: Deployment | string): string[] =>
    typeof recorded === "string" ? [] : (recorded.resources ?? []).flatMap(({ type, urn }) => (type === stepType ? (/::prepare-([^:]+)$/.exec(urn)?.[1] ?? []) : []));

/** The ids of a recorded stack's resources of one type. */
export const idsOf = (deployment: Deployment, type: string): Set<string> =>
    new Set((deployment.resources ?? []).filter((resource) => resource.type === type).map(({ id }) => id ?? ""));

type Place = Pick<Context, "bookkeeping" | "remoteCopy" | "project" | "stack">;

/** Where the engine keeps a stack in a local directory, or the copy of a state that lies elsewhere. Source: pulumi 3.255, backend/diy. */
export const checkpointFile = (at: Place): string | undefined =>
    at.bookkeeping === undefined ? at.remoteCopy : join(at.bookkeeping, "stacks", at.project, `${at.stack}.json`);

export const lockDirectory = (at: Place): string | undefined =>
    at.bookkeeping === undefined ? undefined : join(at.bookkeeping, "locks", "organization", at.project, at.stack);

/** What was read last: a verb looks at the same state many times, and megabytes of it take their time. */
let lastRead: { readonly stamp: string; readonly deployment: Deployment } | undefined;

/** Which file, and which content, as far as that is told without reading it: it is never written in place. */
export function stampOf(path: string): string {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [path, dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

function parseCheckpoint(path: string): Deployment | undefined {
    try {
        const stamp = stampOf(path);
        if (lastRead?.stamp === stamp) {
            return lastRead.deployment;
        }
        const { checkpoint } = JSON.parse(readFileSync(path, "utf8")) as { checkpoint?: { latest?: Deployment } };
        if (!checkpoint) {
            return undefined;
        }
        lastRead = { stamp, deployment: checkpoint.latest ?? {} };
        return lastRead.deployment;
    } catch {
        return undefined;
    }
}

/** The stack as recorded: `absent` when it was never made, `unreadable` when the file is no whole checkpoint. */
export function readCheckpoint(at: Place): Deployment | "absent" | "unreadable" {
    const path = checkpointFile(at);
    if (path === undefined || !existsSync(path)) {
        return "absent";
    }
    return parseCheckpoint(path) ?? "unreadable";
}

/**
 * Puts the engine's own copy of the step before in place of an unreadable checkpoint. The unreadable one is kept.
 *
 * @returns where the unreadable one is now; undefined when there is no readable copy, and nothing was done
 */
export function restoreCheckpoint(at: Place): string | undefined {
    const path = checkpointFile(at);
    if (path === undefined || parseCheckpoint(`${path}.bak`) === undefined) {
        return undefined;
    }
    const aside = `${path}.unreadable-${Date.now()}.bak`;
    copyFileSync(path, aside);
    writeWhole(path, readFileSync(`${path}.bak`, "utf8"));
    return aside;
}
