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
        });
        return original(req, ...rest);
    };
}
