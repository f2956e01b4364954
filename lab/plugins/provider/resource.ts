import type { Engine, Severity } from "./engine";
import { CancelledError } from "./errors";
import type { DetailedDiff } from "./object-diff";
import type { PropertyMap } from "./values";

/** One call's surroundings: which resource it is about, where to log, and when to give up. */
export class CallContext {
    public readonly name: string;
    public readonly type: string;

    public constructor(
        public readonly urn: string,
        private readonly engine: Engine,
        /** Aborted when the engine sends Cancel or the call's `customTimeouts` have passed. */
        public readonly signal: AbortSignal,
    ) {
        const parts = urn.split("::");
        this.type = parts[2]?.split("$").pop() ?? "";
        this.name = parts.slice(3).join("::");
    }

    /** A line in the engine's log under this resource. */
    public async log(severity: Severity, message: string): Promise<void> {
        await this.engine.log(severity, message, this.urn);
    }

    /** A passing status line under this resource. */
    public async status(severity: Severity, message: string): Promise<void> {
        await this.engine.log(severity, message, this.urn, true);
    }

    /** Throws the error of a cancelled or timed-out call when this one is. */
    public throwIfCancelled(): void {
        if (this.signal.aborted) {
            throw new CancelledError(this.signal.reason === "timeout");
        }
    }

    /** What the work comes to, or an error as soon as the call is cancelled: the work goes on unheard then. */
    public async unlessCancelled<T>(work: Promise<T>): Promise<T> {
        this.throwIfCancelled();
        return new Promise((resolve, reject) => {
            const cancelled = (): void => reject(new CancelledError(this.signal.reason === "timeout"));
            this.signal.addEventListener("abort", cancelled);
            work.then(resolve, reject).finally(() => this.signal.removeEventListener("abort", cancelled));
        });
    }

    /** Waits, or throws as soon as the call is cancelled. */
    public async sleep(milliseconds: number): Promise<void> {
        this.throwIfCancelled();
        await new Promise<void>((resolve) => {
            const done = (): void => {
                clearTimeout(timer);
                this.signal.removeEventListener("abort", done);
                resolve();
            };
            const timer = setTimeout(done, milliseconds);
            this.signal.addEventListener("abort", done);
        });
        this.throwIfCancelled();
    }
}

/** A fault in the inputs: the property, empty where the reason names it, and what is wrong with it. */
export interface CheckFailure {
    property: string;
    reason: string;
}

/** Checked inputs, with defaults; the engine stops at any failure. */
export interface CheckResult {
    inputs: PropertyMap;
    failures: CheckFailure[];
}

/** The answer to Diff: changes by path, and whether a replacement is to delete first. */
export interface DiffResult {
    detailed: DetailedDiff;
    deleteBeforeReplace: boolean;
}

/** What Read found; an empty id says that the resource is gone. */
export interface ReadResult {
    id: string;
    properties: PropertyMap;
    inputs: PropertyMap;
}

/** The operations of one resource type. `preview` calls touch nothing and answer with unknowns where they must. */
export interface ResourceHandler {
    check(context: CallContext, olds: PropertyMap, news: PropertyMap, randomSeed: Uint8Array): Promise<CheckResult>;
    diff(
        context: CallContext, id: string, oldInputs: PropertyMap, olds: PropertyMap, news: PropertyMap,
        ignoreChanges: string[],
    ): Promise<DiffResult>;
    create(context: CallContext, inputs: PropertyMap, preview: boolean): Promise<{ id: string; properties: PropertyMap }>;
    read(context: CallContext, id: string, properties: PropertyMap, inputs: PropertyMap): Promise<ReadResult>;
    update(
        context: CallContext, id: string, olds: PropertyMap, news: PropertyMap, ignoreChanges: string[], preview: boolean,
    ): Promise<PropertyMap>;
    delete(context: CallContext, id: string, properties: PropertyMap): Promise<void>;
}

/** A provider: its resources, and what it does with its own configuration. */
export interface Provider {
    name: string;
    /** Version of the genuine plugin that is imitated, without a leading v. */
    version: string;
    /** Whether values come with secrets marked; a bridged provider leaves the marking to the engine. */
    acceptsSecrets: boolean;
    resources: ReadonlyMap<string, ResourceHandler>;
    /** The error for a type that this provider does not have. */
    unknownType(type: string): Error;
    checkConfig(news: PropertyMap): Promise<CheckResult>;
    diffConfig(olds: PropertyMap, news: PropertyMap): DetailedDiff;
    configure(args: PropertyMap): Promise<void>;
    /** Answers a lookup, such as `alicloud:index/getZones:getZones`; left out by providers that have resources alone. */
    invoke?(token: string, inputs: PropertyMap): PropertyMap;
    /** Added to what it says when it starts, which is that it is a stand-in. */
    note?: string;
}
