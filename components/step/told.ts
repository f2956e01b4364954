import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { orderVariable, type Told, type ToldOrder } from "./visits";

/**
 * Tells which resources there are, in the order in which they are made, while the engine has not come to them: it learns of a resource when
 * nothing is before it any more. Does nothing for a plain `pulumi up`, and changes no resource.
 */
export function tellOrder(nodes: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
    const file = env[orderVariable];
    if (file === undefined || file === "") {
        return;
    }
    const resources: Told[] = [];
    const places = new Map<unknown, number>();
    pulumi.runtime.registerStackTransformation(({ resource, type, name, opts }) => {
        const { dependsOn } = opts;
        // One that is known only later is left out: what is told is for a person's eyes.
        const before: readonly unknown[] = Array.isArray(dependsOn) ? dependsOn : [dependsOn];
        places.set(resource, resources.length);
        resources.push({ type, name, after: before.flatMap((one) => places.get(one) ?? []) });
        return undefined;
    });
    // A program makes its resources in one go.
    setImmediate(() => {
        try {
            mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
            writeFileSync(file, JSON.stringify({ nodes, resources } satisfies ToldOrder), { mode: 0o600 });
        } catch {
            // Nobody is kept from bringing a stack up by what is told of it.
        }
    });
}
