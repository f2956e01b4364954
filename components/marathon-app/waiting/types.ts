import type { Deployment, QueueItem, Slave, Status } from "./read";

/** What keeps an app from running. */
export type Cause =
    | "no-leader"
    | "two-leaders"
    | "no-framework"
    | "no-agents"
    | "role"
    | "constraint"
    | "unique"
    | "maintenance"
    | "cpus"
    | "memory"
    | "disk"
    | "gpus"
    | "ports"
    | "reservation"
    | "scarce"
    | "image"
    | "host-port"
    | "network"
    | "addresses"
    | "docker-run"
    | "fetch"
    | "out-of-memory"
    | "crash"
    | "ends"
    | "lost"
    | "task"
    | "unhealthy"
    | "not-ready"
    | "starting"
    | "no-offers"
    | "masters-superfluous"
    | "quorum"
    | "masters-even"
    | "delay";

export interface Reason {
    readonly cause: Cause;
    /** What is the case, as a sentence without a full stop; figures and names are those that were answered. */
    readonly text: string;
    /** What to do about it, likewise. */
    readonly remedy: string;
}

/** A Mesos master, described or found. */
export interface Master {
    /** What it is known by: the node's name, or an address. */
    readonly name: string;
    /** Whether the description wants a master there. */
    readonly described: boolean;
    /** `GET /metrics/snapshot` of this very master, as it came; left out when it did not answer. */
    readonly metrics?: string | undefined;
    /** Its flag `quorum`. */
    readonly quorum?: number | undefined;
}

/** All that is known of an app that waits. Texts are answers as they came. */
export interface Situation {
    readonly appId: string;
    /** `GET /v2/queue?embed=lastUnusedOffers` of Marathon. */
    readonly queue?: string | undefined;
    /** `GET /v2/apps/<id>?embed=app.tasks&embed=app.lastTaskFailure&embed=app.deployments&embed=app.counts`. */
    readonly app?: string | undefined;
    /** `GET /v2/deployments`. */
    readonly deployments?: string | undefined;
    /** `GET /master/slaves` or `/master/state` of the leading master. */
    readonly slaves?: string | undefined;
    /** Every master that is described, and every one that was found besides. */
    readonly masters?: readonly Master[];
    /** The agents as described: what they advertise, and by which names people know them. */
    readonly agents?: readonly { readonly hostname: string; readonly node?: string; readonly address?: string }[];
    /** The last failed task's stderr, or its end. Its last line is quoted. */
    readonly stderr?: string | undefined;
    /** When the answers came, in ms since 1970; now unless it is said. */
    readonly now?: number;
}

/** A situation, read. */
export interface Known {
    readonly situation: Situation;
    readonly app: Status | undefined;
    readonly item: QueueItem | undefined;
    readonly slaves: readonly Slave[] | undefined;
    readonly deployments: readonly Deployment[];
}
