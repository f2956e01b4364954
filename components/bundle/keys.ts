import { repositoryOf } from "../../config/catalogue";
import type { Context } from "../../config/context";
import { error, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";
import { inFours } from "../../config/signing-key";
import type { Systems } from "../../config/systems";

/** Hosts hold a publisher's packages against the publisher's key, unless they have all packages from a bundle. */
export function unfetchedKeys(dc: DataCentre, _: Context, { parts }: Systems): Fault[] {
    return parts.flatMap(({ leaf }) => {
        const { key, keyUrl, keyFingerprint } = repositoryOf(leaf, dc) ?? {};
        return dc.bundle || key !== undefined || keyUrl === undefined || keyFingerprint === undefined
            ? []
            : [
                  error(
                      ["sources", leaf.name, "key"],
                      `the key ${inFours(keyFingerprint)} was not fetched yet`,
                      `'make up' and 'make preview' fetch it from ${keyUrl}; or give it here, as armoured text`,
                  ),
              ];
    });
}
