import { dataCentreSchema, parseDataCentre } from "../../components/description";
import type { AlicloudSpec } from "../../components/nodes/alicloud/schema";
import type { DataCentre } from "../../config";
import { readStackFile } from "../../config/files";
import { put, type Edit } from "../config/good";

/** The tracked stack's description with changes, as a person writes it. */
export function rawStack(stack: string, edit: Edit = {}): Record<string, unknown> {
    const raw = structuredClone(readStackFile(stack)?.config ?? {});
    Object.entries(edit).forEach(([key, value]) => put(raw, key, structuredClone(value)));
    return raw;
}

/** The description that a tracked stack and some changes make, without fault. */
export function stackOn(stack: string, edit: Edit = {}): { dc: DataCentre; provider: AlicloudSpec } {
    const { dataCentre: dc, faults } = parseDataCentre(rawStack(stack, edit), { stack });
    if (dc?.provider.kind !== "alicloud") {
        throw new Error(`${stack}: ${JSON.stringify(faults)}`);
    }
    return { dc, provider: dc.provider };
}

/** The same where the rules between keys would refuse it. */
export function unchecked(stack: string, edit: Edit = {}): { dc: DataCentre; provider: AlicloudSpec } {
    const dc = dataCentreSchema.parse(rawStack(stack, edit));
    return { dc, provider: dc.provider as AlicloudSpec };
}
