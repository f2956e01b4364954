/** The project's own stacks, with what holds where nobody is reached: what does not depend on where tests run. */
import { join } from "node:path";

import { parseDataCentre } from "../components/description";
import { projectDirectory, readStackFile, type Parsed } from "../config";
import { contextOf } from "../config/files";
import { fallbacksOf, taken } from "../ops/stack/fallbacks";

/** A stack file's keys, with what it extends and all that it falls back to where publishers have nothing. */
export function stackValues(stack: string): Record<string, unknown> {
    const own = structuredClone(readStackFile(stack)?.config ?? {});
    const tracked = join(projectDirectory, `Pulumi.${stack}.yaml`);
    const unpublished = fallbacksOf({ "datacentre:fallbacks": own.fallbacks }).filter((one) => "unpublished" in one);
    // Other kinds of nodes, which tests give it, may not fall back to what the lab has.
    if (unpublished.length > 0) {
        delete own.fallbacks;
    }
    return unpublished.reduce((whole, { take }) => taken(whole, take, { tracked }), own);
}

/** The same, looked at. */
export function parseStack(stack: string): Parsed {
    const values = stackValues(stack);
    return parseDataCentre(values, contextOf(stack, values));
}
