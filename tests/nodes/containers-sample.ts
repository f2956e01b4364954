/** The onebox stack, for tests of nodes that are containers. */
import { parseDataCentre } from "../../components/description";
import type { DataCentre } from "../../config";
import { faultLine, readStackFile } from "../../config";
import { put, type Edit } from "../config/good";

/** The values of its keys, with changes. */
export function onebox(edit: Edit = {}): Record<string, unknown> {
    const raw: Record<string, unknown> = structuredClone(readStackFile("onebox")!.config);
    Object.entries(edit).forEach(([key, value]) => put(raw, key, structuredClone(value)));
    return raw;
}

/** The same, checked. */
export function oneboxDc(edit: Edit = {}): DataCentre {
    const { dataCentre, faults } = parseDataCentre(onebox(edit), { stack: "onebox" });
    if (!dataCentre) {
        throw new Error(faults.map(faultLine).join("\n"));
    }
    return dataCentre;
}

/** A login of Marathon's, which is a secret. */
export const login: Edit = { "marathon.credentials": { username: "ops", password: "hunter2-Tr0ub4dor" } };
export const secret = /hunter2-Tr0ub4dor/;
