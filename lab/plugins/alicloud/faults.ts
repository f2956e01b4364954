import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ApiError } from "./errors";

/** A refusal that somebody asked for: the next `times` calls of an API action whose subject contains `match`. */
interface Fault {
    call: string;
    match?: string;
    code: string;
    message?: string;
    /** How often; by default once. */
    times?: number;
    /** `before` (the default) nothing is done; `after` it is done, and its end is not heard of. */
    when?: "before" | "after";
}

/** Where refusals are asked for: `DATACENTRE_ALICLOUD_FAULTS`, or `faults.json` beside the account. */
const fileOf = (directory: string): string => process.env["DATACENTRE_ALICLOUD_FAULTS"] ?? join(directory, "faults.json");

/**
 * Fails as the file of faults says, and counts down there.
 *
 * @throws ApiError with the code that was asked for
 */
export function failOnDemand(directory: string, resource: string, call: string, subject: string, when: "before" | "after" = "before"): void {
    const file = fileOf(directory);
    if (!existsSync(file)) {
        return;
    }
    const faults = JSON.parse(readFileSync(file, "utf8")) as Fault[];
    const fault = faults.find(
        (one) => one.call === call && subject.includes(one.match ?? "") && (one.when ?? "before") === when && (one.times ?? 1) > 0,
    );
    if (fault) {
        fault.times = (fault.times ?? 1) - 1;
        writeFileSync(file, `${JSON.stringify(faults, undefined, 2)}\n`);
        throw new ApiError(resource, call, fault.code, fault.message);
    }
}
