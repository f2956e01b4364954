/** What comes before the engine in `up` and `destroy`. */
import { ensureStack } from "../engine/engine";
import { hideKeysInLogs } from "../engine/log-filter";
import { copyRemoteState } from "../engine/remote-state";
import { dockerHost, type DockerHost } from "../lib/docker";
import { lookAround } from "../publishers/ask";
import type { Context } from "../stack/context";
import { providerOf, syncSettings, type Settings } from "../stack/settings";
import { wakeNodes } from "./nodes";
import { recover } from "./recover";

/** A stack that is ready for the engine. */
export interface Prepared {
    /** The Docker engine that the nodes are on, for the providers `docker` and `containers`. */
    readonly docker: DockerHost | undefined;
    /** Options that the engine needs for what was found. */
    readonly options: readonly string[];
}

/** The Docker engine that the stack's nodes are on, for the providers `docker` and `containers`. */
export function dockerOf(settings: Settings): DockerHost | undefined {
    const { kind, engine } = providerOf(settings);
    return kind === "docker" || kind === "containers" ? dockerHost(engine) : undefined;
}

/**
 * Brings settings, state and nodes into a shape that the engine can start from.
 *
 * @param leaving the stack is to go, and nobody has to have anything for it
 */
export async function prepareStack(context: Context, { leaving = false } = {}): Promise<Prepared> {
    if (!leaving) {
        await lookAround(context);
    }
    const docker = dockerOf(syncSettings(context));
    await copyRemoteState(context);
    await recover(context, docker);
    await ensureStack(context);
    await hideKeysInLogs(context);
    const refresh = docker !== undefined && (await wakeNodes(context, docker));
    return { docker, options: refresh ? ["--refresh"] : [] };
}
