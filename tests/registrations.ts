/** What the engine is asked for each resource besides its inputs, which mocks are not told. */
import type * as pulumiModule from "@pulumi/pulumi";

/** The options of one resource. */
export interface Registered {
    readonly type: string;
    readonly name: string;
    readonly parent: string;
    readonly provider: string;
    readonly ignoreChanges: string[];
    readonly additionalSecretOutputs: string[];
    readonly dependencies: string[];
    readonly deleteBeforeReplace: boolean;
    readonly retainOnDelete: boolean;
    readonly deletedWith: string;
    /** How many places in the program are told as those where it was made. */
    readonly positions: number;
}

/** Writes down every resource that is registered from now on; after `setMocks`. */
export function watch(pulumi: typeof pulumiModule, registered: Registered[]): void {
    const monitor = pulumi.runtime.getMonitor() as any;
    const original = monitor.registerResource.bind(monitor);
    monitor.registerResource = (req: any, ...rest: unknown[]) => {
        registered.push({
            type: req.getType(),
            name: req.getName(),
            parent: req.getParent(),
            provider: req.getProvider(),
            ignoreChanges: req.getIgnorechangesList(),
            additionalSecretOutputs: req.getAdditionalsecretoutputsList(),
            dependencies: req.getDependenciesList(),
            deleteBeforeReplace: req.getDeletebeforereplace(),
            retainOnDelete: req.getRetainondelete(),
            deletedWith: req.getDeletedwith(),
            positions: [req.getSourceposition(), ...(req.getStacktrace()?.getFramesList() ?? [])].filter(Boolean).length,
        });
        return original(req, ...rest);
    };
}

/** All that a resource waits for, itself or by those before it, by name. */
export function before(registered: readonly Registered[], name: string): string[] {
    const found = new Set<string>();
    const visit = (one: string): void =>
        registered.find((candidate) => candidate.name === one)?.dependencies.forEach((urn) => {
            const next = urn.replace(/.*::/, "");
            if (!found.has(next)) {
                found.add(next);
                visit(next);
            }
        });
    visit(name);
    return [...found];
}
